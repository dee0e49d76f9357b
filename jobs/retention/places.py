"""All places from which something expires, and what is of the control database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Table as SqlTable

from jobs.control import weeding
from jobs.control.by_day import names_by_day, remove_until
from jobs.control.database import open_control
from jobs.control.holds import holds
from jobs.control.schema import CORRECTIONS, HOTLIST_RESPONSES
from jobs.domain.retention import cutoff
from jobs.domain.weeding import Decision
from jobs.lake.damage import DamagedTableError
from jobs.lake.storage import LinkError
from jobs.lake.tables import CATALOGUE, HELD_FOOTAGE, HOTLIST, RetentionClass, Table
from jobs.retention.expired import (
    LANDING_PLACES,
    LINES_PLACE,
    EvidencePlace,
    Expired,
    LandingPlace,
    LinesPlace,
    TablePlace,
    has_clips,
)
from jobs.runtime.night import Night


@dataclass(frozen=True)
class DatedPlace:
    """A table of the control database whose rows end as the reads of their day."""

    table: SqlTable
    retention = RetentionClass.READS

    @property
    def name(self) -> str:
        """As the ledger has it."""
        return f"control.{self.table.name}"

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of days up to the last one; nothing where nobody has decided anything yet."""
        with night.look() as connection:
            held = names_by_day(connection, self.table) if connection else {}
        return _expired(self, {day: len(names) for day, names in held.items()}, last_day)

    def remove(self, night: Night, found: Expired) -> None:
        """Remove it."""
        with open_control(night.settings) as control, control.deciding() as connection:
            remove_until(connection, self.table, found.cutoff)


@dataclass(frozen=True)
class DecisionsPlace:
    """What was decided about hot-list entries: rows of the control database, which end as what lists say of these."""

    name = weeding.PLACE
    retention = RetentionClass.READS

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of entries that no list has of later days; nothing where nobody has decided anything yet."""
        held = Counter[date]()
        decisions, ends = _decided(night)
        for name, found in decisions.items():
            held[ends[name]] += len(found)
        return _expired(self, held, last_day)

    def remove(self, night: Night, found: Expired) -> None:
        """Remove it."""
        _, ends = _decided(night)
        with open_control(night.settings) as control, control.deciding() as connection:
            weeding.remove(connection, [name for name, last_day in ends.items() if last_day <= found.cutoff])


def _decided(night: Night) -> tuple[Mapping[str, Sequence[Decision]], dict[str, date]]:
    """Entries about which something was decided, and the last weed date of each that is known."""
    with night.look() as connection:
        decisions = weeding.decisions(connection) if connection else {}
    ends = {name: max(one.weed_date for one in found) for name, found in decisions.items()}
    for row in night.store.rows_with(HOTLIST, "entry_id", decisions, "entry_id", "weed_date"):
        ends[row["entry_id"]] = max(ends[row["entry_id"]], row["weed_date"])
    return decisions, ends


def _expired(place: DatedPlace | DecisionsPlace, held: Mapping[date, int], last_day: date) -> Expired:
    """What is of days up to the last one, of rows by day."""
    old = {day: rows for day, rows in held.items() if day <= last_day}
    left = min((day for day in held if day > last_day), default=None)
    counts = (len(old), sum(old.values()), 0, 0)
    return Expired(place.name, place.retention, last_day, *counts, left, sum(held.values()))


Place = TablePlace | LandingPlace | LinesPlace | EvidencePlace | DatedPlace | DecisionsPlace
BESIDE_TABLES = (
    *LANDING_PLACES, LINES_PLACE, DatedPlace(HOTLIST_RESPONSES), DatedPlace(CORRECTIONS), DecisionsPlace()
)  # fmt: skip
"""Landing and the control database: they come first, while the tables still know files and entries."""


def places(night: Night) -> Iterator[Place]:
    """All from which something expires, in the order in which it goes."""
    yield from BESIDE_TABLES
    there = [table for table in CATALOGUE if _may_exist(night, table)]
    yield from (TablePlace(table) for table in there if table.retention is not RetentionClass.HELD)
    held = [table for table in there if table.retention is RetentionClass.HELD]
    if HELD_FOOTAGE not in held and has_clips(night):
        held.append(HELD_FOOTAGE)
    if held:
        with open_control(night.settings) as control, control.reading() as connection:
            in_force = frozenset(hold.hold_id for hold in holds(connection, in_force=True))
        yield from (EvidencePlace(table, in_force) for table in held)


def _may_exist(night: Night, table: Table) -> bool:
    """Whether there is a table, or what is left of one: that is told by whoever looks into it."""
    try:
        return night.store.exists(table)
    except (DamagedTableError, LinkError):
        return True


def last_day_of(night: Night, place: Place) -> date:
    """The newest day of capture that has expired in a place."""
    return cutoff(night.settings.retention.limits, place.retention, night.process_date)


def expired_days(night: Night, tables: Iterable[Table]) -> set[date]:
    """The days of some tables that have expired."""
    return {
        day for table in tables for day in night.store.files_by_day(table)
        if day <= last_day_of(night, TablePlace(table))
    }  # fmt: skip
