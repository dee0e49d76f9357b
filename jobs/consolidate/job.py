"""The days that are due, from sightings to staged reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.consolidate.corrections import apply_corrections
from jobs.consolidate.due import READS_UNIT, due_days, is_staged, staged_days
from jobs.consolidate.passages import COLUMNS, cameras_of_near_vrms, near_vrms, passages_to_reads, vrms_seen
from jobs.domain.lineage import Inputs, Record
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
from jobs.lake.tables import READS, READS_STAGED, SIGHTINGS
from jobs.runtime.lineage import Content, Lineage, write_records
from jobs.runtime.night import Night, NumbersDoNotAddUpError, RunSummary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_SAMPLED = 5_000
"""Marks that tell where to cut a large day into files of about the same size."""


def consolidate(night: Night) -> RunSummary:
    """Work out the reads of every day that is due from all its sightings, whichever night brought them, and stage them.

    A day that lies staged already, of the same sightings, is left as it is. Sightings that came again, of a file that
    was read anew say, get their right marks first.

    Raises:
        NumbersDoNotAddUpError: a sighting supports no read, or two.
    """
    lineage, rules = night.lineage(), READS_UNIT.settings_digest(night.settings)
    if apply_corrections(night, due_days(night, lineage)):
        lineage = night.lineage()
    staged = staged_days(lineage)
    due = {
        day: inputs for day, inputs in due_days(night, lineage).items() if not is_staged(staged.get(day), inputs, rules)
    }
    lineage.take_over_files()
    if not due:
        return RunSummary(tables=(READS_STAGED,))
    rows_of = sightings_of(lineage, due)
    plan = plan_days(rows_of)
    stage = partial(_stage, night.store.data_files(READS_STAGED), night.stamp)
    with _reads(night, lineage, rows_of, plan) as reads:
        written = told_by_task(reads, stage)
    files = [file for some, _ in written for file in some]
    count, reads_staged = sum(rows_of.values()), sum(file.rows for file in files)
    if sum(sightings for _, sightings in written) != count:
        raise NumbersDoNotAddUpError(f"consolidation of {len(due)} days: sightings and their reads do not add up")
    night.store.replace_files(READS_STAGED, files, due.keys())
    write_records(night.store, _records(night, due, files), night.stamp)
    # Several sightings of one passage are one read and the rest its duplicates.
    notes = {"days": len(due)}
    return RunSummary(0, count, reads_staged, count - reads_staged, tables=(READS_STAGED,), notes=notes)


def _records(night: Night, due: Mapping[date, Inputs], files: Sequence[DataFile]) -> list[Record]:
    """What lies staged of days; its content is worked out when it is published."""
    of_day = defaultdict[date, list[DataFile]](list)
    for file in files:
        of_day[file.day].append(file)
    found = {day: Content(sum(file.rows for file in some), "") for day, some in of_day.items()}
    return list(READS_UNIT.records(night.settings, READS_STAGED, due, found, of_day))


def sightings_of(lineage: Lineage, days: Iterable[date]) -> dict[date, int]:
    """Number of sightings of each of some days."""
    files = lineage.files(SIGHTINGS)
    return {day: sum(file.rows for file in files.get(day, ())) for day in days}


@contextmanager
def reads_of_days(night: Night, lineage: Lineage, days: Iterable[date]) -> Iterator["DataFrame"]:
    """The reads of some days, worked out from all their sightings: the columns of `reads` but those of the night."""
    rows_of = sightings_of(lineage, days)
    columns = [column for column in READS.columns if column.name not in night.stamp]
    ddl = ", ".join(f"{column.name} {column.type}" for column in columns)
    with _reads(night, lineage, rows_of, plan_days(rows_of)) as reads:
        yield as_frame(reads, ddl)


@contextmanager
def _reads(night: Night, lineage: Lineage, rows_of: Mapping[date, int], plan: Tasks) -> Iterator["DataFrame"]:
    """The reads of some days, at the tasks of a plan by day and mark."""
    store, gap = night.store, timedelta(seconds=night.settings.consolidate.passage_gap_seconds)
    source = store.data_files(SIGHTINGS)
    files = [file for day in rows_of for file in lineage.files(SIGHTINGS).get(day, ())]
    every = max(1, sum(rows_of.values()) // _SAMPLED)
    sightings = rows_of_items(store.spark, files, partial(_by_camera, source, plan, every))
    with persisted(gathered(plan.count, sightings)) as by_camera:
        vrms = each_task(by_camera, lambda rows: _vrms(rows, gap, plan.count))
        cameras = cameras_of_near_vrms(told_by_task(gathered(plan.count, vrms), lambda seen: [near_vrms(seen)]))
        cuts = np.sort(np.concatenate([np.zeros(0, np.uint64), *told(by_camera)]))
        reads = each_task(by_camera, lambda rows: _by_vrm(passages_to_reads(rows, gap, cameras), plan, cuts))
        yield gathered(plan.count, reads)


def _by_camera(source: DataFiles, plan: Tasks, every: int, file: DataFile) -> Iterator[ForTask]:
    """The sightings of a data file, all of a camera and day to one task; some of their marks are told."""
    rows = source.read(file, COLUMNS)
    shares = of_distinct(one_chunk(rows, "camera_id"), lambda name: crc32(name.encode()) / 2**32)
    sample = _sample(rows, every)
    for number, one in enumerate(split(rows, plan.of(numbers(one_chunk(rows, DAY)), shares))):
        yield one if number else one._replace(told=sample)


def _vrms(rows: pa.Table, gap: timedelta, tasks: int) -> Iterator[ForTask]:
    """What is known of each mark, all of one to one task."""
    seen = vrms_seen(rows, gap)
    yield from split(seen, (seen["key"].to_numpy() % np.uint64(tasks)).astype(np.int64))


def _sample(rows: pa.Table, every: int) -> npt.NDArray[np.uint64]:
    """Every so many marks, as numbers in their order."""
    return prefixes(one_chunk(rows, "vrm").take(pa.array(np.arange(0, rows.num_rows, every))))


def _by_vrm(reads: pa.Table, plan: Tasks, cuts: npt.NDArray[np.uint64]) -> Iterator[ForTask]:
    """Reads by day and mark, so that a large day becomes files that follow each other."""
    shares: Floats = np.searchsorted(cuts, prefixes(one_chunk(reads, "vrm"))) / (len(cuts) + 1)
    yield from split(reads, plan.of(numbers(one_chunk(reads, DAY)), shares))


def _stage(target: DataFiles, stamp: dict[str, object], reads: pa.Table) -> Iterator[tuple[list[NewFile], int]]:
    """Write the reads of a task: files, and how many sightings they rest on."""
    yield target.write(reads, stamp), pc.sum(pc.list_value_length(reads["sighting_ids"])).as_py()
