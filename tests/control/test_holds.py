"""Legal holds: two people end one, no mark is in the log, and who comes late is told what is destroyed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.control import holds, people
from jobs.control.destructions import begin_destroying, destroyed
from jobs.control.free_text import FreeTextError
from jobs.control.holds import Hold, HoldError, Review, Scope
from jobs.control.log import entries
from jobs.control.people import PeopleError, Person, Role
from jobs.control.schema import HOLD_SCOPES
from jobs.report.holds import state_of
from tests.factories import staff

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = NOW.date()
VEHICLE = "AB12CDE"
HOLD = Hold(
    "Op Kestrel", "murder inquiry", "3", TODAY + timedelta(days=90),
    Scope(frozenset({VEHICLE}), frozenset({"F001"}), since=datetime(2024, 11, 1, tzinfo=UTC)),
)  # fmt: skip
ANSWERS = dict.fromkeys(Review, "the trial is in spring")


@pytest.fixture
def connection(control):
    """A transaction in which an analyst and three authorisers were made."""
    with control.deciding() as opened:
        staff(opened, TODAY)
        yield opened


def kinds(connection):
    return [kind for _, _, kind, _ in entries(connection) if kind.startswith("hold")]


def test_a_hold_is_in_force_until_two_people_say_that_the_case_needs_it_no_more(connection):
    name = holds.place(connection, HOLD, NOW)
    assert holds.holds(connection, in_force=True) == [replace(HOLD, hold_id=name, placed_at=NOW)]
    with pytest.raises(HoldError, match="nobody has asked for its release"):
        holds.release(connection, name, "4", NOW)
    holds.ask_release(connection, name, "3", "acquitted", "closed", TODAY)
    assert [hold.hold_id for hold in holds.holds(connection, in_force=True)] == [name]
    with pytest.raises(HoldError, match="3 has asked for its release already"):
        holds.ask_release(connection, name, "4", "acquitted", "closed", TODAY)
    with pytest.raises(HoldError, match="it takes another person to agree"):
        holds.release(connection, name, "3", NOW)
    with pytest.raises(PeopleError, match="2 is analyst"):
        holds.release(connection, name, "2", NOW)
    holds.release(connection, name, "4", NOW)
    assert holds.holds(connection, in_force=True) == []
    (released,) = holds.holds(connection)
    assert (released.released_at, released.scope.vehicles) == (NOW, frozenset())
    assert connection.execute(HOLD_SCOPES.select()).all() == []
    with pytest.raises(HoldError, match="was released on 2026-11-28"):
        holds.review(connection, name, "3", ANSWERS, TODAY + timedelta(days=1), TODAY)
    assert kinds(connection) == ["hold_add", "hold_release_asked", "hold_release"]


def test_the_log_says_how_much_is_held_and_not_what(connection):
    for _ in range(2):
        holds.place(connection, HOLD, NOW)
    payload, other = (payload for _, _, kind, payload in entries(connection) if kind == "hold_add")
    assert payload["scope"].pop("seal") != other["scope"]["seal"]  # who knows all marks cannot try them
    assert payload["scope"] == {
        "vehicles": 1, "cameras": 1, "findings": 0, "since": "2024-11-01T00:00:00+00:00", "until": None,
        "everything": False,
    }  # fmt: skip
    assert VEHICLE not in str(payload)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"case_ref": " "}, "--case is empty"),
        ({"reason": f"the {VEHICLE} was seen"}, "--reason holds what might be a mark"),
        ({"reason": "ab12 cde"}, "--reason holds what might be a mark"),
        ({"case_ref": "at 54.9712, -1.6123"}, "--case holds what might be a mark"),
        ({"review_on": TODAY}, "is not ahead"),
        ({"review_on": TODAY + timedelta(days=367)}, "is too far: a hold is looked at again within 366 days"),
        ({"review_on": date(2020, 1, 1)}, "is not ahead"),
        ({"scope": Scope()}, "the hold has no scope"),
        ({"scope": Scope(since=NOW, until=NOW - timedelta(seconds=1))}, "--since is after --until"),
        ({"scope": Scope(everything=True)}, "needs a second authoriser"),
        ({"scope": Scope(everything=True), "second_authoriser": "3"}, "needs a second authoriser"),
        ({"scope": Scope(everything=True), "second_authoriser": "2"}, "2 is analyst"),
        ({"scope": Scope(cameras=frozenset("x"), everything=True), "second_authoriser": "4"}, "has no other scope"),
        ({"authoriser": "2"}, "2 is analyst"),
        ({"authoriser": "9"}, "9 is nobody"),
    ],
)
def test_a_wrong_hold_is_refused_and_says_why(connection, changes, error):
    with pytest.raises((HoldError, PeopleError, FreeTextError), match=error) as caught:
        holds.place(connection, replace(HOLD, **changes), NOW)
    assert VEHICLE not in str(caught.value)
    assert holds.holds(connection) == []


def test_two_authorisers_may_hold_everything(connection):
    both = replace(HOLD, scope=Scope(everything=True), second_authoriser="4")
    holds.place(connection, both, NOW)
    ((payload),) = [payload for _, _, kind, payload in entries(connection) if kind == "hold_add"]
    assert (payload["by"], payload["second"]) == ("3", "4")


def test_a_review_asks_what_mopi_asks_and_an_overdue_one_ends_nothing(connection):
    name = holds.place(connection, HOLD, NOW)
    late = HOLD.review_on + timedelta(days=1)
    (hold,) = holds.holds(connection, in_force=True)
    assert (hold.is_overdue(HOLD.review_on), hold.is_overdue(late)) == (False, True)
    with pytest.raises(FreeTextError, match="--proportionate is empty"):
        holds.review(connection, name, "4", ANSWERS | {Review.PROPORTIONATE: ""}, late + timedelta(days=1), late)
    with pytest.raises(HoldError, match=f"--next {late} is not ahead"):
        holds.review(connection, name, "4", ANSWERS, late, late)
    with pytest.raises(HoldError, match="is too far"):
        holds.review(connection, name, "4", ANSWERS, late + timedelta(days=367), late)
    holds.review(connection, name, "4", ANSWERS, late + timedelta(days=366), late)
    (hold,) = holds.holds(connection, in_force=True)
    assert not hold.is_overdue(late)
    *_, (_, _, kind, payload) = entries(connection)
    assert (kind, payload["answers"]) == ("hold_review", dict.fromkeys(map(str, Review), "the trial is in spring"))


def test_a_review_after_somebody_wants_it_released_keeps_it(connection):
    name = holds.place(connection, HOLD, NOW)
    holds.ask_release(connection, name, "3", "acquitted", "closed", TODAY)
    holds.review(connection, name, "4", ANSWERS, TODAY + timedelta(days=90), TODAY)
    with pytest.raises(HoldError, match="nobody has asked for its release"):
        holds.release(connection, name, "4", NOW)
    *_, (_, _, kind, payload) = entries(connection)
    assert (kind, payload["ends_wish_of"]) == ("hold_review", "3")
    holds.ask_release(connection, name, "4", "acquitted", "closed", TODAY)
    holds.release(connection, name, "3", NOW)


def test_a_wish_of_one_whose_role_has_ended_releases_nothing(connection):
    name = holds.place(connection, HOLD, NOW)
    holds.ask_release(connection, name, "3", "acquitted", "closed", TODAY)
    people.add(connection, Person("5", "inspector", Role.AUTHORISER, TODAY + timedelta(days=9), TODAY), "1", TODAY)
    people.end(connection, "3", "1", TODAY)
    with pytest.raises(HoldError, match="3, who has asked for its release, may decide no more: ask for it anew"):
        holds.release(connection, name, "4", NOW)
    holds.ask_release(connection, name, "4", "acquitted", "closed", TODAY)
    holds.release(connection, name, "5", NOW)


def test_a_purge_destroys_nothing_while_a_hold_is_there_that_it_does_not_know(connection):
    cutoffs = {"restricted.reads": date(2024, 11, 20)}
    name = holds.place(connection, HOLD, NOW)
    assert not begin_destroying(connection, cutoffs, "run", set())
    assert destroyed(connection) == {}
    assert begin_destroying(connection, cutoffs, "run", {name})
    assert begin_destroying(connection, {"restricted.reads": date(2024, 1, 1)}, "an older day", {name})
    assert destroyed(connection) == cutoffs


def test_a_hold_that_kept_nothing_is_withdrawn(connection):
    name = holds.place(connection, HOLD, NOW)
    holds.withdraw(connection, name, "it keeps nothing", NOW)
    assert holds.holds(connection, in_force=True) == []
    assert kinds(connection) == ["hold_add", "hold_withdrawn"]
    (taken_back,) = holds.holds(connection)
    assert state_of(taken_back, NOW.date()) == f"taken back, kept nothing {NOW.date()}"
    with pytest.raises(HoldError, match=f"{name} was taken back on {NOW.date()}"):
        holds.ask_release(connection, name, "3", "over", "closed", NOW.date())
    assert holds.place(connection, HOLD, NOW) != name
