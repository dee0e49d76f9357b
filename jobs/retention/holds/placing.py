"""Placing a hold: in force first, and then looked at whether it keeps anything."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from py4j.protocol import Py4JJavaError

from jobs.control.database import open_control
from jobs.control.destructions import destroyed
from jobs.control.holds import Hold, HoldError, keep_sightings, place, withdraw
from jobs.lake.store import Store
from jobs.lake.tables import CAMERAS, CLONES, CONVOYS, SIGHTINGS
from jobs.retention.holds.held_days import held_of_days
from jobs.retention.holds.holding import HeldDay
from jobs.settings import Settings

_TRIES = 3
"""How often a table is looked into whose files a purge takes meanwhile."""


@dataclass(frozen=True)
class Placed:
    """What a hold keeps of what is there now.

    Attributes:
        lost: up to which day places were destroyed before it came, where its time begins before.
    """

    hold_id: str
    sightings: int
    days: int
    lost: dict[str, date]


def place_hold(store: Store, settings: Settings, hold: Hold, *, ahead: bool) -> Placed:
    """Put a hold in force, and say what it keeps; one that keeps nothing is withdrawn.

    Args:
        store: the tables; read only.
        settings: of the lake.
        hold: without a name.
        ahead: it is in force even if nothing is there yet that it keeps.

    Raises:
        HoldError: it cannot be placed, or keeps nothing.
        PeopleError: who orders it may not.
    """
    _check_names(store, hold)
    now = datetime.now(UTC)
    with open_control(settings) as control:
        with control.deciding() as connection:
            hold_id = place(connection, hold, now)
            lost = destroyed(connection)
        found = _held(store, hold)
        sightings = {one.sighting_id for day in found for held in day.sightings.values() for one in held}
        if not (sightings or hold.scope.findings or ahead):
            with control.deciding() as connection:
                withdraw(connection, hold_id, "it keeps nothing", now)
            raise HoldError("nothing is there that the hold would keep (--ahead for what is still to come)")
        if hold.scope.findings:
            with control.deciding() as connection:
                keep_sightings(connection, hold_id, sightings)
    begins = hold.scope.since.date() if hold.scope.since else date.min
    touched = {name: day for name, day in lost.items() if day >= begins and not name.startswith("evidence.")}
    return Placed(hold_id, len(sightings), sum(bool(day.sightings) for day in found), touched)


def _check_names(store: Store, hold: Hold) -> None:
    """Refuse cameras and findings that are not there.

    Raises:
        HoldError: one is not.
    """
    if unknown := hold.scope.cameras - {row["camera_id"] for row in store.rows(CAMERAS, "camera_id")}:
        raise HoldError(f"{len(unknown)} of the cameras are not in the register")
    known = {row["finding_id"] for table in (CONVOYS, CLONES) for row in store.rows(table, "finding_id")}
    if unknown := hold.scope.findings - known:
        raise HoldError(f"{len(unknown)} of the findings are not there")


def _held(store: Store, hold: Hold) -> list[HeldDay]:
    """What the hold keeps of the days that are there; where a purge takes files meanwhile, all is looked at anew."""
    for left in reversed(range(_TRIES)):
        there = store.files_by_day(SIGHTINGS)
        try:
            return held_of_days(store, [hold], [day for day in there if hold.scope.may_have(day)])
        except Py4JJavaError:
            if not left or store.files_by_day(SIGHTINGS) == there:
                raise
    return []
