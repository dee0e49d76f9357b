"""A sighting that was read wrong, put right on somebody's order, in a small lake."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.consolidate import corrections as applying
from jobs.consolidate.job import consolidate
from jobs.control import corrections
from jobs.control.corrections import Correction, CorrectionError
from jobs.control.database import open_control
from jobs.control.free_text import FreeTextError
from jobs.control.holds import Hold, Scope
from jobs.control.lake_state import older_tables
from jobs.control.log import entries
from jobs.control.people import PeopleError
from jobs.ingest.job import ingest
from jobs.ingest.landed_again import read_again
from jobs.lake.tables import HELD_SIGHTINGS, READS_STAGED, SIGHTINGS
from jobs.retention.holds.placing import place_hold
from jobs.retention.purge.job import plan, purge
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.scan import scan
from jobs.retention.vehicles import correction, erasure
from jobs.retention.vehicles.correction import correct, right_mark
from jobs.retention.vehicles.erasure import erase
from jobs.retention.vehicles.marks import VehiclesError
from jobs.retention.vehicles.order import Request
from jobs.retention.vehicles.restriction import lift, restrict
from jobs.settings import load_settings
from tests.factories import feed, land, register, staff
from tests.retention.conftest import NIGHT

VRMS = load_settings(environment={}).ingest.vrms

TODAY = datetime.now(UTC).date()
WRONG, RIGHT, OTHER = "AB12CDE", "KL56MNO", "WX34YZA"
PATH = f"{NIGHT}/fixed/reads.csv"
FEED = feed((f"{NIGHT}T08:00:00", "ab12 cde"), (f"{NIGHT}T09:00:00", WRONG), (f"{NIGHT}T10:00:00", OTHER))


HOLD = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=30), Scope(frozenset({WRONG})))


@pytest.fixture
def landed(night):
    """Two vehicles; the first sighting under one of the marks is really of a third."""
    assert night.token_key
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection)
    land(night, f"{NIGHT}/cameras/cameras.csv", register("F001"))
    land(night, PATH, FEED)
    ingest(night)
    return night


def name_of(night):
    (found,) = [row["sighting_id"] for row in night.store.rows(SIGHTINGS) if row["vrm_raw"] == "ab12 cde"]
    return found


def order(night, vrm=RIGHT, **changes):
    return replace(Correction(name_of(night), NIGHT, vrm, "the owner showed it", "3"), **changes)


def request(vrm):
    return Request(frozenset({vrm}), NIGHT, NIGHT, "the owner asked for it", "3")


def marks(night):
    return sorted(row["vrm"] for row in night.store.rows(SIGHTINGS))


def ended(*_):
    raise KeyboardInterrupt


def known(night):
    """All that the control database says of corrections, by sighting."""
    with open_control(night.settings) as control, control.reading() as connection:
        return {one.sighting_id: one for one in corrections.to_apply(connection, [NIGHT])}


def texts(folder: Path, suffixes: Iterable[str]):
    return "".join(path.read_text() for path in folder.rglob("*") if path.suffix in suffixes)


def test_reads_are_worked_out_anew_and_no_mark_is_in_the_log_or_in_what_a_table_says_of_its_files(landed):
    consolidate(landed)
    assert correct(landed, order(landed)) == []
    assert marks(landed) == [WRONG, RIGHT, OTHER]
    consolidate(replace(landed, run_id="next"))
    assert sorted(row["vrm"] for row in landed.store.rows(READS_STAGED)) == [WRONG, RIGHT, OTHER]
    root = Path(landed.store.path(SIGHTINGS))
    assert len(list(root.rglob("*.parquet"))) == 1  # the one that had it wrong is off the disk
    with open_control(landed.settings) as control, control.reading() as connection:
        told = str(list(entries(connection)))
        assert older_tables(connection, landed.store) == []
        assert (
            landed.store.version(SIGHTINGS)
            == list(entries(connection, ["lake_state"]))[-1][3]["tables"][SIGHTINGS.full_name][1]
        )
    for text in (told, texts(root, {".json"})):
        assert not [mark for mark in (WRONG, RIGHT) if mark in text]


@pytest.mark.parametrize("how", ["read again", "resent"])
def test_a_file_that_comes_again_does_not_bring_the_wrong_mark_back(landed, how):
    correct(landed, order(landed))
    if how == "read again":  # as a repair does
        landed.store.remove_files(SIGHTINGS, {file.path for file in landed.store.files_of_days(SIGHTINGS, [NIGHT])})
        read_again(landed, {NIGHT})
    else:
        land(landed, f"{NIGHT}/fixed/again.csv", FEED + f"F001,{NIGHT}T11:00:00Z,{OTHER},0.9,towards,1\n")
    night = replace(landed, run_id="next")
    ingest(night)
    consolidate(night)
    assert marks(night) == [WRONG, RIGHT, OTHER] + [OTHER] * (how == "resent")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"sighting_id": "0" * 32}, f"there is no such sighting on {NIGHT}"),
        ({"capture_date": NIGHT - timedelta(days=1)}, "there is no such sighting on 2026-11-19"),
        ({"vrm": WRONG}, "the sighting has that mark already"),
        ({"by": "2"}, "2 is analyst"),
        ({"reason": f"it was {RIGHT}"}, "--reason holds what might be a mark"),
    ],
)
def test_a_wrong_order_is_refused_in_one_line_without_a_mark(landed, changes, error):
    with pytest.raises((CorrectionError, PeopleError, FreeTextError), match=error) as caught:
        correct(landed, order(landed, **changes))
    assert not [mark for mark in (WRONG, RIGHT) if mark in str(caught.value)]
    assert (marks(landed), known(landed)) == ([WRONG, WRONG, OTHER], {})


@pytest.mark.parametrize(
    ("text", "error"),
    [("", "is empty"), (f"{RIGHT}\n{OTHER}", "has 2 marks"), ("AB?2", "line 1"), ("no plate", "line 1")],
)
def test_one_whole_mark_is_given(text, error):
    assert right_mark(b"kl56 mno\n", VRMS) == RIGHT
    with pytest.raises(VehiclesError, match=error):
        right_mark(text.encode(), VRMS)


def test_nothing_becomes_a_vehicle_that_is_erased_or_restricted_on_that_day(landed):
    erase(landed, request(OTHER))
    with pytest.raises(CorrectionError, match="right mark is that of a vehicle that is erased, or restricted"):
        correct(landed, order(landed, OTHER))
    wrong = order(landed)
    restrict(landed, request(WRONG), "complaint 17", TODAY + timedelta(days=30))
    with pytest.raises(CorrectionError, match="is of a vehicle that is restricted from use: lift that first"):
        correct(landed, wrong)
    assert known(landed) == {}


def test_nor_is_a_sighting_corrected_whose_erasure_was_ended_on_the_way(landed, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_take_all", ended)
        with pytest.raises(KeyboardInterrupt):
            erase(landed, request(WRONG))
    with pytest.raises(CorrectionError, match="sighting is of a vehicle that is erased"):
        correct(landed, order(landed))
    assert known(landed) == {}


def test_a_hold_that_comes_while_it_is_at_work_has_its_copy_too(landed, monkeypatch):
    kept, placed = correction._kept, []

    def meanwhile(*arguments):
        found = kept(*arguments)
        if not placed:
            placed.append(place_hold(landed.store, landed.settings, HOLD, ahead=False))
        return found

    monkeypatch.setattr(correction, "_kept", meanwhile)
    assert correct(landed, order(landed)) == [placed[0].hold_id]
    assert {row["vrm"] for row in landed.store.rows(HELD_SIGHTINGS)} == {WRONG}


def test_what_a_hold_keeps_is_kept_as_it_was(landed):
    placed = place_hold(landed.store, landed.settings, HOLD, ahead=False)
    other = replace(HOLD, case_ref="another", scope=Scope(frozenset({OTHER})))
    place_hold(landed.store, landed.settings, other, ahead=False)
    assert correct(landed, order(landed)) == [placed.hold_id]
    held = {(row["hold_id"], row["vrm"], row["sighting_id"]) for row in landed.store.rows(HELD_SIGHTINGS)}
    assert (placed.hold_id, WRONG, name_of(landed)) in held
    assert {vrm for _, vrm, _ in held} == {WRONG}
    assert marks(landed) == [WRONG, RIGHT, OTHER]


@pytest.mark.parametrize("target", ["_commit", "_told"])
def test_ended_on_the_way_it_is_run_again_and_told_once(landed, monkeypatch, target):
    with monkeypatch.context() as patch:
        patch.setattr(applying, target, ended)
        with pytest.raises(KeyboardInterrupt):
            correct(landed, order(landed))
    assert [one.is_done for one in known(landed).values()] == [False]
    correct(landed, order(landed))
    assert ([one.is_done for one in known(landed).values()], marks(landed)) == ([True], [WRONG, RIGHT, OTHER])
    with open_control(landed.settings) as control, control.reading() as connection:
        assert len(list(entries(connection, ["correction"]))) == 1


def test_it_goes_with_its_day(landed):
    correct(landed, order(landed))
    last = replace(landed, process_date=NIGHT + timedelta(days=730))
    assert {one.place: one.rows for one in plan(last)}["control.corrections"] == 1
    purge(last)
    assert known(last) == {}
    with open_control(last.settings) as control, control.reading() as connection:
        assert [payload for *_, payload in entries(connection, ["correction"])] == [None]


def test_the_control_database_names_the_right_mark_by_right(landed):
    correct(landed, order(landed))
    finds = scan(landed, Needles(frozenset({RIGHT}), frozenset(), 1), ()).finds
    assert [find for find in finds if "control" in find.path] == []


def test_erasing_the_wrong_vehicle_takes_its_mark_out_of_the_chain_and_the_correction_with_it(landed):
    correct(landed, order(landed))
    erase(landed, request(WRONG))
    (mine,) = [row for row in landed.store.rows(SIGHTINGS) if row["vrm"] == RIGHT]
    assert (mine["vrm_raw"], mine["vrm_candidates"], known(landed)) == ("", [], {})
    land(landed, f"{NIGHT}/fixed/again.csv", FEED)
    night = replace(landed, run_id="next")
    ingest(night)
    consolidate(night)
    assert marks(night) == [RIGHT, OTHER]


def test_erasing_the_right_vehicle_takes_its_mark_out_and_the_sighting_never_comes_back_under_the_wrong_one(landed):
    correct(landed, order(landed))
    name = name_of(landed)
    erase(landed, request(RIGHT))
    assert (marks(landed), known(landed)[name].vrm) == ([WRONG, OTHER], None)
    land(landed, f"{NIGHT}/fixed/again.csv", FEED)
    night = replace(landed, run_id="next")
    ingest(night)
    consolidate(night)
    assert marks(night) == [WRONG, OTHER]


def test_of_a_restricted_vehicle_it_stays_and_keeps_the_sighting_out_of_use_until_that_is_lifted(landed):
    correct(landed, order(landed))
    (restriction,) = restrict(landed, request(RIGHT), "complaint 17", TODAY + timedelta(days=30)).names
    land(landed, f"{NIGHT}/fixed/again.csv", FEED)
    night = replace(landed, run_id="next")
    ingest(night)
    consolidate(night)
    assert marks(night) == [WRONG, OTHER]
    assert lift(night, restriction, "4", "it was right") == 1
    assert marks(night) == [WRONG, RIGHT, OTHER]
