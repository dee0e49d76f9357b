"""The days that the night touched, from sightings to staged reads."""

from datetime import date, timedelta

from jobs.consolidate.passages import number_passages, passages_to_reads
from jobs.lake.tables import FEED_FILES, FOOTAGE, READS_STAGED, SIGHTINGS
from jobs.night import Night, NumbersDoNotAddUpError, RunSummary


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
    sightings = night.store.read_days(SIGHTINGS, days)
    gap = timedelta(seconds=night.settings.consolidate.passage_gap_seconds)
    reads = passages_to_reads(number_passages(sightings, gap))
    night.store.replace_days(READS_STAGED, night.stamped(reads), days)
    staged = night.store.read_days(READS_STAGED, days).selectExpr("count(*) AS reads", "sum(size(sighting_ids)) AS ids")
    counts = staged.crossJoin(sightings.selectExpr("count(*) AS sightings")).first()
    if counts is None or (counts.ids or 0) != counts.sightings:
        raise NumbersDoNotAddUpError(f"consolidation of {len(days)} days: sightings and their reads do not add up")
    # Several sightings of one passage are one read and the rest its duplicates.
    return RunSummary(
        0,
        counts.sightings,
        counts.reads,
        counts.sightings - counts.reads,
        tables=(READS_STAGED,),
        notes={"days": len(days)},
    )
