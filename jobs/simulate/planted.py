"""What is planted into the traffic to be found again: convoys and clones."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.simulate.network import Network
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.traffic import Passages, Trips, join_trips, make_trips, midnight_s, trips_through
from jobs.simulate.vehicles import Vehicles

CONVOY_SITES = 6
"""A convoy's route passes at least so many cameras (where the network has such routes), that 4 are read."""
CONVOY_DAYS = 3
MOST_MEMBERS = 4
HEADWAY_S = (5.0, 13.0)
"""Between one member and the next, so that the last of four is at most 40 s behind the first."""
CLONE_EPISODES = 6
_CLONE_APART_KM = 15.0
_CLONE_WITHIN_S = 60.0
_EPISODE_GAP_MS = 4 * 3600 * 1000


@dataclass(frozen=True)
class Convoy:
    """Vehicles (indices) that travel together on some days (numbers from the first day)."""

    members: tuple[int, ...]
    days: tuple[int, ...]


@dataclass(frozen=True)
class Clone:
    """A mark that two vehicles bear: the genuine one and the other that copies it (indices)."""

    genuine: int
    copy: int


def draw_convoys(count: int, drivers: IntArray, days: int, random: np.random.Generator) -> list[Convoy]:
    """Choose groups of two to four of the drivers and the days on which they drive together.

    Fewer are made where there are too few drivers.
    """
    free = random.permutation(drivers)
    convoys: list[Convoy] = []
    for _ in range(min(count, len(drivers) // MOST_MEMBERS)):
        size = int(random.integers(2, MOST_MEMBERS + 1))
        members, free = free[:size], free[size:]
        shared = min(days, CONVOY_DAYS + int(random.integers(0, 3)))
        on = np.sort(random.choice(days, size=shared, replace=False))
        convoys.append(Convoy(tuple(int(m) for m in members), tuple(int(d) for d in on)))
    return convoys


def convoy_trips(
    convoys: list[Convoy], network: Network, first_day: date, random: np.random.Generator
) -> tuple[Trips, list[IntArray]]:
    """The convoys' trips, and for each convoy the rows of its trips in that table."""
    still = np.array([site.kind != "mobile" for site in network.sites])
    route_of = np.repeat(np.arange(len(network.routes.total_s)), network.routes.lengths())
    passed = np.bincount(route_of, weights=still[network.routes.site], minlength=len(network.routes.total_s))
    long = np.flatnonzero(passed >= min(CONVOY_SITES, passed.max()))
    parts: list[Trips] = []
    rows: list[IntArray] = []
    made = 0
    for convoy in convoys:
        before = made
        for day in convoy.days:
            start = midnight_s(first_day + timedelta(days=day)) + float(random.uniform(5.5, 21)) * 3600
            route = int(random.choice(long))
            parts.append(_together(np.array(convoy.members), route, start, random))
            made += len(convoy.members)
        rows.append(np.arange(before, made))
    return join_trips(parts), rows


def _together(members: IntArray, route: int, start_s: float, random: np.random.Generator) -> Trips:
    order = random.permutation(members)
    count = len(order)
    leader = make_trips(order[:1], np.array([route]), np.array([start_s]), random)
    behind = np.concatenate([[0.0], np.cumsum(random.uniform(*HEADWAY_S, count - 1))])
    return Trips(
        order,
        np.full(count, route),
        np.full(count, start_s),
        np.repeat(leader.pace, count),
        behind,
        np.zeros(count, np.bool_),
    )


def clone_trips(
    count: int, passages: Passages, vehicles: Vehicles, network: Network, random: np.random.Generator
) -> tuple[Trips, list[Clone]]:
    """Choose genuine vehicles with many passages, and give each mark a second bearer far away at those times.

    The copies get the indices after the last vehicle. Fewer are made where too few vehicles qualify.
    """
    still = np.array([site.kind != "mobile" for site in network.sites])[passages.site]
    often = np.bincount(passages.vehicle[still], minlength=len(vehicles.vrm))
    commuters = vehicles.of_kind("commuter")
    ranked = commuters[np.argsort(-often[commuters], kind="stable")]
    candidates = random.permutation(ranked[: 4 * count])
    place = network.site_xy_km()
    parts: list[Trips] = []
    clones: list[Clone] = []
    for genuine in candidates:
        if len(clones) == count:
            break
        mine = passages.take(np.flatnonzero((passages.vehicle == genuine) & still))
        copy = len(vehicles.vrm) + len(clones)
        trips = _elsewhere(copy, mine, place, network, random)
        if len(trips) >= min(CLONE_EPISODES, 4):
            parts += trips
            clones.append(Clone(int(genuine), copy))
    return join_trips(parts), clones


def _elsewhere(
    copy: int, mine: Passages, place: FloatArray, network: Network, random: np.random.Generator
) -> list[Trips]:
    """Trips of the copy, each past a far camera within a minute of a genuine passage."""
    trips: list[Trips] = []
    last = -_EPISODE_GAP_MS
    fixed = np.array([site.kind == "fixed" for site in network.sites])
    fixed &= np.isin(np.arange(len(fixed)), network.routes.site[network.routes.towards])
    for site, at_ms in zip(mine.site, mine.at_ms, strict=True):
        if len(trips) == CLONE_EPISODES or at_ms - last < _EPISODE_GAP_MS:
            continue
        far = np.flatnonzero(fixed & (np.hypot(*(place - place[site]).T) > _CLONE_APART_KM))
        if not len(far):
            continue
        moment = at_ms / 1000 + random.uniform(-_CLONE_WITHIN_S, _CLONE_WITHIN_S)
        past = (int(random.choice(far)), True)
        trips.append(trips_through(network, np.array([copy]), past, np.array([moment]), random))
        last = at_ms
    return trips
