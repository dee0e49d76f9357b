"""What holds keep of one day of capture, worked out where its data files are read."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.control.holds import Hold
from jobs.lake.arrays import Ints, one_chunk
from jobs.lake.data_files import DataFile, DataFiles, NewFile

_NO_HOLDS: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sighting:
    """A held sighting: where it came from."""

    sighting_id: str
    camera_id: str
    file_id: str
    line_no: int | None
    record_no: int | None
    first_frame: int | None
    last_frame: int | None


@dataclass(frozen=True)
class HeldDay:
    """What holds keep of a day.

    Attributes:
        sightings: by the number of the hold.
        reads: their ids, by the number of the hold.
        files: copies of rows, not committed yet, by the name of their table.
    """

    day: date
    sightings: dict[int, list[Sighting]]
    reads: dict[int, set[str]]
    files: dict[str, list[NewFile]] = field(default_factory=dict)


class Selection:
    """Which rows of sightings or reads the scopes of some holds name."""

    def __init__(self, holds: Sequence[Hold]) -> None:
        self._scopes = [hold.scope for hold in holds]
        self._by_vehicle = defaultdict[str, list[int]](list)
        for number, scope in enumerate(self._scopes):
            for vehicle in scope.vehicles:
                self._by_vehicle[vehicle].append(number)
        self._vehicles = pa.array(list(self._by_vehicle), pa.string())
        self._others = [n for n, scope in enumerate(self._scopes) if scope.selects_reads and not scope.vehicles]

    def pairs(self, rows: pa.Table) -> Iterator[tuple[int, int]]:
        """Numbers of holds and of the rows that they name, by `vrm`, `camera_id` and `captured_at`."""
        named = np.flatnonzero(np.asarray(pc.is_in(rows["vrm"], self._vehicles)))
        for place, vrm in zip(named.tolist(), rows["vrm"].take(named).to_pylist(), strict=True):
            for number in self._by_vehicle[vrm]:
                if self._places_and_times(number, rows.slice(place, 1)).size:
                    yield number, place
        for number in self._others:
            yield from ((number, place) for place in self._places_and_times(number, rows).tolist())

    def _places_and_times(self, number: int, rows: pa.Table) -> Ints:
        """Rows that are of a hold's cameras and time, whatever their vehicles."""
        scope, fits = self._scopes[number], np.ones(rows.num_rows, bool)
        if scope.cameras:
            fits &= np.asarray(pc.is_in(rows["camera_id"], pa.array(list(scope.cameras), pa.string())))
        kind = rows.schema.field("captured_at").type
        if scope.since:
            fits &= np.asarray(pc.greater_equal(rows["captured_at"], pa.scalar(scope.since, kind)))
        if scope.until:
            fits &= np.asarray(pc.less_equal(rows["captured_at"], pa.scalar(scope.until, kind)))
        return np.flatnonzero(fits)


@dataclass(frozen=True)
class Copy:
    """Rows of a table that are to be kept in another one.

    Attributes:
        source: the table's data files.
        target: those of the table that keeps them.
        by: column of the ids of held sightings, or of held reads.
        key: columns of the target that name a row.
    """

    source: DataFiles
    target: DataFiles
    by: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class DayFiles:
    """The data files of a day.

    Attributes:
        copies: by the name of the table that keeps rows: how, the files to copy from, and those that are there already.
    """

    day: date
    sightings: Sequence[DataFile]
    reads: Sequence[DataFile]
    copies: Mapping[str, tuple[Copy, Sequence[DataFile], Sequence[DataFile]]]


