"""What executors do to erase vehicles: find the data files that have rows of them, and write these anew without."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.terms import OVERVIEW
from jobs.footage.in_view import Frames
from jobs.ingest.vrms import read_vrms
from jobs.lake.arrays import one_chunk
from jobs.lake.data_files import DataFile, DataFiles, NewFile
from jobs.lake.tables import Table
from jobs.lake.tables.model import PICTURE, Subject
from jobs.retention.blanking import place_in_file

Mask = npt.NDArray[np.bool_]
_BETWEEN = r"[ \t._-]*"
_RECEIVED = "vrm_raw"


@dataclass(frozen=True)
class Wanted:
    """What names the vehicles.

    Attributes:
        vrms: their marks.
        tokens: that stand for these.
        sightings: ids of theirs; what rests on one of them goes too.
        seen_beside: ids of others' sightings whose overview shows them.
    """

    vrms: frozenset[str]
    tokens: frozenset[str]
    sightings: frozenset[str] = frozenset()
    seen_beside: frozenset[str] = frozenset()

    def of(self, subject: Subject) -> pa.Array:
        """The texts by which a column of a kind names them."""
        found = {Subject.CODED: self.tokens, Subject.SIGHTING: self.sightings}.get(subject, self.vrms)
        return pa.array(sorted(found), pa.string())


@dataclass(frozen=True)
class Erased:
    """What a data file had of them.

    Attributes:
        file: that had them.
        anew: without, not committed; none where nothing is left.
        origins: file that brought each row that went and its place there, where the table says so; none in footage.
        sightings: ids of rows that went, where they are sightings.
        received: ids of sightings that stay, for they were corrected, and were received as theirs.
        frames: of footage by its id, the first and last one in which a sighting that went was read.
    """

    file: DataFile
    anew: tuple[NewFile, ...]
    rows: int
    changed: int
    origins: frozenset[tuple[str, str | None]]
    sightings: frozenset[str]
    received: frozenset[str] = frozenset()
    frames: frozenset[Frames] = frozenset()


@dataclass(frozen=True)
class Eraser:
    """Takes vehicles out of the data files of a table."""

    table: Table
    files: DataFiles
    wanted: Wanted

    def __call__(self, file: DataFile) -> Erased | None:
        """What a file had of them; None where it has nothing, and stays."""
        if not self.has_some(file):
            return None
        rows = self.files.read(file, self.files.schema.names)
        gone, alternative = self._masks(rows)
        if not (gone.any() or alternative.any()):
            return None
        received = alternative & ~gone & self._received(rows)
        kept = self._without_alternatives(_without_texts(rows, received), alternative).filter(pa.array(~gone))
        anew = self.files.write(kept) if kept.num_rows else []
        went = rows.filter(pa.array(gone))
        return Erased(
            file, tuple(anew), int(gone.sum()), int((alternative & ~gone).sum()),
            frozenset(_origins(went)), _ids(went), _ids(rows.filter(pa.array(received))), frozenset(_frames(went)),
        )  # fmt: skip

    @cached_property
    def _subjects(self) -> Mapping[str, Subject]:
        return self.table.subjects

    @property
    def _has_pictures(self) -> bool:
        return PICTURE in self.table.columns

    def has_some(self, file: DataFile) -> bool:
        """Whether a file has something of them, by the columns that name vehicles alone."""
        of_pictures = [PICTURE.name] if self._has_pictures else []
        gone, alternative = self._masks(self.files.read(file, [*self._subjects, *of_pictures]))
        return bool(gone.any() or alternative.any())

    def _masks(self, rows: pa.Table) -> tuple[Mask, Mask]:
        """Rows that go, and rows that name them as another reading only."""
        gone, alternative = np.zeros(rows.num_rows, bool), np.zeros(rows.num_rows, bool)
        for name, subject in self._subjects.items():
            found = named(one_chunk(rows, name), self.wanted.of(subject), subject)
            if subject is Subject.ALTERNATIVE:
                alternative |= found
            else:
                gone |= found
        if self._has_pictures and self.wanted.seen_beside:
            beside = pc.is_in(rows["sighting_id"], pa.array(sorted(self.wanted.seen_beside), pa.string()))
            gone |= np.asarray(pc.and_(beside, pc.equal(rows[PICTURE.name], OVERVIEW)))
        return gone, alternative

    def _received(self, rows: pa.Table) -> Mask:
        """Rows whose text as received is a mark of theirs."""
        if _RECEIVED not in rows.column_names:
            return np.zeros(rows.num_rows, bool)
        found = read_vrms(one_chunk(rows, _RECEIVED), "?*").vrm
        return np.asarray(pc.is_in(found, pa.array(sorted(self.wanted.vrms), pa.string())))

    def _without_alternatives(self, rows: pa.Table, places: Mask) -> pa.Table:
        for name, subject in self._subjects.items():
            if subject is Subject.ALTERNATIVE and places.any():
                column = rows[name].to_pylist()
                for place in np.flatnonzero(places).tolist():
                    column[place] = [one for one in column[place] if one["vrm"] not in self.wanted.vrms]
                field = rows.schema.field(name)
                rows = rows.set_column(rows.column_names.index(name), field, pa.array(column, field.type))
        return rows


def _without_texts(rows: pa.Table, places: Mask) -> pa.Table:
    """Rows without the texts as received of some."""
    if not places.any():
        return rows
    field = rows.schema.field(_RECEIVED)
    texts = pc.if_else(pa.array(places), "", rows[_RECEIVED])
    return rows.set_column(rows.schema.get_field_index(_RECEIVED), field, texts)


def _ids(rows: pa.Table) -> frozenset[str]:
    return frozenset(name for (name,) in _tuples(rows, "sighting_id"))


def _frames(rows: pa.Table) -> Iterator[Frames]:
    for file_id, first, last in _tuples(rows, "file_id", "first_frame", "last_frame"):
        if first is not None:
            yield file_id, first, last


def _origins(rows: pa.Table) -> Iterator[tuple[str, str | None]]:
    names = ("source_kind", "line_no", "record_no", *(["reason"] if "reason" in rows.column_names else []))
    for file_id, kind, line_no, *more in _tuples(rows, "file_id", *names):
        yield file_id, None if line_no is None else place_in_file(kind, line_no, *more)


def _tuples(rows: pa.Table, *names: str) -> frozenset[tuple[Any, ...]]:
    """The values of some columns, row by row; none where the table has not all of them."""
    if not set(names) <= set(rows.column_names):
        return frozenset()
    return frozenset(zip(*(rows[name].to_pylist() for name in names), strict=True))


def named(column: pa.Array, names: pa.Array, subject: Subject) -> Mask:
    """Which rows of a column have one of some names, however deep; of texts as received, those that hold one."""
    if not len(names):
        return np.zeros(len(column), bool)
    if subject is Subject.TEXT:
        return np.array([holds_one(text or "", names.to_pylist()) for text in column.to_pylist()], bool)
    kind = column.type
    if pa.types.is_map(kind):
        return _of_parents(column, column.keys, column.offsets, names)
    if pa.types.is_list(kind):
        values = column.values
        members = pc.struct_field(values, "vrm") if pa.types.is_struct(values.type) else values
        return _of_parents(column, members, column.offsets, names)
    return np.asarray(pc.is_in(column, names))


def _of_parents(column: pa.Array, members: pa.Array, offsets: pa.Array, names: pa.Array) -> Mask:
    """Which lists have one of some names among their members."""
    counts = np.concatenate([[0], np.cumsum(np.asarray(pc.is_in(members, names)))])
    ends = np.asarray(offsets)
    found: Mask = counts[ends[1:]] > counts[ends[:-1]]
    return found[: len(column)]


def holds_one(text: str, names: Iterable[str]) -> bool:
    """Whether a text as received holds a mark by itself, in small letters or parted by blanks and the like too."""
    upper = text.upper()
    return any(pattern.search(upper) for pattern in map(_written, names))


@cache
def _written(name: str) -> re.Pattern[str]:
    """How a mark may be written: a part of a longer one, or of a time, is another text."""
    return re.compile(f"(?<![A-Z0-9]){_BETWEEN.join(name)}(?![A-Z0-9])")
