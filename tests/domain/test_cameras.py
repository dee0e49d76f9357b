"""The register: when and where a camera stands, both ends of its time included."""

from datetime import date

import pyarrow as pa
import pytest

from jobs.domain.cameras import Register, in_force

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
HELD = Register(
    [
        {"camera_id": "F1", "latitude": 54.0, "longitude": -1.5, "valid_from": FIRST, "valid_to": LAST},
        {"camera_id": "F1", "latitude": 55.0, "longitude": -1.5, "valid_from": date(2026, 5, 1), "valid_to": None},
        {"camera_id": "M1", "latitude": None, "longitude": None, "valid_from": FIRST, "valid_to": None},
    ]
)


def places(*rows):
    """Of rows: camera, day, latitude, longitude."""
    camera, day, latitude, longitude = zip(*rows, strict=True)
    return HELD.places(
        pa.array(camera, pa.string()), pa.array(day, pa.date32()), pa.array(latitude, pa.float64()),
        pa.array(longitude, pa.float64()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("camera", "day", "known", "in_use"),
    [
        ("F1", date(2026, 2, 28), True, False),
        ("F1", FIRST, True, True),
        ("F1", LAST, True, True),
        ("F1", date(2026, 4, 1), True, False),
        ("F1", date(2026, 4, 30), True, False),
        ("F1", date(2026, 5, 1), True, True),
        ("F1", date(2099, 1, 1), True, True),
        ("F2", FIRST, False, False),
        ("F1", None, True, False),
        (None, FIRST, False, False),
    ],
)
def test_a_camera_is_in_use_from_its_first_to_its_last_day(camera, day, known, in_use):
    found = places((camera, day, None, None))
    assert (bool(found.known[0]), bool(found.in_use[0])) == (known, in_use)
    if camera and day:
        assert HELD.in_use(camera, day) is in_use


@pytest.mark.parametrize(
    ("day", "holds", "holds_without_an_end"),
    [
        (date(2026, 2, 28), False, False), (FIRST, True, True), (date(2026, 3, 15), True, True), (LAST, True, True),
        (date(2026, 4, 1), False, True), (date(2099, 1, 1), False, True),
    ],
)  # fmt: skip
def test_a_row_of_the_register_holds_from_its_first_to_its_last_day(day, holds, holds_without_an_end):
    assert in_force({"valid_from": FIRST, "valid_to": LAST}, day) is holds
    assert in_force({"valid_from": FIRST, "valid_to": None}, day) is holds_without_an_end


def test_each_row_is_held_against_its_own_camera_and_day():
    rows = [
        ("F1", FIRST),
        ("F2", FIRST),
        ("F1", date(1969, 12, 31)),
        ("M1", LAST),
        ("F1", date(2026, 4, 15)),
        (None, LAST),
    ]
    found = places(*((camera, day, None, None) for camera, day in rows))
    assert found.in_use.tolist() == [True, False, False, True, False, False]
    assert found.known.tolist() == [True, False, True, True, True, False]


@pytest.mark.parametrize(
    ("latitude", "longitude", "metres"),
    [(54.0, -1.5, 0), (54.001, -1.5, 111.2), (54.0, -1.499, 65.4), (53.999, -1.501, 129.0)],
)
def test_it_is_told_how_far_from_its_place_a_camera_says_it_is(latitude, longitude, metres):
    found = places(("F1", FIRST, latitude, longitude))
    assert found.moved_m[0] == pytest.approx(metres, rel=0.002, abs=1e-6)


def test_the_place_is_that_of_the_day_and_nothing_is_far_from_nowhere():
    rows = [
        ("F1", date(2026, 5, 1), 54.0, -1.5),
        ("M1", FIRST, 54.0, -1.5),
        ("F1", FIRST, None, None),
        ("F2", FIRST, 54.0, -1.5),
    ]
    found = places(*rows)
    assert found.moved_m[0] == pytest.approx(111_195, rel=0.001)
    assert found.moved_m[1:].tolist() == [0, 0, 0]


def test_no_rows_have_no_places():
    found = HELD.places(*(pa.array([], kind) for kind in (pa.string(), pa.date32(), pa.float64(), pa.float64())))
    assert len(found.known) == 0
