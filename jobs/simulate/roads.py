"""The road network of a fictional force area, with the places of its cameras.

Towns lie at random in a rectangle; roads join neighbours. Some roads leave the area over its boundary to
places outside. Whatever stands by a road and sees passages is a *site*: a fixed camera, a partner's camera
outside the boundary, or a lay-by where a mobile unit may stand on some days.
"""

import heapq
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

WIDTH_KM, HEIGHT_KM = 62.0, 48.0
_OUTSIDE_KM = 14.0
_TOWN_SPACING_KM = 6.5
_SITE_SPACING_KM = 1.6
"""So far apart no two sites are passed within seconds of each other."""
_NODE_CLEARANCE_KM = 0.9
# Open sea in the Irish Sea approaches: no real road lies there.
_SOUTH_WEST = (53.30, -5.30)
_KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Road:
    """A road between two nodes: both ends, length in km, speed in m/s, name."""

    start: int
    end: int
    length_km: float
    speed_mps: float
    name: str


@dataclass(frozen=True)
class Site:
    """A place by a road where passages are seen.

    Attributes:
        kind: fixed, partner or mobile (a lay-by for mobile units).
        road: index of the road.
        along_km: distance from the road's start.
        forward: True when vehicles that go from the road's start to its end come towards the camera.
        one_way: True when only vehicles that come towards the camera are seen.
        cordon: in, out or none: the way over the boundary that the camera sees.
    """

    kind: str
    road: int
    along_km: float
    forward: bool
    one_way: bool
    cordon: str


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
    xy_km = _place_towns(towns, random)
    roads = _join_towns(xy_km, random)
    xy_km, leaving = _leave_area(xy_km, exits, random)
    roads = (*roads, *leaving)
    order = _paths(len(xy_km), roads)
    sites = _place_sites(roads, order, (fixed, partner, laybys), exits, random)
    return Network(xy_km, towns, roads, sites, _routes(len(xy_km), roads, order, sites))


def _place_towns(towns: int, random: np.random.Generator) -> FloatArray:
    """Towns at random, as far apart as still fits."""
    spacing = _TOWN_SPACING_KM
    chosen: list[FloatArray] = []
    while len(chosen) < towns:
        for _ in range(400):
            spot = random.uniform((4, 4), (WIDTH_KM - 4, HEIGHT_KM - 4))
            if all(np.hypot(*(spot - other)) > spacing for other in chosen):
                chosen.append(spot)
            if len(chosen) == towns:
                break
        spacing *= 0.9
    return np.array(chosen)


def _road(start: int, end: int, xy_km: FloatArray, name: str, random: np.random.Generator) -> Road:
    straight = float(np.hypot(*(xy_km[end] - xy_km[start])))
    return Road(start, end, straight * float(random.uniform(1.05, 1.2)), float(random.uniform(15, 25)), name)


def _join_towns(xy_km: FloatArray, random: np.random.Generator) -> tuple[Road, ...]:
    """Roads of a Gabriel graph: two towns are joined unless a third lies in the circle between them."""
    roads: list[Road] = []
    for a in range(len(xy_km)):
        for b in range(a + 1, len(xy_km)):
            middle, radius = (xy_km[a] + xy_km[b]) / 2, np.hypot(*(xy_km[a] - xy_km[b])) / 2
            distance = np.hypot(*(xy_km - middle).T)
            distance[[a, b]] = np.inf
            if distance.min() > radius:
                roads.append(_road(a, b, xy_km, f"A{701 + len(roads)}", random))
    return tuple(roads)


def _leave_area(
    xy_km: FloatArray, exits: int, random: np.random.Generator
) -> tuple[FloatArray, tuple[Road, ...]]:
    """Places outside, round about the area, each joined to the town nearest to it."""
    middle = np.array([WIDTH_KM / 2, HEIGHT_KM / 2])
    reach = middle + _OUTSIDE_KM
    outside: list[FloatArray] = []
    roads: list[Road] = []
    for index in range(exits):
        turn = 2 * math.pi * (index + float(random.uniform(-0.2, 0.2))) / exits
        way = np.array([math.cos(turn), math.sin(turn)])
        spot = middle + way * min(reach / np.maximum(np.abs(way), 1e-9))
        town = int(np.argmin(np.hypot(*(xy_km - spot).T)))
        outside.append(spot)
        both = np.vstack([xy_km, *outside])
        roads.append(_road(town, len(both) - 1, both, f"A{901 + index}", random))
    return np.vstack([xy_km, *outside]), tuple(roads)


