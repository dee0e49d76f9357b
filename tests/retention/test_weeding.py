"""Weeding for relevance: which entries owners are asked about, from which day on, and what takes them off the list."""

import logging
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from jobs.cli import main
from jobs.control import weeding
from jobs.control.database import looking, open_control
from jobs.control.log import entries, verify
from jobs.control.weeding import Decider, WeedingError
from jobs.domain.weeding import Kind, Listed
from jobs.lake.lock import only_writer
from jobs.lake.tables import HOTLIST, HOTLIST_HITS, HOTLIST_VERSIONS, RETENTION_LEDGER
from jobs.report.weeding import show_asked
from jobs.retention.places import DecisionsPlace
from jobs.retention.purge.job import plan, purge
from jobs.retention.weeding import Why, entries_to_review, find_entry
from tests.factories import staff

NIGHT = date(2026, 11, 20)
VEHICLE = "AB12CDE"
NAME, OTHER = "a" * 64, "b" * 64


def day(number):
    return NIGHT + timedelta(days=number)


def entry(version, weed_date, listed_on, name=NAME, **changes):
    return {
        "entry_id": name, "vrm": VEHICLE, "version": version, "weed_date": weed_date, "valid_from": listed_on,
        "reason": "INTEL: drugs", "nim_code": "E41", "force_area": "NORTH", "purpose": "intelligence", "priority": 1,
        "line_no": 1,
    } | changes  # fmt: skip


def put_list(night, version, listed_on, *rows):
    night.store.append_rows(HOTLIST, list(rows))
    counts = dict.fromkeys(("rows_duplicate", "rows_quarantined"), 0)
    numbers = {"rows_received": len(rows), "rows_stored": len(rows), "edition": 1, "bytes": 1}
    dates = {"valid_from": listed_on, "ends_on": listed_on + timedelta(days=28), "process_date": listed_on}
    row = counts | numbers | dates | {"version": version, "landed_path": f"{listed_on}/hotlist/{version}.csv"}
    night.store.append_rows(HOTLIST_VERSIONS, [row | {"run_id": "r"}])


def hit(captured_on, name=NAME):
    return {
        "hit_id": f"{captured_on}", "read_id": "r", "sighting_ids": ["s"], "entry_id": name, "version": "v",
        "vrm": VEHICLE, "camera_id": "F001", "captured_at": datetime.combine(captured_on, time(8), UTC),
        "match": "exact", "purpose": "intelligence", "priority": 1, "state": "new", "outcome": None,
        "process_date": captured_on, "run_id": "r", "capture_date": captured_on,
    }  # fmt: skip


@pytest.fixture
def decide(night):
    """Takes a decision about an entry, by an authoriser."""
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, day(-900), date(2030, 1, 1))

    def decided(what, on=NIGHT, listed=None, **more):
        found = listed or find_entry(night.store, NAME)
        with open_control(night.settings) as control, control.deciding() as connection:
            what(connection, found, Decider("3", "the case is over", on, 730), **more)

    return decided


def why(night, number=0):
    """What owners are asked on a day, by entry."""
    return {one.entry_id: list(one.why) for one in entries_to_review(replace(night, process_date=day(number)))}


def test_an_entry_comes_up_as_many_days_before_its_weed_date_as_notice_is_given_and_no_longer_after(night):
    put_list(night, "v", day(-1), entry("v", day(20), day(-1)))
    assert [number for number in range(25) if NAME in why(night, number)] == list(range(6, 21))
    assert why(night, 20) == {NAME: [Why.ENDS]}


def test_a_newer_list_with_a_later_weed_date_takes_it_off_and_one_without_it_too(night):
    put_list(night, "v", day(-1), entry("v", day(3), day(-1)), entry("v", day(3), day(-1), OTHER))
    assert why(night).keys() == {NAME, OTHER}
    put_list(night, "w", NIGHT, entry("w", day(20), NIGHT))
    assert why(night) == {}
    assert why(night, -1).keys() == {NAME, OTHER}


def test_an_entry_comes_up_that_gave_no_hit_for_as_long_as_is_set(night):
    """Counted from its last hit, or from the first list that had it; hits of others are not its own."""
    put_list(night, "v", day(-90), entry("v", day(-62), day(-90)))
    put_list(night, "w", day(-10), entry("w", day(100), day(-10)))
    assert why(night, -1) == {}
    assert why(night) == {NAME: [Why.NO_HIT]}
    night.store.append_rows(HOTLIST_HITS, [hit(day(-50)), hit(day(-10), OTHER)])
    assert why(night) == {}
    assert why(night, 39) == {}
    assert why(night, 40) == {NAME: [Why.NO_HIT]}


