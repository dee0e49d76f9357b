import cv2
import pytest

from ocr.video import FootageError
from tests.ocr.clips import draw_plate, road, write_video


@pytest.fixture(scope="module")
def passing_read(reader, tmp_path_factory):
    """Two seconds of a plate that comes down the picture, then two of the empty road."""
    coming = [draw_plate(road(), "AB12 CDE", 120 + 2 * i, 40 + 7 * i, 90 + 2 * i) for i in range(24)]
    return reader.read_video(write_video(tmp_path_factory.mktemp("clip") / "a.mp4", coming + [road()] * 24))


def test_a_plate_that_comes_by_is_one_passage(passing_read):
    (passage,) = passing_read.passages
    assert (passage.vrm, passage.direction) == ("AB12CDE", "towards")
    assert passage.looks >= 2
    assert 0 <= passage.first_frame <= passage.best_frame <= passage.last_frame < 26


def test_the_box_of_the_best_look_lies_on_the_plate(passing_read):
    (passage,) = passing_read.passages
    x, y, w, h = passage.box
    frame = passage.best_frame
    assert abs(x + w / 2 - (120 + 2 * frame + (90 + 2 * frame) / 2)) < 15
    assert abs(y + h / 2 - (40 + 7 * frame + (90 + 2 * frame) * 60 / 280 / 2)) < 10
    assert passage.time_s == pytest.approx(frame / 12.0, abs=0.01)


def test_a_plate_that_never_moves_is_no_passage(reader, tmp_path):
    parked = draw_plate(road(), "AB12 CDE", 150, 120)
    flicker = parked.copy()
    flicker[200:260, 20:100] = 230
    assert reader.read_video(write_video(tmp_path / "a.mp4", [parked, flicker] * 18)).passages == ()


def test_an_empty_road_has_no_passages(reader, tmp_path):
    assert reader.read_video(write_video(tmp_path / "a.mp4", [road()] * 24)).passages == ()


def test_a_photo_gives_its_plate_as_a_single_look(reader, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), draw_plate(road(), "AB12 CDE", 150, 120, 140))
    (passage,) = reader.read_photo(tmp_path / "a.png")
    assert (passage.vrm, passage.looks, passage.flags) == ("AB12CDE", 1, ("single_look",))


def test_a_photo_without_text_gives_nothing(reader, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), road())
    assert reader.read_photo(tmp_path / "a.png") == ()


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b"no picture", "not_video")])
def test_what_is_no_photo_has_a_reason(reader, tmp_path, content, reason):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(FootageError) as caught:
        reader.read_photo(tmp_path / "a.jpg")
    assert caught.value.reason == reason
