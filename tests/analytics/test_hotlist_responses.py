"""Responses to hits: they are kept, found again by sightings, and put into the hit's row."""

from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.analytics.hotlist_responses import Response, ResponseError, respond, with_responses
from jobs.lake.tables import HOTLIST_HITS, HOTLIST_RESPONSES

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)  # noqa: DTZ001 - Spark's session is UTC
HITS = "hit_id STRING, entry_id STRING, sighting_ids ARRAY<STRING>, state STRING, outcome STRING"
RESPONSES = (
    "response_id STRING, entry_id STRING, sighting_ids ARRAY<STRING>, state STRING, outcome STRING, "
    "recorded_at TIMESTAMP"
)


def hit(name, *sightings, entry="e"):
    return (name, entry, list(sightings), "new", None)


def answer(state, *sightings, at=0, entry="e", outcome=None):
    return (f"r{at}", entry, list(sightings), state, outcome, NOON + timedelta(minutes=at))


def states(spark, hits, responses):
    answered = with_responses(spark.createDataFrame(hits, HITS), spark.createDataFrame(responses, RESPONSES))
    rows = answered.collect()
    assert len(rows) == len(hits)
    return {row.hit_id: (row.state, row.outcome) for row in rows}


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


def response(hit_id, state="acknowledged", outcome=None, person="PC1234", captured_on=DAY):
    return Response(hit_id, captured_on, state, outcome, person, datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_a_response_is_added_and_shows_in_the_row_of_its_hit_alone(night):
    night.store.append_rows(HOTLIST_HITS, [stored_hit("b", 5), stored_hit("a", 1)])
    respond(night, response("a" * 64))
    respond(night, response("aaaa", "closed", "stopped, two arrests"))
    rows = {row["hit_id"][0]: row for row in night.store.rows(HOTLIST_HITS)}
    assert {name: (row["state"], row["outcome"]) for name, row in rows.items()} == {
        "a": ("closed", "stopped, two arrests"), "b": ("new", None),
    }  # fmt: skip
    assert rows["a"]["captured_at"] == stored_hit("a", 1)["captured_at"]
    kept = night.store.rows(HOTLIST_RESPONSES)
    assert sorted((row["state"], row["outcome"], row["person"]) for row in kept) == [
        ("acknowledged", None, "PC1234"), ("closed", "stopped, two arrests", "PC1234"),
    ]  # fmt: skip
    assert all((row["hit_id"], row["sighting_ids"], row["capture_date"]) == ("a" * 64, ["a"], DAY) for row in kept)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (response("ab"), "there is no such hit"),
        (response("a"), "2 hits are so called"),
        (response(""), "there is no such hit"),
        (response("a" * 64, "closed"), "a hit is closed with what came of it"),
        (response("a" * 64, "closed", "  "), "allowed are 1 to 1000 characters"),
        (response("a" * 64, "closed", "=cmd|' /C calc'!A0"), "a spreadsheet would run it as a formula"),
        (response("a" * 64, person="PC 1; x"), "allowed is a staff number"),
    ],
)
def test_a_response_that_is_incomplete_or_names_no_single_hit_is_refused(night, given, message):
    rows = [stored_hit("a", 1), {**stored_hit("b", 2), "hit_id": "a1" + "b" * 62}]
    night.store.append_rows(HOTLIST_HITS, rows)
    before = night.store.version(HOTLIST_HITS)
    with pytest.raises(ResponseError, match=message) as refused:
        respond(night, given)
    assert "AB12CDE" not in str(refused.value)
    assert night.store.version(HOTLIST_HITS) == before
    assert night.store.rows(HOTLIST_RESPONSES) == []


def test_a_hit_of_another_day_is_not_found(night):
    night.store.append_rows(HOTLIST_HITS, [stored_hit("a", 1)])
    with pytest.raises(ResponseError, match="on 2026-11-21 there is no such hit"):
        respond(night, response("a" * 64, captured_on=DAY + timedelta(days=1)))
