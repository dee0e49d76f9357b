"""The days that the night touched, from sightings to staged reads."""

from collections.abc import Mapping
from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.consolidate.passages import cameras_of, near_marks, passages_to_reads
from jobs.lake.tables import FEED_FILES, FOOTAGE, READS_STAGED, SIGHTINGS
from jobs.night import Night, NumbersDoNotAddUpError, RunSummary

_ROWS_A_TASK = 400_000


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
    count = sum(rows_of.values())
    reads = reads_of_days(night, rows_of)
    night.store.replace_large_days(READS_STAGED, night.stamped(reads), rows_of)
    staged = night.store.read_days(READS_STAGED, days).select(
        F.count("*").alias("reads"), F.sum(F.size("sighting_ids")).alias("ids")
    )
    counts = staged.first()
    if counts is None or (counts.ids or 0) != count:
        raise NumbersDoNotAddUpError(f"consolidation of {len(days)} days: sightings and their reads do not add up")
    # Several sightings of one passage are one read and the rest its duplicates.
    return RunSummary(
        0, count, counts.reads, count - counts.reads, tables=(READS_STAGED,), notes={"days": len(days)}
    )  # fmt: skip


def sightings_of(night: Night, days: list[date]) -> dict[date, int]:
    """Number of sightings of each of some days."""
    held = night.store.rows_by_day(SIGHTINGS)
    return {day: held.get(day, 0) for day in days}


def reads_of_days(night: Night, rows_of: Mapping[date, int]) -> DataFrame:
    """The reads of some days, worked out from all their sightings: the columns of `reads` but those of the night.

    `rows_of` is what `sightings_of` gives of the days.
    """
    sightings = night.store.read_days(SIGHTINGS, rows_of)
    tasks = max(1, -(-sum(rows_of.values()) // _ROWS_A_TASK))
    gap = timedelta(seconds=night.settings.consolidate.passage_gap_seconds)
    near = cameras_of(sightings, near_marks(sightings, gap, tasks)).collect()
    cameras = {f"{row.capture_date}|{row.vrm}": row.cameras for row in near}
    return passages_to_reads(sightings, gap, cameras, tasks)
