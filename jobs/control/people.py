"""Who may decide: people with a rank and a role, for a time, looked at again before it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select, update

from jobs.control.log import Entry, append
from jobs.control.schema import PEOPLE
from jobs.domain.errors import LakeError


class Role(StrEnum):
    """What a person may do; of one case nobody does two of these."""

    ANALYST = "analyst"
    AUTHORISER = "authoriser"
    GRANTOR = "grantor"
    AUDITOR = "auditor"


class PeopleError(LakeError):
    """A person is not who is needed; the message says which staff number and why."""


@dataclass(frozen=True)
class Person:
    """One who may decide.

    Attributes:
        staff_no: the force's number for them.
        rank: as conf/retention.yaml names ranks.
        role: what they may do.
        until: the last day on which they may.
        reviewed_on: when that was last looked at.
        ended_on: the day from which on they may not; None while they may.
    """

    staff_no: str
    rank: str
    role: Role
    until: date
    reviewed_on: date
    ended_on: date | None = None

    def may_decide(self, today: date) -> bool:
        """Whether their time has not ended."""
        return today <= self.until and (self.ended_on is None or today < self.ended_on)


def add(connection: Connection, person: Person, by: str | None, today: date) -> None:
    """Let a person decide; one whose time has ended may come again.

    Args:
        connection: a transaction that writes.
        person: who.
        by: staff number of a grantor; None while there is none, when the machine's owner makes one.
        today: the day.

    Raises:
        PeopleError: the grantor may not, or is missing where there are some; the person is there already.
    """
    if by is None and any(one.role is Role.GRANTOR and one.may_decide(today) for one in people(connection)):
        raise PeopleError("there are grantors: one of them adds others (--by)")
    if by is not None:
        granting(connection, by, person.staff_no, today)
    held = find(connection, person.staff_no)
    if held and held.may_decide(today):
        raise PeopleError(f"{person.staff_no} is there already: end that first")
    if person.until < today:
        raise PeopleError(f"{person.staff_no}: until {person.until} is past")
    values = vars(person) | {"role": str(person.role)}
    if held:
        _change(connection, **values)
    else:
        connection.execute(insert(PEOPLE).values(**values))
    _note(
        connection, "people_add", person.staff_no, by, rank=person.rank, role=str(person.role), until=str(person.until)
    )


def review(connection: Connection, staff_no: str, until: date, by: str, today: date) -> None:
    """Say that a person still needs it, and until when.

    Raises:
        PeopleError: the grantor may not, or the person's time has ended.
    """
    granting(connection, by, staff_no, today)
    deciding(connection, staff_no, None, today)
    if until < today:
        raise PeopleError(f"{staff_no}: until {until} is past")
    _change(connection, staff_no, until=until, reviewed_on=today)
    _note(connection, "people_review", staff_no, by, until=str(until))


def end(connection: Connection, staff_no: str, by: str, today: date) -> None:
    """Let a person decide no more, from today on.

    Raises:
        PeopleError: the grantor may not, or the person's time has ended.
    """
    granting(connection, by, staff_no, today)
    deciding(connection, staff_no, None, today)
    _change(connection, staff_no, ended_on=today)
    _note(connection, "people_end", staff_no, by)


def granting(connection: Connection, by: str, staff_no: str, today: date) -> Person:
    """The grantor, who decides about somebody else."""
    if by == staff_no:
        raise PeopleError(f"{by} cannot decide about {staff_no}: it takes another person")
    return deciding(connection, by, Role.GRANTOR, today)


def deciding(connection: Connection, staff_no: str, role: Role | None, today: date) -> Person:
    """A person who may decide today, in a role where one is needed.

    Raises:
        PeopleError: there is none, their time has ended, or their role is another.
    """
    person = find(connection, staff_no)
    if person is None:
        raise PeopleError(f"{staff_no} is nobody who may decide")
    if not person.may_decide(today):
        raise PeopleError(f"{staff_no} may decide no more since {person.ended_on or person.until}")
    if role is not None and person.role is not role:
        raise PeopleError(f"{staff_no} is {person.role}; it takes the role {role}")
    return person


def may_decide(connection: Connection, staff_no: str, today: date) -> bool:
    """Whether a person may decide today: what somebody asked for who may no more is nobody's wish."""
    person = find(connection, staff_no)
    return person is not None and person.may_decide(today)


def find(connection: Connection, staff_no: str) -> Person | None:
    """A person by staff number."""
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.staff_no == staff_no)).one_or_none()
    return None if row is None else _person(row)


def people(connection: Connection) -> list[Person]:
    """All of them, by staff number, those whose time has ended too."""
    return [_person(row) for row in connection.execute(select(PEOPLE).order_by(PEOPLE.c.staff_no))]


def overdue(everybody: list[Person], days: int, today: date) -> Iterator[Person]:
    """Who may decide and was not looked at for so many days."""
    return (one for one in everybody if one.may_decide(today) and (today - one.reviewed_on).days > days)


def _person(row: "Row[tuple[object, ...]]") -> Person:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it, which is public
    return Person(**{**values, "role": Role(values["role"])})


def _change(connection: Connection, staff_no: str, **values: object) -> None:
    connection.execute(update(PEOPLE).where(PEOPLE.c.staff_no == staff_no).values(**values))


def _note(connection: Connection, kind: str, staff_no: str, by: str | None, **told: object) -> None:
    append(connection, [Entry(kind, {"staff_no": staff_no, "by": by or "owner of the machine", **told})])
