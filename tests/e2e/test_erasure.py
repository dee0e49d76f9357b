"""One vehicle out of a whole lake: nothing of it is left or comes back, and nothing else is lost."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope
from jobs.control.log import entries
from jobs.control.suppressions import SuppressionError, suppressions
from jobs.domain.tokens import token
from jobs.lake.tables import (
    ANALYTIC_READS,
    CATALOGUE,
    FEED_FILES,
    HELD_SIGHTINGS,
    HOTLIST,
    JOURNEYS,
    PLATE_IMAGES,
    QUARANTINE,
    READS,
    SIGHTINGS,
)
from jobs.retention.holds.placing import place_hold
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.readers import texts_of
from jobs.retention.residue.scan import scan
from jobs.retention.vehicles import landed
from jobs.retention.vehicles.erasing import holds_one
from jobs.retention.vehicles.erasure import HeldError, erase
from jobs.retention.vehicles.order import Request
from jobs.retention.vehicles.restriction import lift, restrict
from jobs.runtime.night import run_job
from jobs.runtime.stages import STAGES
from tests.e2e.conftest import NIGHT, TODAY

FIRST, LAST = date(2026, 1, 1), NIGHT


@pytest.fixture
def vehicle(lake):
    """A mark that was read from footage and elsewhere, and is long enough to be looked for."""
    of_footage = {row["vrm"] for row in lake.store.rows(SIGHTINGS) if row["source_kind"] == "footage"}
    others = {row["vrm"] for row in lake.store.rows(SIGHTINGS) if row["source_kind"] == "fixed"}
    return min(one for one in of_footage & others if len(one) >= 6)


def request(*vehicles, **changes):
    return replace(Request(frozenset(vehicles), FIRST, LAST, "the owner asked for it", "3"), **changes)


def again(lake, run_id="again", but=()):
    """The night once more, but for some stages."""
    night = replace(lake, run_id=run_id)
    for name, job in STAGES.items():
        if name not in but:
            run_job(night, name, job)
    return night


def named(lake, *names):
    """Tables but the hot-list in which one of some texts stands, decoded whole."""
    found = set()
    for table in CATALOGUE:
        if table is HOTLIST or not lake.store.exists(table) or table.zone == "evidence":
            continue
        for column in lake.store.read(table).toArrow().columns:
            for chunk in column.chunks:
                if any(name in text for text in texts_of(chunk) for name in names):
                    found.add(table.full_name)
    return found


def by_name(rows, key, without=()):
    return {row[key]: row for row in rows if row[key] not in without}


def test_nothing_of_it_is_left_or_comes_back_and_nothing_else_is_lost(lake, vehicle):
    store, code = lake.store, token(lake.token_key, "vehicle", vehicle)
    before = {table: store.rows(table) for table in (SIGHTINGS, READS, PLATE_IMAGES)}
    landing = Path(lake.settings.storage.landing)
    feeds = [path for path in landing.rglob("*.csv") if path.parent.name == "fixed"]
    lines = {path: path.read_bytes().split(b"\n") for path in feeds}
    mine = {row["sighting_id"] for row in before[SIGHTINGS] if row["vrm"] == vehicle}
    assert {"restricted.sightings", "restricted.reads", "analytic.reads"} <= named(lake, vehicle, code)

    outcome = erase(lake, request(vehicle))
    assert outcome.rows["restricted.sightings"] == len(mine)
    assert named(lake, vehicle, code) == set()
    left = by_name(before[SIGHTINGS], "sighting_id", mine)
    found = by_name(store.rows(SIGHTINGS), "sighting_id")
    assert found.keys() == left.keys()
    for name, row in left.items():
        alternatives = [one for one in row["vrm_candidates"] or [] if one["vrm"] != vehicle]
        assert found[name] == row | {"vrm_candidates": alternatives if row["vrm_candidates"] is not None else None}
    assert {row["sighting_id"] for row in store.rows(PLATE_IMAGES)} == {
        row["sighting_id"] for row in before[PLATE_IMAGES]
    } - mine
    blank = 0
    for path, texts in lines.items():
        now = path.read_bytes().split(b"\n")
        for old, new in zip(texts, now, strict=True):
            blank += old != new
            assert new == (b"" if holds_one(old.decode("latin-1"), [vehicle]) else old)
    assert blank
    finds = scan(lake, Needles(frozenset({vehicle}), frozenset({code}), 1), ()).finds
    assert [find for find in finds if find.why.startswith(("names", "is named"))] == []

    night = again(lake)
    assert named(night, vehicle, code) == set()
    reads = {tuple(sorted(row["sighting_ids"])) for row in night.store.rows(READS)}
    assert {name for ids in reads for name in ids} == left.keys()
    assert night.store.rows(JOURNEYS)
    files = {row["run_id"] for row in night.store.rows(FEED_FILES)}
    assert files == {"first"}  # no file was read again for its new bytes
    resent(lake, vehicle)


def resent(lake, vehicle):
    """A partner's or a camera's second copy is refused, and nothing of it is kept."""
    row = next(row for row in lake.store.rows(SIGHTINGS) if row["source_kind"] == "fixed")
    landing = Path(lake.settings.storage.landing)
    text = "camera_id,captured_at,vrm,confidence,direction,lane\n"
    text += f"{row['camera_id']},{NIGHT}T11:11:11Z,{vehicle},0.9,towards,1\n"
    (landing / f"{NIGHT}/fixed/resent.csv").write_text(text)
    before = Counter(one["reason"] for one in lake.store.rows(QUARANTINE))
    night = replace(lake, run_id="resent")
    run_job(night, "ingest", STAGES["ingest"])
    refused = [one for one in lake.store.rows(QUARANTINE) if one["reason"] == "suppressed"]
    assert (len(refused), refused[0]["payload"]) == (1, "")
    assert not before["suppressed"]


@pytest.mark.parametrize("before", [2, "videos", "sightings"])
def test_ended_on_the_way_it_is_run_again_and_counts_once(lake, vehicle, monkeypatch, before):
    folder = Path(lake.store.root).parent
    copy = shutil.copytree(folder, folder.with_name("copy"))
    expected = erase(lake, request(vehicle))
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    real, calls = type(lake.store).remove_files, []

    def ended(*arguments):
        calls.append(arguments)
        if before in {len(calls), arguments[1].name}:
            raise KeyboardInterrupt
        real(*arguments)

    def ended_at_once(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(lake.store), "remove_files", ended)
        if before == "videos":  # once the files of feeds lie there without the vehicle
            patch.setattr(landed, "_remove_videos", ended_at_once)
        with pytest.raises(KeyboardInterrupt):
            erase(lake, request(vehicle))
    with open_control(lake.settings) as control, control.reading() as connection:
        assert [one.is_done for one in suppressions(connection)] == [False]
    found = erase(lake, request(vehicle))
    assert (found.rows, found.changed, found.files) == (expected.rows, expected.changed, expected.files)
    assert (found.lines, found.videos) == (expected.lines, expected.videos)
    assert named(lake, vehicle, token(lake.token_key, "vehicle", vehicle)) == set()
    with open_control(lake.settings) as control, control.reading() as connection:
        assert [one.is_done for one in suppressions(connection)] == [True]
        told = [str(payload) for *_, payload in entries(connection)]
    assert not [text for text in told if vehicle in text]


def test_what_a_hold_keeps_is_not_erased(lake, vehicle):
    before = {table.full_name: lake.store.rows(table) for table in (SIGHTINGS, READS)}
    hold = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=90), Scope(frozenset({vehicle})))
    orphans = scan(lake, Needles(), ()).finds
    placed = place_hold(lake.store, lake.settings, hold, ahead=False)
    with pytest.raises(HeldError, match=f"of {placed.hold_id}") as caught:
        erase(lake, request(vehicle))
    assert vehicle not in str(caught.value)
    assert {table.full_name: lake.store.rows(table) for table in (SIGHTINGS, READS)} == before
    with open_control(lake.settings) as control, control.reading() as connection:
        assert suppressions(connection) == []
    assert scan(lake, Needles(), ()).finds == orphans  # no file of a try that came to nothing


def test_a_restricted_vehicle_is_out_of_use_until_that_is_lifted(lake, vehicle):
    mine = by_name([row for row in lake.store.rows(SIGHTINGS) if row["vrm"] == vehicle], "sighting_id")
    pictures = [row for row in lake.store.rows(PLATE_IMAGES) if row["sighting_id"] in mine]
    outcome = restrict(lake, request(vehicle), "complaint 17", TODAY + timedelta(days=30))
    assert named(lake, vehicle) <= {"restricted.quarantine"}
    kept = by_name([row for row in lake.store.rows(HELD_SIGHTINGS) if row["vrm"] == vehicle], "sighting_id")
    assert kept.keys() == mine.keys()
    night = again(lake, but=("ocr", "analyse"))
    assert named(night, vehicle) <= {"restricted.quarantine"}

    with pytest.raises(SuppressionError, match="there is no suppression"):
        lift(lake, "suppression99999", "4", "it was right")
    assert lift(lake, outcome.names[0], "4", "it was right") >= len(mine)
    night = again(lake, "lifted", but=("ingest", "ocr", "analyse"))
    back = by_name([row for row in night.store.rows(SIGHTINGS) if row["vrm"] == vehicle], "sighting_id")
    assert back == mine
    assert len([row for row in night.store.rows(PLATE_IMAGES) if row["sighting_id"] in mine]) == len(pictures)
    assert [row for row in night.store.rows(READS) if row["vrm"] == vehicle]
    assert datetime.now(UTC).date() == TODAY
    assert night.store.rows(ANALYTIC_READS)
