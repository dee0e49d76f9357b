"""The rules that hold a camera's day, and the feeds, against their own history."""

from datetime import date, timedelta

import pytest

from jobs.quality.history import Finding, camera_findings, nothing_seen, stopped, usual_days
from jobs.settings import load_settings

SETTINGS = load_settings(environment={}).quality
FRIDAY = date(2026, 11, 20)


def day(hourly=10, **changes):
    hours = [hourly] * 24
    return nothing_seen("F001") | {
        "reads": sum(hours), "reads_by_hour": hours, "mean_confidence": 0.9, "source_kinds": {"fixed": sum(hours)},
    } | changes  # fmt: skip


def clock(offset, pairs=200, error=2.0):
    return day(clock_offset_s=offset, clock_error_s=error, clock_pairs=pairs)


def few(reads, **changes):
    """A day of 48 to 72 reads."""
    return day(reads=reads, reads_by_hour=[3] * (reads - 48) + [2] * (72 - reads), **changes)


USUAL = [day(9), day(10), day(11), day(10)]
TICKING = [clock(0.5), clock(-0.5), clock(1.0), clock(0.0)]


def findings(today, past=USUAL):
    return camera_findings(today, past, past, SETTINGS)[1]


def test_a_day_like_its_history_is_not_unusual():
    assert findings(day(8, unrecognised=10), USUAL) == []
    assert findings(clock(8.0), TICKING) == []


@pytest.mark.parametrize(
    ("today", "past", "finding"),
    [
        (nothing_seen("F001"), USUAL, Finding("camera_silent", "reads_by_hour", 0, 234)),
        (
            day(reads=200, reads_by_hour=[10] * 8 + [0] * 4 + [10] * 12),
            USUAL,
            Finding("camera_silent", "reads_by_hour", 0, 39),
        ),
        (day(4), USUAL, Finding("camera_few_reads", "reads", 96, 240)),
        (day(unrecognised=60), USUAL, Finding("camera_rubbish", "unrecognised", 0.25, 0)),
        (day(unrecognised=100), [day(unrecognised=24)] * 4, Finding("camera_rubbish", "unrecognised", 100 / 240, 0.1)),
        (day(mean_confidence=0.7), USUAL, Finding("camera_rubbish", "mean_confidence", 0.7, 0.9)),
        (clock(45.0), [], Finding("clock_offset", "clock_offset_s", 45.0, 0)),
        (clock(-30.0), [clock(-18.0, error=9.0)] * 3, Finding("clock_offset", "clock_offset_s", -30.0, 0)),
        (clock(9.0), [clock(-9.0)] * 3, Finding("clock_jumped", "clock_offset_s", 9.0, -9.0)),
        # Four of its deviations, of 3 s, and not a power of them.
        (
            clock(9.0),
            [clock(-13.0), clock(-9.0), clock(-5.0), clock(-9.0)],
            Finding("clock_jumped", "clock_offset_s", 9.0, -9.0),
        ),
        (clock(None, pairs=10), TICKING, Finding("clock_jumped", "clock_pairs", 10, 200)),
    ],
)
def test_each_rule_tells_what_it_saw_and_what_was_to_be_expected(today, past, finding):
    found = findings(today, past)
    assert finding in [
        Finding(one.check, one.column, one.observed, pytest.approx(one.expected, rel=0.03, abs=0.5)) for one in found
    ]
    assert {one.check for one in found} <= {finding.check, "clock_jumped"}


@pytest.mark.parametrize(
    ("today", "past"),
    [
        (day(reads=210, reads_by_hour=[0, 0, 0] + [10] * 21), USUAL),  # three quiet hours of the night
        (day(0), [day(1)] * 4),  # a camera that never gives much
        (day(0), [day(10), day(0), day(0), day(10)]),  # one that was off on half of the days
        (day(4), [day(1), day(10), day(20), day(4)]),  # one that gives now more, now less
        (day(1, unrecognised=24), [day(1)] * 4),  # too few reads to call them rubbish
        (day(4), [day(7), day(10), day(13), day(10)]),  # less than half, and within four of its deviations
        (few(55, unrecognised=14), [few(60, unrecognised=6)] * 4),  # of so few reads by chance
        (clock(25.0, error=10.0), []),  # within its error
        (clock(9.0), [clock(-29.0), clock(-9.0), clock(11.0), clock(-9.0)]),  # a clock that wanders
        (clock(None, pairs=0), [clock(0.0, pairs=12)] * 4),  # its clock was known by luck
        (clock(None, pairs=10), [clock(None)] * 4),  # its clock was never known
        (day(0, source_kinds={}), [day(10, source_kinds={"mobile": 240})] * 4),  # its crew is elsewhere
    ],
)
def test_what_is_no_fault_is_not_found(today, past):
    assert findings(today, past) == []


def test_too_short_a_history_judges_nothing_but_the_clock_offset():
    assert camera_findings(nothing_seen("F001"), USUAL[:2], USUAL[:2], SETTINGS) == (["clock_offset"], [])


def test_the_same_weekday_tells_of_a_day_where_there_are_enough_of_it():
    days = [FRIDAY - timedelta(days=number) for number in range(1, 29)]
    assert usual_days(FRIDAY, days, 3) == [FRIDAY - timedelta(weeks=number) for number in (1, 2, 3, 4)]
    assert usual_days(FRIDAY, days[:7], 3) == days[:7]
    assert usual_days(FRIDAY, days[:2], 3) == []


def test_a_source_that_came_most_nights_and_not_tonight_has_stopped():
    past = [{"fixed": 4, "mobile": 2, "partner": 1}] * 4 + [{"fixed": 4, "partner": 3}]
    found = dict(stopped("source_kind", {"fixed": 1}, past, SETTINGS))
    assert found == {
        "mobile": Finding("feed_stopped", "source_kind", 0, 2), "partner": Finding("feed_stopped", "source_kind", 0, 1),
    }  # fmt: skip
    assert not dict(stopped("source_kind", {}, past[:2], SETTINGS))
    assert not dict(stopped("source_kind", {}, [{"mobile": 1}] * 5 + [{}] * 2, SETTINGS))
