"""How each kind of file is read for residue: on executors, and with what may not be in it."""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.ingest.formats.lines import blocks_of
from jobs.lake.storage import open_folder
from jobs.lake.tables import RetentionClass, Table, Zone
from jobs.retention.residue.kinds import Kind, Known, LakeFile
from jobs.retention.residue.needles import Needles
from jobs.runtime.redaction import redact

_TIMES = ("captured_at", "started_at")
"""Columns of times of capture, in whatever table."""
_BLOCK = 4 << 20
_OVERLAP = 64
_SQLITE = b"SQLite format 3\0"
_ROWS = 20_000
_NAMES, _NAMED_AFTER = "names vehicles that are gone", "is named after a vehicle that is gone"
_BROKEN = (pa.ArrowException, OSError, EOFError, zlib.error, UnicodeDecodeError, ValueError)


@dataclass(frozen=True)
class Find:
    """Something that should not be there.

    Attributes:
        path: below the lake's root, or below landing or scratch; what might be a mark in it is redacted.
        why: in words.
        count: rows or values.
    """

    path: str
    kind: str
    why: str
    count: int = 1

    @property
    def may_name_vehicles(self) -> bool:
        """Whether it is about vehicles, and not about dates or files that the next purge takes."""
        unread = self.why.startswith("cannot be read") and not self.path.startswith("landing/")
        return unread or self.why.startswith((_NAMES, _NAMED_AFTER))


@dataclass(frozen=True)
class Looked:
    """What came of looking at a file."""

    files: int
    bytes: int
    finds: tuple[Find, ...] = ()


@dataclass(frozen=True)
class Look:
    """A file to look at; `deep` decodes its pages too, where its footer and its name could do."""

    file: LakeFile
    deep: bool


