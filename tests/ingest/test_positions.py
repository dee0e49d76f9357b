"""Where a read may lie: the bounds of an area belong to it, and latitude and longitude 0 are no place anywhere."""

import pyarrow as pa
import pytest

from jobs.ingest.positions import FLAGS, Areas, believable
from jobs.settings.area import Area

AREAS = Areas(Area(south=50, west=-8, north=60, east=2), {"sea": Area(south=-1, west=-1, north=1, east=1)})
BELIEVED = None
MISSING, SWAPPED, IMPLAUSIBLE = FLAGS


@pytest.mark.parametrize(
    ("latitude", "longitude", "source", "flag"),
    [
        ("50", "-8", "any", BELIEVED), ("60", "2", "any", BELIEVED), ("55", "-3.5", "any", BELIEVED),
        ("49.99", "0", "any", IMPLAUSIBLE), ("60.01", "0", "any", IMPLAUSIBLE), ("55", "2.01", "any", IMPLAUSIBLE),
        ("55", "-8.01", "any", IMPLAUSIBLE), ("-3.5", "55", "any", SWAPPED), ("", "0", "any", MISSING),
        ("55", " ", "any", MISSING), ("55", None, "any", MISSING), ("north", "0", "any", IMPLAUSIBLE),
        ("0", "0", "sea", IMPLAUSIBLE), ("0", "-0.5", "sea", BELIEVED), ("-0.5", "0", "sea", BELIEVED),
        ("0", "0.5", "sea", BELIEVED), ("0.5", "0", "sea", BELIEVED), ("55", "0", "sea", IMPLAUSIBLE),
    ],
)  # fmt: skip
def test_a_place_is_believed_within_its_sources_area_alone(latitude, longitude, source, flag):
    found = believable(*(pa.array([text], pa.string()) for text in (latitude, longitude, source)), AREAS)
    assert found.flag.tolist() == [0 if flag is None else FLAGS.index(flag) + 1]
    placed = [float(latitude)] if flag is None else [None]
    assert found.latitude.to_pylist() == placed
    assert (found.longitude.to_pylist() == [None]) == (flag is not None)
