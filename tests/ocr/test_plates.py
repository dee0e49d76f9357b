import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from jobs.simulate.plates import PlateStyle
from jobs.simulate.vehicle_picture import PX_PER_MM, draw_vehicle
from ocr.detect import overlap
from ocr.plates import PlateBox, PlateDetector, _clipped, _peaks, distinct


@pytest.fixture(scope="module")
def detector():
    return PlateDetector(threads=1)


def road():
    picture = np.full((540, 960, 3), 105, np.uint8)
    return cv2.rectangle(picture, (0, 0), (960, 180), (190, 180, 170), -1)


def street(style, *, left=300, top=120, scale=0.4):
    """A vehicle on an even road, and the box of its plate."""
    picture = road()
    vehicle = draw_vehicle("AB12CDE", style, "car", "front", night=False, seed=3)
    drawn = cv2.resize(vehicle.levels[0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    window = picture[top : top + drawn.shape[0], left : left + drawn.shape[1]]
    window[:] = np.clip(window * (1 - drawn[:, :, 3:] / 255) + drawn[:, :, :3], 0, 255)
    px = PX_PER_MM * scale
    w, h = (side * px for side in vehicle.plate_mm)
    x, y = left + vehicle.origin_mm[0] * px - w / 2, top + vehicle.origin_mm[1] * px - h / 2
    return picture, (round(x), round(y), round(w), round(h))


@pytest.mark.parametrize(
    "style", [PlateStyle("white"), PlateStyle("yellow"), PlateStyle("black"), PlateStyle(two_lines=True)]
)
def test_the_plate_of_a_vehicle_is_found_in_one_line_and_in_two(detector, style):
    picture, plate = street(style)
    (found,) = detector.find(picture, 640)
    assert overlap(found.rect, plate) > 0.6


def test_a_box_in_a_region_is_in_pixels_of_the_whole_picture(detector):
    picture, plate = street(PlateStyle())
    (found,) = detector.find(picture, 640, (200, 100, 700, 400))
    assert overlap(found.rect, plate) > 0.6


def test_a_road_without_vehicles_has_no_plate(detector):
    assert detector.find(road(), 640) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (33, 65)])
def test_pictures_of_any_shape_are_taken(detector, size):
    picture = np.full((*size, 3), 128, np.uint8)
    for found in detector.find(picture, 640):
        x, y, w, h = found.rect
        assert x >= 0
        assert y >= 0
        assert w >= 1
        assert h >= 1
        assert x + w <= size[1]
        assert y + h <= size[0]


@pytest.mark.parametrize(
    ("box", "region", "rect"),
    [
        ((10.2, 5.4, 30.6, 9.5), (0, 0, 20, 8), (10, 5, 10, 3)),
        ((90, 40, 200, 100), (100, 50, 40, 20), (100, 50, 40, 20)),
        ((110.4, 55.6, 120.4, 60.4), (100, 50, 40, 20), (110, 56, 11, 5)),
    ],
)
def test_a_box_has_both_of_its_edges_and_ends_with_the_region(box, region, rect):
    assert _clipped(np.array(box), region) == rect


def test_a_peak_of_the_heat_is_one_box_whose_sides_are_powers_of_e_around_the_middle_of_its_cell():
    output = np.full((5, 6, 6), -9.0, np.float32)
    output[1:] = 0
    output[0, 2, 3], output[0, 2, 4], output[0, 5, 5] = 3, 2, -0.1
    output[1:, 2, 3] = np.log([1, 2, 3, 1e9])
    ((box, score),) = _peaks(output, 0.5)
    assert score == pytest.approx(1 / (1 + np.exp(-3)))
    assert box.tolist() == pytest.approx([(3.5 - 1) * 8, (2.5 - 2) * 8, (3.5 + 3) * 8, (2.5 + np.exp(6)) * 8])
    output[1, 2, 3] = -50
    assert _peaks(output, 0.5)[0][0][0] == pytest.approx((3.5 - np.exp(-6)) * 8)


def test_of_two_boxes_of_a_plate_the_surer_one_stays():
    boxes = [PlateBox((10, 10, 100, 20), 0.5), PlateBox((12, 10, 100, 20), 0.9), PlateBox((300, 10, 100, 20), 0.4)]
    assert distinct(boxes) == [boxes[1], boxes[2]]


def test_the_runtime_of_the_networks_keeps_and_sends_nothing(tmp_path):
    """It would keep an identifier of the machine and what it has still to send; not on CI, by its own rule."""
    own = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    own |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    code = "from ocr.plates import PlateDetector; PlateDetector(1)"
    subprocess.run([sys.executable, "-c", code], env=own, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
