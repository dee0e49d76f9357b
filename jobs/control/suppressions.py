"""Suppressions: vehicles of which nothing may come back for a time, by a keyed token and never by their marks.

Erased, or restricted from use: a partner's resend, a backfill or a restored copy would bring them back otherwise.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append, lock, sealed
from jobs.control.people import Role, deciding
from jobs.control.schema import SUPPRESSIONS
from jobs.domain.errors import LakeError
from jobs.domain.private_file import load_key, make_key
from jobs.domain.suppressed import Suppressed
from jobs.domain.tokens import fingerprint

_SETTING = "control.suppression_key"


class SuppressionError(LakeError):
    """A suppression that cannot be placed or lifted, or whose key is lost; the message names no vehicle."""


class Why(StrEnum):
    """Why nothing of a vehicle may come back."""

    ERASED = "erased"
    RESTRICTED = "restricted"


@dataclass(frozen=True)
class Suppression:
    """What may not come back.

    Attributes:
        token: of the mark, under a key of its own.
        first: first day of capture.
        last: last day of capture.
        reason: in somebody's words.
        by: staff number of the authoriser.
        hold_id: of what is restricted: the hold that keeps it.
        suppression_id: its name; given when it is placed.
        is_done: whether what was there is gone; else the erasure was ended, and is to be run again.
    """

    token: str
    first: date
    last: date
    why: Why
    reason: str
    by: str
    hold_id: str | None = None
    suppression_id: str = ""
    is_done: bool = False

    def told(self) -> dict[str, str]:
        """What the log says of it; a seal, and no token."""
        return {"why": str(self.why), "first": str(self.first), "last": str(self.last), "seal": sealed(self.token)}


def suppression_key(connection: Connection, path: str) -> bytes:
    """The key of the suppressions; made with the first one.

    Raises:
        SuppressionError: there are suppressions, and the key is missing or another one.
        PrivateFileError: the file is unusable.
    """
    key = load_key(path, _SETTING)
    known = connection.scalar(select(SUPPRESSIONS.c.key_fingerprint).limit(1))
    if key is None and known:
        raise SuppressionError(
            f"{_SETTING}: the file is missing: put it back from its backup, nothing else has the key"
        )
    if key is None:
        key = make_key(path, _SETTING)
    if known and known != fingerprint(key):
        raise SuppressionError(f"{_SETTING}: not the key of these suppressions: put that back from its backup")
    return key


def place(connection: Connection, suppression: Suppression, key: bytes, expires_on: date, now: datetime) -> str:
    """Put a suppression in force.

    Args:
        connection: a transaction that writes.
        suppression: without a name.
        key: of the suppressions.
        expires_on: the day on which whatever could come back has expired.
        now: UTC.

    Returns:
        Its name.

    Raises:
        PeopleError: who orders it may not.
        SuppressionError: its span has no day, or days that have not come.
    """
    require_free_text(reason=suppression.reason)
    deciding(connection, suppression.by, Role.AUTHORISER, now.date())
    if suppression.first > suppression.last:
        raise SuppressionError("--from is after --to")
    if suppression.last > now.date():
        raise SuppressionError(f"--to {suppression.last} is ahead: nobody may be kept out of what is still to come")
    lock(connection)
    same = [one for one in suppressions(connection) if replace(one, suppression_id="", is_done=False) == suppression]
    if same:  # the erasure was ended, and is run again
        return same[0].suppression_id
    last = connection.scalar(select(func.max(SUPPRESSIONS.c.suppression_id))) or ""  # those before it may have expired
    name = f"suppression{int(last.removeprefix('suppression') or 0) + 1:05d}"
    connection.execute(
        insert(SUPPRESSIONS).values(
            suppression_id=name, token=suppression.token, key_fingerprint=fingerprint(key), first_day=suppression.first,
            last_day=suppression.last, why=str(suppression.why), reason=suppression.reason, placed_by=suppression.by,
            hold_id=suppression.hold_id, placed_at=now.isoformat(), expires_on=expires_on,
        )
    )  # fmt: skip
    told = {"suppression": name, "by": suppression.by, "reason": suppression.reason, **suppression.told()}
    append(connection, [Entry("suppression_add", told, expires_on)])
    return name


def finish(connection: Connection, name: str, now: datetime) -> None:
    """Say that all that was there is gone."""
    done = update(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == name)
    connection.execute(done.values(done_at=now.isoformat()))


def restriction(connection: Connection, name: str, by: str, reason: str, now: datetime) -> Suppression:
    """The restriction in force that somebody wants ended.

    Raises:
        PeopleError: who ends it may not.
        SuppressionError: there is none of that name in force, or it is of an erasure, which nobody takes back.
    """
    require_free_text(reason=reason)
    deciding(connection, by, Role.AUTHORISER, now.date())
    found = [one for one in suppressions(connection) if one.suppression_id == name]
    if not found:
        raise SuppressionError(f"there is no suppression {name!r} in force")
    if found[0].why is Why.ERASED:
        raise SuppressionError(f"{name} is of an erasure: nothing of it is there to come back")
    return found[0]


def lift(connection: Connection, name: str, by: str, reason: str, now: datetime) -> None:
    """End a restriction: what it kept from use is back; raises as `restriction`."""
    restriction(connection, name, by, reason, now)
    lifted = update(SUPPRESSIONS).where(SUPPRESSIONS.c.suppression_id == name)
    connection.execute(lifted.values(lifted_at=now.isoformat()))
    append(connection, [Entry("suppression_lift", {"suppression": name, "by": by, "reason": reason})])


def suppressions(connection: Connection) -> list[Suppression]:
    """Those in force, by name."""
    rows = connection.execute(
        select(SUPPRESSIONS).where(SUPPRESSIONS.c.lifted_at.is_(None)).order_by(SUPPRESSIONS.c.suppression_id)
    )
    return [
        Suppression(
            row.token, row.first_day, row.last_day, Why(row.why), row.reason, row.placed_by, row.hold_id,
            row.suppression_id, row.done_at is not None,
        )
        for row in rows
    ]  # fmt: skip


def suppressed(connection: Connection, path: str, but: str = "") -> Suppressed | None:
    """What nothing may come back of, by all suppressions but one; None where there is none."""
    found = [one for one in suppressions(connection) if one.suppression_id != but]
    if not found:
        return None
    spans: dict[Why, dict[str, list[tuple[date, date]]]] = {why: {} for why in Why}
    for one in found:
        spans[one.why].setdefault(one.token, []).append((one.first, one.last))
    return Suppressed(suppression_key(connection, path), spans[Why.ERASED], spans[Why.RESTRICTED])


def forget(connection: Connection, today: date) -> int:
    """Remove suppressions of which whatever could come back has expired; how many these were."""
    over = SUPPRESSIONS.delete().where(SUPPRESSIONS.c.expires_on <= today)
    return connection.execute(over).rowcount