def test_a_closed_case_comes_up_until_somebody_says_that_the_entry_is_still_relevant(night, decide):
    put_list(night, "v", day(-1), entry("v", day(20), day(-1)))
    assert why(night) == {}
    decide(weeding.close)
    assert why(night) == {NAME: [Why.CLOSED]}
    decide(weeding.confirm)
    assert why(night) == {}
    decide(weeding.close)
    assert why(night) == {NAME: [Why.CLOSED]}


def test_a_confirmation_keeps_it_off_the_list_until_the_weed_date_of_then(night, decide):
    put_list(night, "v", day(-1), entry("v", day(3), day(-1)))
    decide(weeding.confirm)
    assert [number for number in range(-1, 5) if NAME in why(night, number)] == [-1]
    put_list(night, "w", NIGHT, entry("w", day(10), NIGHT))
    assert [number for number in range(12) if NAME in why(night, number)] == list(range(4, 11))


def test_a_weeded_entry_comes_up_no_more_and_an_extended_one_before_its_extension_ends(night, decide):
    put_list(night, "v", day(-1), entry("v", day(3), day(-1)))
    assert why(night) == {NAME: [Why.ENDS]}
    decide(weeding.weed)
    assert why(night) == {}
    put_list(night, "w", NIGHT, entry("w", day(28), NIGHT))
    assert why(night, 20) == {}
    decide(weeding.extend, until=day(20), maximum_days=365)
    assert [number for number in range(28) if NAME in why(night, number)] == list(range(6, 21))


def test_what_is_beyond_the_maximum_ends_there_and_comes_up_before(night):
    put_list(night, "v", day(-350), entry("v", day(-322), day(-350)))
    put_list(night, "w", day(-1), entry("w", day(20), day(-1)))
    night.store.append_rows(HOTLIST_HITS, [hit(day(-1))])
    assert [number for number in range(25) if NAME in why(night, number)] == list(range(1, 16))


def test_without_a_list_there_is_nothing_to_ask(night):
    assert entries_to_review(night) == []
    purge(night)
    assert find_log(night, "weeding_review")[0]["entries"] == 0


def find_log(night, kind):
    with open_control(night.settings) as control, control.reading() as connection:
        return [payload for *_, payload in entries(connection, [kind])]


def test_a_purge_makes_the_list_and_says_in_the_log_of_how_many_and_never_which(night, decide, caplog):
    caplog.set_level(logging.DEBUG)
    put_list(
        night, "v", day(-1), entry("v", day(3), day(-1)), entry("v", day(4), day(-1), OTHER, force_area="SOUTH"),
        entry("v", day(20), day(-1), "c" * 64),
    )  # fmt: skip
    decide(weeding.close)
    assert purge(night).notes["entries_to_review"] == 2
    (told,) = find_log(night, "weeding_review")
    assert (told["as_of"], told["entries"], told["owners"]) == (str(NIGHT), 2, 2)
    assert told["why"] == {"ends soon": 2, "case closed": 1}
    assert VEHICLE not in str(told) + caplog.text


