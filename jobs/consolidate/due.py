"""What a day of reads is built from, and which days are to be built."""

from datetime import date

from jobs.domain.lineage import Inputs, Record
from jobs.lake.damage import DamagedTableError
from jobs.lake.tables import ANALYTIC_READS, CAMERA_DAYS, READS, READS_STAGED, SIGHTINGS
from jobs.quality.suites import told_of
from jobs.runtime.lineage import Lineage, Unit, files_digest
from jobs.runtime.night import Night
from jobs.runtime.stage_names import Stage
from jobs.settings import Settings

_TABLES = (READS, CAMERA_DAYS, ANALYTIC_READS)
RULES = 1
"""Raised by hand when equal sightings give other reads, or other tokens or profiles of them."""


def _bears_on_reads(settings: Settings) -> object:
    """Consolidation, how clocks are worked out, and what may refuse a day: suites, and checks if one is critical."""
    checks = settings.quality.checks.model_dump()
    may_refuse = any(check["severity"] == "critical" for check in checks.values())
    return [
        settings.consolidate.model_dump(),
        settings.quality.clocks.model_dump(),
        [told_of(settings.quality.suites, table) for table in (READS, ANALYTIC_READS)],
        [checks, settings.quality.history.model_dump()] if may_refuse else [],
    ]  # fmt: skip


def _inputs(lineage: Lineage, _: Settings, day: date) -> Inputs:
    return {SIGHTINGS.full_name: lineage.sightings(day)}


READS_UNIT = Unit(
    "reads", Stage.VALIDATE, _TABLES,
    rests_on=lambda _, day: [day], inputs=_inputs, settings=_bears_on_reads, rules=RULES,
)  # fmt: skip


def days_of_reads(lineage: Lineage) -> set[date]:
    """The days that have sightings, or had some when they were built.

    Raises:
        DamagedTableError: reads were built, and the whole table that they rest on is gone: no night may empty them.
    """
    if lineage.days(READS) and not lineage.store.exists(SIGHTINGS):
        raise DamagedTableError(f"{SIGHTINGS.full_name} is gone, on which published reads rest: put it back")
    return lineage.files(SIGHTINGS).keys() | lineage.days(READS)


def due_days(night: Night, lineage: Lineage) -> dict[date, Inputs]:
    """The days whose reads are not those of their sightings, in order."""
    return night.due(lineage, READS_UNIT, days_of_reads(lineage))


def staged_days(lineage: Lineage) -> dict[date, Record]:
    """The days that lie staged as their records say, in order."""
    files = lineage.files(READS_STAGED)
    known = ((day, lineage.record(READS_STAGED, day)) for day in sorted(lineage.days(READS_STAGED)))
    return {day: one for day, one in known if one and one.files == files_digest(files.get(day, ()))}


def is_staged(record: Record | None, inputs: Inputs, settings: str) -> bool:
    """Whether a staged day is what would be staged now, of such inputs and a digest of the settings in force."""
    return record is not None and (record.inputs, record.settings, record.rules) == (inputs, settings, READS_UNIT.rules)
