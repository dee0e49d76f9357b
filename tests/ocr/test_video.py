import cv2
import numpy as np
import pytest

from ocr.video import Footage, FootageError, VideoInfo, lost_seconds, probe
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


def test_a_frame_more_in_the_header_than_in_the_file_is_no_loss():
    info = VideoInfo(25.0, 640, 480, 1000, 40.0)
    assert lost_seconds(info, 995) == 0.0
    assert lost_seconds(info, 500) == 20.0


def test_a_container_that_does_not_count_its_frames_loses_none():
    assert lost_seconds(VideoInfo(25.0, 640, 480, 0, 0.0), 1000) == 0.0
