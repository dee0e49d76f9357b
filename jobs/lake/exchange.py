"""Rows on their way between tasks, as Arrow tables packed into parcels: files that all executors see.

Spark moves what Python tasks exchange through Java, which takes each byte over a socket, into a file and back the same
way, and for each further pass again: that made a nation's night a tenth longer. A task here writes the parcels
for all others into one file, and they read them from there. The files lie below `restricted/`, for they hold plates. A
job removes its own at its end; what a killed one leaves goes with `anprlake recover` or the purge.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
from pyarrow import fs

from jobs.lake.arrays import Floats, Ints, day_number
from jobs.lake.storage import open_folder
from jobs.lake.tables import Zone

if TYPE_CHECKING:
    from pyspark import RDD
    from pyspark.sql import DataFrame, SparkSession

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")
ROWS_A_TASK = 250_000
"""Rows that one task holds in memory at a time, about."""

_FOLDER = "_exchange"

ForTask = tuple[int, pa.Table]
"""Number of a task, and rows for it."""
Told = TypeVar("Told")


@dataclass(frozen=True)
class Parcel:
    """Where some packed rows lie: so many bytes of a file, from a place on."""

    path: str
    start: int
    size: int


@contextmanager
def exchange(root: str) -> Iterator[str]:
    """A folder below a lake's root for the parcels of one job, removed with them at its end, however that comes."""
    folder = f"{_folder(root)}/{uuid.uuid4()}"
    filesystem, path = open_folder(folder)
    filesystem.create_dir(path)
    try:
        yield folder
    finally:
        filesystem.delete_dir(path)


def remove_exchanges(root: str) -> int:
    """Remove what killed jobs left; no job may be at work. Returns the number of their folders."""
    filesystem, folder = open_folder(_folder(root))
    left = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    if filesystem.get_file_info(folder).type == fs.FileType.Directory:
        filesystem.delete_dir(folder)
    return len(left)


def _folder(root: str) -> str:
    return f"{root}/{Zone.RESTRICTED}/{_FOLDER}"


def packed(rows: pa.Table) -> bytes:
    """A table as bytes."""
    sink = pa.BufferOutputStream()
    _pack(rows, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _pack(rows: pa.Table, sink: pa.NativeFile) -> None:
    with pa.ipc.new_stream(sink, rows.schema, options=_OPTIONS) as stream:
        stream.write_table(rows)


def unpacked(parts: Iterable[bytes]) -> pa.Table:
    """The rows of one or more packed tables in one piece, a column that some lack empty in theirs."""
    tables = [pa.ipc.open_stream(part).read_all() for part in parts]
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def parcelled(folder: str, parts: Iterable[tuple[Told, pa.Table]]) -> Iterator[tuple[Told, Parcel]]:
    """What an executor does: write tables into one file of an exchange, and say where each lies."""
    path = f"{folder}/{uuid.uuid4()}"
    filesystem, place = open_folder(path)
    with filesystem.open_output_stream(place, compression=None) as stream:
        for told, rows in parts:
            start = stream.tell()
            _pack(rows, stream)
            yield told, Parcel(path, start, stream.tell() - start)


def fetched(parcels: Iterable[Parcel]) -> pa.Table:
    """The rows of one or more parcels, as `unpacked` gives them."""
    return unpacked(_contents(parcels))


def _contents(parcels: Iterable[Parcel]) -> Iterator[bytes]:
    for path, of_file in groupby(parcels, lambda parcel: parcel.path):
        filesystem, place = open_folder(path)
        with filesystem.open_input_file(place) as file:
            for parcel in of_file:
                yield file.read_at(parcel.size, parcel.start)


@dataclass(frozen=True)
class Tasks:
    """Which task has which rows: small groups share one, a large group has several.

    Attributes:
        keys: of the groups, ascending.
        first: number of the first task of each.
        parts: number of tasks of each.
        count: of all tasks.
    """

    keys: Ints
    first: Ints
    parts: Ints
    count: int

    def of(self, key: Ints, share: Floats) -> Ints:
        """The task of each row.

        Args:
            key: its group's.
            share: its place in a large group, from 0 up to, not including, 1: rows with the same one stay together.
        """
        group = np.searchsorted(self.keys, key)
        found: Ints = self.first[group] + (share * self.parts[group]).astype(np.int64)
        return found


def plan_tasks(rows_of: Mapping[int, int], rows_a_task: int = ROWS_A_TASK) -> Tasks:
    """Tasks of about so many rows for groups of known size, by their keys."""
    keys = sorted(rows_of)
    first, parts, task, room = [], [], -1, 0
    for key in keys:
        size = rows_of[key]
        if size > room or task < 0:
            several = max(1, round(size / rows_a_task))
            first.append(task + 1)
            parts.append(several)
            task, room = task + several, max(rows_a_task - size, 0)
        else:
            first.append(task)
            parts.append(1)
            room -= size
    return Tasks(np.array(keys, np.int64), np.array(first, np.int64), np.array(parts, np.int64), task + 1)


def plan_days(rows_of: Mapping[date, int]) -> Tasks:
    """Tasks for days of capture of known size; a day's key is its `day_number`."""
    return plan_tasks({day_number(day): rows for day, rows in rows_of.items()})


def spread(rows: pa.Table, task: Ints) -> Iterator[ForTask]:
    """The rows of each task."""
    order = np.argsort(task.astype(np.min_scalar_type(task.max())), kind="stable")  # small numbers sort at once
    rows = rows.take(pa.array(order))
    found, starts = np.unique(task[order], return_index=True)
    for number, start, end in zip(found, starts, [*starts[1:], rows.num_rows], strict=True):
        yield int(number), rows.slice(start, end - start)


def gathered(folder: str, *pairs: "RDD[ForTask]") -> "RDD[list[Parcel]]":
    """The rows of each task that has any, as parcels in a partition of its own.

    This moves the rows at once: several passes over the result move nothing more.

    Args:
        folder: what `exchange` gave; it must be there as long as the result is used.
        pairs: rows for tasks.
    """
    context = pairs[0].context
    of_task = defaultdict[int, list[Parcel]](list)
    for task, parcel in context.union([some.mapPartitions(partial(parcelled, folder)) for some in pairs]).collect():
        of_task[task].append(parcel)
    parcels = [of_task[task] for task in sorted(of_task)]
    return context.parallelize(parcels, max(len(parcels), 1))


def each_task(parcels: "RDD[list[Parcel]]", work: Callable[[pa.Table], Iterable[Any]]) -> "RDD[Any]":
    """What comes of the rows of each task."""
    return parcels.flatMap(lambda some: work(fetched(some)))


def as_frame(spark: "SparkSession", parcels: "RDD[list[Parcel]]", ddl: str) -> "DataFrame":
    """Rows as a frame, whose columns are those of the tables."""

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for content in _contents(Parcel(**row) for row in batch.to_pylist()):
                yield from pa.ipc.open_stream(content)

    places = parcels.flatMap(lambda some: [(one.path, one.start, one.size) for one in some])
    return spark.createDataFrame(places, "path STRING, start BIGINT, size BIGINT").mapInArrow(rows, ddl)
