"""Between holds and purges: which comes first, and what a hold that came too late is told."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from jobs.control.holds import holds
from jobs.control.log import Entry, append, lock
from jobs.control.schema import DESTRUCTIONS


def begin_destroying(connection: Connection, until: Mapping[str, date], run_id: str, kept: set[str]) -> bool:
    """Say that a purge destroys what places have up to a day, unless a hold has come that it does not know.

    A hold that is placed before this wins, a later one is told what is gone: both take the log's lock.

    Args:
        connection: a transaction that writes.
        until: the last day of capture that goes, by place.
        run_id: of the purge.
        kept: names of the holds for which the purge has put aside what they hold.

    Returns:
        Whether the purge may go on.
    """
    lock(connection)
    if {hold.hold_id for hold in holds(connection, in_force=True)} - kept:
        return False
    before = destroyed(connection)
    latest = [{"place": place, "until": max(day, before.get(place, day))} for place, day in until.items()]
    connection.execute(delete(DESTRUCTIONS).where(DESTRUCTIONS.c.place.in_(until)))
    if latest:
        connection.execute(insert(DESTRUCTIONS), latest)
    told = {"run_id": run_id, "until": {place: str(last_day) for place, last_day in until.items()}}
    append(connection, [Entry("purge_destroying", told)])
    return True


def destroyed(connection: Connection) -> dict[str, date]:
    """Up to which day of capture each place has been destroyed, or is about to be."""
    return {row.place: row.until for row in connection.execute(select(DESTRUCTIONS))}
