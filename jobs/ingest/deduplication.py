"""What becomes of received rows: new, stored before by a killed run, a duplicate, or quarantined with a reason.

One task has all rows that may be equal: those received, and those that the table holds of the same days.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.terms import PICTURES
from jobs.ingest.needs import needs
from jobs.ingest.pictures import picture_rows
from jobs.lake.arrays import Floats, Ints, day_of, numbers, of_distinct, one_chunk
from jobs.lake.data_files import DAY, DataFile, DataFiles, NewFile
from jobs.lake.shuffle import ForTask, Tasks, split
from jobs.lake.tables import PLATE_IMAGES, QUARANTINE, SIGHTINGS

OUTCOMES = ("new", "stored", "duplicate", "quarantined")
_NEW, _STORED, _DUPLICATE, _QUARANTINED, _HELD = range(5)
_COUNTED_BY = ["file_no", "reason", "schema_version", DAY]
_OF_HELD = ("sighting_id", "camera_id", "captured_at", DAY, "file_id", "line_no", "record_no")
_HOUR_MS = 3_600_000
_MOST_NEEDS = 1_000
"""Of a file that are kept: it is read again when one of them is met, and then tells what it still needs."""
_SLOTS = 1 << 16

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Deduplicated:
    """What came of rows: counts by file, outcome, reason, schema version and day; data files, not committed, by table.

    And what rejected rows need, by the file that brought them.

    Outcomes: new; stored as this very row by a run that was killed; duplicate; quarantined.
    """

    counts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[NewFile]] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def __add__(self, other: "Deduplicated") -> "Deduplicated":
        """Both together."""
        files = {name: [*self.files.get(name, []), *other.files.get(name, [])] for name in self.files | other.files}
        names = self.needs | other.needs
        needs = {name: self.needs.get(name, set()) | other.needs.get(name, set()) for name in names}
        return Deduplicated(self.counts + other.counts, files, needs)

    def rows(self, outcome: str) -> int:
        """Number of rows with an outcome."""
        return sum(row["rows"] for row in self.counts if row["outcome"] == outcome)


# Which task a row goes to.


def groups(rows: pa.Table) -> Ints:
    """A number for each day of capture, and on it for good rows and for those with a reason."""
    return _group(rows, is_good=pc.is_null(one_chunk(rows, "reason")).to_numpy(zero_copy_only=False))


def _group(rows: pa.Table, *, is_good: Flags | bool) -> Ints:
    found: Ints = 2 * numbers(one_chunk(rows, DAY)) + is_good
    return found


def capture_days(of_group: Iterable[int]) -> set[date]:
    """The days of capture of those groups that are of good rows."""
    return {day_of(group // 2) for group in of_group if group % 2}


def by_task(received: pa.Table, plan: Tasks) -> Iterator[ForTask]:
    """Received rows by their tasks."""
    yield from split(received, plan.of(groups(received), _shares(received)))


def held_by_task(source: DataFiles, file: DataFile, plan: Tasks) -> Iterator[ForTask]:
    """The names and origins of the sightings in a file of the table, by the tasks of the rows that may equal them."""
    rows = source.read(file, _OF_HELD)
    names = ["held_file" if name == "file_id" else name for name in rows.column_names]
    yield from split(rows.rename_columns(names), plan.of(_group(rows, is_good=True), _shares(rows)))


def _shares(rows: pa.Table) -> Floats:
    """Where in a large day a row belongs: the same for all of a camera's hour."""
    hour = numbers(one_chunk(rows, "captured_at").fill_null(0)) // _HOUR_MS
    of_camera = of_distinct(one_chunk(rows, "camera_id").fill_null(""), lambda name: crc32(name.encode()))
    # A Weyl sequence: the hours of a camera lie far apart.
    shares: Floats = (of_camera + hour * 40_503) % _SLOTS / _SLOTS
    return shares


# What a task does.


