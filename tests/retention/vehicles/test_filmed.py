"""Vehicles that were filmed with others: pictures and footage show more than the one that was read."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope
from jobs.lake.tables import FOOTAGE, HELD_FOOTAGE, HELD_IMAGES, PLATE_IMAGES, SIGHTINGS
from jobs.retention.certificate import _remains_of_vehicle
from jobs.retention.expired import FOOTAGE_PLACE
from jobs.retention.holds.placing import place_hold
from jobs.retention.vehicles.erasure import erase
from jobs.retention.vehicles.order import Outcome, Request
from jobs.retention.vehicles.restriction import restrict
from tests.factories import CHANGED, sighting, staff
from tests.retention.conftest import NIGHT

TODAY = datetime.now(UTC).date()
MINE = "AB12CDE"
VIDEO = hashlib.sha256(b"a video").hexdigest()
# Of each sighting its mark, its video and the frames in which it was read; the last of these is the best one.
FILMED = {
    "mine": (MINE, VIDEO, 50, 60), "beside": ("BC23DEF", VIDEO, 80, 85), "later": ("CD34EFG", VIDEO, 80, 86),
    "before": ("DE45FGH", VIDEO, 20, 25), "earlier": ("EF56GHJ", VIDEO, 20, 24), "elsewhere": ("FG67HJK", "v2", 50, 55),
}  # fmt: skip
SHOWN = {"beside", "before"}
"""Those read best within 25 frames of the first or last one of mine."""


def name(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def pictures(night, table=PLATE_IMAGES):
    of = {name(text): text for text in FILMED}
    return {(of[row["sighting_id"]], row["kind"]) for row in night.store.rows(table)}


@pytest.fixture
def filmed(night):
    """Passages with their pictures, all of one day but one, which was filmed after midnight; the video has landed."""
    assert night.token_key
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, TODAY)
    rows, images = [], []
    for text, (vrm, file_id, first, last) in FILMED.items():
        day = NIGHT + timedelta(days=text == "beside")
        rows.append(
            sighting(
                day, sighting_id=name(text), vrm=vrm, vrm_raw=vrm, camera_id="F001", source_kind="footage",
                file_id=file_id, first_frame=first, last_frame=last, best_frame=last, process_date=NIGHT,
            )
        )  # fmt: skip
        picture = {"sighting_id": name(text), "jpeg": b"x", "sha256": "x", "bytes": 1, "process_date": NIGHT}
        images += [picture | {"kind": kind, "run_id": "r", "capture_date": day} for kind in ("patch", "overview")]
    night.store.append_rows(SIGHTINGS, rows)
    night.store.append_rows(PLATE_IMAGES, images)
    path = f"{NIGHT}/footage/v.mp4"
    night.store.append_rows(FOOTAGE, [
        {"footage_id": VIDEO, "landed_path": path, "camera_id": "F001", "bytes": 7, "status": "read",
         "frame_rate": 24.5,
         "started_at": datetime.combine(NIGHT, datetime.min.time(), UTC), "paths": {path: CHANGED},
         "process_date": NIGHT, "run_id": "r", "capture_date": NIGHT}
    ])  # fmt: skip
    video(night, "v")
    return night


def video(night, stem):
    file = Path(night.settings.storage.landing) / f"{NIGHT}/footage/{stem}.mp4"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"a video")
    return file


def request():
    return Request(frozenset({MINE}), NIGHT, NIGHT, "the owner asked for it", "3")


def of_all_but(*without):
    return {(text, kind) for text in FILMED for kind in ("patch", "overview")} - set(without)


MINE_AND_SHOWN = {("mine", "patch"), ("mine", "overview"), *((text, "overview") for text in SHOWN)}


def test_overviews_of_others_go_where_they_show_it_and_the_others_stay(filmed):
    outcome = erase(filmed, request())
    assert pictures(filmed) == of_all_but(*MINE_AND_SHOWN)
    assert (outcome.rows["restricted.plate_images"], outcome.videos, outcome.in_evidence) == (4, 1, 0)
    assert len(filmed.store.rows(SIGHTINGS)) == len(FILMED) - 1
    assert len([*_remains_of_vehicle(outcome)]) == 1


def test_a_hold_keeps_such_an_overview_first_and_the_certificate_says_that_it_is_there(filmed):
    hold = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=30), Scope(frozenset({"BC23DEF"})))
    hold_id = place_hold(filmed.store, filmed.settings, hold, ahead=False).hold_id
    held = {"hold_id": hold_id, "case_ref": "Op Kestrel", "held_at": CHANGED, "held_sha256": "x"}
    held |= {"footage_id": VIDEO, "camera_id": "F001", "started_at": CHANGED, "capture_date": NIGHT}
    ranges = [held | {"held_path": f"{first}", "first_frame": first, "last_frame": 110} for first in (85, 86)]
    filmed.store.append_rows(HELD_FOOTAGE, ranges)
    outcome = erase(filmed, request())
    assert pictures(filmed) == of_all_but(*MINE_AND_SHOWN)
    assert pictures(filmed, HELD_IMAGES) == {("beside", "patch"), ("beside", "overview")}
    assert outcome.in_evidence == 2
    assert "2 pictures and ranges of footage that legal holds keep" in [*_remains_of_vehicle(outcome)][1]


def test_ended_when_all_was_gone_it_tells_of_what_is_in_evidence_when_it_is_run_again(filmed, monkeypatch):
    def ended(*_):
        raise KeyboardInterrupt

    hold = Hold("Op Kestrel", "trial", "3", TODAY + timedelta(days=30), Scope(frozenset({"BC23DEF"})))
    place_hold(filmed.store, filmed.settings, hold, ahead=False)
    with monkeypatch.context() as patch:
        patch.setattr("jobs.retention.vehicles.erasure.tell", ended)
        with pytest.raises(KeyboardInterrupt):
            erase(filmed, request())
    assert erase(filmed, request()).in_evidence == 1


def test_what_is_restricted_goes_out_of_use_and_others_keep_their_overviews(filmed):
    outcome = restrict(filmed, request(), "complaint 17", TODAY + timedelta(days=30))
    assert pictures(filmed) == of_all_but(("mine", "patch"), ("mine", "overview"))
    assert (outcome.videos, FOOTAGE_PLACE.old_files(filmed, NIGHT - timedelta(days=90))) == (0, [])


def test_the_same_video_sent_again_goes_with_the_next_purge(filmed):
    erase(filmed, request())
    assert not list((Path(filmed.settings.storage.landing) / f"{NIGHT}/footage").iterdir())
    video(filmed, "again")
    (file,) = FOOTAGE_PLACE.old_files(filmed, NIGHT - timedelta(days=90))
    assert file.path == f"{NIGHT}/footage/again.mp4"


def test_of_a_video_that_lies_there_twice_both_go_and_it_has_one_row(filmed):
    video(filmed, "copy")
    assert erase(filmed, request()).videos == 2
    assert not list((Path(filmed.settings.storage.landing) / f"{NIGHT}/footage").iterdir())
    assert [(row["footage_id"], row["reason"]) for row in filmed.store.rows(FOOTAGE)] == [(VIDEO, "suppressed")]


def test_nothing_is_told_to_remain_where_nothing_does():
    assert len([*_remains_of_vehicle(Outcome())]) == 1
