"""Data files of a table that executors write and read themselves, as columns; the driver commits them.

Parquet that pyarrow writes takes a third of the time that Spark takes. A file is part of its table only once
`Store.add_files` or `Store.replace_files` has committed it: what a killed writer left is removed by the next purge.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.lake.arrays import Ints, numbers, one_chunk, ranks, sorted_places
from jobs.lake.storage import open_folder

DAY = "capture_date"
_BLOCK = 4 << 20
_SEALED = re.compile(r"/part-[0-9a-f-]{36}-([0-9a-f-]{36})[.]zstd[.]parquet$")
_BYTES_AT_ONCE = 256 << 20
_ROWS_A_GROUP, _ROWS_A_PAGE = 20_000, 4_000
"""Small, so that readers of one mark skip nearly all of a day that is sorted by marks."""
_REPEATED = 4
"""How often the values of a column come on average for a dictionary of them to pay."""


@dataclass(frozen=True)
class DataFile:
    """A data file of a table: its path below the table's folder, and its day of capture, or window by its last day."""

    path: str
    day: date
    rows: int


@dataclass(frozen=True)
class NewFile(DataFile):
    """A data file that can be committed.

    Attributes:
        bytes: its size.
        stats: what the Delta log says of its rows, as JSON.
        partition: values of the columns that are in its path and not in it.
    """

    bytes: int
    stats: str
    partition: dict[str, str]


@dataclass(frozen=True)
class DataFiles:
    """What an executor must know of a table that is partitioned by days.

    Attributes:
        folder: of the table.
        schema: of all its columns.
        partition_by: dates; the last one is the day or window that a file is of.
        sorted_by: texts, times or numbers, none of them empty, by which rows of a day are sorted.
        stats: columns whose least and greatest values are told to the Delta log.
    """

    folder: str
    schema: pa.Schema
    partition_by: tuple[str, ...]
    sorted_by: tuple[str, ...]
    stats: tuple[str, ...]

    def write(self, rows: pa.Table, constants: dict[str, object] | None = None) -> list[NewFile]:
        """Write rows in the table's order, one file for each day (and window).

        Args:
            rows: columns of the table by name; other columns are left, and those that are missing are empty.
            constants: values of columns that are the same in all rows.

        Raises:
            pa.ArrowInvalid: a column that must have values lacks one.
        """
        keys = [_rank(one_chunk(rows, name)) for name in (*self.partition_by, *self.sorted_by)]
        rows = rows.select([name for name in rows.column_names if name in self.schema.names])
        rows = rows.take(pa.array(sorted_places(*keys)))
        whole = pa.table([self._column(rows, field, constants or {}) for field in self.schema], schema=self.schema)
        days = np.stack([numbers(one_chunk(whole, name)) for name in self.partition_by])
        starts = np.flatnonzero(np.diff(days, prepend=np.iinfo(np.int64).min).any(axis=0))
        ends = [*starts[1:], whole.num_rows]
        return [self._write_part(whole.slice(start, end - start)) for start, end in zip(starts, ends, strict=True)]

    def write_all(self, batches: Iterable[pa.RecordBatch]) -> Iterator[NewFile]:
        """Write rows as they come, as many at a time as memory may hold: of few there is one file a day."""
        parts: list[pa.RecordBatch] = []
        for batch in batches:
            parts.append(batch)
            if sum(part.nbytes for part in parts) >= _BYTES_AT_ONCE:
                yield from self.write(pa.Table.from_batches(parts))
                parts = []
        if parts:
            yield from self.write(pa.Table.from_batches(parts))

    @staticmethod
    def _column(rows: pa.Table, field: pa.Field, constants: dict[str, object]) -> pa.Array | pa.ChunkedArray:
        if field.name in constants:
            return _repeated(constants[field.name], field.type, rows.num_rows)
        if field.name in rows.column_names:
            return rows[field.name].cast(field.type)
        return pa.nulls(rows.num_rows, field.type)

    def _write_part(self, rows: pa.Table) -> NewFile:
        days: dict[str, date] = {name: rows[name][0].as_py() for name in self.partition_by}
        partition = {name: str(day) for name, day in days.items()}
        folder = "/".join(f"{name}={day}" for name, day in partition.items())
        content = rows.drop(list(self.partition_by))
        stream = pa.BufferOutputStream()
        pq.write_table(
            content, stream, compression="zstd", row_group_size=_ROWS_A_GROUP, max_rows_per_page=_ROWS_A_PAGE,
            write_page_index=True, store_schema=False, use_dictionary=_repeating(content),
        )  # fmt: skip
        written = stream.getvalue()
        path = f"{folder}/part-{uuid.uuid4()}-{_seal(hashlib.sha256(written))}.zstd.parquet"
        filesystem, root = open_folder(self.folder)
        filesystem.create_dir(f"{root}/{folder}")
        with filesystem.open_output_stream(f"{root}/{path}", compression=None) as file:
            file.write(written)
        return NewFile(path, days[self.partition_by[-1]], rows.num_rows, written.size, self._stats(content), partition)

    def _stats(self, rows: pa.Table) -> str:
        told: dict[str, Any] = {"numRecords": rows.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {}}
        for name in self.stats:
            least, greatest = pc.min_max(rows[name]).as_py().values()
            if least is not None:
                told["minValues"][name], told["maxValues"][name] = _told(least), _told(greatest)
            told["nullCount"][name] = rows[name].null_count
        return json.dumps(told)

    def read(self, file: DataFile, columns: Sequence[str]) -> pa.Table:
        """Some columns of a file."""
        filesystem, root = open_folder(self.folder)
        stored = [name for name in columns if name not in self.partition_by]
        with filesystem.open_input_file(f"{root}/{file.path}") as source:
            rows = pq.ParquetFile(source).read(columns=stored)
        return self._dated(rows, file, pa.schema([self.schema.field(name) for name in columns]))

    def select(self, file: DataFile, columns: Sequence[str], by: str, values: pa.Array) -> pa.Table:
        """Some columns of the rows of a file of which column `by` has one of some values.

        Pages of other rows are read a few at a time, and not at all where a whole group has none of the values.
        """
        filesystem, root = open_folder(self.folder)
        schema = pa.schema([self.schema.field(name) for name in columns])
        with filesystem.open_input_file(f"{root}/{file.path}") as source:
            parquet = pq.ParquetFile(source)
            groups = [
                number for number in range(parquet.num_row_groups)
                if _may_have(parquet.metadata.row_group(number), by, values)
                and pc.any(pc.is_in(parquet.read_row_group(number, [by])[by], values)).as_py()
            ]  # fmt: skip
            stored = [name for name in columns if name not in self.partition_by]
            batches = parquet.iter_batches(_ROWS_A_PAGE, row_groups=groups, columns=stored) if groups else ()
            found = [batch.filter(pc.is_in(batch[by], values)) for batch in batches]
        return self._dated(pa.Table.from_batches(found), file, schema) if found else schema.empty_table()

    def _dated(self, rows: pa.Table, file: DataFile, schema: pa.Schema) -> pa.Table:
        """What a file holds, with the days that its path tells where these are asked for."""
        told = dict(part.split("=", 1) for part in file.path.split("/") if "=" in part)
        for name in self.partition_by:
            if name in schema.names:
                day = date.fromisoformat(told[name])
                rows = rows.append_column(name, pa.repeat(pa.scalar(day), rows.num_rows))
        return rows.select(schema.names).cast(schema)

    def copy_from(self, other: "DataFiles", file: DataFile) -> NewFile:
        """Copy a file of another table that has the same columns."""
        (source, its_root), (filesystem, root) = open_folder(other.folder), open_folder(self.folder)
        filesystem.create_dir(f"{root}/{DAY}={file.day}")
        with (
            source.open_input_stream(f"{its_root}/{file.path}", compression=None) as content,
            filesystem.open_output_stream(f"{root}/{file.path}", compression=None) as copy,
        ):
            while block := content.read(_BLOCK):
                copy.write(block)
            size = copy.tell()
        partition = {DAY: str(file.day)}
        return NewFile(file.path, file.day, file.rows, size, self._stats(self.read(file, self.stats)), partition)


