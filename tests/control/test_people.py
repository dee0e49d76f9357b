"""Who may decide: added by somebody else, for a time, and all of it in the log."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from jobs.control import people
from jobs.control.log import entries
from jobs.control.people import PeopleError, Person, Role

TODAY = date(2026, 11, 28)
FIRST = Person("1001", "inspector", Role.GRANTOR, TODAY + timedelta(days=100), TODAY)
ANALYST = Person("2002", "constable", Role.ANALYST, TODAY + timedelta(days=10), TODAY)


@pytest.fixture
def connection(control):
    """A transaction in which the first person was made."""
    with control.deciding() as opened:
        people.add(opened, FIRST, None, TODAY)
        yield opened


def test_the_first_person_is_made_by_the_machines_owner_and_the_log_says_so(connection):
    assert people.people(connection) == [FIRST]
    ((_, _, kind, payload),) = entries(connection)
    assert (kind, payload["staff_no"], payload["by"]) == ("people_add", "1001", "owner of the machine")


def test_people_are_added_by_a_grantor_reviewed_and_ended_and_may_come_again(connection):
    people.add(connection, ANALYST, "1001", TODAY)
    later = TODAY + timedelta(days=9)
    people.review(connection, "2002", later + timedelta(days=30), "1001", later)
    assert people.find(connection, "2002") == replace(
        ANALYST, until=later + timedelta(days=30), reviewed_on=later
    )  # fmt: skip
    people.end(connection, "2002", "1001", later)
    with pytest.raises(PeopleError, match=f"2002 may decide no more since {later}"):
        people.deciding(connection, "2002", Role.ANALYST, later)
    people.add(connection, replace(ANALYST, until=later, reviewed_on=later), "1001", later)
    assert people.deciding(connection, "2002", Role.ANALYST, later)
    kinds = ["people_add", "people_add", "people_review", "people_end", "people_add"]
    assert [kind for _, _, kind, _ in entries(connection)] == kinds


@pytest.mark.parametrize(
    ("person", "by", "error"),
    [
        (ANALYST, None, "one of them adds others"),
        (ANALYST, "9999", "9999 is nobody who may decide"),
        (ANALYST, "2002", "it takes another person"),
        (FIRST, "1001", "it takes another person"),
        (replace(ANALYST, until=TODAY - timedelta(days=1)), "1001", "is past"),
    ],
)
def test_who_may_not_add_somebody_is_told_why(connection, person, by, error):
    with pytest.raises(PeopleError, match=error):
        people.add(connection, person, by, TODAY)
    assert people.people(connection) == [FIRST]


def test_an_analyst_grants_nothing_and_nobody_is_added_twice(connection):
    people.add(connection, ANALYST, "1001", TODAY)
    with pytest.raises(PeopleError, match="2002 is analyst; it takes the role grantor"):
        people.end(connection, "1001", "2002", TODAY)
    with pytest.raises(PeopleError, match="2002 is there already"):
        people.add(connection, ANALYST, "1001", TODAY)


def test_a_persons_time_ends_after_its_last_day_and_without_a_grantor_the_owner_makes_one(connection):
    assert people.deciding(connection, "1001", Role.GRANTOR, FIRST.until)
    after = FIRST.until + timedelta(days=1)
    with pytest.raises(PeopleError, match="may decide no more"):
        people.deciding(connection, "1001", Role.GRANTOR, after)
    people.add(connection, replace(FIRST, until=after, reviewed_on=after), None, after)
    assert people.deciding(connection, "1001", Role.GRANTOR, after)


def test_who_was_not_looked_at_for_long_is_overdue(connection):
    people.add(connection, ANALYST, "1001", TODAY)
    assert list(people.overdue(people.people(connection), 9, TODAY + timedelta(days=10))) == [FIRST, ANALYST]
    assert list(people.overdue(people.people(connection), 10, TODAY + timedelta(days=10))) == []
    assert list(people.overdue(people.people(connection), 10, TODAY + timedelta(days=11))) == [FIRST]  # the other ended
