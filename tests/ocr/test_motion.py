import cv2
import numpy as np

from ocr.motion import MotionGate
from tests.ocr.clips import SIZE, road


def regions(*pictures):
    """The regions of pictures that follow two of the empty road."""
    gate = MotionGate(9.0)
    gate.region(road())
    gate.region(road())
    return [gate.region(picture) for picture in pictures]


def with_block(x, y, size=60):
    picture = road()
    picture[y : y + size, x : x + size] = 230
    return picture


def test_the_first_two_pictures_are_looked_at_as_a_whole():
    gate = MotionGate(9.0)
    assert [gate.region(road()) for _ in range(3)] == [(0, 0, *SIZE), (0, 0, *SIZE), None]


def test_a_still_picture_with_a_cameras_noise_has_no_motion():
    noise = np.random.default_rng(2)
    noisy = [np.clip(road() + noise.normal(0, 4, road().shape), 0, 255).astype(np.uint8) for _ in range(6)]
    assert regions(*noisy) == [None] * 6


def test_the_region_holds_what_moves():
    x, y, w, h = regions(with_block(200, 120))[0]
    assert (x <= 200, y <= 120, x + w >= 260, y + h >= 180) == (True, True, True, True)
    assert w < SIZE[0] / 2


def test_a_burnt_in_clock_is_no_motion():
    pictures = []
    for second in range(5):
        picture = road()
        cv2.putText(picture, f"12:00:0{second}", (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        pictures.append(picture)
    assert regions(*pictures) == [None] * 5


def test_a_slow_change_of_light_is_no_motion():
    pictures = [np.clip(road().astype(int) + 5 * step, 0, 255).astype(np.uint8) for step in range(8)]
    assert regions(*pictures) == [None] * 8


def test_a_lorry_that_fills_most_of_the_picture_is_motion():
    lorry = road()
    lorry[:, 60:] = np.random.default_rng(3).integers(0, 255, lorry[:, 60:].shape, dtype=np.uint8) // 2
    lorry[100:200, 200:400] = 240
    assert regions(lorry)[0] is not None
