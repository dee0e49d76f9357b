"""What would come of suppliers' files, row by row: judged by the rules of the night, without a lake or Spark."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from jobs.domain.cameras import Register
from jobs.footage.sidecar import Known, broken_rule, is_sidecar, read_sidecar, sidecar_content
from jobs.ingest.formats import cameras
from jobs.ingest.formats.cameras import Camera, judged_cameras
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import LINE_TOO_LONG, header_fields, landed_lines
from jobs.ingest.hotlist.entries import FIELDS
from jobs.ingest.hotlist.lines import judged_lines
from jobs.ingest.landing import open_landed
from jobs.ingest.reasons import REASONS
from jobs.ingest.samples import KINDS
from jobs.ingest.typed_rows import feed_limits, typed_rows
from jobs.lake.plain_files import NotPlainError
from jobs.settings import Settings

_HEADERS = {cameras.HEADER: "cameras", ",".join(FIELDS): "hotlist"} | {
    header: kind for kind, feed in FEEDS.items() for header in feed.versions if header
}


_Cameras = list[dict[str, Any]]
"""Rows of the register."""


@dataclass(frozen=True)
class Row:
    """What would come of one row, line or file.

    Attributes:
        record_no: in a partner's message, from 1.
        reason: code of the rule that it breaks; None where it is taken.
        meaning: the rule in a sentence.
        flags: what is to be known of it when it is taken.
    """

    line_no: int
    record_no: int = 1
    reason: str | None = None
    meaning: str = ""
    flags: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Checked:
    """A file with its kind, None where nothing tells it, and its rows, which are judged as they are asked for."""

    path: Path
    kind: str | None
    rows: Iterator[Row]


def check_files(
    paths: Sequence[Path], settings: Settings, kind: str | None = None, arrived_on: date | None = None
) -> Iterator[Checked]:
    """The files, registers first: where there is one, feeds and sidecars are held against its cameras.

    Args:
        paths: files that exist.
        settings: limits, partners, areas.
        kind: one of `KINDS` for all files; None tells it from their folders and contents.
        arrived_on: the day of arrival of all; None takes that of the landing folder in which a file lies, else today.
    """
    known: _Cameras | None = None
    kinds = [(path.absolute(), _told_kind(path.absolute(), kind)) for path in paths]
    for path, one in sorted(kinds, key=lambda item: item[1] != "cameras"):
        if isinstance(one, Row):
            yield Checked(path, None, iter([one]))
        elif one == "cameras":
            judged = list(judged_cameras(str(path.parent), path.name, settings))
            known = [*(known or []), *(camera.model_dump() for _, camera in judged if isinstance(camera, Camera))]
            yield Checked(path, one, (_camera_row(line_no, camera) for line_no, camera in judged))
        else:
            day, _ = _landed_in(path) or (datetime.now(UTC).date(), "")
            yield Checked(path, one, _rows(path, one, settings, known, arrived_on or day))


def _told_kind(path: Path, kind: str | None) -> str | Row:
    """The kind of a file that can be opened, or the row that says why it has none."""
    try:
        with open_landed(str(path.parent), path.name):
            return kind or kind_of(path)
    except NotPlainError as error:
        return Row(1, 1, "file_not_plain", str(error))


def kind_of(path: Path) -> str | Row:
    """The kind of a file by the landing folder in which it lies, else by how it begins; or why nothing tells it."""
    folder = _landed_in(path)
    if folder or is_sidecar(path.name):
        return folder[1] if folder and folder[1] != "footage" else "sidecar"
    for _, lines in landed_lines(str(path.parent), path.name, [], 1 << 16, 1 << 16):
        fault = lines["fault"][0].as_py()
        is_text = fault in (None, LINE_TOO_LONG)  # a partner's first message may be long, with its pictures
        return _kind_of_line(lines["payload"][0].as_py()) if is_text else _row(1, fault)
    return Row(1, 1, "kind_unknown", "empty; say what it is with --kind")


def _landed_in(path: Path) -> tuple[date, str] | None:
    """Day of arrival and source, where a file lies as in a landing folder: `<date>/<source>/…`."""
    for day, source in reversed(list(pairwise(path.parts[:-1]))):
        if source in {*KINDS, "footage"}:
            with suppress(ValueError):
                return date.fromisoformat(day), source
    return None


def _kind_of_line(line: str) -> str | Row:
    header = ",".join(header_fields(line))
    if header in _HEADERS:
        return _HEADERS[header]
    if line.startswith("{"):
        return "sidecar" if '"started_at"' in line else "mobile"
    if line.count("|") > 1:
        return "partner"
    return Row(1, 1, "kind_unknown", "begins as no kind of file does; say what it is with --kind")


def _rows(path: Path, kind: str, settings: Settings, known: _Cameras | None, arrived_on: date) -> Iterator[Row]:
    if kind == "hotlist":
        for line in judged_lines(str(path.parent), path.name, settings.ingest, arrived_on):
            yield _row(line.line_no, line.reason)
    elif kind == "sidecar":
        yield _row(1, _sidecar_reason(path, settings, known, arrived_on))
    else:
        yield from _feed_rows(path, kind, settings, known, arrived_on)


def _feed_rows(path: Path, kind: str, settings: Settings, known: _Cameras | None, arrived_on: date) -> Iterator[Row]:
    limits = feed_limits(settings, kind, known or [], arrived_on, arrived_on)
    limits = replace(limits, needs_camera=FEEDS[kind].needs_camera and known is not None)
    for rows in typed_rows(str(path.parent), path.name, kind, limits, arrived_on, settings.ingest):
        columns = rows.select(["line_no", "record_no", "reason", "flags"]).to_pydict()
        for line_no, record_no, reason, flags in zip(*columns.values(), strict=True):
            yield _row(line_no, reason, record_no, () if reason else flags)


def _row(line_no: int, reason: str | None, record_no: int = 1, flags: Sequence[str] = ()) -> Row:
    return Row(line_no, record_no, reason, REASONS[reason] if reason else "", flags)


def _camera_row(line_no: int, camera: Camera | str) -> Row:
    return Row(line_no) if isinstance(camera, Camera) else Row(line_no, 1, "register_refused", camera)


def _sidecar(path: Path) -> Known:
    """What a sidecar says, or that of a video."""
    with path.open("rb") as file:
        is_video = not is_sidecar(path.name) and file.read(1) != b"{"
        file.seek(0)
        return read_sidecar(str(path.parent), path.name) if is_video else sidecar_content(file)


def _sidecar_reason(path: Path, settings: Settings, known: _Cameras | None, arrived_on: date) -> str | None:
    camera_id, started_at, reason = _sidecar(path)
    if reason or started_at is None:
        return reason
    oldest = arrived_on - timedelta(days=settings.retention.limits.footage.days)
    first_day = started_at.date()
    in_use = known is None or Register(known).in_use(camera_id or "", first_day)
    return broken_rule(first_day, arrived_on, oldest, in_use=in_use)
