"""Which nights there are to run, and when: the timetable alone, without a scheduler."""

import importlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "conf/airflow/plugins"
TWO_HOURS = timedelta(hours=2)


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patch.setenv("_AIRFLOW__AS_LIBRARY", "1")
        patch.syspath_prepend(PLUGINS)
        yield importlib.import_module("nights")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(nights, earliest, latest):
    """The runs of a backfill, as Airflow asks for them."""
    from airflow.timetables.base import TimeRestriction

    restriction, found, last = TimeRestriction(at(earliest), at(latest), catchup=True), [], None
    timetable = nights.Nights(TWO_HOURS)
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        found.append(info)
        last = info.data_interval
    return found


def due(nights, monkeypatch, now, last_end=None):
    """The next scheduled run, as of a moment."""
    from airflow.timetables.base import DataInterval, TimeRestriction

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return at(now).astimezone(tz)

    monkeypatch.setattr(nights, "datetime", Clock)
    last = DataInterval(at(last_end) - timedelta(days=1), at(last_end)) if last_end else None
    restriction = TimeRestriction(at("2026-01-01"), None, catchup=False)
    return nights.Nights(TWO_HOURS).next_dagrun_info(last_automated_data_interval=last, restriction=restriction)


@pytest.mark.parametrize("hours", ["", "T02:00", "T23:59"])
def test_a_backfill_has_both_of_its_ends(nights, hours):
    found = runs(nights, f"2026-11-01{hours}", f"2026-11-03{hours}")
    assert [info.logical_date for info in found] == [at("2026-11-01"), at("2026-11-02"), at("2026-11-03")]


def test_a_night_is_a_whole_day_and_runs_some_hours_after_its_end(nights):
    (info,) = runs(nights, "2026-11-20", "2026-11-20")
    assert info.data_interval == (at("2026-11-20"), at("2026-11-21"))
    assert info.run_after == at("2026-11-21T02:00")


@pytest.mark.parametrize(
    ("now", "night"), [("2026-11-21T01:59", "2026-11-19"), ("2026-11-21T02:00", "2026-11-20")], ids=["before", "after"]
)
def test_the_first_run_is_the_last_one_that_is_due(nights, monkeypatch, now, night):
    assert due(nights, monkeypatch, now).logical_date == at(night)


def test_each_night_is_run_once(nights, monkeypatch):
    assert due(nights, monkeypatch, "2026-11-21T03:00", last_end="2026-11-21").logical_date == at("2026-11-21")


def test_nights_that_passed_while_nothing_ran_are_left_to_the_next_one(nights, monkeypatch):
    assert due(nights, monkeypatch, "2026-11-21T03:00", last_end="2026-11-11").logical_date == at("2026-11-20")


def test_the_database_gives_back_the_same_timetable(nights):
    stored = nights.Nights(TWO_HOURS).serialize()
    assert nights.Nights.deserialize(stored).serialize() == stored == {"delay": 7200.0}


@pytest.mark.parametrize(
    ("logical_date", "night"),
    [
        (None, "2026-11-27"),  # by hand: the last whole one
        ("2026-11-20", "2026-11-20"),  # as schedule and backfill have it, and who types a day
        ("2026-11-20T10:30", "2026-11-19"),  # by hand, from the web page: the last whole one then
    ],
)
def test_the_night_of_a_run(nights, logical_date, night):
    found = nights.night_of(at(logical_date) if logical_date else None, at("2026-11-28T00:00"))
    assert found == date.fromisoformat(night)