@dataclass(frozen=True)
class Reader:
    """What an executor does with files below the lake's root."""

    root: str
    known: Known
    needles: Needles

    def __call__(self, looks: Sequence[Look]) -> Looked:
        """What is in them that should not be."""
        finds = [find for look in looks for find in self._finds(look)]
        return Looked(len(looks), sum(look.file.bytes for look in looks if look.deep), tuple(finds))

    def _finds(self, look: Look) -> Iterator[Find]:
        file = look.file
        told = redact(file.path)
        if count := self.needles.count_in(file.path):
            yield Find(told, file.kind, _NAMED_AFTER, count)
        try:
            for why, count in _READERS[file.kind](self, look):
                yield Find(told, file.kind, why, count)
        except FileNotFoundError:  # somebody has removed it since it was listed
            return
        except _BROKEN as error:
            yield Find(told, file.kind, f"cannot be read: {type(error).__name__}")

    # By kind: what is wrong, and how often.

    def data(self, look: Look) -> Iterator[tuple[str, int]]:
        """A table's own: by its partition and its times; and the vehicles that its zone may not name."""
        table = look.file.table
        assert table  # noqa: S101 - its kind
        if table.retention is RetentionClass.HELD:
            yield from self._held(look)
            return
        cutoff = self.known.cutoffs[table.retention]
        if (day := partition_day(look.file.path, table.dated_by)) and day <= cutoff:
            yield f"is of a day up to {cutoff}", 1
        with self._open(look.file.path) as source:
            parquet = pq.ParquetFile(source)
            yield from self._footer(parquet, cutoff)
            if look.deep:
                yield from self._pages(parquet, table, cutoff)

    def _footer(self, parquet: pq.ParquetFile, cutoff: date) -> Iterator[tuple[str, int]]:
        yield from self._named(str(parquet.metadata.metadata or ""))
        old = sum(
            _as_day(column.statistics.min) <= cutoff
            for group in range(parquet.num_row_groups)
            for column in map(parquet.metadata.row_group(group).column, range(parquet.metadata.num_columns))
            if column.path_in_schema in _TIMES and column.statistics is not None and column.statistics.has_min_max
        )
        if old:
            yield f"has times up to {cutoff} in its footer", old

    def _pages(self, parquet: pq.ParquetFile, table: Table, cutoff: date) -> Iterator[tuple[str, int]]:
        open_zone = table.zone in {Zone.ANALYTIC, Zone.GOVERNANCE}
        dated = {*_TIMES, *(() if table.partitioned_by_day else (table.dated_by,))}
        old = named = 0
        for batch in parquet.iter_batches(_ROWS):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if name in dated:
                    old += pc.sum(pc.less_equal(column.cast(pa.date32()), pa.scalar(cutoff))).as_py() or 0
                elif open_zone:
                    named += self.needles.gone.count_among(texts_of(column))
        if old:
            yield f"has rows up to {cutoff}", old
        if named:
            yield _NAMES, named

    def _held(self, look: Look) -> Iterator[tuple[str, int]]:
        """Of the evidence zone: a hold in force keeps every row."""
        with self._open(look.file.path) as source:
            holds = pq.ParquetFile(source).read(["hold_id"])["hold_id"]
        others = pc.invert(pc.is_in(holds.cast(pa.string()), pa.array(sorted(self.known.in_force), pa.string())))
        if count := pc.sum(others).as_py():
            yield "is kept by no hold", count

    def orphan(self, look: Look) -> Iterator[tuple[str, int]]:
        """A file in a table's folder that no version in force has: it may not be there, whatever is in it."""
        yield "should have been removed", 1
        yield from self.unknown(look)

    def unknown(self, look: Look) -> Iterator[tuple[str, int]]:
        """Of no class: told, with what is in it."""
        if look.file.kind is Kind.UNKNOWN:
            yield "has no retention class", 1
        with self._open(look.file.path) as source:
            yield from self._whatever(source)

    def _whatever(self, source: BinaryIO) -> Iterator[tuple[str, int]]:
        """By how it begins, whatever its name is."""
        start = source.read(len(_SQLITE))
        source.seek(0)
        if start.startswith(b"PAR1"):
            yield from self._all_columns(source)
        elif start == _SQLITE:
            yield from self._bytes(_as_they_lie(source), self.needles.count_in_record)
        else:
            yield from self._bytes(blocks_of(source, damaged=False), self.needles.count_in)

    def checkpoint(self, look: Look) -> Iterator[tuple[str, int]]:
        """A Delta log's own Parquet: statistics of rows that are gone stay in it."""
        with self._open(look.file.path) as source:
            yield from self._all_columns(source)

    def _all_columns(self, source: BinaryIO) -> Iterator[tuple[str, int]]:
        """Footer, dictionaries (of texts that no row has, too) and pages of whatever Parquet."""
        schema = pq.read_schema(source)
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        parquet = pq.ParquetFile(source, read_dictionary=texts)
        yield from self._named(str(parquet.metadata.metadata or ""))
        named = 0
        for batch in parquet.iter_batches(_ROWS):
            named += sum(self.needles.count_among(texts_of(column)) for column in batch.columns)
        if named:
            yield _NAMES, named

    def log(self, look: Look) -> Iterator[tuple[str, int]]:
        """A commit or its checksum: no vehicle, and no statistics but those that the catalogue allows."""
        with self._open(look.file.path) as source:
            content = source.read()
        yield from self._named(content.decode(errors="replace"))
        table = look.file.table
        if table and look.file.path.endswith(".json"):
            allowed = set(table.stats)
            count = sum(bool(_told_columns(line) - allowed) for line in content.splitlines())
            if count:
                yield "has statistics of columns that may have none", count

    def page(self, look: Look) -> Iterator[tuple[str, int]]:
        """Text that people read, by its name."""
        with self._open(look.file.path) as source:
            yield from self._whatever(source)

    def database(self, look: Look) -> Iterator[tuple[str, int]]:
        """SQLite's bytes as they lie there: what was deleted may still be among them."""
        with self._open(look.file.path) as source:
            yield from self._bytes(_as_they_lie(source), self.needles.count_in_record)

    def working(self, look: Look) -> Iterator[tuple[str, int]]:
        """What was read of footage: only of such that is still to be read."""
        if PurePosixPath(look.file.path).parent.name not in self.known.reading:
            yield "is of footage that has been read", 1

    def clip(self, look: Look) -> Iterator[tuple[str, int]]:
        """Held footage: in the folder of a hold in force."""
        if PurePosixPath(look.file.path).parent.name not in self.known.in_force:
            yield "is kept by no hold", 1

    def checksum(self, look: Look) -> Iterator[tuple[str, int]]:
        """Of a file that is there: four bytes for each block, which nobody can turn back, and no text."""
        with self._open(look.file.path) as source:
            yield from self._bytes(_as_they_lie(source), self.needles.count_in)

    @staticmethod
    def _bytes(blocks: Iterable[bytes], count: Callable[[str], int]) -> Iterator[tuple[str, int]]:
        found, rest = 0, b""
        for block in blocks:
            found += count((rest + block).replace(b"\0", b"").decode("latin-1"))  # in UTF-16 every other byte
            rest = block[-_OVERLAP:]
        if found:
            yield _NAMES, found

    def _named(self, text: str) -> Iterator[tuple[str, int]]:
        if count := self.needles.count_in(text):
            yield _NAMES, count

    def _open(self, path: str) -> Any:  # noqa: ANN401 - the same
        filesystem, root = open_folder(self.root)
        return filesystem.open_input_file(f"{root}/{path}")


