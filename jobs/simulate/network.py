"""The road network with its sites, and what every route through it passes.

Towns lie at random in a rectangle; roads join neighbours. Some roads leave the area over its boundary to
places outside, where partners' cameras stand.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.simulate.roads import (
    FloatArray,
    IntArray,
    Path,
    Road,
    join_towns,
    leave_area,
    place_towns,
    quickest_paths,
)
from jobs.simulate.sites import Site, place_sites

# Open sea in the Irish Sea approaches: no real road lies there.
_SOUTH_WEST = (53.30, -5.30)
_KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Routes:
    """What every route passes, as flat arrays: route `o * nodes + d` owns `first[r]` to `first[r + 1]`.

    `site` is the site passed, `seconds` the time since the start at free flow, `towards` whether the vehicle
    comes towards the camera; `total_s` is each route's whole time.
    """

    nodes: int
    first: IntArray
    site: IntArray
    seconds: FloatArray
    towards: npt.NDArray[np.bool_]
    total_s: FloatArray

    def lengths(self) -> IntArray:
        """Number of sites passed on each route."""
        return np.diff(self.first)


@dataclass(frozen=True)
class Network:
    """Towns (nodes 0 to `towns - 1`) and places outside (the rest), roads, sites, routes.

    `xy_km` places the nodes, kilometres east and north of the area's south-west corner.
    """

    xy_km: FloatArray
    towns: int
    roads: tuple[Road, ...]
    sites: tuple[Site, ...]
    routes: Routes

    @property
    def outside(self) -> IntArray:
        """Nodes outside the area."""
        return np.arange(self.towns, len(self.xy_km))

    def site_xy_km(self) -> FloatArray:
        """Places of the sites, n by 2, kilometres."""
        ends = np.array([(self.roads[s.road].start, self.roads[s.road].end) for s in self.sites])
        share = np.array([s.along_km / self.roads[s.road].length_km for s in self.sites])[:, None]
        placed: FloatArray = self.xy_km[ends[:, 0]] * (1 - share) + self.xy_km[ends[:, 1]] * share
        return placed

    def heading(self, site: Site) -> float:
        """Direction of travel, in degrees from north, of vehicles that come towards the camera."""
        road = self.roads[site.road]
        start, end = (road.start, road.end) if site.forward else (road.end, road.start)
        east, north = self.xy_km[end] - self.xy_km[start]
        return round(math.degrees(math.atan2(east, north)) % 360, 1)


def latitude_longitude(xy_km: FloatArray) -> FloatArray:
    """Degrees of places given in kilometres, n by 2."""
    latitude = _SOUTH_WEST[0] + xy_km[:, 1] / _KM_PER_DEGREE
    longitude = _SOUTH_WEST[1] + xy_km[:, 0] / (_KM_PER_DEGREE * math.cos(math.radians(_SOUTH_WEST[0])))
    return np.stack([latitude, longitude], axis=1)


def build_network(fixed: int, partner: int, laybys: int, random: np.random.Generator) -> Network:
    """Lay out an area large enough for so many fixed cameras, partner cameras and lay-bys."""
    exits = min(8, max(2, fixed // 5))
    towns = min(36, max(8, 8 + fixed // 4))
    xy_km = place_towns(towns, random)
    roads = join_towns(xy_km, random)
    xy_km, leaving = leave_area(xy_km, exits, random)
    roads = (*roads, *leaving)
    order = quickest_paths(len(xy_km), roads)
    sites = place_sites(roads, order, (fixed, partner, laybys), exits, random)
    return Network(xy_km, towns, roads, sites, _routes(len(xy_km), roads, order, sites))


def _routes(
    nodes: int,
    roads: tuple[Road, ...],
    paths: list[list[Path]],
    sites: tuple[Site, ...],
) -> Routes:
    by_road: dict[int, list[tuple[float, int]]] = {}
    for index, site in enumerate(sites):
        by_road.setdefault(site.road, []).append((site.along_km, index))
    first, passed, seconds, towards, total = [0], [], [], [], []
    for way in (way for row in paths for way in row):
        clock = 0.0
        for road, forward in way:
            length, speed = roads[road].length_km, roads[road].speed_mps
            for along, index in sorted(by_road.get(road, []), reverse=not forward):
                facing = sites[index].forward == forward
                if sites[index].one_way and not facing:
                    continue
                passed.append(index)
                seconds.append(clock + (along if forward else length - along) * 1000 / speed)
                towards.append(facing)
            clock += length * 1000 / speed
        first.append(len(passed))
        total.append(clock)
    return Routes(
        nodes,
        np.array(first),
        np.array(passed, np.int64),
        np.array(seconds),
        np.array(towards, np.bool_),
        np.array(total),
    )
