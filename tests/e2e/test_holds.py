"""Holds over a whole lake's life: what they keep is there when all else has gone, row by row and byte by byte."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from jobs.analytics.hotlist_responses import Given, respond
from jobs.control import holds
from jobs.control.database import open_control
from jobs.control.holds import Hold, HoldError, Scope
from jobs.domain.terms import Answer
from jobs.lake.tables import (
    CAMERA_DAYS,
    CAMERAS,
    CLONES,
    CONVOYS,
    EVIDENCE_TABLES,
    FOOTAGE,
    HELD_CAMERA_DAYS,
    HELD_CAMERAS,
    HELD_CONVOYS,
    HELD_ENTRIES,
    HELD_FOOTAGE,
    HELD_HITS,
    HELD_IMAGES,
    HELD_LINES,
    HELD_READS,
    HELD_RESPONSES,
    HELD_SIGHTINGS,
    HELD_VERSIONS,
    HOTLIST_HITS,
    PLATE_IMAGES,
    QUARANTINE,
    READS,
    SIGHTINGS,
)
from jobs.retention.expired import FOOTAGE_FOLDER
from jobs.retention.holds import evidence
from jobs.retention.holds.held_days import FINDINGS
from jobs.retention.holds.holding import digest
from jobs.retention.holds.placing import place_hold
from jobs.retention.purge.job import PurgeIncompleteError, plan, purge
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.scan import ROTATION_DAYS, scan
from ocr.video import Footage
from tests.e2e.conftest import TODAY

STAMP = {"hold_id", "case_ref", "held_at", "held_sha256"}


def hold(scope, **changes):
    return Hold("Op Kestrel", "trial in spring", "3", TODAY + timedelta(days=90), scope, **changes)


def put(night, scope, **changes):
    return place_hold(night.store, night.settings, hold(scope, **changes), ahead=False)


def after(night, days):
    """The night that many days after the first, with a run of its own."""
    return replace(night, process_date=night.process_date + timedelta(days=days), run_id=f"after-{days}")


def by_key(rows, *key):
    return {tuple(row[name] for name in key): row for row in rows}


def unheld(row):
    return {name: value for name, value in row.items() if name not in STAMP}


def vehicle_in_footage(store):
    """A mark that was read from footage, and on other cameras too."""
    of_footage = {row["vrm"] for row in store.rows(SIGHTINGS) if row["source_kind"] == "footage"}
    others = {row["vrm"] for row in store.rows(SIGHTINGS) if row["source_kind"] == "fixed"}
    return min(of_footage & others)


def test_what_a_hold_keeps_outlives_every_class_and_nothing_else_does(lake):
    store = lake.store
    vehicle, hit = vehicle_in_footage(store), max(store.rows(HOTLIST_HITS), key=lambda row: row["hit_id"])
    held = frozenset({vehicle, hit["vrm"]})
    tables = {table: store.rows(table) for table in (SIGHTINGS, READS, PLATE_IMAGES, HOTLIST_HITS, CAMERA_DAYS)}
    reads = [
        row for row in tables[READS]
        if row["vrm"] in held or held & set(row["readings"])
    ]  # fmt: skip
    in_reads = set(chain.from_iterable(row["sighting_ids"] for row in reads))
    sightings = [row for row in tables[SIGHTINGS] if row["vrm"] in held or row["sighting_id"] in in_reads]
    names = {row["sighting_id"] for row in sightings}
    placed = put(lake, Scope(held))
    assert (placed.sightings, placed.lost) == (len(names), {})
    answered_at = datetime.now(UTC)
    for one in tables[HOTLIST_HITS]:
        given = Given(one["hit_id"], one["capture_date"], Answer.CLOSED, "stopped", "PC1", answered_at)
        respond(store, lake.settings, given)

    purge(after(lake, 91))  # feed files and footage
    assert not list(Path(lake.settings.storage.landing).rglob("*.csv"))
    lines = by_key(store.rows(HELD_LINES), "file_id", "line_no")
    of_feeds = {(row["file_id"], row["line_no"]) for row in sightings if row["source_kind"] != "footage"}
    assert lines.keys() == of_feeds
    assert all(row["held_sha256"] == digest(row["line"].encode()) for row in lines.values())
    fixed = [row for row in sightings if row["source_kind"] == "fixed"]
    assert all(row["vrm_raw"] in lines[row["file_id"], row["line_no"]]["line"] for row in fixed)
    ranges(lake, [row for row in sightings if row["source_kind"] == "footage"])

    purge(after(lake, 366))  # pictures
    pictures = by_key(store.rows(HELD_IMAGES), "sighting_id", "kind")
    expected = by_key((row for row in tables[PLATE_IMAGES] if row["sighting_id"] in names), "sighting_id", "kind")
    assert {key: unheld(row) for key, row in pictures.items()} == expected
    assert store.rows(PLATE_IMAGES) == []

    purge(after(lake, 800))  # all else
    assert not any(store.rows_by_day(table) for table in tables)
    for target, rows in ((HELD_SIGHTINGS, sightings), (HELD_READS, reads)):
        key = target.key[1]
        kept = by_key(store.rows(target), key)
        assert {name: unheld(row) for name, row in kept.items()} == by_key(rows, key)
        assert all(row["held_sha256"] == digest(unheld(row)) for row in kept.values())
    explained(store, tables, reads, sightings)
    assert hit["hit_id"] in {row["hit_id"] for row in store.rows(HELD_HITS)}
    goes_with_its_release(lake, placed.hold_id)


def explained(store, tables, reads, sightings):
    """Hits, the entries and versions that they name, cameras and their clocks are kept with the reads."""
    read_ids = {row["read_id"] for row in reads}
    hits = by_key((row for row in tables[HOTLIST_HITS] if row["read_id"] in read_ids), "hit_id")
    assert {key: unheld(row) for key, row in by_key(store.rows(HELD_HITS), "hit_id").items()} == hits
    answers = by_key(store.rows(HELD_RESPONSES), "hit_id")
    assert answers.keys() >= hits.keys()
    assert all((row["outcome"], row["person"]) == ("stopped", "PC1") for row in answers.values())
    assert all(set(row["sighting_ids"]) & {one["sighting_id"] for one in sightings} for row in answers.values())
    entries = {(row["version"], row["entry_id"]) for row in store.rows(HELD_ENTRIES)}
    assert entries == {(row["version"], row["entry_id"]) for row in hits.values()}
    assert {row["version"] for row in store.rows(HELD_VERSIONS)} == {version for version, _ in entries}
    days = {(row["capture_date"], row["camera_id"]) for row in sightings}
    registered = {row["camera_id"] for row in store.rows(CAMERAS)}
    found = {(row["capture_date"], row["camera_id"]) for row in store.rows(HELD_CAMERAS)}
    assert found == {(day, name) for day, name in days if name in registered}
    assert found
    offsets = by_key((row for row in tables[CAMERA_DAYS]), "capture_date", "camera_id")
    kept = by_key(store.rows(HELD_CAMERA_DAYS), "capture_date", "camera_id")
    assert {key: unheld(row) for key, row in kept.items()} == {key: offsets[key] for key in days if key in offsets}


def goes_with_its_release(lake, hold_id):
    store = lake.store
    everything = {table.full_name: len(store.rows(table)) for table in EVIDENCE_TABLES}
    purge(after(lake, 801))
    assert {table.full_name: len(store.rows(table)) for table in EVIDENCE_TABLES} == everything
    released(lake, hold_id)
    assert {one.place for one in plan(after(lake, 802)) if one.rows} == {
        name for name, rows in everything.items() if rows
    }
    purge(after(lake, 802))
    assert not any(store.rows(table) for table in EVIDENCE_TABLES)
    left = [path for path in (Path(store.root) / "evidence").rglob("*") if path.suffix in {".parquet", ".mkv"}]
    assert left == []


def ranges(lake, sightings):
    """Of footage those frames are kept, pixel by pixel, that show a held sighting."""
    rows = lake.store.rows(HELD_FOOTAGE)
    assert {row["footage_id"] for row in rows} == {row["file_id"] for row in sightings}
    for row in rows:
        path = Path(lake.store.root) / FOOTAGE_FOLDER / row["held_path"]
        assert digest(path.read_bytes()) == row["held_sha256"]
        frames = list(Footage(path))
        assert 0 < len(frames) <= row["last_frame"] - row["first_frame"] + 1
    for sighting in sightings:
        first, last = sighting["first_frame"], sighting["last_frame"]
        assert any(row["first_frame"] <= first and last <= row["last_frame"] for row in rows)


def released(lake, hold_id):
    now = datetime.now(UTC)
    with open_control(lake.settings) as control, control.deciding() as connection:
        holds.ask_release(connection, hold_id, "3", "acquitted", "closed", TODAY)
        holds.release(connection, hold_id, "4", now)


def test_a_hold_that_is_placed_while_a_purge_runs_wins_until_that_says_what_it_destroys(lake, monkeypatch):
    first, second = sorted({row["vrm"] for row in lake.store.rows(READS)})[:2]
    put(lake, Scope(frozenset({first})))
    real, placed = evidence._copied, []

    def copied(*arguments):
        errors = real(*arguments)
        if not placed:  # somebody else's hold comes when the first one is served
            placed.append(put(lake, Scope(frozenset({second}))))
        return errors

    before = lake.store.rows(READS)
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "_copied", copied)
        purge(after(lake, 800))
    kept = {row["read_id"] for row in lake.store.rows(HELD_READS)}
    assert kept >= {row["read_id"] for row in before if row["vrm"] in {first, second}}
    with pytest.raises(HoldError, match="nothing is there that the hold would keep"):
        put(lake, Scope(frozenset({second})))
    late = place_hold(lake.store, lake.settings, hold(Scope(frozenset({second}))), ahead=True)
    assert late.sightings == 0
    assert late.lost["restricted.reads"] == lake.process_date + timedelta(days=800 - 730)


def test_of_two_holds_on_a_day_one_is_released_and_what_the_other_keeps_is_read_by_the_scan(lake):
    first, second = sorted({row["vrm"] for row in lake.store.rows(READS)})[:2]
    kept, gone = put(lake, Scope(frozenset({first}))), put(lake, Scope(frozenset({second})))
    purge(after(lake, 800))
    held = {table: lake.store.rows(table) for table in EVIDENCE_TABLES}
    released(lake, gone.hold_id)
    night = after(lake, 801)
    purge(night)
    assert held[HELD_READS]
    for table, rows in held.items():
        assert lake.store.rows(table) == [row for row in rows if row["hold_id"] == kept.hold_id], table.full_name
    found = scan(night, Needles(), range(ROTATION_DAYS)).finds
    assert [find for find in found if find.path.startswith("evidence/")] == []


def test_what_holds_need_and_cannot_be_copied_stays_where_it_is(lake, monkeypatch):
    put(lake, Scope(frozenset({vehicle_in_footage(lake.store)})))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(evidence.Keeper, "lines", full)
        with pytest.raises(PurgeIncompleteError, match=r"landing\.feeds: what holds keep of it cannot be copied"):
            purge(after(lake, 800))
    assert list(Path(lake.settings.storage.landing).rglob("*.csv"))
    assert lake.store.rows_by_day(READS) == {}


def test_holds_by_place_and_time_finding_and_everything(lake):
    store = lake.store
    sightings, reads, (convoy, *_) = store.rows(SIGHTINGS), store.rows(READS), store.rows(CONVOYS)
    camera = sightings[0]["camera_id"]
    noon = datetime.combine(lake.process_date, datetime.min.time(), UTC) + timedelta(hours=12)
    at_camera = put(lake, Scope(cameras=frozenset({camera}), since=noon))
    finding = put(lake, Scope(findings=frozenset({convoy["finding_id"]})))
    every = put(lake, Scope(everything=True), second_authoriser="4")
    assert every.sightings == len(sightings)
    findings = {(table, row["finding_id"]) for table in (CONVOYS, CLONES) for row in store.rows(table)}
    landing = Path(lake.settings.storage.landing)
    files = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in landing.rglob("*") if path.is_file()}
    refused = {(row["file_id"], row["line_no"]) for row in store.rows(QUARANTINE) if row["payload"]}
    videos = {row["footage_id"]: files[row["footage_id"]].read_bytes() for row in store.rows(FOOTAGE)}
    purge(after(lake, 800))
    kept = {name: {row["sighting_id"] for row in store.rows(HELD_SIGHTINGS) if row["hold_id"] == name}
            for name in (at_camera.hold_id, finding.hold_id, every.hold_id)}  # fmt: skip
    named = {row["sighting_id"] for row in sightings if row["camera_id"] == camera and row["captured_at"] >= noon}
    assert named
    assert kept[at_camera.hold_id] >= named
    of_day = {row["sighting_id"]: row["captured_at"] for row in sightings}
    assert all((noon - of_day[name]).total_seconds() < 60 for name in kept[at_camera.hold_id])
    of_finding = [row for row in reads if row["read_id"] in set(convoy["read_ids"])]
    assert kept[finding.hold_id] == {name for row in of_finding for name in row["sighting_ids"]}
    assert [row["finding_id"] for row in store.rows(HELD_CONVOYS) if row["hold_id"] == finding.hold_id] == [
        convoy["finding_id"]
    ]
    assert kept[every.hold_id] == set(of_day)
    of_every = {
        table: [row for row in store.rows(table) if row["hold_id"] == every.hold_id] for table in EVIDENCE_TABLES
    }
    assert {(table, row["finding_id"]) for table, held in FINDINGS for row in of_every[held]} == findings
    # What was refused too, and footage as it was received.
    assert {(row["file_id"], row["line_no"]) for row in of_every[HELD_LINES]} >= refused
    assert refused
    clips = {row["footage_id"]: Path(store.root, FOOTAGE_FOLDER, row["held_path"]) for row in of_every[HELD_FOOTAGE]}
    assert {name: path.read_bytes() for name, path in clips.items()} == videos


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        (Scope(cameras=frozenset({"nowhere"})), "1 of the cameras are not in the register"),
        (Scope(findings=frozenset({"f" * 32})), "1 of the findings are not there"),
        (Scope(frozenset({"ZZ99ZZZ"})), "nothing is there that the hold would keep"),
    ],
)
def test_a_scope_that_matches_nothing_is_told_and_leaves_no_hold(lake, scope, error):
    with pytest.raises(HoldError, match=error):
        put(lake, scope)
    with open_control(lake.settings) as control, control.reading() as connection:
        assert holds.holds(connection, in_force=True) == []
