"""Writes the landing folder: `<day of arrival>/<source>/…`, with broken rows among the good.

Feeds are `fixed/<group>_<nn>.csv`, `mobile/<unit>_<nn>.jsonl` and `partner/<force>_<nn>.bof2`; reference
files are `cameras/cameras.csv` and `hotlist/hotlist.csv`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jobs.simulate.broken import REASONS, WRONG_HEADER, break_row
from jobs.simulate.cameras import Cameras
from jobs.simulate.feeds import FIXED_HEADER, fixed_rows, messages, mobile_rows, partner_records
from jobs.simulate.options import SimulationOptions
from jobs.simulate.reports import LATE_FILE, Reports
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.traffic import Passages

SUFFIXES = {"fixed": "csv", "mobile": "jsonl", "partner": "bof2"}
_WRONG_HEADER_ROWS = 25


@dataclass(frozen=True)
class FeedFile:
    """What is true of one feed file.

    `path` is relative to the landing folder; `received` counts rows or records, `accepted` those that are
    stored or recognised as duplicates, `quarantined` the others by reason code.
    """

    path: str
    source_kind: str
    received: int
    accepted: int
    quarantined: dict[str, int]


def write_lines(landing: Path, name: str, lines: Sequence[str]) -> None:
    """Write a text file of the landing folder."""
    target = landing / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_feeds(
    landing: Path,
    rows: Reports,
    passages: Passages,
    cameras: Cameras,
    places: FloatArray,
    options: SimulationOptions,
) -> list[FeedFile]:
    """Write the files of all feeds and return what is true of each, in order of their paths."""
    kind = cameras.kind[passages.camera[rows.passage]]
    lines = _lines(rows, kind, passages, cameras, places, options)
    written: list[FeedFile] = []
    for number, source in enumerate(SUFFIXES):
        random = np.random.default_rng([options.seed, 61, number])
        mine = np.flatnonzero(kind == source)
        if len(mine):
            written += _SourceWriter(landing, source, rows, lines, options, random).write(mine)
    return sorted(written, key=lambda file: file.path)


def _lines(
    rows: Reports,
    kind: npt.NDArray[np.str_],
    passages: Passages,
    cameras: Cameras,
    places: FloatArray,
    options: SimulationOptions,
) -> npt.NDArray[np.object_]:
    """The text of every row; a row sent again is the same text."""
    lines = np.full(len(rows), "", object)
    first = rows.original == np.arange(len(rows))
    for source in SUFFIXES:
        where = np.flatnonzero(first & (kind == source))
        mine = rows.take(where)
        if source == "fixed":
            lines[where] = fixed_rows(mine, passages, cameras, options.seed)
        elif source == "mobile":
            lines[where] = mobile_rows(mine, passages, cameras, places, options.seed)
        else:
            lines[where] = partner_records(mine, passages, cameras, places, options)
    copied: npt.NDArray[np.object_] = lines[rows.original]
    return copied


class _SourceWriter:
    """Writes the files of one kind of feed."""

    def __init__(
        self,
        landing: Path,
        source: str,
        rows: Reports,
        lines: npt.NDArray[np.object_],
        options: SimulationOptions,
        random: np.random.Generator,
    ) -> None:
        self._landing = landing
        self._source = source
        self._rows = rows
        self._lines = lines
        self._options = options
        self._random = random

    def write(self, mine: IntArray) -> list[FeedFile]:
        """Write the files that hold the rows `mine`."""
        groups = self._by_file(mine)
        broken = self._broken_reasons(groups)
        written = [self._write_file(group, reasons) for group, reasons in zip(groups, broken, strict=True)]
        if self._source == "fixed" and self._options.malformed:
            written.append(self._write_wrong_header(max(groups, key=len)))
        return written

    def _by_file(self, mine: IntArray) -> list[IntArray]:
        """Rows of each file, in order of the capture times within it."""
        rows = self._rows
        feed_names, feed = np.unique(rows.feed[mine], return_inverse=True)
        key = (rows.arrival[mine] * len(feed_names) + feed) * (LATE_FILE + 1) + rows.file_no[mine]
        order = np.lexsort((mine, rows.at_ms[mine], key))
        cuts = np.flatnonzero(np.diff(key[order])) + 1
        return np.split(mine[order], cuts)

    def _broken_reasons(self, groups: list[IntArray]) -> list[list[str]]:
        """Reasons of the broken rows that each file gets; larger files get more."""
        sizes = np.array([len(group) for group in groups])
        reasons = REASONS[self._source]
        rate = self._options.malformed
        count = max(len(reasons), round(rate * int(sizes.sum()))) if rate else 0
        chosen = self._random.choice(len(groups), size=count, p=sizes / sizes.sum())
        broken: list[list[str]] = [[] for _ in groups]
        for number, file in enumerate(chosen):
            broken[int(file)].append(reasons[number % len(reasons)])
        return broken

    def _name(self, row: int, file_no: int) -> str:
        day = self._options.day(int(self._rows.arrival[row]))
        return f"{day}/{self._source}/{self._rows.feed[row]}_{file_no:02d}.{SUFFIXES[self._source]}"

    def _write_file(self, group: IntArray, reasons: list[str]) -> FeedFile:
        good: list[str] = self._lines[group].tolist()
        content = [line.encode() for line in good]
        day = self._options.day(int(self._rows.arrival[group[0]]))
        for reason in reasons:
            model = good[int(self._random.integers(len(good)))]
            row = break_row(self._source, model, reason, day, self._random)
            content.insert(int(self._random.integers(len(content) + 1)), row)
        name = self._name(int(group[0]), int(self._rows.file_no[group[0]]))
        self._save(name, content)
        return FeedFile(name, self._source, len(content), len(good), dict(sorted(Counter(reasons).items())))

    def _write_wrong_header(self, group: IntArray) -> FeedFile:
        """A file whose header is wrong, so that none of its lines, good as they look, can be trusted."""
        content = [line.encode() for line in self._lines[group[:_WRONG_HEADER_ROWS]]]
        name = self._name(int(group[0]), LATE_FILE + 1)
        self._save(name, content, header=WRONG_HEADER)
        lines = 1 + len(content)  # the first may be a row
        return FeedFile(name, self._source, lines, 0, {"wrong_header": lines})

    def _save(self, name: str, content: list[bytes], header: str = FIXED_HEADER) -> None:
        target = self._landing / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._source == "partner":
            target.write_bytes(messages(content, self._random))
            return
        first = [header.encode()] if self._source == "fixed" else []
        target.write_bytes(b"".join(line + b"\n" for line in (*first, *content)))
