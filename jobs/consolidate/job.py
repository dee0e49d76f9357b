"""The days that the night touched, from sightings to staged reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.consolidate.passages import COLUMNS, cameras_of_near_marks, marks_seen, near_marks, passages_to_reads
from jobs.lake.arrays import Floats, numbers, of_distinct, one_chunk, prefixes
from jobs.lake.data_files import DAY, DataFile, DataFiles, NewFile
from jobs.lake.shuffle import (
    ForTask,
    Tasks,
    as_frame,
    each_task,
    gathered,
    persisted,
    plan_days,
    rows_of_items,
    split,
    told,
    told_by_task,
)
from jobs.lake.tables import FEED_FILES, FOOTAGE, READS, READS_STAGED, SIGHTINGS
from jobs.runtime.night import Night, NumbersDoNotAddUpError, RunSummary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SAMPLED = 5_000
"""Marks that tell where to cut a large day into files of about the same size."""


def touched_days(night: Night) -> list[date]:
    """Days of capture into which the files of this night brought sightings, in order."""
    days: set[date] = set()
    for feed in night.store.rows(FEED_FILES, "capture_days", process_date=night.process_date):
        days.update(feed["capture_days"])
    for footage in night.store.rows(FOOTAGE, "status", "started_at", "ended_at", process_date=night.process_date):
        if footage["status"] == "read":
            days.update(time.date() for time in (footage["started_at"], footage["ended_at"]) if time)
    return sorted(days)


def consolidate(night: Night) -> RunSummary:
    """Recompute every touched day from all its sightings, whichever night brought them, and stage it.

    Raises:
        NumbersDoNotAddUpError: a sighting supports no read, or two.
    """
    days = touched_days(night)
    if not days:
        return RunSummary(tables=(READS_STAGED,))
    rows_of = sightings_of(night, days)
    plan = plan_days(rows_of)
    stage = partial(_stage, night.store.data_files(READS_STAGED), night.stamp)
    with _reads(night, rows_of, plan) as reads:
        written = told_by_task(reads, stage)
    files = [file for some, _ in written for file in some]
    count, reads = sum(rows_of.values()), sum(file.rows for file in files)
    if sum(sightings for _, sightings in written) != count:
        raise NumbersDoNotAddUpError(f"consolidation of {len(days)} days: sightings and their reads do not add up")
    night.store.replace_files(READS_STAGED, files, days)
    # Several sightings of one passage are one read and the rest its duplicates.
    return RunSummary(0, count, reads, count - reads, tables=(READS_STAGED,), notes={"days": len(days)})


def sightings_of(night: Night, days: list[date]) -> dict[date, int]:
    """Number of sightings of each of some days."""
    held = night.store.rows_by_day(SIGHTINGS)
    return {day: held.get(day, 0) for day in days}


@contextmanager
def reads_of_days(night: Night, rows_of: Mapping[date, int]) -> Iterator["DataFrame"]:
    """The reads of some days, worked out from all their sightings: the columns of `reads` but those of the night.

    `rows_of` is what `sightings_of` gives of the days.
    """
    columns = [column for column in READS.columns if column.name not in night.stamp]
    ddl = ", ".join(f"{column.name} {column.type}" for column in columns)
    with _reads(night, rows_of, plan_days(rows_of)) as reads:
        yield as_frame(reads, ddl)


@contextmanager
def _reads(night: Night, rows_of: Mapping[date, int], plan: Tasks) -> Iterator["DataFrame"]:
    """The reads of some days, at the tasks of a plan by day and mark."""
    store, gap = night.store, timedelta(seconds=night.settings.consolidate.passage_gap_seconds)
    source, files = store.data_files(SIGHTINGS), store.files_of_days(SIGHTINGS, rows_of.keys())
    every = max(1, sum(rows_of.values()) // _SAMPLED)
    sightings = rows_of_items(store.spark, files, partial(_by_camera, source, plan, every))
    with persisted(gathered(plan.count, sightings)) as by_camera:
        marks = each_task(by_camera, lambda rows: _marks(rows, gap, plan.count))
        cameras = cameras_of_near_marks(told_by_task(gathered(plan.count, marks), lambda seen: [near_marks(seen)]))
        cuts = np.sort(np.concatenate([np.zeros(0, np.uint64), *told(by_camera)]))
        reads = each_task(by_camera, lambda rows: _by_mark(passages_to_reads(rows, gap, cameras), plan, cuts))
        yield gathered(plan.count, reads)


def _by_camera(source: DataFiles, plan: Tasks, every: int, file: DataFile) -> Iterator[ForTask]:
    """The sightings of a data file, all of a camera and day to one task; some of their marks are told."""
    rows = source.read(file, COLUMNS)
    shares = of_distinct(one_chunk(rows, "camera_id"), lambda name: crc32(name.encode()) / 2**32)
    sample = _sample(rows, every)
    for number, one in enumerate(split(rows, plan.of(numbers(one_chunk(rows, DAY)), shares))):
        yield one if number else one._replace(told=sample)


def _marks(rows: pa.Table, gap: timedelta, tasks: int) -> Iterator[ForTask]:
    """What is known of each mark, all of one to one task."""
    seen = marks_seen(rows, gap)
    yield from split(seen, (seen["key"].to_numpy() % np.uint64(tasks)).astype(np.int64))


def _sample(rows: pa.Table, every: int) -> npt.NDArray[np.uint64]:
    """Every so many marks, as numbers in their order."""
    return prefixes(one_chunk(rows, "vrm").take(pa.array(np.arange(0, rows.num_rows, every))))


def _by_mark(reads: pa.Table, plan: Tasks, cuts: npt.NDArray[np.uint64]) -> Iterator[ForTask]:
    """Reads by day and mark, so that a large day becomes files that follow each other."""
    shares: Floats = np.searchsorted(cuts, prefixes(one_chunk(reads, "vrm"))) / (len(cuts) + 1)
    yield from split(reads, plan.of(numbers(one_chunk(reads, DAY)), shares))


def _stage(target: DataFiles, stamp: dict[str, object], reads: pa.Table) -> Iterator[tuple[list[NewFile], int]]:
    """Write the reads of a task: files, and how many sightings they rest on."""
    yield target.write(reads, stamp), pc.sum(pc.list_value_length(reads["sighting_ids"])).as_py()