_READERS: Mapping[Kind, Callable[[Reader, Look], Iterator[tuple[str, int]]]] = {
    Kind.DATA: Reader.data, Kind.ORPHAN: Reader.orphan, Kind.LOG: Reader.log, Kind.CHECKPOINT: Reader.checkpoint,
    Kind.CHECKSUM: Reader.checksum, Kind.DATABASE: Reader.database, Kind.WORKING: Reader.working,
    Kind.CLIP: Reader.clip, Kind.PAGE: Reader.page, Kind.UNKNOWN: Reader.unknown,
}  # fmt: skip


def partition_day(path: str, column: str) -> date | None:
    """The day of a column of the partitions in a path."""
    for part in PurePosixPath(path).parts:
        if part.startswith(f"{column}="):
            try:
                return date.fromisoformat(part.removeprefix(f"{column}="))
            except ValueError:
                return None
    return None


def texts_of(column: pa.Array) -> list[str]:
    """The distinct texts in a column, however deep, those that a dictionary has and no row included."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return texts_of(column.dictionary)
    if pa.types.is_map(kind):
        return texts_of(column.keys) + texts_of(column.items)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return texts_of(column.flatten())
    if pa.types.is_struct(kind):
        return [text for part in column.flatten() for text in texts_of(part)]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return [text for text in pc.unique(column.cast(pa.string())).to_pylist() if text]
    return []


def _as_they_lie(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block


def _told_columns(line: bytes) -> set[str]:
    """The columns of which an action in a Delta log tells the least and the greatest value."""
    try:
        action = json.loads(line)
        stats = json.loads((action.get("add") or {}).get("stats") or "{}")
    except (ValueError, AttributeError):
        return set()
    return {name for kind in ("minValues", "maxValues") for name in stats.get(kind, ())}


def _as_day(value: object) -> date:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date() if value.tzinfo else value.date()
    return value if isinstance(value, date) else date.max


# Landing, which lies elsewhere.

_DATE = re.compile(rb"(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


def old_dates(stream: BinaryIO, cutoff: date) -> int:
    """How many dates up to a day a text has, packed or not."""
    found, rest, oldest = 0, b"", cutoff.isoformat().encode()
    for block in blocks_of(stream, damaged=False):
        text = (rest + block).replace(b"\0", b"")
        found += sum(day <= oldest and _is_date(day) for day in _DATE.findall(text))
        rest = block[-9:]
    return found


def _is_date(text: bytes) -> bool:
    """Whether there is such a day: 30 February says nothing of when a row was captured."""
    try:
        date.fromisoformat(text.decode())
    except ValueError:
        return False
    return True
