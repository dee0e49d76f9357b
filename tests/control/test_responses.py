"""Responses to hits: kept as given, by day, gone with the day, and a look makes no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control import by_day, responses
from jobs.control.database import looking
from jobs.control.free_text import FreeTextError
from jobs.control.log import entries, forget, verify
from jobs.control.responses import Response
from jobs.control.schema import HOTLIST_RESPONSES
from jobs.domain.terms import Answer
from tests.factories import lake_settings

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
END = DAY + timedelta(days=730)
CLOSED = Response("h" * 64, ("s1", "s2"), "e" * 64, Answer.CLOSED, "stopped, no offence", "PC1234", NOON, DAY)


@pytest.fixture
def connection(control):
    with control.deciding() as opened:
        yield opened


def test_a_response_is_kept_as_it_was_given_and_one_given_twice_is_two(connection):
    for at in (NOON, NOON - timedelta(hours=1)):
        responses.record(connection, replace(CLOSED, recorded_at=at), END)
    found = responses.of_days(connection, [DAY])
    assert [replace(one, response_id="") for one in found] == [
        replace(CLOSED, recorded_at=NOON - timedelta(hours=1)), CLOSED
    ]  # fmt: skip
    assert len({one.response_id for one in found}) == 2
    assert responses.of_days(connection, [DAY + timedelta(days=1)]) == []
    assert responses.of_days(connection, []) == []


def test_a_day_goes_with_all_that_are_older_and_no_other(connection):
    days = [DAY + timedelta(days=n) for n in range(3)]
    for day in days:
        responses.record(connection, replace(CLOSED, capture_date=day), END)
    by_day.remove_until(connection, HOTLIST_RESPONSES, days[1])
    assert {day: len(names) for day, names in by_day.names_by_day(connection, HOTLIST_RESPONSES).items()} == {
        days[2]: 1
    }
    by_day.remove_until(connection, HOTLIST_RESPONSES, days[1])
    assert [one.capture_date for one in responses.of_days(connection, days)] == [days[2]]


def test_the_log_says_what_was_given_until_its_reads_expire_and_is_whole_after(connection):
    responses.record(connection, CLOSED, END)
    ((*_, payload),) = entries(connection, ["hit_response"])
    assert (payload["by"], payload["state"], payload["outcome"]) == ("PC1234", "closed", "stopped, no offence")
    assert forget(connection, END - timedelta(days=1)) == 0
    assert forget(connection, END) == 1
    assert [payload for *_, payload in entries(connection, ["hit_response"])] == [None]
    assert verify(connection, [], END).size > 0


@pytest.mark.parametrize("outcome", ["", " ", "AB12CDE was empty", "at 54.9712, -1.6123"])
def test_an_outcome_that_is_empty_or_might_name_a_vehicle_or_a_place_is_refused(connection, outcome):
    with pytest.raises(FreeTextError, match="--outcome") as refused:
        responses.record(connection, replace(CLOSED, outcome=outcome), END)
    assert "AB12CDE" not in str(refused.value)
    assert by_day.names_by_day(connection, HOTLIST_RESPONSES) == {}
    assert list(entries(connection, ["hit_response"])) == []


def test_a_look_where_nobody_has_decided_anything_makes_no_file(tmp_path):
    with looking(lake_settings(tmp_path)) as connection:
        assert connection is None
    with looking(lake_settings(tmp_path, STORAGE__ROOT="s3a://bucket/lake")) as connection:
        assert connection is None
    assert list(Path(tmp_path).iterdir()) == []


def test_a_look_shows_what_was_decided(control, settings):
    with control.deciding() as connection:
        responses.record(connection, CLOSED, END)
    with looking(settings) as connection:
        assert len(responses.of_days(connection, [DAY])) == 1
