import math

import cv2
import numpy as np
import pytest

from ocr.video import Footage, FootageError, probe
from tests.ocr import containers
from tests.ocr.clips import FRAME_RATE, SIZE, road, write_video


def clip(path, frames=24, fourcc="mp4v"):
    return write_video(path, [np.full_like(road(), 10 * (i % 24)) for i in range(frames)], fourcc)


def reason_of(path):
    with pytest.raises(FootageError) as caught:
        probe(path)
    return caught.value.reason


def test_a_video_tells_its_rate_size_and_length(tmp_path):
    info = probe(clip(tmp_path / "a.mp4"))
    assert (info.width, info.height, info.frames) == (*SIZE, 24)
    assert info.frame_rate == pytest.approx(FRAME_RATE)
    assert info.duration_s == pytest.approx(2.0)


def test_every_frame_comes_once_with_a_time_that_grows(tmp_path):
    footage = Footage(clip(tmp_path / "a.mp4"))
    seen = [(frame.index, frame.time_s) for frame in footage]
    assert [index for index, _ in seen] == list(range(24))
    assert [time_s for _, time_s in seen] == pytest.approx([i / FRAME_RATE for i in range(24)], abs=0.002)
    assert footage.lost_s == 0.0


def test_a_frame_gives_its_own_picture(tmp_path):
    levels = [frame.image().mean() for frame in Footage(clip(tmp_path / "a.mp4")) if frame.index % 6 == 0]
    assert levels == pytest.approx([0, 60, 120, 180], abs=6)


def test_an_empty_file_is_empty(tmp_path):
    (tmp_path / "a.mp4").touch()
    assert reason_of(tmp_path / "a.mp4") == "empty"


def test_text_with_a_videos_name_is_no_video(tmp_path):
    (tmp_path / "a.mp4").write_text("this is no video " * 100)
    assert reason_of(tmp_path / "a.mp4") == "not_video"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_still_picture_with_a_videos_name_is_no_video(tmp_path, suffix):
    _, data = cv2.imencode(suffix, road())
    (tmp_path / "a.mp4").write_bytes(data.tobytes())
    assert reason_of(tmp_path / "a.mp4") == "not_video"


def test_an_mp4_that_lost_its_index_is_truncated(tmp_path):
    whole = clip(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) // 2])
    assert reason_of(tmp_path / "b.mp4") == "truncated"


def test_a_container_without_frames_has_no_frames(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FRAME_RATE, SIZE)
    writer.release()
    assert reason_of(tmp_path / "a.avi") == "no_frames"


