"""Hits that came to nothing: in which groups they are told, and that no small group is told by itself."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.control import responses
from jobs.control.database import open_control
from jobs.control.responses import Response
from jobs.domain.terms import Answer
from jobs.domain.tokens import site_code
from jobs.lake.tables import HOTLIST, HOTLIST_HITS
from jobs.report.compliance.hits import OTHERS, TOGETHER, Tally, grouped, hits_that_came_to_nothing
from tests.factories import changed
from tests.report.conftest import NIGHT


def hit(number, vrm, camera, entry, outcome=None, day=NIGHT):
    return {
        "hit_id": f"{number:032x}", "read_id": "r", "sighting_ids": [f"s{number}"], "entry_id": entry, "version": "v",
        "vrm": vrm, "camera_id": camera, "captured_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        "match": "exact", "purpose": "roads_policing", "priority": 3, "state": "closed" if outcome else "new",
        "outcome": outcome, "process_date": NIGHT, "run_id": "r", "capture_date": day,
    }  # fmt: skip


def entry(name, force_area):
    return {
        "entry_id": name, "vrm": "AB12CDE", "force_area": force_area, "weed_date": NIGHT, "purpose": "roads_policing",
        "priority": 3, "version": "v", "valid_from": NIGHT, "line_no": 1,
    }  # fmt: skip


@pytest.fixture
def lake(quiet):
    """Three hits on a current mark at one camera for one force; two on a foreign one elsewhere for another."""
    quiet.store.append_rows(HOTLIST, [entry("a", "Northumbria  Central"), entry("b", "owner of AB12CDE")])
    quiet.store.append_rows(
        HOTLIST_HITS,
        [
            hit(1, "AB12CDE", "F001", "a", "stopped, No Offence"),
            hit(2, "AB12CDE", "F001", "a", "stopped, driver arrested"),
            hit(3, "AB12CDE", "F001", "a"),
            hit(4, "B123", "F002", "b", "misread by the camera"),
            hit(5, "B123", "F002", "b"),
            hit(6, "AB12CDE", "F001", "a", "no trace", NIGHT - timedelta(days=90)),  # no longer open to all
        ],
    )
    return quiet


def lines(rows):
    return [(row["name"], row["hits"], row["answered"], row["nothing"], row["share"]) for row in rows]


def smallest(night, number):
    return hits_that_came_to_nothing(night.__class__(
        night.store, changed(night.settings, "report.smallest_group", number), night.process_date, night.run_id
    ))  # fmt: skip


def test_hits_that_came_to_nothing_are_counted_by_format_site_and_owner(lake):
    told = smallest(lake, 2)
    code = {camera: site_code(lake.token_key, camera) for camera in ("F001", "F002")}
    assert (told["since"], told["until"]) == ("2026-08-23", "2026-11-20")
    assert lines([told["all"]]) == [("all", 5, 3, 2, 0.667)]
    assert lines(told["by_format"]) == [("current", 3, 2, 1, 0.5), ("dateless", 2, 1, 1, 1.0)]
    assert lines(told["by_site"]) == [(code["F001"], 3, 2, 1, 0.5), (code["F002"], 2, 1, 1, 1.0)]
    # What a supplier wrote that might name a vehicle is not told.
    assert [row["name"] for row in told["by_owner"]] == ["Northumbria Central", "not told: might name a vehicle"]


def test_an_answer_counts_at_once_and_the_newest_of_several(lake):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    closed = Response("h", ("s3",), "a", Answer.CLOSED, "false alarm", "PC1", at, NIGHT)
    waits = Response("h", ("s5",), "b", Answer.ACKNOWLEDGED, "no trace so far", "PC1", at, NIGHT)
    again = Response("h", ("s1",), "a", Answer.CLOSED, "arrested after all", "PC1", at, NIGHT)
    with open_control(lake.settings) as control, control.deciding() as connection:
        for one in (closed, again, waits):
            responses.record(connection, one, NIGHT)
    assert lines(smallest(lake, 2)["by_format"]) == [("current", 3, 3, 1, 0.333), ("dateless", 2, 2, 1, 0.5)]


def test_a_small_group_is_told_among_the_others_in_each_part(lake):
    told = smallest(lake, 3)
    for part in ("by_format", "by_site", "by_owner"):
        assert lines(told[part]) == [(TOGETHER, 5, 3, 2, 0.667)]  # two alone would be told by what is left of five


def test_what_is_no_small_group_is_told_by_itself_and_the_small_ones_together():
    tallies = [*[("current", Tally(1, 1, 0))] * 12, *[("prefix", Tally(1, 1, 1))] * 6, *[("trade", Tally(1, 0, 0))] * 5]
    assert lines(grouped(tallies, 10)) == [("current", 12, 12, 0, 0.0), (OTHERS, 11, 6, 6, 1.0)]
    many = [(f"S{number}", Tally(1, 0, 0)) for number in range(100) for _ in range(2)]
    assert [row["hits"] for row in grouped(many, 2)] == [2] * 60 + [80]


def test_without_hits_there_is_nothing_to_tell_and_no_key_is_made(quiet, tmp_path):
    assert hits_that_came_to_nothing(quiet)["by_site"] == []
    assert not (tmp_path / "token.key").exists()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=60), st.integers(1, 12))
def test_no_group_of_fewer_hits_than_the_smallest_is_told(hits, number):
    tallies = [(name, Tally(1, int(answered), 0)) for name, answered in hits]
    told = grouped(tallies, number)
    assert sum(row["hits"] for row in told) == len(hits)
    assert sum(row["answered"] for row in told) == sum(answered for _, answered in hits)
    assert all(row["hits"] >= number for row in told) or [row["name"] for row in told] == [TOGETHER]
    counts = Counter(name for name, _ in hits)
    assert all(row["hits"] == counts[row["name"]] for row in told if row["name"] not in {OTHERS, TOGETHER})