def test_a_list_that_cannot_be_made_is_told_and_keeps_nothing_from_being_purged(night, monkeypatch, caplog):
    put_list(night, "v", day(-1), entry("v", day(3), day(-1)))

    def unreadable(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("jobs.retention.weeding.entries_to_review", unreadable)
    assert "entries_to_review" not in purge(night).notes
    assert "the list of entries to review cannot be made" in caplog.text


def test_an_entry_is_found_by_its_beginning_with_what_all_lists_say_of_it(night):
    put_list(night, "v", day(-5), entry("v", day(30), day(-5)))
    put_list(night, "w", day(-2), entry("w", day(9), day(-2)), entry("w", day(9), day(-2), "a" * 63 + "b"))
    put_list(night, "x", day(-1), entry("x", day(9), day(-1), OTHER))
    # Entries of a list that is about to be taken in are none yet.
    night.store.append_rows(HOTLIST, [entry("half", day(28), NIGHT), entry("half", day(28), NIGHT, "c" * 64)])
    assert find_entry(night.store, NAME) == Listed(NAME, day(-5), day(9))
    assert find_entry(night.store, OTHER[:8]).entry_id == OTHER


@pytest.mark.parametrize("name", ["", "b", "b" * 7, "d" * 64, "c" * 64, "B" * 64, "%" * 10, "' OR true --", VEHICLE])
def test_a_name_of_no_entry_is_refused_and_not_repeated(night, name):
    put_list(night, "v", day(-5), entry("v", day(9), day(-5)), entry("v", day(9), day(-5), OTHER))
    night.store.append_rows(HOTLIST, [entry("half", day(28), NIGHT, "c" * 64)])
    with pytest.raises(WeedingError, match="there is no such entry") as refused:
        find_entry(night.store, name)
    assert VEHICLE not in str(refused.value)


def test_a_beginning_of_two_entries_is_refused(night):
    put_list(night, "v", day(-5), entry("v", day(9), day(-5)), entry("v", day(9), day(-5), "a" * 63 + "b"))
    with pytest.raises(WeedingError, match="2 entries are so called"):
        find_entry(night.store, "a" * 12)


def test_decisions_expire_with_the_last_that_a_list_has_of_their_entry(night, decide):
    """Not by the day on which they were taken, nor by the weed date of then: later lists have the entry still."""
    put_list(night, "v", day(-800), entry("v", day(-780), day(-800)), entry("v", day(-731), day(-800), OTHER))
    put_list(night, "w", day(-760), entry("w", day(-729), day(-760)))
    decide(weeding.confirm, on=day(-790), listed=Listed(NAME, day(-800), day(-780)))
    decide(weeding.weed, on=day(-790), listed=Listed(NAME, day(-800), day(-780)))
    decide(weeding.weed, on=day(-790), listed=Listed(OTHER, day(-800), day(-731)))
    (told,) = (one for one in plan(night) if one.place == "control.entry_decisions")
    assert (told.partitions, told.rows, told.oldest_left, told.held) == (1, 1, day(-729), 3)
    purge(night)
    assert decisions_left(night) == {NAME: [Kind.CONFIRM, Kind.WEED]}
    purge(replace(night, process_date=day(1)))
    assert decisions_left(night) == {}
    removed = [row for row in night.store.rows(RETENTION_LEDGER) if row["table_name"] == "control.entry_decisions"]
    assert sorted((row["process_date"], row["rows_removed"]) for row in removed) == [(NIGHT, 1), (day(1), 2)]
    with open_control(night.settings) as control, control.reading() as connection:
        verify(connection, [], day(1))


def test_of_decisions_a_purge_that_was_ended_accounts_for_all_that_went(night, decide, monkeypatch):
    put_list(night, "v", day(-800), entry("v", day(-780), day(-800)))
    decide(weeding.weed, on=day(-790))
    remove = DecisionsPlace.remove

    def ended(*arguments):
        remove(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DecisionsPlace, "remove", ended)
        with pytest.raises(KeyboardInterrupt):
            purge(night)
    purge(night)
    removed = [row for row in night.store.rows(RETENTION_LEDGER) if row["table_name"] == "control.entry_decisions"]
    assert [row["rows_removed"] for row in removed] == [1]


def decisions_left(night):
    with looking(night.settings) as connection:
        return {name: [one.kind for one in found] for name, found in weeding.decisions(connection).items()}


def test_the_list_is_shown_by_owner_with_marks_to_the_person_alone(night, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    put_list(
        night, "v", day(-1), entry("v", day(3), day(-1), force_area="SOUTH [bold]"),
        entry("v", day(4), day(-1), OTHER, vrm="WX34YZA", force_area=None),
    )  # fmt: skip
    show_asked(entries_to_review(night))
    shown = capsys.readouterr()
    assert [part for part in ("no owner", "WX34YZA", "SOUTH [bold]", VEHICLE) if part in shown.out] == [
        "no owner", "WX34YZA", "SOUTH [bold]", VEHICLE
    ]  # fmt: skip
    assert (
        shown.out.index("no owner") < shown.out.index("WX34YZA") < shown.out.index("SOUTH") < shown.out.index(VEHICLE)
    )
    assert "2 entries to look at" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert not [vrm for vrm in (VEHICLE, "WX34YZA") if vrm in caplog.text + shown.err]


def test_the_commands_decide_as_of_today_and_wait_for_no_night(night, monkeypatch, capsys):
    today = datetime.now(UTC).date()
    put_list(night, "v", today, entry("v", today + timedelta(days=3), today))
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, today)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name, value in (("ROOT", night.settings.storage.root), ("LANDING", night.settings.storage.landing)):
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name}", value)

    def run(*arguments):
        with only_writer(night.settings.storage.root, "a night", 1), pytest.raises(SystemExit) as ended:
            main(["hotlist", *arguments])
        return ended.value.code, capsys.readouterr()

    code, shown = run("review")
    assert (code, VEHICLE in shown.out, VEHICLE in shown.err) == (0, True, False)
    who = ("--by", "3", "--reason", "the case is over")
    for command in ("confirm", "close", "weed"):
        assert run(command, NAME[:12], *who)[0] == 0
    code, shown = run("extend", NAME[:12], "--until", str(today + timedelta(days=366)), *who)
    assert (code, "is beyond" in shown.err) == (1, True)
    assert run("extend", NAME[:12], "--until", str(today + timedelta(days=365)), *who)[0] == 0
    assert decisions_left(night) == {NAME: [Kind.CONFIRM, Kind.CLOSE, Kind.WEED, Kind.EXTEND]}
    code, shown = run("weed", "d" * 12, *who)
    assert (code, "there is no such entry" in shown.err) == (1, True)
