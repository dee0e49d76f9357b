"""Rows on their way between tasks: Arrow tables, packed into the binary column of a Spark frame, which Spark shuffles.

Spark moves, stores, encrypts and retries them like any other rows (conf/spark/spark-defaults.conf): a packed table of
some thousand rows is one value to it. What several passes go over is persisted on the disks of the executors by its
caller. Results that are small, such as counts, come to the driver beside them.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel

from jobs.lake.arrays import Floats, Ints, day_number

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")
ROWS_A_TASK = 250_000
"""Rows that one task holds in memory at a time, about."""
IN_MEMORY = StorageLevel.MEMORY_AND_DISK_DESER
_TASKS_A_CORE = 8
"""Of items, which are worked on one by one, at most: enough to even out large ones; of many small files each would take
longer to begin than to read."""


class ForTask(NamedTuple):
    """Number of a task, rows for it, and what the driver is told of them, if anything."""

    task: int
    rows: pa.Table
    told: object = None


Item = TypeVar("Item")

_SCHEMA = pa.schema([("task", pa.int32()), ("rows", pa.binary()), ("told", pa.binary())])
_DDL = "task INT, rows BINARY, told BINARY"


def packed(rows: pa.Table) -> bytes:
    """A table as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_OPTIONS) as stream:
        stream.write_table(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def unpacked(parts: Iterable[bytes | pa.Buffer]) -> pa.Table:
    """The rows of one or more packed tables in one piece, a column that some lack empty in theirs."""
    return _joined([pa.ipc.open_stream(part).read_all() for part in parts])


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


def split(rows: pa.Table, task: Ints) -> Iterator[ForTask]:
    """The rows of each task."""
    order = np.argsort(task.astype(np.min_scalar_type(task.max())), kind="stable")  # small numbers sort at once
    rows = rows.take(pa.array(order))
    found, starts = np.unique(task[order], return_index=True)
    for number, start, end in zip(found, starts, [*starts[1:], rows.num_rows], strict=True):
        yield ForTask(int(number), rows.slice(start, end - start))


# Frames whose rows are packed tables.


def rows_of_items(
    spark: "SparkSession", items: Sequence[Item], work: Callable[[Item], Iterable[ForTask]]
) -> "DataFrame":
    """The rows that a function makes of each item (a file, say), on the executors; nothing is run yet."""

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from map(_record, work(items[number]))

    return spark.range(0, len(items), 1, tasks_of(spark, items)).mapInArrow(rows, _DDL)


def tasks_of(spark: "SparkSession", items: Sequence[object]) -> int:
    """How many tasks work on items."""
    return max(1, min(len(items), _TASKS_A_CORE * spark.sparkContext.defaultParallelism))


def _record(one: ForTask) -> pa.RecordBatch:
    told = None if one.told is None else pickle.dumps(one.told)
    return pa.record_batch([[one.task], [packed(one.rows)], [told]], schema=_SCHEMA)


@contextmanager
def persisted(rows: "DataFrame", level: StorageLevel = StorageLevel.DISK_ONLY) -> Iterator["DataFrame"]:
    """The frame, worked out once for several passes, and kept on the executors' disks until the end of the block.

    What is small enough may be kept in memory: `IN_MEMORY`, and on the disks where it is not.
    """
    kept = rows.persist(level)
    try:
        yield kept
    finally:
        kept.unpersist()


def told(rows: "DataFrame") -> list[Any]:
    """What was told of the tables of a frame, which should be `persisted`."""
    found = rows.select("told").where("told IS NOT NULL").collect()
    return [pickle.loads(row.told) for row in found]  # noqa: S301 - this program's own


def gathered(tasks: int, *frames: "DataFrame") -> "DataFrame":
    """The rows of so many tasks, each in a partition of its own."""
    return reduce(lambda one, other: one.union(other), frames).repartitionById(max(tasks, 1), "task")


def each_table(rows: "DataFrame", work: Callable[[pa.Table], Iterable[ForTask]]) -> "DataFrame":
    """What comes of the rows as they lie, about `ROWS_A_TASK` of them at a time."""

    def some(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts: list[pa.Table] = []
        for part in _tables(batches):
            parts.append(part)
            if sum(one.num_rows for one in parts) >= ROWS_A_TASK:
                yield from map(_record, work(_joined(parts)))
                parts = []
        if parts:
            yield from map(_record, work(_joined(parts)))

    return rows.mapInArrow(some, _DDL)


def each_task(rows: "DataFrame", work: Callable[[pa.Table], Iterable[ForTask]]) -> "DataFrame":
    """What comes of the rows of each task of `gathered`, as rows for further tasks."""

    def of_task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = list(_tables(batches))
        if parts:
            yield from map(_record, work(_joined(parts)))

    return rows.mapInArrow(of_task, _DDL)


def told_by_task(rows: "DataFrame", work: Callable[[pa.Table], Iterable[Any]]) -> list[Any]:
    """What a function tells of the rows of each task of `gathered`, on the driver."""
    nothing = pa.table({})
    return told(each_task(rows, lambda some: (ForTask(0, nothing, one) for one in work(some))))


def as_frame(rows: "DataFrame", ddl: str) -> "DataFrame":
    """Rows as a frame of Spark's own, whose columns are those of the tables."""

    def unpack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for table in _tables(batches):
            yield from table.to_batches()

    return rows.mapInArrow(unpack, ddl)


def _tables(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        for value in batch.column("rows"):
            yield pa.ipc.open_stream(value.as_buffer()).read_all()


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts, promote_options="default").combine_chunks()
