"""The camera register: the newest file replaces it, and a broken one changes nothing."""

import csv
from datetime import date
from pathlib import Path

import pytest

from jobs.ingest.register import CameraRegisterError, _parse, ingest_cameras
from jobs.lake.tables import CAMERAS

HEADER = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"
GOOD = "F001,fixed,54.9783,-1.6178,A1,90,in,2026-01-01,"


def parse(*lines):
    return _parse("\n".join([HEADER, *lines]).encode(), "p.csv")


def test_the_newest_register_replaces_the_older_and_a_broken_one_leaves_it(night):
    def land(day, text):
        folder = Path(night.settings.storage.landing) / day / "cameras"
        folder.mkdir(parents=True)
        (folder / "cameras.csv").write_text(text, encoding="utf-8-sig")

    def held():
        return sorted((row.camera_id, row.latitude, row.valid_to) for row in night.store.read(CAMERAS).collect())

    assert ingest_cameras(night).files == 0
    land("2026-11-18", f"{HEADER}\nF009,fixed,1,1,A1,0,none,2026-01-01,\n")
    land("2026-11-19", f"{HEADER}\n{GOOD}\nM01,mobile,,,,,none,2026-01-01,2026-12-31\n")
    land("2026-11-21", f"{HEADER}\nF999,fixed,1,1,A1,0,none,2026-01-01,\n")  # not yet arrived
    assert ingest_cameras(night).notes == {"cameras": 2}
    expected = [("F001", 54.9783, None), ("M01", None, date(2026, 12, 31))]
    assert held() == expected
    land("2026-11-20", f"{HEADER}\n{GOOD.replace('54.9783', '95')}\n")
    with pytest.raises(CameraRegisterError):
        ingest_cameras(night)
    assert held() == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (GOOD.replace("54.9783", "95"), "line 2: latitude: Input should be less than or equal to 90"),
        (GOOD.replace("54.9783", "north"), "line 2: latitude: "),
        (GOOD.replace("fixed", "drone"), "line 2: kind: "),
        (GOOD.replace("F001", "F 001"), "line 2: camera_id: "),
        (GOOD.replace("F001", ""), "line 2: camera_id: "),
        (GOOD.replace(",in,", ",both,"), "line 2: cordon: "),
        (GOOD.replace("2026-01-01", ""), "line 2: valid_from: "),
        (GOOD + "2025-12-31", "line 2: valid_to: Value error, valid_to lies before valid_from"),
        (GOOD + ",more", "line 2: more: Extra inputs are not permitted"),
        ("F001,fixed", "line 2: "),
        ("", "holds no camera"),
        (GOOD + "\n" + GOOD, "line 3: valid_from: the camera's period before has not ended"),
        (GOOD + "2026-05-01\n" + GOOD.replace("2026-01-01", "2026-05-01"), "line 3: valid_from: the camera's period"),
        ('"' + "x" * 200_000, "no CSV in UTF-8: Error"),
    ],
)
def test_a_broken_line_is_named_without_its_place(line, expected):
    with pytest.raises(CameraRegisterError) as caught:
        parse(line)
    assert str(caught.value).startswith("p.csv")
    assert expected in str(caught.value)
    assert not [value for value in ("54.9783", "-1.6178", "north") if value in str(caught.value)]


def test_a_register_in_another_encoding_or_without_its_header_is_refused():
    with pytest.raises(CameraRegisterError, match="no CSV in UTF-8: UnicodeDecodeError"):
        _parse(f"{HEADER}\n{GOOD}".encode("utf-16"), "p.csv")
    with pytest.raises(CameraRegisterError, match="line 2: "):
        _parse(f"{GOOD}\n{GOOD}".encode(), "p.csv")


def test_periods_of_one_camera_may_follow_each_other():
    moved = GOOD.replace("2026-01-01", "2026-05-02").replace("54.9783", "55")
    cameras = parse(moved, GOOD + "2026-05-01", GOOD.replace("F001", "F002"))
    assert [camera.camera_id for camera in cameras] == ["F001", "F001", "F002"]


def test_the_header_of_the_documentation_is_the_models():
    row = next(csv.DictReader([HEADER, GOOD]))
    assert parse(GOOD)[0].model_dump().keys() == row.keys()
