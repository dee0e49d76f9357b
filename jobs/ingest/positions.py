"""Where reads say that they were made: what cannot be so is no place, and the read is kept without one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fields import decimal
from jobs.settings.area import Area

FLAGS = ("position_missing", "position_swapped", "position_implausible")
_MISSING, _SWAPPED, _IMPLAUSIBLE = range(1, 4)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Positions:
    """One element a row: degrees, both null where there is no place; and why, as a place in `FLAGS` from 1, or 0."""

    latitude: pa.Array
    longitude: pa.Array
    flag: npt.NDArray[np.int64]


def believable(latitude: pa.Array, longitude: pa.Array, source_id: pa.Array, areas: "Areas") -> Positions:
    """The positions that texts state, where they lie in the area of the row's source.

    A pair that would lie there the other way round is flagged as swapped, and not turned: one of the two numbers may be
    wrong as well. Latitude and longitude 0 together are what a receiver without a fix sends.
    """
    north, east = (np.asarray(decimal(text).fill_null(np.nan)) for text in (latitude, longitude))
    bounds = areas.bounds(source_id)
    flag = np.where(_within(north, east, bounds), 0, np.where(_within(east, north, bounds), _SWAPPED, _IMPLAUSIBLE))
    flag[(north == 0) & (east == 0)] = _IMPLAUSIBLE
    flag[np.asarray(pc.or_(_is_empty(latitude), _is_empty(longitude)))] = _MISSING
    none = flag > 0
    return Positions(pa.array(north, mask=none), pa.array(east, mask=none), flag)


@dataclass(frozen=True)
class Areas:
    """Where reads may come from: `usual`, and by source where that is another area."""

    usual: Area
    of_source: Mapping[str, Area]

    def bounds(self, source_id: pa.Array) -> Floats:
        """South, north, west and east of each row's area."""
        areas = [self.usual, *self.of_source.values()]
        number = pc.index_in(source_id, pa.array(list(self.of_source), pa.string())).fill_null(-1).to_numpy() + 1
        table: Floats = np.array([[one.south, one.north, one.west, one.east] for one in areas])
        found: Floats = table[number]
        return found


def _within(latitude: Floats, longitude: Floats, bounds: Floats) -> npt.NDArray[np.bool_]:
    south, north, west, east = bounds.T
    within: npt.NDArray[np.bool_] = (
        (south <= latitude) & (latitude <= north) & (west <= longitude) & (longitude <= east)
    )
    return within


def _is_empty(text: pa.Array) -> pa.Array:
    return pc.equal(pc.utf8_trim_whitespace(pc.fill_null(text, "")), "")