def _may_have(group: pq.RowGroupMetaData, by: str, values: pa.Array) -> bool:
    """Whether a group of rows may have one of some values in a column, by the least and the greatest that it has."""
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == by and column.statistics is not None and column.statistics.has_min_max:
            least, greatest = pc.min_max(values).as_py().values()
            return least is not None and column.statistics.min <= greatest and least <= column.statistics.max
    return True


def _seal(digest: "hashlib._Hash") -> uuid.UUID:
    """What the name of a file says of its bytes."""
    return uuid.UUID(bytes=digest.digest()[:16])


def is_sealed(path: str) -> bool:
    """Whether the name of a data file says what its bytes are."""
    return _SEALED.search(path) is not None


def is_intact(path: str, stream: pa.NativeFile) -> bool:
    """Whether a sealed data file has the bytes that were written, to the bit."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    found = _SEALED.search(path)
    return found is not None and found[1] == str(_seal(digest))


def _repeating(rows: pa.Table) -> list[str]:
    """Parquet's paths of the columns whose values come again and again, judged by the first page.

    Names that are all different take a tenth more room, and half as much time again, with a dictionary.
    """
    first = rows.slice(0, _ROWS_A_PAGE)
    leaves = (leaf for name in first.column_names for leaf in _leaves(name, one_chunk(first, name)))
    return [path for path, values in leaves if _REPEATED * pc.count_distinct(values).as_py() <= len(values)]


def _leaves(path: str, column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """The columns without parts of their own of which Parquet makes a column."""
    if pa.types.is_map(column.type):
        start, end = column.offsets[0].as_py(), column.offsets[-1].as_py()  # a slice's keys are those of the whole
        yield from _leaves(f"{path}.key_value.key", column.keys.slice(start, end - start))
        yield from _leaves(f"{path}.key_value.value", column.items.slice(start, end - start))
    elif pa.types.is_list(column.type):
        yield from _leaves(f"{path}.list.element", column.flatten())
    elif pa.types.is_struct(column.type):
        for field in column.type:
            yield from _leaves(f"{path}.{field.name}", pc.struct_field(column, field.name))
    else:
        yield path, column


def _repeated(value: object, kind: pa.DataType, count: int) -> pa.Array:
    if value == []:  # pyarrow repeats lists one by one
        return pa.ListArray.from_arrays(
            pa.array(np.zeros(count + 1, np.int32)), pa.nulls(0, kind.value_type), type=kind
        )
    return pa.repeat(pa.scalar(value, kind), count)


def _rank(column: pa.Array) -> Ints:
    return ranks(column) if pa.types.is_string(column.type) else numbers(column)


def _told(value: object) -> object:
    """A value as Delta's statistics have it; times are whole milliseconds, in UTC."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, date) else value