def _paths(nodes: int, roads: tuple[Road, ...]) -> list[list[list[tuple[int, bool]]]]:
    """Quickest way between every two nodes: `paths[o][d]` lists (road, from its start to its end)."""
    out: list[list[tuple[int, int, bool]]] = [[] for _ in range(nodes)]
    for index, road in enumerate(roads):
        out[road.start].append((index, road.end, True))
        out[road.end].append((index, road.start, False))
    return [_paths_from(origin, out, roads) for origin in range(nodes)]


def _paths_from(
    origin: int, out: list[list[tuple[int, int, bool]]], roads: tuple[Road, ...]
) -> list[list[tuple[int, bool]]]:
    """Dijkstra's algorithm from one node."""
    best = [math.inf] * len(out)
    paths: list[list[tuple[int, bool]]] = [[] for _ in out]
    best[origin] = 0.0
    queue = [(0.0, origin)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        for index, other, forward in out[node]:
            reached = cost + roads[index].length_km * 1000 / roads[index].speed_mps
            if reached < best[other]:
                best[other] = reached
                paths[other] = [*paths[node], (index, forward)]
                heapq.heappush(queue, (reached, other))
    return paths


def _slots(road: Road, first_km: float = 0.0, last_km: float | None = None) -> list[float]:
    """Distances along a road where sites fit."""
    start = max(first_km, _NODE_CLEARANCE_KM)
    stop = (road.length_km if last_km is None else last_km) - _NODE_CLEARANCE_KM
    count = int((stop - start) / _SITE_SPACING_KM) + 1 if stop >= start else 0
    return [start + i * _SITE_SPACING_KM for i in range(count)]


def _place_sites(
    roads: tuple[Road, ...],
    paths: list[list[list[tuple[int, bool]]]],
    wanted: tuple[int, int, int],
    exits: int,
    random: np.random.Generator,
) -> tuple[Site, ...]:
    """A pair of cordon cameras on each road out, the other fixed ones and lay-bys where routes go most.

    Raises:
        ValueError: when the area has no room for so many.
    """
    fixed, partner, laybys = wanted
    inner = len(roads) - exits
    sites: list[Site] = []
    for road in range(inner, len(roads)):
        boundary = roads[road].length_km * 0.45
        for cordon, forward in (("in", False), ("out", True)):
            if len(sites) < fixed - 1:
                sites.append(Site("fixed", road, boundary, forward, one_way=True, cordon=cordon))
    use = np.zeros(len(roads))
    for way in (way for row in paths for way in row):
        use[[road for road, _ in way]] += 1
    free = [(road, slot) for road in range(inner) for slot in _slots(roads[road])]
    weight = np.array([use[road] / len(_slots(roads[road])) for road, _ in free])
    wish = fixed - len(sites) + laybys
    if wish > len(free):
        raise ValueError(f"the simulated area has room for {len(free) + len(sites) - laybys} fixed cameras")
    chosen = random.choice(len(free), size=wish, replace=False, p=weight / weight.sum())
    kinds = ["fixed"] * (wish - laybys) + ["mobile"] * laybys
    for kind, index in zip(kinds, chosen, strict=True):
        ways = bool(random.integers(2))
        sites.append(Site(kind, free[index][0], free[index][1], ways, one_way=False, cordon="none"))
    beyond = [
        (r, s) for r in range(inner, len(roads)) for s in _slots(roads[r], roads[r].length_km * 0.45 + 2)
    ]
    if partner > len(beyond):
        raise ValueError(f"the simulated area has room for {len(beyond)} partner cameras")
    spread = [beyond[int(index)] for index in np.linspace(0, len(beyond) - 1, partner).round()]
    sites += [
        Site("partner", r, s, bool(i % 2), one_way=False, cordon="none") for i, (r, s) in enumerate(spread)
    ]
    return tuple(sites)


def _routes(
    nodes: int,
    roads: tuple[Road, ...],
    paths: list[list[list[tuple[int, bool]]]],
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