@dataclass(frozen=True)
class Deduplication:
    """Deduplicates the rows of a task, and writes what goes out.

    Attributes:
        files: sha256 and path of the received files, by number.
        targets: of sightings, plate_images and quarantine, by name.
        stamp: the columns of the night.
    """

    files: list[tuple[str, str]]
    targets: Mapping[str, DataFiles]
    stamp: dict[str, object]

    def __call__(self, rows: pa.Table) -> Iterator[Deduplicated]:
        """Rows as `apply_rules` gives them, file_no, source_kind, sighting_id; held ones have `held_file` instead."""
        for name, kind in (("held_file", pa.string()), ("file_no", pa.int32()), ("reason", pa.string())):
            if name not in rows.column_names:  # all are received, or all are held
                rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
        outcome = self._outcomes(rows)
        if (outcome != _HELD).any():
            rejected = self._some(rows, outcome == _QUARANTINED)
            rejected = rejected.append_column("needs", needs(rejected))
            written = dict(self._written(rows, outcome, rejected))
            yield Deduplicated(self._counts(rows, outcome), written, _needs_of_files(rejected))

    def _outcomes(self, rows: pa.Table) -> Ints:
        """The number of each row's outcome; `_HELD` where it was not received. Of equal rows the first counts."""
        outcome = np.where(_is_valid(rows, "reason"), _QUARANTINED, _DUPLICATE)
        outcome[_is_valid(rows, "held_file")] = _HELD
        names = one_chunk(rows, "sighting_id").dictionary_encode()
        codes = numbers(names.indices.fill_null(0))
        good, held = np.flatnonzero(outcome == _DUPLICATE), np.flatnonzero(outcome == _HELD)
        in_files = [numbers(one_chunk(rows, name).fill_null(0))[good] for name in ("record_no", "line_no", "file_no")]
        good = good[np.lexsort([*in_files, codes[good]])]
        first = good[np.diff(codes[good], prepend=-1) != 0]
        holder = np.full(len(names.dictionary) + 1, -1, np.int64)
        holder[codes[held]] = held
        known = first[holder[codes[first]] >= 0]
        outcome[first] = _NEW
        outcome[known] = np.where(self._same_place(rows, known, holder[codes[known]]), _STORED, _DUPLICATE)
        return outcome

    def _same_place(self, rows: pa.Table, received: Ints, held: Ints) -> Flags:
        """Whether held rows came from the very place of the received ones."""
        one, other = (rows.take(pa.array(places)) for places in (received, held))
        sha256 = pa.array([sha256 for sha256, _ in self.files]).take(one_chunk(one, "file_no"))
        same = pc.equal(sha256, one_chunk(other, "held_file"))
        for name in ("line_no", "record_no"):
            same = pc.and_(same, pc.equal(one_chunk(one, name), one_chunk(other, name)))
        found: Flags = same.fill_null(False).to_numpy(zero_copy_only=False)
        return found

    def _counts(self, rows: pa.Table, outcome: Ints) -> list[dict[str, Any]]:
        told = rows.select(_COUNTED_BY).append_column("outcome", pa.array(outcome))
        told = told.filter(pa.array(outcome != _HELD))
        found = (
            told.group_by([*_COUNTED_BY, "outcome"])
            .aggregate([([], "count_all")])
            .rename_columns({"count_all": "rows"})
        )
        return [
            row | {"outcome": OUTCOMES[row["outcome"]], "file_id": self.files[row["file_no"]][0]}
            for row in found.to_pylist()
        ]

    def _written(self, rows: pa.Table, outcome: Ints, rejected: pa.Table) -> Iterator[tuple[str, list[NewFile]]]:
        new = self._some(rows, outcome == _NEW)
        if new.num_rows:
            constants = {"vrm_rule": "as_received", "vrm_candidates": []}
            yield SIGHTINGS.name, self.targets[SIGHTINGS.name].write(new, self.stamp | constants)
        # Those of a row that a killed run stored may be missing: it wrote sightings first.
        pictures = picture_rows(rows.filter(pa.array((outcome == _NEW) | (outcome == _STORED))))
        if pictures.num_rows:
            yield PLATE_IMAGES.name, self.targets[PLATE_IMAGES.name].write(pictures, self.stamp)
        if rejected.num_rows:
            yield QUARANTINE.name, self.targets[QUARANTINE.name].write(rejected, self.stamp)

    def _some(self, rows: pa.Table, wanted: Flags) -> pa.Table:
        """Some rows with the file that brought each."""
        rows = rows.drop(PICTURES).filter(pa.array(wanted))
        for name, values in zip(("file_id", "landed_path"), zip(*self.files, strict=True), strict=True):
            rows = rows.append_column(name, pa.array(values).take(one_chunk(rows, "file_no")))
        return rows


def _needs_of_files(rejected: pa.Table) -> dict[str, set[str]]:
    """What rejected rows need, by the file that brought them."""
    found = rejected.filter(pc.is_valid(rejected["needs"])).group_by(["file_id", "needs"]).aggregate([])
    of_files = defaultdict[str, set[str]](set)
    for row in found.to_pylist():
        if len(of_files[row["file_id"]]) < _MOST_NEEDS:
            of_files[row["file_id"]].add(row["needs"])
    return dict(of_files)


def _is_valid(rows: pa.Table, name: str) -> Flags:
    found: Flags = pc.is_valid(one_chunk(rows, name)).to_numpy(zero_copy_only=False)
    return found
