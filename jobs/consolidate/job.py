"""The days that the night touched, from sightings to staged reads."""

from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.consolidate.passages import near_marks, passages_to_reads, seen_elsewhere
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
    count = _sightings_of(night, days)
    reads = reads_of_days(night, days)
    night.store.replace_days(READS_STAGED, night.stamped(reads), days, count)
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


def reads_of_days(night: Night, days: list[date]) -> DataFrame:
    """The reads of some days from all their sightings, with the columns of `reads` but those of the night."""
    sightings = night.store.read_days(SIGHTINGS, days)
    tasks = max(1, -(-_sightings_of(night, days) // _ROWS_A_TASK))
    gap = timedelta(seconds=night.settings.consolidate.passage_gap_seconds)
    elsewhere = seen_elsewhere(sightings, near_marks(sightings, gap, tasks))
    known = frozenset(f"{row.capture_date}|{row.vrm}" for row in elsewhere.collect())
    return passages_to_reads(sightings, gap, known, tasks)


def _sightings_of(night: Night, days: list[date]) -> int:
    rows_of = night.store.rows_by_day(SIGHTINGS)
    return sum(rows_of.get(day, 0) for day in days)
