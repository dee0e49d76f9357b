"""The footage catalogue: every video file that arrives gets a row, by its content, with what is known before reading.

Footage: `<landing>/<date>/footage/<stem>.<mp4, avi, …>` with a sidecar beside it (`jobs/footage/sidecar.py`). A file
over midnight belongs to the day of its first frame: it must go when its oldest frame expires.

Reasons for refusing a file here: no_sidecar, sidecar_malformed, time_no_zone, time_future, time_expired,
camera_unknown, and content_of_another: the same bytes as a file that is catalogued with another camera or time, so one
of the sidecars is wrong. What is wrong inside a file shows when it is read.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from jobs.domain.cameras import Register
from jobs.footage.sidecar import broken_rule, is_sidecar, read_sidecar
from jobs.ingest.landing import Arrivals, LandedFile, arrivals, list_landed, still_lying, unchanged, with_paths
from jobs.ingest.needs import SIDECAR, Met, camera_need
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERAS, FOOTAGE
from jobs.runtime.night import Night, RunSummary


def catalogue_footage(night: Night) -> RunSummary:
    """Give every video file that arrived by the night, and is not known by its content, a row in `footage`.

    A refused file gets its row anew once its camera is there, or its sidecar says something else.
    """
    store, known = night.store, _Known(night)
    found, waited = known.arrivals, known.no_longer_waiting()
    cameras, of_content = Register(store.rows(CAMERAS)), defaultdict[str, list[_Seen]](list)
    for file in (*waited, *found.new, *found.again):
        of_content[file.sha256].append((file, _row(night, file, cameras)))
    held = {row["footage_id"]: row for row in known.rows if row["footage_id"] in of_content}
    rows = [row for name, seen in of_content.items() for row in _rows(seen, held.get(name))]
    store.put_rows(FOOTAGE, rows)
    new = [row for row in rows if not _is_done(held.get(row["footage_id"]))]
    notes = {
        "footage_files": len(new), "footage_refused": sum(row["status"] == "refused" for row in new),
        "footage_sent_again": len(found.again),
    }  # fmt: skip
    return RunSummary(len(new), tables=(FOOTAGE,), notes={name: count for name, count in notes.items() if count})


_Seen = tuple[LandedFile, dict[str, Any]]
"""A file, and the row that it would have were it alone."""


def _is_done(held: dict[str, Any] | None) -> bool:
    """Whether a row waits for nothing."""
    return held is not None and not held["needs"]


def _rows(seen: list[_Seen], held: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The rows of files of one content: of a good one, with the paths of those that say the same; of the others."""
    seen = sorted(seen, key=lambda one: one[1]["status"] == "refused")
    first = held if held and _is_done(held) else seen[0][1] | {"paths": held["paths"] if held else {}}
    same = []
    for file, row in seen:
        if row["camera_id"] and (row["camera_id"], row["started_at"]) != _said(first):
            name = {"footage_id": _name(file), "status": "refused", "reason": "content_of_another", "needs": None}
            yield row | name
        else:
            same.append(file)
    if first is not held or same:
        yield with_paths(first, same)


def new_footage(night: Night) -> list[LandedFile]:
    """Video files that a night would catalogue: those that are new, and those that lacked what is there by now."""
    known = _Known(night)
    return [*known.arrivals.new, *known.no_longer_waiting()]


class _Known:
    """The catalogue as a night finds it, beside the landing folder."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._landing = night.settings.storage.landing
        landed = list_landed(self._landing, night.process_date, ["footage"])
        self._landed = [file for file in landed if not is_sidecar(file.path)]

    @cached_property
    def rows(self) -> Rows:
        """The rows of the catalogue."""
        return self._night.store.rows(FOOTAGE)

    @cached_property
    def arrivals(self) -> Arrivals:
        """Files that have come, or were replaced, since the catalogue was last written."""
        return arrivals(self._night.store, self._landing, self._landed, self.rows, "footage_id")

    def no_longer_waiting(self) -> list[LandedFile]:
        """Files, hashed by the catalogue, that now have what they needed, and still lie there as they were."""
        if not self._waiting:
            return []
        met = Met(self._night.store.rows(CAMERAS), {})
        lying = still_lying(self._landed, self._waiting.values(), "footage_id")
        helped = [file for file in lying if self._is_met(self._waiting[file.sha256]["needs"], file, met)]
        return unchanged(self._night.store, self._landing, helped)

    @cached_property
    def _waiting(self) -> dict[str, dict[str, Any]]:
        """The rows of files that wait for something, by content."""
        return {row["footage_id"]: row for row in self.rows if row["needs"]}

    def _is_met(self, need: str, file: LandedFile, met: Met) -> bool:
        return self._says_something_else(file) or (need != SIDECAR and met.is_met(need, None, file.arrived_on))

    def _says_something_else(self, file: LandedFile) -> bool:
        """Whether the sidecar of a refused file has come, or was put right."""
        row = self._waiting[file.sha256]
        camera_id, started_at, reason = read_sidecar(self._landing, file.path)
        return (camera_id, started_at) != _said(row) or reason not in (None, row["reason"])


def _said(row: dict[str, Any]) -> tuple[str | None, datetime | None]:
    """Camera and start time of a row, whether the table gave it or a sidecar."""
    started_at = row["started_at"]
    return row["camera_id"], started_at and started_at.astimezone(UTC)


def _name(file: LandedFile) -> str:
    """A name for a file whose content has its own already: from both its content and its place."""
    return hashlib.sha256(f"{file.path}|{file.sha256}".encode()).hexdigest()


def _row(night: Night, file: LandedFile, cameras: Register) -> dict[str, Any]:
    camera_id, started_at, reason = read_sidecar(night.settings.storage.landing, file.path)
    capture_date = started_at.date() if started_at else file.arrived_on
    oldest = night.process_date - timedelta(days=night.settings.retention.limits.footage.days)
    in_use = cameras.in_use(camera_id or "", capture_date)
    reason = reason or broken_rule(capture_date, file.arrived_on, oldest, in_use=in_use)
    if reason == "time_future":
        capture_date = file.arrived_on
    needs = camera_need(camera_id or "", capture_date) if reason == "camera_unknown" else SIDECAR
    return {
        "footage_id": file.sha256, "landed_path": file.path, "camera_id": camera_id, "started_at": started_at,
        "bytes": file.bytes, "status": "refused" if reason else "new", "reason": reason,
        "needs": needs if reason else None, "paths": {file.path: file.changed_at},
        **night.stamp, "capture_date": capture_date,
    }  # fmt: skip
