"""Rows on their way between tasks, as Arrow tables packed into bytes.

Spark takes each row of a frame apart and puts it together again, once to move it and twice to hand it to Python; of
packed tables it moves the bytes as they are, which takes a tenth of the time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from jobs.columns import Floats, Ints, day_number

if TYPE_CHECKING:
    from pyspark import RDD
    from pyspark.sql import DataFrame, SparkSession

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")
ROWS_A_TASK = 250_000
"""Rows that one task holds in memory at a time, about."""

Packed = tuple[int, bytes]
"""Number of a task, and rows for it."""


def packed(rows: pa.Table) -> bytes:
    """A table as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_OPTIONS) as stream:
        stream.write_table(rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def unpacked(parts: Iterable[bytes]) -> pa.Table | None:
    """The rows of packed tables in one piece, a column that some lack empty in theirs; None where there is no table."""
    tables = [pa.ipc.open_stream(part).read_all() for part in parts]
    return pa.concat_tables(tables, promote_options="default").combine_chunks() if tables else None


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


def spread(rows: pa.Table, task: Ints) -> Iterator[Packed]:
    """The rows of each task, packed."""
    order = np.argsort(task, kind="stable")
    rows = rows.take(pa.array(order))
    found, starts = np.unique(task[order], return_index=True)
    for number, start, end in zip(found, starts, [*starts[1:], rows.num_rows], strict=True):
        yield int(number), packed(rows.slice(start, end - start))


def gathered(pairs: "RDD[Packed]", tasks: Tasks) -> "RDD[Packed]":
    """The rows of each task in a partition of its own; several passes over them move them once."""
    return pairs.partitionBy(max(tasks.count, 1), int)


def each_task(pairs: "RDD[Packed]", work: Callable[[pa.Table], Iterable[Any]]) -> "RDD[Any]":
    """What comes of the rows of each task that has any."""

    def task(parts: Iterable[Packed]) -> Iterator[Any]:
        rows = unpacked(part for _, part in parts)
        if rows is not None:
            yield from work(rows)

    return pairs.mapPartitions(task)


def as_frame(spark: "SparkSession", pairs: "RDD[Packed]", ddl: str) -> "DataFrame":
    """Packed rows as a frame, whose columns are those of the tables."""

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for part in batch.column(0).to_pylist():
                yield from pa.ipc.open_stream(part)

    return spark.createDataFrame(pairs.map(lambda pair: (pair[1],)), "rows BINARY").mapInArrow(rows, ddl)
