"""What a backfill would do, without writing anything: no table is even made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame

from jobs.analytics.job import due_of
from jobs.analytics.registry import ANALYSES
from jobs.backfill.comparison import OUTCOMES, compare_reads
from jobs.consolidate.due import due_days
from jobs.consolidate.job import reads_of_days
from jobs.footage.catalogue import new_footage
from jobs.ingest.feeds import new_feed_files
from jobs.ingest.hotlist.job import new_lists
from jobs.lake.tables import FOOTAGE, READS, READS_STAGED
from jobs.quality.publish import to_publish
from jobs.runtime.night import Night
from jobs.runtime.stage_names import Stage


@dataclass(frozen=True)
class Change:
    """What would change of one thing.

    Attributes:
        what: a table, or a landed file by its path.
        days: days of capture (or windows by their last ones) that would be built; none where they are known only once
            a file is read.
        counts: rows or bytes, by what would become of them.
    """

    what: str
    days: tuple[date, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def preview(night: Night, stage: Stage) -> Iterator[Change]:
    """What the stage would do, in order.

    For `consolidate` the reads are worked out anew and compared with what is published, so it takes about as long as
    the stage itself. What the stages after it would do follows from its result, and is not told.
    """
    yield from _OF_STAGE[stage](night)


def _files(night: Night) -> Iterator[Change]:
    """Files that arrived by the night and are not taken in."""
    files = [*new_lists(night).values(), *new_feed_files(night), *new_footage(night)]
    for file in sorted(files, key=lambda file: file.path):
        yield Change(file.path, counts={"bytes": file.bytes})


def _footage(night: Night) -> Iterator[Change]:
    """Catalogued footage that was not read yet, whichever night catalogued it."""
    files = night.store.rows(FOOTAGE, "landed_path", "status", "started_at", "bytes")
    for file in sorted(files, key=lambda file: file["landed_path"]):
        if file["status"] == "new":
            yield Change(file["landed_path"], (file["started_at"].date(),), {"bytes": file["bytes"]})


def _reads(night: Night) -> Iterator[Change]:
    """The days that are due, worked out and compared with what is published."""
    lineage = night.lineage()
    days = list(due_days(night, lineage))
    if days:
        with reads_of_days(night, lineage, days) as reads:
            yield from _compared(night, days, reads)


def _staged(night: Night) -> Iterator[Change]:
    """The days that would be published, as they lie staged, compared with what is published."""
    days = list(to_publish(night, night.lineage()))
    if days:
        yield from _compared(night, days, night.store.read_days(READS_STAGED, days))


def _compared(night: Night, days: list[date], anew: DataFrame) -> Iterator[Change]:
    store = night.store
    published = store.read_days(READS, days) if store.exists(READS) else store.frame(READS, [])
    for row in compare_reads(published, anew).orderBy("capture_date").collect():
        counts = {name: row[name] for name in OUTCOMES}
        yield Change(READS.full_name, (row.capture_date,), counts)


def _replaced(night: Night) -> Iterator[Change]:
    """Rows that the analytics would replace."""
    lineage = night.lineage()
    for analysis in ANALYSES:
        days = tuple(due_of(night, lineage, analysis))
        for table in analysis.unit.tables if days else ():
            files = lineage.files(table)
            rows = sum(file.rows for day in days for file in files.get(day, ()))
            yield Change(table.full_name, days, {"replaced": rows})


_OF_STAGE: dict[Stage, Callable[[Night], Iterator[Change]]] = {
    Stage.INGEST: _files,
    Stage.OCR: _footage,
    Stage.CONSOLIDATE: _reads,
    Stage.VALIDATE: _staged,
    Stage.ANALYSE: _replaced,
}
