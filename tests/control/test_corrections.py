"""Corrections: the right marks of sightings, by sighting; the log names none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.control import by_day, corrections
from jobs.control.corrections import Correction
from jobs.control.free_text import FreeTextError
from jobs.control.log import entries, forget
from jobs.control.people import PeopleError
from jobs.control.schema import CORRECTIONS
from tests.factories import staff

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY, ENDS_ON = date(2026, 11, 20), date(2028, 11, 20)
RIGHT, OTHER = "AB12CDE", "WX34YZA"
ONE = Correction("s1", DAY, RIGHT, "the owner showed it", "3")


@pytest.fixture
def connection(control):
    """A transaction with an analyst and authorisers."""
    with control.deciding() as opened:
        staff(opened, TODAY)
        yield opened


def put(connection, **changes):
    corrections.place(connection, replace(ONE, **changes), ENDS_ON, NOW)


def of(connection, name="s1"):
    return corrections.find(connection, name)


def test_the_log_says_who_why_and_which_sighting_and_no_mark_until_the_sighting_expires(connection):
    put(connection)
    ((*_, payload),) = entries(connection, ["correction"])
    seal = payload.pop("seal")
    assert payload == {"sighting": "s1", "by": "3", "reason": ONE.reason, "captured_on": str(DAY)}
    put(connection)
    assert [payload["seal"] == seal for *_, payload in entries(connection, ["correction"])] == [True, False]  # salted
    assert RIGHT not in str(list(entries(connection)))
    assert (forget(connection, ENDS_ON - timedelta(days=1)), forget(connection, ENDS_ON)) == (0, 2)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"by": "2"}, "2 is analyst"),
        ({"by": "9"}, "9 is nobody"),
        ({"reason": f"it was {OTHER}"}, "--reason holds what might be a mark"),
        ({"reason": " "}, "--reason is empty"),
    ],
)
def test_a_wrong_order_is_refused(connection, changes, error):
    with pytest.raises((PeopleError, FreeTextError), match=error):
        put(connection, **changes)
    assert of(connection) is None


def test_the_newest_counts_and_is_still_to_be_done(connection):
    put(connection)
    corrections.finish(connection, ["s1"], NOW)
    assert of(connection).is_done
    put(connection, vrm=OTHER)
    assert of(connection) == replace(ONE, vrm=OTHER)


def test_to_apply_are_those_of_the_days_and_all_that_were_ended_on_the_way(connection):
    for name in ("s1", "s2", "s3"):
        put(connection, sighting_id=name, capture_date=DAY if name == "s1" else date(2026, 1, 1))
    corrections.finish(connection, ["s1", "s2"], NOW)
    assert [one.sighting_id for one in corrections.to_apply(connection, [DAY])] == ["s1", "s3"]


def test_a_vehicle_that_is_erased_is_in_none_on_these_days(connection):
    put(connection)
    put(connection, sighting_id="another-day", capture_date=DAY - timedelta(days=1))
    put(connection, sighting_id="stood-as-it", vrm=OTHER)
    put(connection, sighting_id="received-as-it", vrm=OTHER)
    put(connection, sighting_id="others", vrm=OTHER)
    corrections.forget_vehicles(connection, {RIGHT}, (DAY, DAY), {"stood-as-it"}, {"received-as-it"})
    left = [of(connection, name) for name in ("s1", "stood-as-it", "received-as-it", "others", "another-day")]
    assert [one and one.vrm for one in left] == [None, None, None, OTHER, RIGHT]
    assert [one is None for one in left] == [False, False, True, False, False]
    assert corrections.marks(connection) == {OTHER, RIGHT}
    assert [payload for *_, payload in entries(connection, ["correction_erased"])] == [{"sighting": "received-as-it"}]


def test_they_go_with_their_day(connection):
    put(connection)
    put(connection, sighting_id="s2", capture_date=DAY + timedelta(days=1))
    assert dict(by_day.names_by_day(connection, CORRECTIONS)) == {DAY: ["s1"], DAY + timedelta(days=1): ["s2"]}
    by_day.remove_until(connection, CORRECTIONS, DAY)
    assert (of(connection), of(connection, "s2").vrm) == (None, RIGHT)
