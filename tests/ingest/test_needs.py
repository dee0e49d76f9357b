"""What a file waits for, and whether that has come: texts, the register, and licences."""

from datetime import date

import pytest

from jobs.ingest.needs import Met, camera_need

DAY = date(2026, 11, 20)
CAMERA = {"camera_id": "F001", "kind": "fixed", "latitude": 54.9, "longitude": -1.6}
CAMERA |= {"valid_from": date(2026, 1, 1), "valid_to": DAY}
MET = Met([CAMERA], {DAY: ["11-1"]})


@pytest.mark.parametrize(
    ("need", "kind", "is_met"),
    [
        ("again", None, True),
        (camera_need("F001", DAY), "fixed", True),
        (camera_need("F001", DAY), None, True),
        (camera_need("F001", DAY), "mobile", False),
        (camera_need("F001", date(2026, 11, 21)), "fixed", False),
        (camera_need("F002", DAY), "fixed", False),
        ("licence 11-1", "fixed", True),
        ("licence 11-2", "fixed", False),
    ],
)
def test_a_need_is_met_by_what_it_names(need, kind, is_met):
    assert MET.is_met(need, kind, DAY) is is_met


def test_a_licence_is_one_of_the_day_of_arrival():
    assert not MET.is_met("licence 11-1", None, date(2026, 11, 21))


@pytest.mark.parametrize("what", ["aaa", "bbb", "kkk", "sidecar", "zzz"])
@pytest.mark.parametrize("rest", ["", "11-1", "F001 2026-11-20"])
def test_what_nobody_knows_is_not_met(what, rest):
    assert not MET.is_met(f"{what} {rest}".strip(), None, DAY)
