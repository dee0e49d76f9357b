"""Corrections: the right marks of sightings that were read wrong. They name vehicles, and end as the reads do.

They stay after they are done: a repair, or a file that is read again, would bring the wrong mark back otherwise.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append, lock, sealed
from jobs.control.people import Role, deciding
from jobs.control.schema import CORRECTIONS
from jobs.domain.errors import LakeError

CORRECTED, EMPTIED, ENDED = "correction", "correction_emptied", "correction_erased"
"""What the log calls one, the loss of its mark with a vehicle that was erased, and its own end with one."""


class CorrectionError(LakeError):
    """A sighting that cannot be corrected; the message names no vehicle."""


@dataclass(frozen=True)
class Correction:
    """What a sighting should say.

    Attributes:
        vrm: the right mark; None where that vehicle was erased since: nothing of the sighting may come back.
        reason: in somebody's words.
        by: staff number of the authoriser.
        is_done: whether the table has it; else it was ended on the way.
    """

    sighting_id: str
    capture_date: date
    vrm: str | None
    reason: str
    by: str
    is_done: bool = False


def require_order(connection: Connection, correction: Correction, today: date) -> None:
    """Nothing is corrected on nobody's order.

    Raises:
        FreeTextError: the reason might name a vehicle or a place.
        PeopleError: who orders it may not.
    """
    require_free_text(reason=correction.reason)
    deciding(connection, correction.by, Role.AUTHORISER, today)


def place(connection: Connection, correction: Correction, expires_on: date, now: datetime) -> None:
    """Write a correction down, in the place of an earlier one of the same sighting; the table is still to follow.

    Args:
        connection: a transaction that writes.
        correction: with the right mark.
        expires_on: the day on which the sighting expires: from then on the log may not have it any more.
        now: UTC.

    Raises:
        FreeTextError, PeopleError: as `require_order`.
    """
    require_order(connection, correction, now.date())
    lock(connection)
    salt = secrets.token_hex()
    told = {
        "sighting": correction.sighting_id, "captured_on": str(correction.capture_date), "by": correction.by,
        "reason": correction.reason, "seal": sealed(salt, correction.vrm or ""),
    }  # fmt: skip
    position = append(connection, [Entry(CORRECTED, told, expires_on)]).size - 1
    connection.execute(delete(CORRECTIONS).where(CORRECTIONS.c.sighting_id == correction.sighting_id))
    connection.execute(
        insert(CORRECTIONS).values(
            sighting_id=correction.sighting_id, capture_date=correction.capture_date, vrm=correction.vrm,
            reason=correction.reason, placed_by=correction.by, corrected_at=now.isoformat(), position=position,
            expires_on=expires_on, salt=salt,
        )
    )  # fmt: skip


def finish(connection: Connection, names: Collection[str], now: datetime) -> None:
    """Say that the table has the corrections of some sightings."""
    done = update(CORRECTIONS).where(CORRECTIONS.c.sighting_id.in_(names))
    connection.execute(done.values(done_at=now.isoformat()))


def find(connection: Connection, sighting_id: str) -> Correction | None:
    """The correction of a sighting."""
    row = connection.execute(select(CORRECTIONS).where(CORRECTIONS.c.sighting_id == sighting_id)).one_or_none()
    return None if row is None else _correction(row)


def known(connection: Connection) -> list[Correction]:
    """All that are in force, by sighting."""
    return [_correction(row) for row in connection.execute(select(CORRECTIONS).order_by(CORRECTIONS.c.sighting_id))]


def to_apply(connection: Connection, days: Collection[date]) -> list[Correction]:
    """The corrections of some days, done or not, and of all days those that were ended on the way."""
    wanted = or_(CORRECTIONS.c.capture_date.in_(days), CORRECTIONS.c.done_at.is_(None))
    rows = connection.execute(select(CORRECTIONS).where(wanted).order_by(CORRECTIONS.c.sighting_id))
    return [_correction(row) for row in rows]


def marks(connection: Connection) -> frozenset[str]:
    """All marks that corrections name."""
    named = select(CORRECTIONS.c.vrm).where(CORRECTIONS.c.vrm.is_not(None))
    return frozenset(connection.scalars(named))


def forget_vehicles(
    connection: Connection,
    vehicles: Collection[str],
    span: tuple[date, date],
    gone: Collection[str],
    received: Collection[str],
) -> None:
    """Take vehicles that are erased out of the corrections.

    A correction to one of them loses its mark, and keeps its sighting from coming back under the wrong one. That of a
    sighting that was received as one of them goes: the suppression refuses that sighting by what was received.

    Args:
        connection: a transaction that writes.
        vehicles: their marks.
        span: first and last day of capture.
        gone: ids of their sightings.
        received: ids of those that were received as theirs, and are of others.
    """
    (first, last), columns = span, CORRECTIONS.c
    for row in connection.execute(select(CORRECTIONS).where(columns.vrm.is_not(None))).all():
        same = columns.sighting_id == row.sighting_id
        if row.sighting_id in gone or (row.vrm in vehicles and first <= row.capture_date <= last):
            told = {"sighting": row.sighting_id, "captured_on": str(row.capture_date)}
            position = append(connection, [Entry(EMPTIED, told, row.expires_on)]).size - 1
            connection.execute(update(CORRECTIONS).where(same).values(vrm=None, salt=None, position=position))
        elif row.sighting_id in received:
            connection.execute(delete(CORRECTIONS).where(same))
            append(connection, [Entry(ENDED, {"sighting": row.sighting_id}, row.expires_on)])


def seals(connection: Connection) -> dict[str, tuple[int, str, str | None]]:
    """What the log should say of each: position of its newest entry, day of capture, and the seal of its mark."""
    return {
        row.sighting_id: (row.position, str(row.capture_date), sealed(row.salt, row.vrm) if row.vrm else None)
        for row in connection.execute(select(CORRECTIONS))
    }


def _correction(row: "Row[Any]") -> Correction:
    return Correction(
        row.sighting_id, row.capture_date, row.vrm, row.reason, row.placed_by, is_done=row.done_at is not None
    )
