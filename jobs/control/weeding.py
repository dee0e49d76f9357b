"""Weeding of hot-lists: the decisions that people take about entries; what they do is in `jobs/domain/weeding.py`."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, delete, insert, select

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append, lock
from jobs.control.people import Role, deciding
from jobs.control.schema import ENTRY_DECISIONS
from jobs.domain.errors import LakeError
from jobs.domain.weeding import Decision, Kind, Listed, last_day, since_weeded

PLACE = f"control.{ENTRY_DECISIONS.name}"
"""What digests of inputs, purges and their ledger call it."""


class WeedingError(LakeError):
    """A decision about an entry that cannot be taken; the message says why, and names no vehicle."""


@dataclass(frozen=True)
class Decider:
    """Who decides about an entry, why, and when.

    Attributes:
        staff_no: the force's number for them.
        today: from when on it counts.
        kept_days: how long what is known of an entry is kept after its end.
    """

    staff_no: str
    reason: str
    today: date
    kept_days: int


def confirm(connection: Connection, entry: Listed, by: Decider) -> None:
    """Say that an entry is still relevant, until its weed date at most.

    Raises:
        PeopleError: who says so may not decide.
        WeedingError: it was weeded, or its weed date is past.
        FreeTextError: the reason is none.
    """
    _decide_of_live(connection, entry, by, Kind.CONFIRM)


def close(connection: Connection, entry: Listed, by: Decider) -> None:
    """Say that an entry's case is closed, so that its owner is asked to weed it; raises as `confirm`."""
    _decide_of_live(connection, entry, by, Kind.CLOSE)


def weed(connection: Connection, entry: Listed, by: Decider) -> None:
    """Take an entry out, from today on, whatever later lists say.

    Raises:
        PeopleError: who takes it out may not decide.
        WeedingError: it was weeded already.
        FreeTextError: the reason is none.
    """
    _check(connection, by, None)
    _refuse_weeded(connection, entry, by)
    _write(connection, entry, by, Kind.WEED)


def extend(connection: Connection, entry: Listed, by: Decider, until: date, maximum_days: int) -> None:
    """Let an entry that was weeded match again until a day, as far as a list has it with a newer weed date.

    Raises:
        PeopleError: who extends it is no authoriser.
        WeedingError: it was not weeded, the day is past, or beyond the maximum.
        FreeTextError: the reason is none.
    """
    _check(connection, by, Role.AUTHORISER)
    if until < by.today:
        raise WeedingError(f"--until {until} is past")
    if until > (latest := last_day(entry.first_on, maximum_days)):
        since = f"{maximum_days} days after a list had it first (retention.hotlist_maximum_days)"
        raise WeedingError(f"--until {until} is beyond {latest}, {since}")
    weeded, _ = since_weeded(decisions(connection).get(entry.entry_id, []))
    if weeded is None:
        raise WeedingError("the entry was not weeded: its lists say until when it may match")
    _write(connection, entry, by, Kind.EXTEND, until)


def _decide_of_live(connection: Connection, entry: Listed, by: Decider, kind: Kind) -> None:
    _check(connection, by, None)
    if entry.weed_date < by.today:
        raise WeedingError(f"the entry's weed date, {entry.weed_date}, is past")
    _refuse_weeded(connection, entry, by)
    _write(connection, entry, by, kind)


def _check(connection: Connection, by: Decider, role: Role | None) -> None:
    require_free_text(reason=by.reason)
    deciding(connection, by.staff_no, role, by.today)
    lock(connection)  # what others decide about the entry is known from here on


def _refuse_weeded(connection: Connection, entry: Listed, by: Decider) -> None:
    weeded, extended = since_weeded(decisions(connection).get(entry.entry_id, []))
    if weeded and not (extended and extended.until and by.today <= extended.until):
        raise WeedingError(f"the entry was weeded on {weeded.decided_on}")


def _write(connection: Connection, entry: Listed, by: Decider, kind: Kind, until: date | None = None) -> None:
    """Into the log, whose rows say in which order decisions were taken, and into the table."""
    told = {"entry": entry.entry_id, "by": by.staff_no, "reason": by.reason, "weed_date": str(entry.weed_date)}
    extended = {"until": str(until)} if until else {}
    expires_on = max(entry.weed_date, until or by.today) + timedelta(days=by.kept_days)
    head = append(connection, [Entry(f"entry_{kind}", told | extended, expires_on)])
    connection.execute(
        insert(ENTRY_DECISIONS).values(
            position=head.size - 1, entry_id=entry.entry_id, kind=str(kind), person=by.staff_no, reason=by.reason,
            decided_on=by.today, weed_date=entry.weed_date, until=until,
        )
    )  # fmt: skip


def decisions(connection: Connection) -> Mapping[str, list[Decision]]:
    """All about each entry of which something was decided, in their order."""
    found = defaultdict[str, list[Decision]](list)
    for row in connection.execute(select(ENTRY_DECISIONS).order_by(ENTRY_DECISIONS.c.position)):
        found[row.entry_id].append(
            Decision(
                row.entry_id, Kind(row.kind), row.person, row.reason, row.decided_on, row.weed_date, row.until
            )
        )  # fmt: skip
    return found


def remove(connection: Connection, entries: Collection[str]) -> None:
    """Remove all decisions about some entries."""
    for entry_id in entries:
        connection.execute(delete(ENTRY_DECISIONS).where(ENTRY_DECISIONS.c.entry_id == entry_id))