def test_a_file_that_breaks_in_the_middle_gives_what_was_readable_and_the_loss(tmp_path):
    whole = clip(tmp_path / "a.avi", frames=48, fourcc="MJPG").read_bytes()
    (tmp_path / "b.avi").write_bytes(whole[: len(whole) // 2])
    footage = Footage(tmp_path / "b.avi")
    frames = sum(1 for _ in footage)
    assert 10 < frames < 40
    assert footage.lost_s == pytest.approx((48 - frames) / FRAME_RATE)


def test_a_frame_more_in_the_header_than_in_the_file_is_no_loss(tmp_path):
    footage = Footage(containers.with_frame_count_of_avi(clip(tmp_path / "a.avi", fourcc="MJPG"), 26))
    assert (footage.info.frames, sum(1 for _ in footage), footage.lost_s) == (26, 24, 0.0)


def test_frames_broken_in_the_middle_are_lost_and_those_behind_them_keep_their_numbers(tmp_path):
    footage = Footage(containers.broken(containers.write_numbered(tmp_path / "a.avi", 300, "MJPG"), 100, 200))
    seen = [(frame.index, containers.number_of(frame.image())) for frame in footage]
    assert [index for index, _ in seen] == [number for _, number in seen]
    assert [index for index, _ in seen] == [*range(100), *range(200, 300)]
    assert footage.lost_s == pytest.approx(100 / containers.FRAME_RATE)
    assert footage.lost_between(10.0, math.inf) == pytest.approx(80 / containers.FRAME_RATE)
    assert footage.lost_between(0.0, 8.0) == footage.lost_between(17.0, math.inf) == 0.0


def slow_then_fast(path):
    return containers.with_steps(containers.write_numbered(path, 240), [1.9] * 120 + [0.1] * 120)


def fast_then_slow(path):
    return containers.with_steps(containers.write_numbered(path, 240), [0.1] * 120 + [1.9] * 120)


def kind(fourcc):
    return lambda path: containers.write_numbered(path, 240, fourcc)


CONTAINERS = {
    "mpeg4.mp4": kind("mp4v"), "mjpeg.avi": kind("MJPG"), "mpeg4.avi": kind("XVID"), "lossless.avi": kind("FFV1"),
    "vp8.webm": kind("VP80"), "vp9.webm": kind("VP90"), "two_way_prediction.mkv": kind("mpg2"),
    "two_way_prediction.ts": kind("mpg2"), "slow_then_fast.mp4": slow_then_fast, "fast_then_slow.mp4": fast_then_slow,
    "no_times.m4v": lambda path: containers.bare_stream(path, kind("XVID")(path.with_suffix(".avi"))),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_frame_has_the_same_number_time_and_picture_in_a_range_as_in_the_whole_file(tmp_path, name):
    path = CONTAINERS[name](tmp_path / name)
    whole = [(f.index, f.time_s, containers.number_of(f.image())) for f in Footage(path)]
    assert [index for index, _, _ in whole] == [number for _, _, number in whole] == list(range(240))
    for start_s, end_s in ((0.0, 2.0), (3.0, 5.5), (11.99, 17.2), (19.9, math.inf), (30.0, math.inf)):
        part = [(f.index, f.time_s, containers.number_of(f.image())) for f in Footage(path).frames(start_s, end_s)]
        assert part == [frame for frame in whole if start_s <= frame[1] < end_s]


def test_where_the_file_cannot_be_sought_a_range_is_reached_from_the_beginning(tmp_path):
    path = containers.write_numbered(tmp_path / "a.avi", 240, "MJPG")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"idx1")])
    assert [containers.number_of(f.image()) for f in Footage(path).frames(15.0, 15.5)] == [180, 181, 182, 183, 184, 185]


def test_a_variable_frame_rate_is_told_by_the_container(tmp_path):
    times = [frame.time_s for frame in Footage(slow_then_fast(tmp_path / "a.mp4"))]
    assert times[:3] == pytest.approx([0.0, 1.9 / 12, 3.8 / 12], abs=0.001)
    assert times[200] - times[199] == pytest.approx(0.1 / 12, abs=0.001)


def test_a_turned_picture_comes_upright(tmp_path):
    footage = Footage(containers.turned(containers.write_numbered(tmp_path / "a.mp4", 24)))
    assert (footage.info.width, footage.info.height) == (96, 160)
    upright = (cv2.rotate(frame.image(), cv2.ROTATE_90_COUNTERCLOCKWISE) for frame in footage.frames(1.0, 1.3))
    assert [containers.number_of(picture) for picture in upright] == [12, 13, 14, 15]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_grey_pictures_of_8_and_16_bits_come_as_usual_ones(tmp_path, depth):
    path = containers.write_grey(tmp_path / "a.avi", depth)
    images = [frame.image() for frame in Footage(path)]
    assert {(image.dtype, image.shape) for image in images} == {(np.dtype(np.uint8), (96, 160, 3))}
    assert [image.mean() for image in images] == pytest.approx([10, 60, 110, 160, 210], abs=3)


def test_300_frames_a_second_keep_their_times(tmp_path):
    path = containers.write_numbered(tmp_path / "a.mp4", 300, frame_rate=300.0)
    times = [frame.time_s for frame in Footage(path)]
    assert times == pytest.approx([i / 300 for i in range(300)], abs=0.001)


@pytest.mark.parametrize(("size", "reason"), [((7680, 4320), "too_large"), ((16, 16), "too_small")])
def test_frames_too_large_or_too_small_are_refused(tmp_path, size, reason):
    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), FRAME_RATE, size)
    writer.write(np.zeros((size[1], size[0], 3), np.uint8))
    writer.release()
    assert reason_of(tmp_path / "a.avi") == reason
