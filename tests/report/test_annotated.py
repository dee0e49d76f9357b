"""Copies of photos and videos with the reads drawn in: what is drawn where, and that nothing is overwritten."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from jobs.domain.errors import LakeError
from jobs.report.annotated import annotate_photo, annotate_video, targets_of
from ocr.passage import settle
from tests.ocr.clips import SIZE, write_video
from tests.ocr.looks import look, track_of

GREY = np.full((SIZE[1], SIZE[0], 3), 100, np.uint8)


def frames_of(path):
    video = cv2.VideoCapture(str(path))
    frames = []
    while video.grab():
        frames.append(video.retrieve()[1].astype(int))
    return frames


def changed(frame, box):
    """Whether the edge of a box is drawn in a frame."""
    x, y, _, h = box
    return np.abs(frame[y + h // 2, x - 1 : x + 2] - 100).max() > 40


@pytest.fixture
def passage():
    """Looks in the frames 0, 6 and 12 of a plate that comes down the picture."""
    return settle(track_of(*(look(i / 2, 60, 60 + 60 * i) for i in range(3))), None)


def test_each_look_is_drawn_in_its_own_frame(tmp_path, passage):
    source = write_video(tmp_path / "a.mp4", [GREY] * 20)
    annotate_video(source, [passage], tmp_path / "out.mp4")
    frames = frames_of(tmp_path / "out.mp4")
    assert len(frames) == 20
    assert frames[0].shape[1::-1] == SIZE
    first, second, third = (each.box for each in passage.looks_seen)
    assert [changed(frames[0], box) for box in (first, second, third)] == [True, False, False]
    assert [changed(frames[6], box) for box in (first, second, third)] == [False, True, False]
    assert not any(changed(frames[14], box) for box in (first, second, third))


def test_between_two_looks_the_box_is_on_its_way(tmp_path, passage):
    source = write_video(tmp_path / "a.mp4", [GREY] * 20)
    annotate_video(source, [passage], tmp_path / "out.mp4")
    assert changed(frames_of(tmp_path / "out.mp4")[3], (60, 90, 100, 20))


def test_a_photo_has_the_box_and_the_texts(tmp_path, passage):
    cv2.imwrite(str(tmp_path / "a.png"), GREY)
    passage = replace(passage, raw_text="AB12·CDE")  # nothing that the drawn font lacks may stop it
    annotate_photo(tmp_path / "a.png", [passage], tmp_path / "out.png")
    drawn = cv2.imread(str(tmp_path / "out.png")).astype(int)
    assert changed(drawn, passage.box)
    assert (drawn[: passage.box[1]] != 100).any()
    assert (drawn[passage.box[1] + passage.box[3] + 2 :] != 100).any()


def test_a_text_is_inside_the_picture_though_its_plate_is_at_the_edge(tmp_path, passage):
    cv2.imwrite(str(tmp_path / "a.png"), GREY)
    annotate_photo(tmp_path / "a.png", [replace(passage, box=(440, 0, 39, 20))], tmp_path / "out.png")
    drawn = cv2.imread(str(tmp_path / "out.png")).astype(int)
    assert (drawn[:10, 200:400] != 100).any()


def test_a_video_becomes_an_mp4_of_its_name_and_a_photo_keeps_its_own(tmp_path):
    files = [tmp_path / "a.avi", tmp_path / "b.JPG"]
    assert [target.name for target in targets_of(files, tmp_path / "out").values()] == ["a.mp4", "b.JPG"]


@pytest.mark.parametrize("names", [["x/a.mp4", "out/b.mp4"], ["x/a.mp4", "y/a.mp4"], ["x/a.mp4", "x/a.avi"]])
def test_nothing_is_overwritten(tmp_path, names):
    with pytest.raises(LakeError, match="--annotate"):
        targets_of([tmp_path / name for name in names], tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path, passage):
    source = write_video(tmp_path / "a.mp4", [GREY])
    with pytest.raises(LakeError, match=r"cannot write out.mp4"):
        annotate_video(source, [passage], tmp_path / "missing" / "out.mp4")
