"""The camera register: the newest file replaces it, and a broken one changes nothing."""

import csv
import gzip
import tempfile
from datetime import date
from pathlib import Path

import pytest

from jobs.ingest.formats.cameras import HEADER, CameraRegisterError, read_register
from jobs.ingest.register import ingest_cameras
from jobs.lake.tables import CAMERAS
from jobs.settings import load_settings
from jobs.settings.area import Area

GOOD = "F001,fixed,54.9783,-1.6178,A1,90,in,2026-01-01,"


SETTINGS = load_settings(environment={})


def read(content, settings=SETTINGS):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "p.csv").write_bytes(content)
        return read_register(folder, "p.csv", settings)


def parse(*lines, settings=SETTINGS):
    return read("\n".join([HEADER, *lines]).encode(), settings)


def test_the_newest_register_replaces_the_older_and_a_broken_one_leaves_it(night):
    def land(day, text):
        folder = Path(night.settings.storage.landing) / day / "cameras"
        folder.mkdir(parents=True)
        (folder / "cameras.csv").write_text(text, encoding="utf-8-sig")

    def held():
        return sorted((row.camera_id, row.latitude, row.valid_to) for row in night.store.read(CAMERAS).collect())

    assert ingest_cameras(night).files == 0
    land("2026-11-18", f"{HEADER}\nF009,fixed,54,1,A1,0,none,2026-01-01,\n")
    land("2026-11-19", f"{HEADER}\n{GOOD}\nM01,mobile,,,,,none,2026-01-01,2026-12-31\n")
    land("2026-11-21", f"{HEADER}\nF999,fixed,54,1,A1,0,none,2026-01-01,\n")  # not yet arrived
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
        (GOOD + "\n" + GOOD, "line 3: valid_from: overlaps another period"),
        (
            GOOD + "2026-05-01\n" + GOOD.replace("2026-01-01", "2026-05-01"),
            "line 3: valid_from: overlaps another period",
        ),
        ('"' + "x" * 200_000, "line 2: line_too_long"),
        ('"F001', "line 2: a quote that does not close"),
        (GOOD.replace("54.9783,-1.6178", "0,0"), "line 2: latitude: lies with longitude outside"),
        (GOOD.replace("54.9783,-1.6178", "-1.6178,54.9783"), "line 2: latitude: has changed places"),
        (GOOD.replace("-1.6178", "5"), "line 2: latitude: lies with longitude outside"),
        (GOOD.replace("-1.6178", ""), "line 2: longitude: is there without latitude"),
        (GOOD.replace("fixed,54.9783,-1.6178", "mobile,0,0"), "line 2: latitude: lies with longitude outside"),
    ],
)
def test_a_broken_line_is_named_without_its_place(line, expected):
    with pytest.raises(CameraRegisterError) as caught:
        parse(line)
    assert str(caught.value).startswith("p.csv")
    assert expected in str(caught.value)
    assert not [value for value in ("54.9783", "-1.6178", "north") if value in str(caught.value)]


def test_a_register_in_another_encoding_or_without_its_header_is_refused():
    with pytest.raises(CameraRegisterError, match="line 1: not_utf8"):
        read(f"{HEADER}\n{GOOD}".encode("utf-16"))
    with pytest.raises(CameraRegisterError, match="line 2: "):
        read(f"{GOOD}\n{GOOD}".encode())


def test_a_register_that_unpacks_to_more_than_it_may_is_refused_before_it_fills_memory():
    content = gzip.compress(f"{HEADER}\n".encode() + b"\n" * (200 << 20))
    with pytest.raises(CameraRegisterError, match="file_too_large"):
        read(content)
    quoted = ",".join(f'"{name.upper()}"' for name in HEADER.split(","))
    assert read(gzip.compress(f"{quoted}\n{GOOD}".encode()))[0].camera_id == "F001"


def test_a_partners_camera_may_stand_in_a_partners_area():
    abroad = "P0001,partner,48,2,A1,90,none,2026-01-01,"
    first, *others = SETTINGS.partners
    there = first.model_copy(update={"area": Area(south=40, west=0, north=50, east=9)})
    settings = SETTINGS.model_copy(update={"partners": (there, *others)})
    assert len(parse(abroad, GOOD.replace("F001,fixed", "P0002,partner"), settings=settings)) == 2
    for line, allowed in ((abroad, SETTINGS), (abroad.replace("partner", "fixed"), settings)):
        with pytest.raises(CameraRegisterError, match="outside"):
            parse(line, settings=allowed)


def test_periods_of_one_camera_may_follow_each_other():
    moved = GOOD.replace("2026-01-01", "2026-05-02").replace("54.9783", "55")
    cameras = parse(moved, GOOD + "2026-05-01", GOOD.replace("F001", "F002"))
    assert [camera.camera_id for camera in cameras] == ["F001", "F001", "F002"]


def test_null_island_is_no_place_even_in_an_area_around_it():
    area = Area(south=-5, west=-5, north=60, east=5)
    settings = SETTINGS.model_copy(update={"ingest": SETTINGS.ingest.model_copy(update={"area": area})})
    assert parse(GOOD.replace("54.9783,-1.6178", "0,1"), settings=settings)
    with pytest.raises(CameraRegisterError, match="outside"):
        parse(GOOD.replace("54.9783,-1.6178", "0,0"), settings=settings)


def test_blanks_beside_commas_are_no_part_of_a_field():
    assert parse(GOOD.replace(",", " , ")) == parse(GOOD)


def test_the_header_of_the_documentation_is_the_models():
    row = next(csv.DictReader([HEADER, GOOD]))
    assert parse(GOOD)[0].model_dump().keys() == row.keys()
