"""Hits on the console: in order of priority, in one state where asked, and nowhere but there."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.control import responses
from jobs.control.database import looking, open_control
from jobs.control.responses import Response
from jobs.domain.terms import Answer
from jobs.lake.tables import HOTLIST_HITS
from jobs.report.hits import show_hits

DAY = date(2026, 11, 20)


def hit(vrm, priority, hour, state="new", outcome=None):
    return {
        "hit_id": vrm.lower() * 8, "read_id": "r", "sighting_ids": ["s"], "entry_id": "e", "version": "v", "vrm": vrm,
        "camera_id": "F001", "captured_at": datetime(2026, 11, 20, hour, tzinfo=UTC), "match": "exact",
        "purpose": "roads_policing", "priority": priority, "state": state, "outcome": outcome, "process_date": DAY,
        "run_id": "r", "capture_date": DAY,
    }  # fmt: skip


@pytest.fixture
def store(night):
    answered = hit("WX34YZA", 1, 9, "closed", "stopped [bold] by a patrol")
    night.store.append_rows(HOTLIST_HITS, [hit("AB12CDE", 3, 7), hit("KL56MNO", 1, 12), answered])
    return night.store


def test_hits_come_by_priority_then_time_and_each_fits_one_line_of_80_columns(store, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    show_hits(store, None, DAY, None)
    printed = capsys.readouterr()
    lines = [line for line in printed.out.splitlines() if "exact" in line]
    assert [line.split()[3] for line in lines] == ["WX34YZA", "KL56MNO", "AB12CDE"]
    assert max(map(len, printed.out.splitlines())) <= 80
    assert "3 of 3" in printed.out
    assert not [vrm for vrm in ("AB12CDE", "KL56MNO", "WX34YZA") if vrm in caplog.text + printed.err]


def test_a_narrow_terminal_cuts_no_mark(store, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    show_hits(store, None, DAY, None)
    out = capsys.readouterr().out
    assert all(out.count(vrm) == 1 for vrm in ("AB12CDE", "KL56MNO", "WX34YZA"))


def test_only_hits_in_the_state_asked_for_are_shown_with_their_outcome_as_it_was_typed(store, capsys):
    show_hits(store, None, DAY, "closed")
    out = " ".join(capsys.readouterr().out.split())
    assert "WX34YZA" in out
    assert "[bold]" in out
    assert "AB12CDE" not in out
    assert "1 of 3" in out


def test_a_day_without_hits_says_so(night, capsys):
    show_hits(night.store, None, DAY, "new")
    assert "0 of 0" in capsys.readouterr().out


def test_a_response_shows_at_once_and_the_newest_counts(store, settings, capsys):
    """Before a night has put it into the hit's row; one to another entry shows nowhere."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    closed = Response("h", ("s",), "e", Answer.CLOSED, "stopped, no offence", "PC1", at, DAY)
    others = (
        replace(closed, state=Answer.ACKNOWLEDGED, outcome=None, recorded_at=at - timedelta(hours=1)),
        replace(closed, entry_id="other", outcome="elsewhere", recorded_at=at + timedelta(hours=1)),
        replace(closed, sighting_ids=("t",), outcome="elsewhere", recorded_at=at + timedelta(hours=1)),
    )
    with open_control(settings) as control, control.deciding() as connection:
        for one in (closed, *others):
            responses.record(connection, one, DAY)
    with looking(settings) as connection:
        show_hits(store, connection, DAY, "closed")
        shown = " ".join(capsys.readouterr().out.split())
        show_hits(store, connection, DAY, "new")
        assert "0 of 3" in capsys.readouterr().out
    assert "3 of 3" in shown
    assert shown.count("stopped, no offence") == 3
    assert "elsewhere" not in shown
