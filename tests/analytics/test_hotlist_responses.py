"""Responses to hits: they are kept, found again by sightings, and put into the hit's row."""

import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.analytics.hotlist_responses import Given, ResponseError, answered, frame_of, respond, with_responses
from jobs.cli import main
from jobs.control.database import looking
from jobs.control.free_text import FreeTextError
from jobs.control.log import entries
from jobs.control.responses import Response, of_days
from jobs.domain.errors import LakeError
from jobs.domain.terms import Answer
from jobs.lake.lock import only_writer
from jobs.lake.tables import HOTLIST_HITS
from jobs.runtime import opening

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HITS = "hit_id STRING, entry_id STRING, sighting_ids ARRAY<STRING>, state STRING, outcome STRING"


def hit(name, *sightings, entry="e"):
    return (name, entry, list(sightings), "new", None)


def answer(state, *sightings, at=0, entry="e", outcome=None):
    recorded_at = NOON + timedelta(minutes=at)
    return Response("h", sightings, entry, Answer(state), outcome, "PC1", recorded_at, DAY, f"r{at}")


def states(spark, hits, responses):
    """What the night puts into the hits, and what who looks before it is shown."""
    found = with_responses(spark.createDataFrame(hits, HITS), frame_of(spark, responses)).collect()
    assert len(found) == len(hits)
    by_night = {row.hit_id: (row.state, row.outcome) for row in found}
    rows = [dict(zip(("hit_id", "entry_id", "sighting_ids", "state", "outcome"), one, strict=True)) for one in hits]
    assert {row["hit_id"]: (row["state"], row["outcome"]) for row in answered(rows, responses)} == by_night
    return by_night


def test_the_newest_response_counts(spark):
    responses = [answer("closed", "s1", at=5, outcome="stopped"), answer("acknowledged", "s1", at=1)]
    assert states(spark, [hit("h", "s1")], responses) == {"h": ("closed", "stopped")}


def test_a_response_finds_its_hit_by_any_sighting_whatever_the_hit_is_called_now(spark):
    assert states(spark, [hit("renamed", "s0", "s2")], [answer("acknowledged", "s1", "s2")]) == {
        "renamed": ("acknowledged", None)
    }


def test_of_two_passages_that_became_one_the_newest_response_counts(spark):
    responses = [answer("closed", "s1", at=1, outcome="first"), answer("closed", "s2", at=2, outcome="second")]
    assert states(spark, [hit("h", "s1", "s2")], responses) == {"h": ("closed", "second")}


def test_a_response_to_another_entry_or_passage_changes_nothing(spark):
    responses = [answer("closed", "s1", entry="other", outcome="x"), answer("closed", "s9", outcome="x")]
    assert states(spark, [hit("h", "s1")], responses) == {"h": ("new", None)}


def stored_hit(name, minute, vrm="AB12CDE", priority=1):
    return {
        "hit_id": name * 64, "read_id": name * 32, "sighting_ids": [name], "entry_id": "e", "version": "v", "vrm": vrm,
        "camera_id": "F001", "captured_at": datetime(2026, 11, 20, 8, minute, tzinfo=UTC), "match": "exact",
        "purpose": "intelligence", "priority": priority, "state": "new", "outcome": None, "process_date": DAY,
        "run_id": "r", "capture_date": DAY,
    }  # fmt: skip


def given(hit, state="acknowledged", outcome=None, person="PC1234", captured_on=DAY):
    return Given(hit, captured_on, Answer(state), outcome, person, NOON)


def kept(night):
    with looking(night.settings) as connection:
        return of_days(connection, [DAY]) if connection else []


def test_a_response_is_written_down_with_what_finds_its_hit_again_and_touches_no_table(night):
    night.store.append_rows(HOTLIST_HITS, [stored_hit("b", 5), stored_hit("a", 1)])
    before = night.store.version(HOTLIST_HITS)
    assert respond(night.store, night.settings, given("a" * 64)) == "a" * 64
    respond(night.store, night.settings, given("aaaa", "closed", "stopped, two arrests"))
    assert sorted((one.state, one.outcome, one.person) for one in kept(night)) == [
        ("acknowledged", None, "PC1234"), ("closed", "stopped, two arrests", "PC1234"),
    ]  # fmt: skip
    assert all(
        (one.hit_id, one.sighting_ids, one.entry_id, one.capture_date) == ("a" * 64, ("a",), "e", DAY)
        for one in kept(night)
    )
    assert night.store.version(HOTLIST_HITS) == before
    with looking(night.settings) as connection:
        told = [payload for *_, payload in entries(connection, ["hit_response"])]
    assert [(one["by"], one["outcome"]) for one in told] == [("PC1234", None), ("PC1234", "stopped, two arrests")]
    assert "AB12CDE" not in str(told)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (given("ab"), ResponseError, "there is no such hit"),
        (given("a"), ResponseError, "2 hits are so called"),
        (given(""), ResponseError, "there is no such hit"),
        (given("a" * 64, captured_on=DAY + timedelta(days=1)), ResponseError, "on 2026-11-21 there is no such hit"),
        (given("a" * 64, "closed"), ResponseError, "a hit is closed with what came of it"),
        (given("a" * 64, "closed", "  "), ResponseError, "allowed are 1 to 1000 characters"),
        (given("a" * 64, "closed", "x" * 1001), ResponseError, "allowed are 1 to 1000 characters"),
        (given("a" * 64, "closed", "=cmd|' /C calc'!A0"), ResponseError, "a spreadsheet would run it as a formula"),
        (given("a" * 64, person="PC 1; x"), ResponseError, "allowed is a staff number"),
        (given("a" * 64, "closed", "AB12CDE was empty"), FreeTextError, "--outcome holds what might be a mark"),
    ],
)
def test_a_response_that_is_incomplete_or_names_no_single_hit_is_refused(night, wrong, error, message):
    rows = [stored_hit("a", 1), {**stored_hit("b", 2), "hit_id": "a1" + "b" * 62}]
    night.store.append_rows(HOTLIST_HITS, rows)
    with pytest.raises(LakeError, match=message) as refused:
        respond(night.store, night.settings, wrong)
    assert type(refused.value) is error
    assert "AB12CDE" not in str(refused.value)
    assert kept(night) == []


def test_who_responds_waits_for_no_night_and_starts_no_spark(night, monkeypatch, capsys):
    night.store.append_rows(HOTLIST_HITS, [stored_hit("a", 1)])
    root = night.settings.storage.root
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(opening, "build_session", None)
    for name, value in (("ROOT", root), ("LANDING", night.settings.storage.landing)):
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name}", value)
    with only_writer(root, "a night", 1), pytest.raises(SystemExit) as ended:
        main(["respond", "aaaa", "--captured-on", str(DAY), "--state", "acknowledged", "--person", "PC1"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{'a' * 64} is acknowledged\n"
    assert [one.state for one in kept(night)] == ["acknowledged"]
