"""What the camera register says of the cameras that feeds name: whether, when and where they stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_EARTH_M = 6_371_000.0
_NOWHERE = (np.nan, np.nan)


def in_force(camera: Mapping[str, Any], day: date) -> bool:
    """Whether a row of the register holds on a day: both ends of its period are included, and it may have no end."""
    return bool(camera["valid_from"] <= day <= (camera["valid_to"] or date.max))


@dataclass(frozen=True)
class Places:
    """One element a row: whether its camera is known at all, in use on the day, and how far from its place it says."""

    known: Flags
    in_use: Flags
    moved_m: Floats


class Register:
    """The cameras of one kind, with their history."""

    def __init__(self, cameras: Iterable[dict[str, Any]]) -> None:
        """Take rows of `restricted.cameras` with camera_id, latitude, longitude, valid_from, valid_to."""
        self._periods: dict[str, list[tuple[date, date, float, float]]] = defaultdict(list)
        for row in cameras:
            latitude, longitude = row["latitude"], row["longitude"]
            place = _NOWHERE if latitude is None or longitude is None else (latitude, longitude)
            self._periods[row["camera_id"]].append((row["valid_from"], row["valid_to"] or date.max, *place))

    def in_use(self, camera_id: str, day: date) -> bool:
        """Whether a camera is in use on a day."""
        return any(first <= day <= last for first, last, *_ in self._periods.get(camera_id, []))

    def places(self, camera_id: pa.Array, day: pa.Array, latitude: pa.Array, longitude: pa.Array) -> Places:
        """Look up the cameras of rows on their days of capture.

        Args:
            camera_id: texts; null is no camera.
            day: days of capture; of a row without one, no camera is in use.
            latitude: degrees as the row states them, null where it states none.
            longitude: the same.
        """
        codes = camera_id.dictionary_encode()
        day_no = day.cast(pa.int32())
        days = _numbers(day_no, _NO_DAY)
        first = days.min(initial=0)
        span = days.max(initial=0) - first + 1
        pairs = (_numbers(codes.indices, -1) + 1) * span + days - first  # one number each: quicker to sort than two
        unique, inverse = np.unique(pairs, return_inverse=True)
        names = [None, *codes.dictionary.to_pylist()]
        found = [self._place(names[pair // span], int(pair % span + first)) for pair in unique.tolist()]
        table = np.array(found, np.float64).reshape(-1, 4)[inverse]
        stated = [array.to_numpy(zero_copy_only=False).astype(np.float64) for array in (latitude, longitude)]
        moved = _distance_m(table[:, 2], table[:, 3], *stated)
        return Places(table[:, 0] > 0, table[:, 1] > 0, np.nan_to_num(moved))

    def _place(self, camera_id: str | None, day_no: int) -> tuple[float, float, float, float]:
        """Known, in use, latitude, longitude."""
        periods = self._periods.get(camera_id or "", [])
        day = _EPOCH + day_no if day_no != _NO_DAY else 0
        for first, last, *place in periods:
            if first.toordinal() <= day <= last.toordinal():
                return 1, 1, place[0], place[1]
        return float(bool(periods)), 0, *_NOWHERE


_NO_DAY = -(2**31)
_EPOCH = date(1970, 1, 1).toordinal()


def _numbers(array: pa.Array, missing: int) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pc.fill_null(array, missing).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _distance_m(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Metres between places in degrees, NaN where one is not known; flat enough for the length of a street."""
    east = np.radians(other_longitude - longitude) * np.cos(np.radians(latitude))
    north = np.radians(other_latitude - latitude)
    metres: Floats = _EARTH_M * np.hypot(east, north)
    return metres
