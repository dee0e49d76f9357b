"""All places from which something expires, and what is of the control database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from jobs.control import responses
from jobs.control.database import open_control
from jobs.control.holds import holds
from jobs.domain.retention import cutoff
from jobs.lake.damage import DamagedTableError
from jobs.lake.tables import CATALOGUE, RetentionClass, Table
from jobs.retention.expired import LANDING_PLACES, EvidencePlace, Expired, LandingPlace, TablePlace
from jobs.runtime.night import Night


@dataclass(frozen=True)
class ResponsesPlace:
    """The responses to hits: rows of the control database, which end as the reads that they are about."""

    name = responses.PLACE
    retention = RetentionClass.READS

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of days up to the last one; nothing where nobody has decided anything yet."""
        with night.look() as connection:
            held = {day: len(names) for day, names in responses.names_by_day(connection).items()} if connection else {}
        old = {day: rows for day, rows in held.items() if day <= last_day}
        left = min((day for day in held if day > last_day), default=None)
        return Expired(
            self.name, self.retention, last_day, len(old), sum(old.values()), 0, 0, left, sum(held.values())
        )  # fmt: skip

    def remove(self, night: Night, found: Expired) -> None:
        """Remove it."""
        with open_control(night.settings) as control, control.deciding() as connection:
            responses.remove_until(connection, found.cutoff)


Place = TablePlace | LandingPlace | EvidencePlace | ResponsesPlace


def places(night: Night) -> Iterator[Place]:
    """All from which something expires. Landing comes first, while the tables still know its files."""
    yield from LANDING_PLACES
    there = [table for table in CATALOGUE if _may_exist(night, table)]
    yield from (TablePlace(table) for table in there if table.retention is not RetentionClass.HELD)
    yield ResponsesPlace()
    if held := [table for table in there if table.retention is RetentionClass.HELD]:
        with open_control(night.settings) as control, control.reading() as connection:
            in_force = frozenset(hold.hold_id for hold in holds(connection, in_force=True))
        yield from (EvidencePlace(table, in_force) for table in held)


def _may_exist(night: Night, table: Table) -> bool:
    """Whether there is a table, or what is left of one: that is told by whoever looks into it."""
    try:
        return night.store.exists(table)
    except DamagedTableError:
        return True


def last_day_of(night: Night, place: Place) -> date:
    """The newest day of capture that has expired in a place."""
    return cutoff(night.settings.retention.limits, place.retention, night.process_date)
