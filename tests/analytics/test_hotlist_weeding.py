"""Entries that a list has and that match nothing: past their weed date, weeded, or in force for too long."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from jobs.analytics import registry
from jobs.analytics.job import _build_days
from jobs.control import weeding
from jobs.control.database import open_control
from jobs.control.weeding import Decider
from jobs.domain.lineage import Status
from jobs.ingest.hotlist.entries import FIELDS
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.lake.tables import HOTLIST_HITS
from jobs.retention.weeding import find_entry
from tests.factories import changed, land, publish, staff

HITS = next(one for one in registry.ANALYSES if one.unit.name == "hits")
VEHICLE, OTHER = "AB12CDE", "WX34YZA"
DAYS = range(16, 21)


def november(day):
    return date(2026, 11, day)


def read(day, vrm):
    name = hashlib.sha256(f"{vrm} {day}".encode()).hexdigest()[:32]
    return {
        "read_id": name, "captured_at": datetime(2026, 11, day, 8, tzinfo=UTC), "camera_id": "F001",
        "vrm": vrm, "vrm_format": "current", "direction": "unknown", "sighting_ids": [name],
        "source_kinds": ["fixed"], "sources": ["fixed:force"], "readings": {vrm: 1}, "flags": [],
        "capture_date": november(day), "process_date": november(day), "run_id": "r",
    }  # fmt: skip


def put_list(night, day, **weed_dates):
    """A list that arrives on a day: mark and weed date of each entry."""
    given = ({"vrm": vrm, "weed_date": str(november(last)), "reason": "INTEL"} for vrm, last in weed_dates.items())
    lines = [",".join((dict.fromkeys(FIELDS, "") | one).values()) for one in given]
    land(night, f"{november(day)}/hotlist/list.csv", "\n".join([",".join(FIELDS), *lines, ""]))
    ingest_hotlist(night)


@pytest.fixture
def lake(night):
    """Five days on each of which two vehicles pass, people who decide, and a list that has both."""
    publish(night, *(read(day, vrm) for day in DAYS for vrm in (VEHICLE, OTHER)))
    put_list(night, 16, **{VEHICLE: 25, OTHER: 25})
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, november(1), date(2027, 11, 1))
    return night


def entry_of(night, vrm):
    (name,) = {row["entry_id"] for row in night.store.rows(registry.HOTLIST) if row["vrm"] == vrm}
    return find_entry(night.store, name)


def decide(night, what, day, vrm=VEHICLE, by="3", **more):
    entry = entry_of(night, vrm)
    with open_control(night.settings) as control, control.deciding() as connection:
        what(connection, entry, Decider(by, "the case is over", november(day), 730), **more)


def extend(night, day, until):
    decide(night, weeding.extend, day, until=november(until), maximum_days=365)


def stale(night):
    states = night.states(night.lineage(), HITS.unit, map(november, DAYS))
    return [day.day for day, now in states.items() if now.status is Status.STALE]


def hit_days(night, vrm=VEHICLE):
    """The days on which a vehicle is hit, once all is built that has to be."""
    _build_days(night, night.lineage(), HITS)
    assert stale(night) == []
    return sorted(row["capture_date"].day for row in night.store.rows(HOTLIST_HITS) if row["vrm"] == vrm)


def test_an_entry_hits_on_its_weed_date_and_on_no_day_after(night):
    publish(night, *(read(day, VEHICLE) for day in DAYS))
    put_list(night, 16, **{VEHICLE: 18})
    assert hit_days(night) == [16, 17, 18]


def test_a_weeded_entry_hits_on_no_day_from_the_decision_on_and_older_days_are_left_alone(lake):
    assert hit_days(lake) == hit_days(lake, OTHER) == [16, 17, 18, 19, 20]
    before = {row["run_id"] for row in lake.store.rows(HOTLIST_HITS)}
    decide(lake, weeding.confirm, 17)
    decide(lake, weeding.close, 17)
    assert stale(lake) == []  # nothing that a hit rests on
    decide(lake, weeding.weed, 18)
    assert stale(lake) == [18, 19, 20]
    lake = replace(lake, run_id="anew")
    assert hit_days(lake) == [16, 17]
    assert hit_days(lake, OTHER) == [16, 17, 18, 19, 20]
    runs = {row["capture_date"].day: row["run_id"] for row in lake.store.rows(HOTLIST_HITS)}
    assert {runs[16], runs[17]} == before
    # What is built anew from nothing has the same.
    lake.store.drop(HOTLIST_HITS)
    assert hit_days(lake) == [16, 17]


@pytest.mark.parametrize("extended_first", [False, True])
def test_a_later_list_and_an_extension_bring_it_back_together_in_whatever_order(lake, extended_first):
    decide(lake, weeding.weed, 17)
    put_list(lake, 18, **{VEHICLE: 25, OTHER: 25})
    assert hit_days(lake) == [16]
    if extended_first:
        extend(lake, 19, 26)
        assert stale(lake) == []
        put_list(lake, 20, **{VEHICLE: 27, OTHER: 25})
        assert hit_days(lake) == [16, 20]
    else:
        put_list(lake, 19, **{VEHICLE: 27, OTHER: 25})
        assert hit_days(lake) == [16]
        extend(lake, 20, 26)
        assert stale(lake) == [20]
        assert hit_days(lake) == [16, 20]


def test_an_extension_ends_on_its_day_although_the_list_goes_on(lake):
    decide(lake, weeding.weed, 17)
    put_list(lake, 18, **{VEHICLE: 27})
    extend(lake, 18, 19)
    assert hit_days(lake) == [16, 18, 19]


def test_an_entry_hits_up_to_the_maximum_however_often_lists_have_it_longer(lake):
    put_list(lake, 18, **{VEHICLE: 28, OTHER: 28})
    lake = replace(lake, settings=changed(lake.settings, "retention.hotlist_maximum_days", 2))
    assert hit_days(lake) == [16, 17, 18]
    # Another one is counted from its own first list.
    publish(lake, *(read(day, "KL56MNO") for day in DAYS))
    put_list(lake, 17, **{VEHICLE: 28, "KL56MNO": 28})
    put_list(lake, 18, **{VEHICLE: 28, "KL56MNO": 29})
    assert hit_days(lake, "KL56MNO") == [17, 18, 19]


def test_a_decision_that_comes_while_hits_are_found_makes_its_days_stale(lake, monkeypatch):
    real, left = registry.weeding, [None]

    def weeding_meanwhile(*arguments):
        found = real(*arguments)
        if left:
            left.pop()
            decide(lake, weeding.weed, 19)
        return found

    monkeypatch.setattr(registry, "weeding", weeding_meanwhile)
    _build_days(lake, lake.lineage(), HITS)
    assert stale(lake) == [19, 20]
    assert hit_days(lake) == [16, 17, 18]
