"""What every job of a night gets, and what it gives back: its context and its numbers."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import typer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.domain.errors import LakeError
from jobs.domain.lineage import Inputs, Status
from jobs.domain.retention import all_maximum_days, cutoff
from jobs.domain.suppressed import Suppressed
from jobs.lake.store import Store
from jobs.lake.tables import RUNS, RetentionClass, Table
from jobs.lake.token_key import key_of
from jobs.runtime.lineage import Lineage, Now, Unit
from jobs.runtime.redaction import describe
from jobs.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

log = logging.getLogger(__name__)

_DUE = frozenset({Status.MISSING, Status.STALE})
_ASKED_FOR = frozenset({Status.STALE_BY_RULES, Status.REFUSED})
"""What only a person who asks for it has built again."""


@dataclass(frozen=True)
class Scope:
    """A backfill's days of capture: nothing outside is built, and of these also what is refused or stale by rules."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Whether a day, or a window by its last one, is to be built."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Night:
    """One run for one night.

    Attributes:
        process_date: the night: the day whose arrivals are taken in. All dates come from here, never from a clock.
        run_id: names the run in every row that it writes.
        scope: of a backfill; None in a night, which builds whatever its inputs have left behind.
    """

    store: Store
    settings: Settings
    process_date: date
    run_id: str
    scope: Scope | None = None

    def lineage(self) -> Lineage:
        """What is known of derived days, as of now."""
        return Lineage(self.store, lambda: self.token_key, self.look)

    def look(self) -> "AbstractContextManager[Connection | None]":
        """A look into the control database; None where nobody has decided anything yet."""
        from jobs.control.database import looking

        return looking(self.settings)

    def states(self, lineage: Lineage, unit: Unit, days: Iterable[date]) -> dict[date, Now]:
        """What each of some days or windows of a unit is on this night; none lies after it."""
        until = [day for day in days if day <= self.process_date]
        oldest = cutoff(self.settings.retention.limits, RetentionClass.READS, self.process_date)
        return lineage.states(unit, self.settings, until, oldest)

    def due(self, lineage: Lineage, unit: Unit, days: Iterable[date]) -> dict[date, Inputs]:
        """The days or windows that this run has to build, in order, with their inputs as they are.

        What the same night refused it tries again, so that no retry of it is green before the day is mended.
        """
        states = self.states(lineage, unit, days)
        if self.scope:
            asked_for = {day: now for day, now in states.items() if self.scope.has(day)}
            return {day: now.inputs for day, now in asked_for.items() if now.status in _DUE | _ASKED_FOR}
        again = lineage.refused_by(self.process_date)
        return {
            day: now.inputs for day, now in states.items()
            if now.status in _DUE or (now.status is Status.REFUSED and day in again)
        }  # fmt: skip

    @property
    def stamp(self) -> dict[str, Any]:
        """What every row that it writes says of it: process_date and run_id."""
        return {"process_date": self.process_date, "run_id": self.run_id}

    @cached_property
    def token_key(self) -> bytes:
        """The key of the lake's tokens; raises as `key_of`."""
        return key_of(self.store, self.settings.storage.token_key)

    @cached_property
    def suppressed(self) -> Suppressed | None:
        """Vehicles of which nothing may come back; None where there are none."""
        from jobs.control.suppressions import suppressed

        with self.look() as connection:
            return suppressed(connection, self.settings.control.suppression_key) if connection else None

    def stamped(self, rows: DataFrame) -> DataFrame:
        """Rows of Spark with the stamp."""
        return rows.withColumns({name: F.lit(value) for name, value in self.stamp.items()})


@dataclass(frozen=True)
class RunSummary:
    """A job's numbers: rows_received = rows_stored + rows_duplicate + rows_quarantined where it takes rows in.

    Attributes:
        tables: the tables that it wrote.
        notes: further counts by name, for the log, the console and `governance.runs`; no plates.
    """

    files: int = 0
    rows_received: int = 0
    rows_stored: int = 0
    rows_duplicate: int = 0
    rows_quarantined: int = 0
    tables: tuple[Table, ...] = ()
    notes: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "RunSummary") -> "RunSummary":
        """The numbers of two parts of one job."""
        return RunSummary(
            self.files + other.files,
            self.rows_received + other.rows_received,
            self.rows_stored + other.rows_stored,
            self.rows_duplicate + other.rows_duplicate,
            self.rows_quarantined + other.rows_quarantined,
            tuple(dict.fromkeys(self.tables + other.tables)),
            self.notes | other.notes,
        )

    def __str__(self) -> str:
        """One line of counts."""
        counts = {
            "files": self.files, "received": self.rows_received, "stored": self.rows_stored,
            "duplicate": self.rows_duplicate, "quarantined": self.rows_quarantined,
        } | self.notes  # fmt: skip
        return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nothing to do"


Job = Callable[[Night], RunSummary]


class NumbersDoNotAddUpError(LakeError):
    """A job lost or invented rows; the message gives the counts."""


def run_job(night: Night, name: str, job: Job) -> RunSummary:
    """Run a job and write its row into `governance.runs`, whether it succeeds or fails."""
    started_at = datetime.now(UTC)
    log.info("%s for %s begins", name, night.process_date)
    try:
        summary = job(night)
    except Exception as error:  # recorded and raised again: a failed night leaves its record too
        _record_failure(night, name, started_at, error)
        raise
    _record(night, name, started_at, summary, None)
    log.info("%s for %s: %s (%.1f s)", name, night.process_date, summary, _seconds_since(started_at))
    return summary


def run_and_tell(night: Night, name: str, job: Job) -> None:
    """Run a job, and tell its numbers on standard output."""
    typer.echo(f"{name} {night.process_date}: {run_job(night, name, job)}")


def _seconds_since(started_at: datetime) -> float:
    return (datetime.now(UTC) - started_at).total_seconds()


def _record_failure(night: Night, name: str, started_at: datetime, error: Exception) -> None:
    """Record a failed job. What broke it may stand in the way of that too: its own error is what is raised then."""
    try:
        _record(night, name, started_at, RunSummary(), describe(error))
    except Exception as second:
        log.error("%s for %s is not in %s: %s", name, night.process_date, RUNS.full_name, describe(second))  # noqa: TRY400 - a traceback may show values
        raise error from second


def _record(night: Night, name: str, started_at: datetime, summary: RunSummary, error: str | None) -> None:
    store = night.store
    row = {
        "run_id": night.run_id,
        "job": name,
        "started_at": started_at,
        "ended_at": datetime.now(UTC),
        "status": "failed" if error else "succeeded",
        "error": error,
        "files": summary.files,
        "rows_received": summary.rows_received,
        "rows_stored": summary.rows_stored,
        "rows_duplicate": summary.rows_duplicate,
        "rows_quarantined": summary.rows_quarantined,
        "notes": summary.notes,
        "table_versions": {table.full_name: store.version(table) for table in summary.tables},
        "software_version": version("anprlake"),
        "profile": night.settings.retention.profile,
        "maximum_days": all_maximum_days(night.settings.retention.limits),
        "process_date": night.process_date,
    }
    store.append_rows(RUNS, [row])
