"""Legal holds: what a live case needs is kept when it expires, until two people say that the case needs it no more."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append, lock, sealed
from jobs.control.people import Role, deciding, may_decide
from jobs.control.schema import HOLD_SCOPES, HOLDS, SUPPRESSIONS
from jobs.domain.errors import LakeError


class HoldError(LakeError):
    """A hold that cannot be placed, reviewed or released; the message says why, and names no vehicle."""


class _Kind(StrEnum):
    VEHICLE = "vehicle"
    CAMERA = "camera"
    FINDING = "finding"
    SIGHTING = "sighting"
    SALT = "salt"


@dataclass(frozen=True)
class Scope:
    """What is held: what is of one of the vehicles, at one of the cameras, and of the time, where these are given.

    Attributes:
        vehicles: marks as the tables have them.
        cameras: camera ids.
        findings: ids of convoys and clones: they and all the reads that they rest on are held, whatever else is given.
        sightings: ids of those that the findings rested on when the hold was placed: nights find others, by other ids.
        since: first time of capture, UTC.
        until: last time of capture, UTC.
        everything: all there is; nothing else is given then.
        salt: of the seals by which the log knows it; given when it is placed, and gone with it.
    """

    vehicles: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    findings: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    everything: bool = False
    sightings: frozenset[str] = frozenset()
    salt: str = field(default="", compare=False, repr=False)

    @property
    def selects_reads(self) -> bool:
        """Whether it holds reads for what they are, and not for findings alone."""
        return bool(self.everything or self.vehicles or self.cameras or self.since or self.until)

    def may_have(self, day: date) -> bool:
        """Whether a day of capture lies within its time."""
        since, until = self.since, self.until
        return (since is None or day >= since.date()) and (until is None or day <= until.date())

    def told(self) -> dict[str, object]:
        """What the log says of it: how many, when, and a seal; no vehicle and no place."""
        return {
            "vehicles": len(self.vehicles), "cameras": len(self.cameras), "findings": len(self.findings),
            "since": _text(self.since), "until": _text(self.until), "everything": self.everything,
            "seal": sealed(self.salt, sorted(self.vehicles), sorted(self.cameras), sorted(self.findings)),
        }  # fmt: skip

    def sightings_told(self) -> dict[str, object]:
        """The same of the sightings."""
        return {"sightings": len(self.sightings), "seal": sealed(self.salt, sorted(self.sightings))}


@dataclass(frozen=True)
class Hold:
    """A legal hold.

    Attributes:
        case_ref: the case that needs it.
        authoriser: staff number of who ordered it.
        review_on: the day on which it is looked at again.
        second_authoriser: of a hold of everything.
        hold_id: its name; given when it is placed.
        placed_at: when that was, UTC.
        release_asked_by: who wants it released, until somebody else agrees.
        released_at: when it ended, UTC; None while in force.
    """

    case_ref: str
    reason: str
    authoriser: str
    review_on: date
    scope: Scope = field(default_factory=Scope)
    second_authoriser: str | None = None
    hold_id: str = ""
    placed_at: datetime | None = None
    release_asked_by: str | None = None
    released_at: datetime | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether its review is past; that ends no hold."""
        return self.released_at is None and self.review_on < today

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back when it was placed, for it kept nothing: nobody has released it."""
        return self.released_at is not None and self.release_asked_by is None


REVIEWED_WITHIN = timedelta(days=366)
"""A hold that is looked at less often than once a year is one that nobody looks at (design choice)."""


class Review(StrEnum):
    """What a review asks (MoPI guidance on review, retention and disposal: why it is still necessary)."""

    STILL_NEEDED = "still-needed"
    PROPORTIONATE = "proportionate"
    ACCURATE = "accurate"


def place(connection: Connection, hold: Hold, now: datetime) -> str:
    """Put a hold in force.

    Args:
        connection: a transaction that writes.
        hold: without a name.
        now: UTC.

    Returns:
        The name of the hold.

    Raises:
        PeopleError: who orders it may not.
        HoldError: it has no scope, its review is past or too far, or it holds everything on the order of one person.
    """
    require_free_text(case=hold.case_ref, reason=hold.reason)
    scope, today = hold.scope, now.date()
    deciding(connection, hold.authoriser, Role.AUTHORISER, today)
    _require_soon("--review-on", hold.review_on, today)
    _check(connection, hold, today)
    lock(connection)
    number = connection.scalar(select(func.count()).select_from(HOLDS)) or 0
    hold_id = f"hold{number + 1:05d}"
    connection.execute(
        insert(HOLDS).values(
            hold_id=hold_id, case_ref=hold.case_ref, reason=hold.reason, authoriser=hold.authoriser,
            second_authoriser=hold.second_authoriser, everything=scope.everything, since=_text(scope.since),
            until=_text(scope.until), review_on=hold.review_on, placed_at=now.isoformat(),
        )
    )  # fmt: skip
    scope = replace(scope, salt=secrets.token_hex())
    _put_values(connection, hold_id, _values(scope))
    told = {"case": hold.case_ref, "by": hold.authoriser, "reason": hold.reason, "review_on": str(hold.review_on)}
    second = {"second": hold.second_authoriser} if hold.second_authoriser else {}
    _note(connection, "hold_add", hold_id, **told, **second, scope=scope.told())
    return hold_id


def keep_sightings(connection: Connection, hold_id: str, sightings: Collection[str]) -> None:
    """Have a hold keep what its findings rest on, whatever becomes of these."""
    _put_values(connection, hold_id, ((_Kind.SIGHTING, name) for name in sorted(sightings)))
    of_hold = (HOLD_SCOPES.c.hold_id == hold_id) & (HOLD_SCOPES.c.kind == str(_Kind.SALT))
    salt = connection.scalars(select(HOLD_SCOPES.c.value).where(of_hold)).one()
    _note(connection, "hold_sightings", hold_id, **Scope(sightings=frozenset(sightings), salt=salt).sightings_told())


def _put_values(connection: Connection, hold_id: str, some: Iterable[tuple[_Kind, str]]) -> None:
    if values := [{"hold_id": hold_id, "kind": str(kind), "value": value} for kind, value in some]:
        connection.execute(insert(HOLD_SCOPES), values)


def _check(connection: Connection, hold: Hold, today: date) -> None:
    scope = hold.scope
    if not (scope.selects_reads or scope.findings):
        raise HoldError("the hold has no scope: vehicles, cameras, times or findings")
    if scope.since and scope.until and scope.since > scope.until:
        raise HoldError("--since is after --until")
    if not scope.everything:
        return
    if scope != Scope(everything=True):
        raise HoldError("a hold of everything has no other scope")
    if hold.second_authoriser in (None, hold.authoriser):
        raise HoldError("a hold of everything needs a second authoriser, who is another person (--second)")
    deciding(connection, hold.second_authoriser or "", Role.AUTHORISER, today)


def _values(scope: Scope) -> Iterator[tuple[_Kind, str]]:
    for kind, values in (
        (_Kind.VEHICLE, scope.vehicles), (_Kind.CAMERA, scope.cameras), (_Kind.FINDING, scope.findings),
        (_Kind.SALT, [scope.salt]),
    ):  # fmt: skip
        yield from ((kind, value) for value in sorted(values))


def withdraw(connection: Connection, hold_id: str, why: str, now: datetime) -> None:
    """Take a hold back that was just placed, and keeps nothing."""
    _end(connection, hold_id, released_by=None, now=now)
    _note(connection, "hold_withdrawn", hold_id, why=why)


def review(
    connection: Connection, hold_id: str, by: str, answers: Mapping[Review, str], next_on: date, today: date
) -> None:
    """Look at a hold again; who does so and sets the next day wants it kept, so nobody's wish to release it is left.

    Args:
        connection: a transaction that writes.
        hold_id: of a hold in force.
        by: staff number of an authoriser.
        answers: to each of the questions.
        next_on: the next review.
        today: the day.

    Raises:
        PeopleError: who reviews it may not.
        HoldError: there is no such hold, a question has no answer, or the next review is not ahead or too far.
    """
    deciding(connection, by, Role.AUTHORISER, today)
    require_free_text(**{str(question).replace("-", "_"): answers.get(question, "") for question in Review})
    _require_soon("--next", next_on, today)
    asked = _in_force(connection, hold_id).release_asked_by
    unasked = {"release_asked_by": None, "release_reason": None, "case_state": None}
    connection.execute(update(HOLDS).where(HOLDS.c.hold_id == hold_id).values(review_on=next_on, **unasked))
    told = {str(question): answer for question, answer in answers.items()}
    _note(connection, "hold_review", hold_id, by=by, answers=told, next_on=str(next_on), ends_wish_of=asked)


def _require_soon(option: str, day: date, today: date) -> None:
    if day <= today:
        raise HoldError(f"{option} {day} is not ahead")
    if day > today + REVIEWED_WITHIN:
        raise HoldError(f"{option} {day} is too far: a hold is looked at again within {REVIEWED_WITHIN.days} days")


def ask_release(connection: Connection, hold_id: str, by: str, reason: str, case_state: str, today: date) -> None:
    """Ask that a hold be released; it is in force until somebody else agrees.

    Raises:
        PeopleError: who asks may not.
        HoldError: there is no such hold, or that was asked already.
    """
    deciding(connection, by, Role.AUTHORISER, today)
    require_free_text(reason=reason, case_state=case_state)
    asked = _in_force(connection, hold_id).release_asked_by
    if asked and may_decide(connection, asked, today):
        raise HoldError(f"{hold_id}: {asked} has asked for its release already: another authoriser agrees, or nobody")
    values = {"release_asked_by": by, "release_reason": reason, "case_state": case_state}
    connection.execute(update(HOLDS).where(HOLDS.c.hold_id == hold_id).values(**values))
    _note(connection, "hold_release_asked", hold_id, by=by, reason=reason, case_state=case_state)


def release(connection: Connection, hold_id: str, by: str, now: datetime) -> None:
    """End a hold that somebody else wants released; what it kept goes with the next purge, its scope now.

    Raises:
        PeopleError: who agrees may not.
        HoldError: there is no such hold, nobody has asked for it, or who agrees has.
    """
    deciding(connection, by, Role.AUTHORISER, now.date())
    asked = _in_force(connection, hold_id).release_asked_by
    keeps = select(SUPPRESSIONS.c.suppression_id).where(
        SUPPRESSIONS.c.hold_id == hold_id, SUPPRESSIONS.c.lifted_at.is_(None)
    )
    if name := connection.scalar(keeps.limit(1)):
        raise HoldError(f"{hold_id} keeps what {name} restricts from use: lift that first (vehicle lift {name})")
    if asked is None:
        raise HoldError(f"{hold_id}: nobody has asked for its release (--reason and --case-state)")
    if not may_decide(connection, asked, now.date()):
        raise HoldError(f"{hold_id}: {asked}, who has asked for its release, may decide no more: ask for it anew")
    if asked == by:
        raise HoldError(f"{hold_id}: {by} has asked for its release: it takes another person to agree")
    _end(connection, hold_id, released_by=by, now=now)
    _note(connection, "hold_release", hold_id, by=by, asked_by=asked)


def _end(connection: Connection, hold_id: str, released_by: str | None, now: datetime) -> None:
    ended = {"released_by": released_by, "released_at": now.isoformat()}
    connection.execute(update(HOLDS).where(HOLDS.c.hold_id == hold_id).values(**ended))
    connection.execute(delete(HOLD_SCOPES).where(HOLD_SCOPES.c.hold_id == hold_id))


def _in_force(connection: Connection, hold_id: str) -> Hold:
    row = connection.execute(select(HOLDS).where(HOLDS.c.hold_id == hold_id)).one_or_none()
    if row is None:
        raise HoldError("there is no hold of that name")
    if row.released_at:
        how = "released" if row.released_by else "taken back"
        raise HoldError(f"{hold_id} was {how} on {row.released_at[:10]}")
    return _hold(row, {})


def holds(connection: Connection, *, in_force: bool = False) -> list[Hold]:
    """All holds, or those in force, by name; of those that were released the scope is gone."""
    values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for hold_id, kind, value in connection.execute(select(HOLD_SCOPES)):
        values[hold_id][kind].add(value)
    found = connection.execute(select(HOLDS).order_by(HOLDS.c.hold_id))
    return [_hold(row, values[row.hold_id]) for row in found if not (in_force and row.released_at)]


def _hold(row: "Row[tuple[object, ...]]", values: Mapping[str, set[str]]) -> Hold:
    vehicles, cameras, findings, sightings, salt = (frozenset(values.get(kind, ())) for kind in _Kind)
    times = _time(row.since), _time(row.until)
    scope = Scope(vehicles, cameras, findings, *times, row.everything, sightings, "".join(salt))
    return Hold(
        row.case_ref, row.reason, row.authoriser, row.review_on, scope, row.second_authoriser, row.hold_id,
        _time(row.placed_at), row.release_asked_by, _time(row.released_at),
    )  # fmt: skip


def _note(connection: Connection, kind: str, hold_id: str, **told: object) -> None:
    append(connection, [Entry(kind, {"hold": hold_id, **told})])


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
