"""All places from which something expires, and what is of the control database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jobs.control import corrections, responses, weeding
from jobs.control.database import open_control
from jobs.control.holds import holds
from jobs.domain.retention import cutoff
from jobs.domain.weeding import Decision
from jobs.lake.damage import DamagedTableError
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
class ResponsesPlace:
    """The responses to hits: rows of the control database, which end as the reads that they are about."""

    name = responses.PLACE
    retention = RetentionClass.READS

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of days up to the last one; nothing where nobody has decided anything yet."""
        with night.look() as connection:
            held = {day: len(names) for day, names in responses.names_by_day(connection).items()} if connection else {}
        return _expired(self, held, last_day)

    def remove(self, night: Night, found: Expired) -> None:
        """Remove it."""
        with open_control(night.settings) as control, control.deciding() as connection:
            responses.remove_until(connection, found.cutoff)


@dataclass(frozen=True)
class CorrectionsPlace:
    """The right marks of sightings: rows of the control database, which end as these sightings."""

    name = corrections.PLACE
    retention = RetentionClass.READS

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of days up to the last one; nothing where nobody has decided anything yet."""
        with night.look() as connection:
            held = corrections.names_by_day(connection) if connection else {}
        return _expired(self, {day: len(names) for day, names in held.items()}, last_day)

    def remove(self, night: Night, found: Expired) -> None:
        """Remove it."""
        with open_control(night.settings) as control, control.deciding() as connection:
            corrections.remove_until(connection, found.cutoff)


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


def _expired(
    place: ResponsesPlace | CorrectionsPlace | DecisionsPlace, held: Mapping[date, int], last_day: date
) -> Expired:
    """What is of days up to the last one, of rows by day."""
    old = {day: rows for day, rows in held.items() if day <= last_day}
    left = min((day for day in held if day > last_day), default=None)
    counts = (len(old), sum(old.values()), 0, 0)
    return Expired(place.name, place.retention, last_day, *counts, left, sum(held.values()))


Place = TablePlace | LandingPlace | LinesPlace | EvidencePlace | ResponsesPlace | CorrectionsPlace | DecisionsPlace


def places(night: Night) -> Iterator[Place]:
    """All from which something expires. Landing comes first, while the tables still know its files.

    So do decisions, while the tables still know the entries that they are about.
    """
    yield from (*LANDING_PLACES, LINES_PLACE, ResponsesPlace(), CorrectionsPlace(), DecisionsPlace())
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
    except DamagedTableError:
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
