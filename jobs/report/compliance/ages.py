"""State by table and place: how old the oldest day is, how old it may be, what has expired and is still there."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from jobs.domain.retention import access_tier, cutoff, maximum_days
from jobs.lake.damage import DamagedTableError
from jobs.lake.tables import CATALOGUE, READS, Table
from jobs.retention.expired import CANNOT
from jobs.retention.places import BESIDE_TABLES, last_day_of
from jobs.runtime.night import Night
from jobs.runtime.redaction import describe
from jobs.settings import AccessTier


def tables(night: Night) -> Iterator[dict[str, Any]]:
    """A line for each table; `kept` is None where it is damaged, and nobody can tell."""
    for table in CATALOGUE:
        try:
            if night.store.exists(table):
                yield _line(night, table)
        except DamagedTableError:
            unknown = dict.fromkeys(("rows", "oldest", "newest", "maximum_days", "age_days", "kept"))
            yield _name(table) | unknown


def _name(table: Table) -> dict[str, Any]:
    return {"table": table.full_name, "class": str(table.retention)}


def _line(night: Night, table: Table) -> dict[str, Any]:
    held, limits = night.store.rows_by_day(table), night.settings.retention.limits
    days = [day for day in held if day]
    oldest, newest = min(days, default=None), max(days, default=None)
    maximum = maximum_days(limits, table.retention)
    age = (night.process_date - oldest).days if oldest and maximum else None
    kept = not (maximum and oldest) or oldest > cutoff(limits, table.retention, night.process_date)
    dates = {"oldest": oldest and str(oldest), "newest": newest and str(newest)}
    return _name(table) | {"rows": sum(held.values()), **dates, "maximum_days": maximum, "age_days": age, "kept": kept}


def places(night: Night) -> Iterator[dict[str, Any]]:
    """A line for each place beside the tables, landing and the control database: what has expired and is there."""
    for place in BESIDE_TABLES:
        last_day = last_day_of(night, place)
        told = {"place": place.name, "class": str(place.retention), "up_to": str(last_day)}
        try:
            found = place.look(night, last_day)
        except CANNOT as error:
            yield told | {"rows": None, "files": None, "oldest_left": None, "error": describe(error)}
            continue
        left = found.oldest_left and str(found.oldest_left)
        yield told | {"rows": found.rows, "files": found.files, "oldest_left": left, "error": None}


def reads_by_month(night: Night) -> dict[str, int]:
    """Reads that are held, by month of capture; none where nobody can tell."""
    months = Counter[str]()
    for day, rows in _reads_by_day(night).items():
        months[f"{day:%Y-%m}"] += rows
    return dict(sorted(months.items()))


def reads_by_tier(night: Night) -> Iterator[dict[str, Any]]:
    """The tiers of access by age, with the reads that are held in each."""
    limits, tiers = night.settings.retention.limits, Counter[AccessTier | None]()
    for day, rows in _reads_by_day(night).items():
        tiers[access_tier(limits, day, night.process_date)] += rows
    for tier in limits.access:
        yield tier.model_dump() | {"reads": tiers[tier]}


def _reads_by_day(night: Night) -> dict[date, int]:
    try:
        held = night.store.rows_by_day(READS)
    except DamagedTableError:  # told of the table itself
        return {}
    return {day: rows for day, rows in held.items() if day}
