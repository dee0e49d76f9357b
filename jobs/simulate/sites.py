"""Sites: the places by the roads where cameras stand, or mobile units may stand on some days."""

from dataclasses import dataclass

import numpy as np

from jobs.domain.errors import LakeError
from jobs.simulate.roads import Path, Road

_SITE_SPACING_KM = 1.6
"""So far apart no two sites are passed within seconds of each other."""
_NODE_CLEARANCE_KM = 0.9


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


def place_sites(
    roads: tuple[Road, ...],
    paths: list[list[Path]],
    wanted: tuple[int, int, int],
    exits: int,
    random: np.random.Generator,
) -> tuple[Site, ...]:
    """Place fixed cameras, partner cameras and lay-bys, `wanted` of each.

    Raises:
        LakeError: when the area has no room for so many.
    """
    fixed, partner, laybys = wanted
    inner = len(roads) - exits
    cordon = _cordon_sites(roads, inner)[: fixed - 1]
    kinds = ["fixed"] * (fixed - len(cordon)) + ["mobile"] * laybys
    return (
        *cordon,
        *_busiest_sites(roads[:inner], paths, kinds, random),
        *_partner_sites(roads, inner, partner),
    )


def _cordon_sites(roads: tuple[Road, ...], inner: int) -> list[Site]:
    """A pair of cameras on each road out of the area, one for each way."""
    return [
        Site("fixed", road, _boundary_km(roads[road]), forward, one_way=True, cordon=cordon)
        for road in range(inner, len(roads))
        for cordon, forward in (("in", False), ("out", True))
    ]


def _busiest_sites(
    roads: tuple[Road, ...],
    paths: list[list[Path]],
    kinds: list[str],
    random: np.random.Generator,
) -> list[Site]:
    """Sites of these kinds on the roads inside the area, mostly where many routes go."""
    use = np.zeros(len(roads))
    for way in (way for row in paths for way in row):
        for road, _ in way:
            if road < len(roads):
                use[road] += 1
    free = [(road, slot) for road in range(len(roads)) for slot in _slots(roads[road])]
    if len(kinds) > len(free):
        raise LakeError(f"the simulated area has room for {len(free)} cameras inside, not {len(kinds)}")
    weight = np.array([use[road] / len(_slots(roads[road])) for road, _ in free]) + 1e-9
    chosen = random.choice(len(free), size=len(kinds), replace=False, p=weight / weight.sum())
    ways = random.integers(2, size=len(kinds))
    return [
        Site(kind, free[index][0], free[index][1], bool(way), one_way=False, cordon="none")
        for kind, index, way in zip(kinds, chosen, ways, strict=True)
    ]


def _partner_sites(roads: tuple[Road, ...], inner: int, partner: int) -> list[Site]:
    """Partners' cameras, spread over the roads beyond the boundary."""
    free = [
        (road, slot) for road in range(inner, len(roads)) for slot in _slots(roads[road], _boundary_km(roads[road]) + 2)
    ]
    if partner > len(free):
        raise LakeError(f"the simulated area has room for {len(free)} partner cameras, not {partner}")
    spread = [free[int(index)] for index in np.linspace(0, len(free) - 1, partner).round()]
    return [Site("partner", *place, bool(i % 2), one_way=False, cordon="none") for i, place in enumerate(spread)]


def _boundary_km(road: Road) -> float:
    """Where a road out of the area crosses its boundary."""
    return road.length_km * 0.45


def _slots(road: Road, first_km: float = 0.0) -> list[float]:
    """Distances along a road where sites fit."""
    start = max(first_km, _NODE_CLEARANCE_KM)
    stop = road.length_km - _NODE_CLEARANCE_KM
    count = int((stop - start) / _SITE_SPACING_KM) + 1 if stop >= start else 0
    return [start + i * _SITE_SPACING_KM for i in range(count)]
