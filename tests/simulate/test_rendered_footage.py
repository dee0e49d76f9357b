import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from jobs.simulate.footage import Clip, ClipVehicle, render_clip
from jobs.simulate.plates import PlateStyle
from jobs.simulate.scene import Conditions

CLIP = Clip("F001", datetime(2026, 11, 20, 8, tzinfo=UTC), seconds=6.0)


def frames_of(path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, frame = capture.read()
        if not ok:
            return frames
        frames.append(frame)


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".webm"])
def test_a_clip_decodes_to_as_many_frames_as_it_was_asked_for(tmp_path, suffix):
    path = tmp_path / f"clip{suffix}"
    render_clip(path, replace(CLIP, seconds=1.0), [])
    frames = frames_of(path)
    assert len(frames) == replace(CLIP, seconds=1.0).frames == 12
    assert frames[0].shape == (540, 960, 3)


def test_the_sidecar_names_camera_and_start(tmp_path):
    render_clip(tmp_path / "clip.mp4", replace(CLIP, seconds=0.4), [])
    sidecar = json.loads((tmp_path / "clip.json").read_text())
    assert sidecar == {"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}


def test_the_truth_gives_the_frames_in_which_a_plate_is_in_view(tmp_path):
    rows = render_clip(tmp_path / "clip.mp4", CLIP, [ClipVehicle("AB12CDE", at=3.0)])
    assert [row.vrm for row in rows] == ["AB12CDE"]
    row = rows[0]
    assert row.first_frame < 3.0 * CLIP.fps < row.last_frame
    assert row.plate_px[0] >= 49
    assert 180 < row.plate_px[1] < 230
    frames = frames_of(tmp_path / "clip.mp4")
    road = frames[-1][300:540, 300:660].astype(int)
    assert np.abs(frames[row.last_frame - 2][300:540, 300:660].astype(int) - road).mean() > 20
    assert np.abs(frames[row.last_frame + 12][300:540, 300:660].astype(int) - road).mean() < 8


def test_a_vehicle_that_goes_away_gets_smaller(tmp_path):
    vehicle = ClipVehicle("AB12CDE", at=3.0, direction="away")
    assert render_clip(tmp_path / "clip.mp4", CLIP, [vehicle])[0].direction == "away"
    frames = frames_of(tmp_path / "clip.mp4")
    yellow = [
        int(np.count_nonzero((frame[:, :, 2] > 170) & (frame[:, :, 1] > 120) & (frame[:, :, 0] < 110)))
        for frame in (frames[28], frames[44])
    ]
    assert yellow[0] > 2 * yellow[1] > 0


def test_a_plate_behind_another_vehicle_is_not_in_view(tmp_path):
    leader = ClipVehicle("AB12CDE", at=2.0)
    follower = ClipVehicle("XY34FGH", at=3.2)
    alone = render_clip(tmp_path / "alone.mp4", CLIP, [follower])[0]
    both = render_clip(tmp_path / "both.mp4", CLIP, [leader, follower])
    behind = next(row for row in both if row.vrm == "XY34FGH")
    assert behind.first_frame > alone.first_frame
    assert behind.last_frame == alone.last_frame
    assert 0 < behind.looks < alone.looks


def test_a_vehicle_that_comes_after_the_end_has_no_truth(tmp_path):
    assert render_clip(tmp_path / "clip.mp4", CLIP, [ClipVehicle("AB12CDE", at=30.0)]) == []


def test_at_night_the_plate_is_bright_in_a_dark_picture(tmp_path):
    clip = replace(CLIP, conditions=Conditions(night=True, noise=5))
    row = render_clip(tmp_path / "clip.mp4", clip, [ClipVehicle("AB12CDE", at=3.0)])[0]
    frame = frames_of(tmp_path / "clip.mp4")[row.last_frame - 2]
    assert row.night
    assert np.median(frame) < 40
    assert np.count_nonzero(frame.min(axis=2) > 180) > 1500


def test_slow_shutter_blurs(tmp_path):
    sharp, soft = (
        render_clip(
            tmp_path / f"{name}.mp4",
            replace(CLIP, conditions=Conditions(shutter_s=shutter)),
            [ClipVehicle("AB12CDE", at=3.0)],
        )[0]
        for name, shutter in (("sharp", 1 / 500), ("soft", 1 / 60))
    )
    assert soft.blur_px > 3 * sharp.blur_px


def test_two_line_plates_are_narrower(tmp_path):
    style = PlateStyle("white", two_lines=True)
    row = render_clip(tmp_path / "clip.mp4", CLIP, [ClipVehicle("AB12CDE", at=3.0, style=style)])[0]
    assert row.two_lines
    assert row.plate_px[1] < 130


def test_the_same_clip_has_the_same_bytes(tmp_path):
    vehicles = [ClipVehicle("AB12CDE", at=1.5), ClipVehicle("XY34FGH", at=3.5, seed=4)]
    digests = []
    for name in ("one", "two"):
        render_clip(tmp_path / f"{name}.mp4", CLIP, vehicles)
        digests.append(hashlib.sha256((tmp_path / f"{name}.mp4").read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match=r"clip\.mp4"):
        render_clip(tmp_path / "missing" / "clip.mp4", CLIP, [])
