"""Decisions about entries: who may take them, what is refused, and what the log has of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from jobs.control import weeding
from jobs.control.free_text import FreeTextError
from jobs.control.log import entries, forget, verify
from jobs.control.people import PeopleError
from jobs.control.weeding import Decider, WeedingError
from jobs.domain.weeding import Kind, Listed
from tests.factories import staff

TODAY = date(2026, 11, 20)
ENTRY = Listed("e" * 64, TODAY - timedelta(days=30), TODAY + timedelta(days=10))
ANALYST = Decider("2", "the case went to court", TODAY, 730)
AUTHORISER = replace(ANALYST, staff_no="3")
UNTIL = TODAY + timedelta(days=60)
MAXIMUM = 365
VEHICLE = "AB12CDE"


@pytest.fixture
def staffed(control):
    """A database with an analyst and an authoriser."""
    with control.deciding() as opened:
        staff(opened, TODAY)
    return control


@pytest.fixture
def connection(staffed):
    with staffed.deciding() as opened:
        yield opened


def kinds(connection):
    return [one.kind for one in weeding.decisions(connection).get(ENTRY.entry_id, [])]


def logged(connection):
    return [(kind, payload) for _, _, kind, payload in entries(connection) if kind.startswith("entry_")]


def test_decisions_are_kept_in_their_order_and_are_in_the_log(connection):
    weeding.confirm(connection, ENTRY, ANALYST)
    weeding.close(connection, ENTRY, ANALYST)
    weeding.weed(connection, ENTRY, ANALYST)
    weeding.extend(connection, ENTRY, AUTHORISER, UNTIL, MAXIMUM)
    assert kinds(connection) == [Kind.CONFIRM, Kind.CLOSE, Kind.WEED, Kind.EXTEND]
    *_, extension = weeding.decisions(connection)[ENTRY.entry_id]
    assert (extension.person, extension.decided_on, extension.weed_date, extension.until) == (
        "3", TODAY, ENTRY.weed_date, UNTIL
    )  # fmt: skip
    told = {"entry": ENTRY.entry_id, "reason": ANALYST.reason, "weed_date": str(ENTRY.weed_date)}
    assert logged(connection) == [
        (f"entry_{kind}", told | {"by": "2"}) for kind in ("confirm", "close", "weed")
    ] + [("entry_extend", told | {"by": "3", "until": str(UNTIL)})]  # fmt: skip


def test_who_may_not_decide_does_not_and_an_analyst_extends_nothing(connection):
    nobody = replace(ANALYST, staff_no="9")
    for decide in (weeding.confirm, weeding.close, weeding.weed):
        with pytest.raises(PeopleError, match="9 is nobody"):
            decide(connection, ENTRY, nobody)
    weeding.weed(connection, ENTRY, ANALYST)
    with pytest.raises(PeopleError, match="2 is analyst; it takes the role authoriser"):
        weeding.extend(connection, ENTRY, ANALYST, UNTIL, MAXIMUM)
    assert kinds(connection) == [Kind.WEED]


def test_what_was_weeded_is_weeded_no_second_time_nor_confirmed_until_it_was_extended(connection):
    weeding.weed(connection, ENTRY, ANALYST)
    for decide in (weeding.confirm, weeding.close, weeding.weed):
        with pytest.raises(WeedingError, match="the entry was weeded on 2026-11-20"):
            decide(connection, ENTRY, ANALYST)
    until = TODAY + timedelta(days=1)
    weeding.extend(connection, ENTRY, AUTHORISER, until, MAXIMUM)
    weeding.confirm(connection, ENTRY, replace(ANALYST, today=until))
    with pytest.raises(WeedingError, match="the entry was weeded"):  # the extension's end is past
        weeding.confirm(connection, ENTRY, replace(ANALYST, today=until + timedelta(days=1)))
    weeding.weed(connection, ENTRY, replace(ANALYST, today=until))
    assert kinds(connection) == [Kind.WEED, Kind.EXTEND, Kind.CONFIRM, Kind.WEED]
    # Of another entry nothing was said.
    weeding.weed(connection, replace(ENTRY, entry_id="f" * 64), ANALYST)


def test_of_two_who_weed_at_once_the_second_is_told(staffed):
    def again():
        with staffed.deciding() as other:
            weeding.weed(other, ENTRY, AUTHORISER)

    with ThreadPoolExecutor() as pool:
        with staffed.deciding() as first:
            weeding.weed(first, ENTRY, ANALYST)
            second = pool.submit(again)
            with pytest.raises(TimeoutError):  # it waits for the end of the first
                second.result(timeout=0.5)
        with pytest.raises(WeedingError, match="the entry was weeded on"):
            second.result(timeout=60)
    with staffed.reading() as connection:
        assert kinds(connection) == [Kind.WEED]


@pytest.mark.parametrize("decide", [weeding.confirm, weeding.close])
def test_an_entry_is_confirmed_on_its_weed_date_and_no_day_later(connection, decide):
    decide(connection, ENTRY, replace(ANALYST, today=ENTRY.weed_date))
    with pytest.raises(WeedingError, match="the entry's weed date, 2026-11-30, is past"):
        decide(connection, ENTRY, replace(ANALYST, today=ENTRY.weed_date + timedelta(days=1)))


def test_an_extension_ends_on_the_last_day_of_the_maximum_and_no_later(connection):
    weeding.weed(connection, ENTRY, ANALYST)
    latest = ENTRY.first_on + timedelta(days=MAXIMUM)
    with pytest.raises(WeedingError, match=rf"is beyond {latest}, 365 days after a list had it first"):
        weeding.extend(connection, ENTRY, AUTHORISER, latest + timedelta(days=1), MAXIMUM)
    weeding.extend(connection, ENTRY, AUTHORISER, latest, MAXIMUM)
    assert kinds(connection) == [Kind.WEED, Kind.EXTEND]


def test_an_extension_into_the_past_or_of_what_was_not_weeded_is_refused(connection):
    with pytest.raises(WeedingError, match="the entry was not weeded"):
        weeding.extend(connection, ENTRY, AUTHORISER, UNTIL, MAXIMUM)
    weeding.weed(connection, ENTRY, ANALYST)
    with pytest.raises(WeedingError, match="--until 2026-11-19 is past"):
        weeding.extend(connection, ENTRY, AUTHORISER, TODAY - timedelta(days=1), MAXIMUM)
    weeding.extend(connection, ENTRY, AUTHORISER, TODAY, MAXIMUM)
    weeding.extend(connection, ENTRY, AUTHORISER, UNTIL, MAXIMUM)
    assert kinds(connection) == [Kind.WEED, Kind.EXTEND, Kind.EXTEND]


@pytest.mark.parametrize("reason", [" ", f"the {VEHICLE} was sold", "seen at 54.9712, -1.6123"])
def test_a_reason_is_given_and_names_no_vehicle_and_no_place(connection, reason):
    wrong = replace(AUTHORISER, reason=reason)
    for decide in (weeding.confirm, weeding.close, weeding.weed):
        with pytest.raises(FreeTextError, match="--reason") as refused:
            decide(connection, ENTRY, wrong)
        assert VEHICLE not in str(refused.value)
    weeding.weed(connection, ENTRY, ANALYST)
    with pytest.raises(FreeTextError, match="--reason"):
        weeding.extend(connection, ENTRY, wrong, UNTIL, MAXIMUM)
    assert kinds(connection) == [Kind.WEED]
    assert [kind for kind, _ in logged(connection)] == ["entry_weed"]


def test_decisions_go_with_their_entry_and_the_log_forgets_them_when_that_expires(connection):
    other = replace(ENTRY, entry_id="f" * 64)
    weeding.weed(connection, ENTRY, ANALYST)
    weeding.extend(connection, ENTRY, AUTHORISER, UNTIL, MAXIMUM)
    weeding.weed(connection, other, ANALYST)
    weeding.remove(connection, [ENTRY.entry_id])
    assert weeding.decisions(connection).keys() == {other.entry_id}
    end = ENTRY.weed_date + timedelta(days=730)
    assert forget(connection, end - timedelta(days=1)) == 0
    assert forget(connection, end) == 2
    # That of the extension stays as long as what it may bring.
    assert [payload is None for _, payload in logged(connection)] == [True, False, True]
    assert forget(connection, UNTIL + timedelta(days=730)) == 1
    verify(connection, [], UNTIL + timedelta(days=730))