@dataclass(frozen=True)
class Keeping:
    """What an executor does with the files of a day.

    Attributes:
        holds: in force, in the order of their numbers.
        reads_of_findings: ids of reads that findings rest on which holds name, by the number of the hold.
    """

    holds: Sequence[Hold]
    reads_of_findings: Mapping[int, set[str]]
    sightings: DataFiles
    reads: DataFiles

    def __call__(self, files: DayFiles) -> HeldDay:
        """What the holds keep of the day, with its copies written."""
        selection = Selection(self.holds)
        direct = self._direct(selection, files)
        reads, of_reads = self._reads(selection, files, direct)
        for number, ids in of_reads.items():
            direct[number] |= ids
        held = HeldDay(files.day, self._sightings(files, direct), reads)
        ids_of = {"sighting_id": direct, "read_id": reads}
        for name, (copy, source, there) in files.copies.items():
            held.files[name] = self._copied(copy, source, there, ids_of[copy.by])
        return held

    def _direct(self, selection: Selection, files: DayFiles) -> dict[int, set[str]]:
        """Ids of sightings that a hold itself names, those that its findings rested on once among them."""
        found = defaultdict[int, set[str]](set)
        for number, hold in enumerate(self.holds):
            if hold.scope.sightings:
                found[number].update(hold.scope.sightings)
        for file in files.sightings:
            rows = self.sightings.read(file, ["sighting_id", "vrm", "camera_id", "captured_at"])
            for number, place in selection.pairs(rows):
                found[number].add(rows["sighting_id"][place].as_py())
        return found

    def _reads(
        self, selection: Selection, files: DayFiles, direct: Mapping[int, set[str]]
    ) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
        """Ids of reads that a hold or a finding names or that rest on a held sighting, and of all their sightings."""
        reads, sightings = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        of_sighting, of_finding = _holds_of(direct), _holds_of(self.reads_of_findings)
        for file in files.reads:
            rows = self.reads.read(file, ["read_id", "vrm", "camera_id", "captured_at", "sighting_ids"])
            named = defaultdict[int, set[int]](set)
            for number, place in selection.pairs(rows):
                named[place].add(number)
            places = sorted({*named, *_with_one_of(rows["read_id"], of_finding), *_resting_on(rows, of_sighting)})
            few = rows.select(["read_id", "sighting_ids"]).take(pa.array(places, pa.int64())).to_pylist()
            for place, row in zip(places, few, strict=True):
                of_read = of_finding.get(row["read_id"], _NO_HOLDS)
                of_its_sightings = (of_sighting.get(one, _NO_HOLDS) for one in row["sighting_ids"])
                for number in named[place].union(of_read, *of_its_sightings):
                    reads[number].add(row["read_id"])
                    sightings[number].update(row["sighting_ids"])
        return reads, sightings

    def _sightings(self, files: DayFiles, held: Mapping[int, set[str]]) -> dict[int, list[Sighting]]:
        of_id, found = _holds_of(held), defaultdict[int, list[Sighting]](list)
        columns = ["sighting_id", "camera_id", "file_id", "line_no", "record_no", "first_frame", "last_frame"]
        for file in files.sightings:
            for row in self.sightings.select(file, columns, "sighting_id", _texts(of_id)).to_pylist():
                for number in of_id[row["sighting_id"]]:
                    found[number].append(Sighting(**row))
        return found

    def _copied(
        self, copy: Copy, source: Sequence[DataFile], there: Sequence[DataFile], held: Mapping[int, set[str]]
    ) -> list[NewFile]:
        """Files with held rows of a table, but for those that an ended run has kept already."""
        of_id = _holds_of(held)
        known = {key for file in there for key in _keys(copy.target.read(file, copy.key), copy.key)}
        written: list[NewFile] = []
        for file in source:
            rows = copy.source.select(file, copy.source.schema.names, copy.by, _texts(of_id))
            places, numbers = _pairs(rows[copy.by].to_pylist(), of_id)
            new = self.stamped(rows.take(pa.array(places, pa.int64())), numbers)
            fresh = [key not in known for key in _keys(new, copy.key)]
            if any(fresh):
                written += copy.target.write(new.filter(pa.array(fresh)))
        return written

    def stamped(self, rows: pa.Table, numbers: Sequence[int]) -> pa.Table:
        """Rows with what they are kept for, by the number of each one's hold."""
        contents = rows.to_pylist(maps_as_pydicts="strict")
        stamps = [stamp(self.holds[number], row) for number, row in zip(numbers, contents, strict=True)]
        kinds = {"held_at": pa.timestamp("us", "UTC")}
        for name in ("hold_id", "case_ref", "held_at", "held_sha256"):
            values = pa.array([one[name] for one in stamps], kinds.get(name, pa.string()))
            rows = rows.append_column(name, values)
        return rows


def stamp(hold: Hold, content: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """What a held row or file says of what it is kept for."""
    held_at = datetime.now(UTC).replace(microsecond=0)
    return {"hold_id": hold.hold_id, "case_ref": hold.case_ref, "held_at": held_at, "held_sha256": digest(content)}


def digest(content: Mapping[str, Any] | bytes) -> str:
    """The sha256 of bytes, or of a row: JSON with sorted keys, times in UTC, and bytes as their own sha256."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_told)
    return hashlib.sha256(text.encode()).hexdigest()


def _told(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _with_one_of(column: pa.ChunkedArray, names: Iterable[str]) -> list[int]:
    """Rows that have one of some ids."""
    found: list[int] = np.flatnonzero(np.asarray(pc.is_in(column, _texts(names)))).tolist()
    return found


def _resting_on(reads: pa.Table, sightings: Iterable[str]) -> list[int]:
    """Reads that have one of some sightings."""
    ids = one_chunk(reads, "sighting_ids")
    members = pa.array(_with_one_of(pc.list_flatten(ids), sightings), pa.int64())
    found: list[int] = pc.list_parent_indices(ids).take(members).to_pylist()
    return found


def _pairs(ids: Iterable[str], of_id: Mapping[str, Sequence[int]]) -> tuple[list[int], list[int]]:
    """Places of rows, each as often as there are holds on it, and the numbers of these holds."""
    found = [(place, number) for place, name in enumerate(ids) for number in of_id[name]]
    return [place for place, _ in found], [number for _, number in found]


def _holds_of(ids: Mapping[int, Iterable[str]]) -> dict[str, list[int]]:
    """Numbers of holds by id."""
    found = defaultdict[str, list[int]](list)
    for number in sorted(ids):
        for name in ids[number]:
            found[name].append(number)
    return found


def _texts(names: Iterable[str]) -> pa.Array:
    return pa.array(list(names), pa.string())


def _keys(rows: pa.Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in columns), strict=True))
