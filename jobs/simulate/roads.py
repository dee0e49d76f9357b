"""Towns and roads of a fictional force area: where they lie, and the quickest ways between them."""

import heapq
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Path = list[tuple[int, bool]]
"""A way from one node to another: roads, and whether each is taken from its start to its end."""

WIDTH_KM, HEIGHT_KM = 62.0, 48.0
_OUTSIDE_KM = 14.0
_TOWN_SPACING_KM = 6.5


@dataclass(frozen=True)
class Road:
    """A road between two nodes: both ends, length in km, speed in m/s, name."""

    start: int
    end: int
    length_km: float
    speed_mps: float
    name: str


def place_towns(towns: int, random: np.random.Generator) -> FloatArray:
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


def join_towns(xy_km: FloatArray, random: np.random.Generator) -> tuple[Road, ...]:
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


def leave_area(xy_km: FloatArray, exits: int, random: np.random.Generator) -> tuple[FloatArray, tuple[Road, ...]]:
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


def quickest_paths(nodes: int, roads: tuple[Road, ...]) -> list[list[Path]]:
    """Quickest way between every two nodes: `paths[o][d]` lists (road, from its start to its end)."""
    out: list[list[tuple[int, int, bool]]] = [[] for _ in range(nodes)]
    for index, road in enumerate(roads):
        out[road.start].append((index, road.end, True))
        out[road.end].append((index, road.start, False))
    return [_paths_from(origin, out, roads) for origin in range(nodes)]


def _paths_from(origin: int, out: list[list[tuple[int, int, bool]]], roads: tuple[Road, ...]) -> list[Path]:
    """Dijkstra's algorithm from one node."""
    best = [math.inf] * len(out)
    paths: list[Path] = [[] for _ in out]
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
