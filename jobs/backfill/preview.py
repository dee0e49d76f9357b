"""What a backfill would do, night by night, without writing anything: no table is even made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame

from jobs.analytics.job import WRITTEN, window_days
from jobs.analytics.journeys import days_to_recompute
from jobs.backfill.comparison import OUTCOMES, compare_reads
from jobs.consolidate.job import reads_of_days, sightings_of, touched_days
from jobs.footage.catalogue import new_footage
from jobs.ingest.feeds import new_feed_files
from jobs.ingest.hotlist.job import new_lists
from jobs.lake.tables import FOOTAGE, HOTLIST_HITS, READS, READS_STAGED, SIGHTINGS
from jobs.runtime.night import Night
from jobs.runtime.stage_names import Stage


@dataclass(frozen=True)
class Change:
    """What one night would change of one thing.

    Attributes:
        night: the night.
        what: a table, or a landed file by its path.
        days: days of capture that would be recomputed; none where they are known only once a file is read.
        counts: rows or bytes, by what would become of them.
    """

    night: date
    what: str
    days: tuple[date, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def preview(nights: Iterable[Night], stage: Stage) -> Iterator[Change]:
    """What the stage would do on each night, in order; a night on which it would do nothing has no change.

    For `consolidate` the reads are computed anew and compared with what is published, so it takes about as long as
    the stage itself. What the stages after it would do follows from its result, and is not told.
    """
    told: set[str] = set()
    for night in nights:
        for change in _OF_STAGE[stage](night):
            # What waits for the first of the nights is gone by the next.
            if stage not in _WAITING or change.what not in told:
                told.add(change.what)
                yield change


def _files(night: Night) -> Iterator[Change]:
    """Files that arrived by the night and are not taken in."""
    files = [*new_lists(night).values(), *new_feed_files(night), *new_footage(night)]
    for file in sorted(files, key=lambda file: file.path):
        yield Change(night.process_date, file.path, counts={"bytes": file.bytes})


def _footage(night: Night) -> Iterator[Change]:
    """Catalogued footage that was not read yet, whichever night catalogued it."""
    files = night.store.rows(FOOTAGE, "landed_path", "status", "started_at", "bytes")
    for file in sorted(files, key=lambda file: file["landed_path"]):
        if file["status"] == "new":
            yield Change(
                night.process_date, file["landed_path"], (file["started_at"].date(),), {"bytes": file["bytes"]}
            )


def _reads(night: Night) -> Iterator[Change]:
    """The touched days, computed anew and compared with what is published."""
    days = touched_days(night)
    if days and night.store.exists(SIGHTINGS):
        with reads_of_days(night, sightings_of(night, days)) as reads:
            yield from _compared(night, days, reads)


def _staged(night: Night) -> Iterator[Change]:
    """The days that the night staged, compared with what is published."""
    days = sorted(night.store.days_of_night(READS_STAGED, night.process_date))
    if days:
        yield from _compared(night, days, night.store.read_days(READS_STAGED, days))


def _compared(night: Night, days: list[date], anew: DataFrame) -> Iterator[Change]:
    store = night.store
    published = store.read_days(READS, days) if store.exists(READS) else store.frame(READS, [])
    for row in compare_reads(published, anew).orderBy("capture_date").collect():
        counts = {name: row[name] for name in OUTCOMES}
        yield Change(night.process_date, READS.full_name, (row.capture_date,), counts)


def _replaced(night: Night) -> Iterator[Change]:
    """Rows that the analytics would replace: of the touched days, and of the window that ends with the night."""
    touched = touched_days(night)
    for table in WRITTEN:
        if "window_end" in table.column_names:
            days = sorted(window_days(night))
            rows = [row["window_end"] for row in night.store.rows(table, "window_end")].count(night.process_date)
        else:
            days = touched if table is HOTLIST_HITS else days_to_recompute(touched)
            held = night.store.rows_by_day(table)
            rows = sum(held.get(day, 0) for day in days)
        if days:
            yield Change(night.process_date, table.full_name, tuple(days), {"replaced": rows})


_OF_STAGE: dict[Stage, Callable[[Night], Iterator[Change]]] = {
    Stage.INGEST: _files,
    Stage.OCR: _footage,
    Stage.CONSOLIDATE: _reads,
    Stage.VALIDATE: _staged,
    Stage.ANALYSE: _replaced,
}
_WAITING = {Stage.INGEST, Stage.OCR}
"""Stages that take what waits: of several nights the first takes it all."""
