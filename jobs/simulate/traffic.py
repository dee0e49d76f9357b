"""Daily trips of vehicles with habits, and the passages past cameras that follow from them.

A vehicle makes at most one tour a day (a commute, a round, a visit), so no vehicle is ever in two places
but the clones, which are planted for that. Times are UTC, in seconds since 1970.
"""

import itertools
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import numpy.typing as npt

from jobs.simulate.network import Network
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.vehicles import KINDS, Vehicles

DAY_S = 86_400
_SIGNAL_CYCLE_S = 90.0
_SIGNAL_RED_S = 30.0
_BUNCHING = 0.25
"""Vehicles that arrive in the red time leave within this share of it, one after the other: a platoon."""
_WEEKEND_COMMUTE = 0.2

# [D] share of the day's passages by kind of vehicle, in the order of KINDS, on a weekday.
_READ_SHARES = (0.42, 0.12, 0.18, 0.18, 0.10)
# Share of trips that start in each hour from 0 to 23, for all but commuters and fleets.
_HOURS = np.array([3, 2, 1, 1, 3, 8, 18, 30, 34, 40, 44, 46, 48, 48, 48, 48, 46, 44, 36, 28, 20, 14, 9, 5])


@dataclass(frozen=True)
class Trips:
    """Columns of equal length, one element a trip.

    `start_s` is the departure, `pace` stretches the free-flow times, `behind_s` is how far behind the leader
    of a convoy (0 for all others), `steady` marks trips that no traffic light holds up.
    """

    vehicle: IntArray
    route: IntArray
    start_s: FloatArray
    pace: FloatArray
    behind_s: FloatArray
    steady: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.vehicle)


@dataclass(frozen=True)
class Passages:
    """Columns of equal length, one element for each passage of a vehicle past a camera, in order of time.

    `camera` indexes the camera list, `site` the network's sites, `at_ms` is UTC in milliseconds since 1970.
    """

    vehicle: IntArray
    trip: IntArray
    camera: IntArray
    site: IntArray
    at_ms: IntArray
    towards: npt.NDArray[np.bool_]
    lane: IntArray

    def __len__(self) -> int:
        return len(self.vehicle)

    def take(self, index: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Passages":
        """Some of the passages."""
        return Passages(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def make_trips(
    vehicle: IntArray,
    route: IntArray,
    start_s: FloatArray,
    random: np.random.Generator,
    *,
    steady: bool = False,
) -> Trips:
    """Trips of vehicles that travel on their own, each at its own pace."""
    pace = random.lognormal(0.04, 0.06, len(vehicle))
    alone = np.zeros(len(vehicle))
    return Trips(vehicle, route, start_s, pace, alone, np.full(len(vehicle), steady))


def join_trips(parts: list[Trips]) -> Trips:
    """One table of trips of several, empty when there are none."""
    if not parts:
        nobody = np.zeros(0, np.int64)
        return make_trips(nobody, nobody, np.zeros(0), np.random.default_rng(0))
    return Trips(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Trips)))


def midnight_s(day: date) -> float:
    """Start of a day, seconds since 1970."""
    return float(np.datetime64(day, "s").astype(np.int64))


class Traffic:
    """Draws ordinary trips, day by day, so that a day has about the wanted number of passages."""

    def __init__(
        self, network: Network, vehicles: Vehicles, passages_per_day: float, random: np.random.Generator
    ) -> None:
        self._network = network
        self._vehicles = vehicles
        self._target = passages_per_day
        self._random = random
        seen = np.array([0.15 if site.kind == "mobile" else 1.0 for site in network.sites])
        route_of = np.repeat(np.arange(len(network.routes.first) - 1), network.routes.lengths())
        self._passed = np.bincount(route_of, weights=seen[network.routes.site], minlength=len(network.routes.total_s))

    def day(self, day: date, resting: IntArray) -> Trips:
        """Trips of one day; the vehicles in `resting` make none."""
        weekend = day.weekday() >= 5  # noqa: PLR2004 - Saturday is 5
        parts: list[Trips] = []
        for kind, share in zip(KINDS, _READ_SHARES, strict=True):
            mine = np.setdiff1d(self._vehicles.of_kind(kind), resting)
            if not len(mine):
                continue
            legs = self._tours(kind, mine, midnight_s(day))
            passed = np.sum([self._passed[leg.route] for leg in legs], axis=0)
            wanted = share * self._target / max(float(passed.mean()), 0.1)
            if kind == "commuter" and weekend:
                wanted *= _WEEKEND_COMMUTE
            # Some days a habit is left out; nobody drives every day.
            active = self._random.random(len(mine)) < min(wanted / len(mine), 0.97)
            parts += [_some(leg, active) for leg in legs]
        return join_trips(parts)

    def _tours(self, kind: str, mine: IntArray, midnight: float) -> list[Trips]:
        """Today's tour of each vehicle of a kind: its legs, each with one trip a vehicle."""
        random, count = self._random, len(mine)
        home, work = self._vehicles.home[mine], self._vehicles.work[mine]
        if kind == "commuter":
            leaves = midnight + self._vehicles.leaves_s[mine] + random.normal(0, 540, count)
            returns = midnight + self._vehicles.returns_s[mine] + random.normal(0, 900, count)
            there = make_trips(mine, self._route(home, work), leaves, random)
            return [there, make_trips(mine, self._route(work, home), returns, random)]
        start = midnight + self._starts(kind, count)
        if kind == "through":
            entry = random.integers(len(self._network.outside), size=count)
            leave = (entry + 1 + random.integers(max(len(self._network.outside) - 1, 1), size=count)) % len(
                self._network.outside
            )
            route = self._route(self._network.outside[entry], self._network.outside[leave])
            return [make_trips(mine, route, start, random)]
        if kind == "fleet":
            stops = [home, *random.integers(self._network.towns, size=(3, count)), home]
            return self._round(mine, stops, start, (900, 3000))
        nodes = self._network.towns if kind == "local" else len(self._network.xy_km)
        goal = random.integers(nodes, size=count)
        return self._round(mine, [home, goal, home], start, (1800, 9000))

    def _starts(self, kind: str, count: int) -> FloatArray:
        random = self._random
        if kind == "fleet":
            return random.uniform(6.5 * 3600, 11 * 3600, count)
        latest = 23 if kind == "through" else 19
        chance = np.where(np.arange(24) < latest, _HOURS, 0)
        hour = random.choice(24, size=count, p=chance / chance.sum())
        return (hour + random.random(count)) * 3600.0

    def _round(self, mine: IntArray, stops: list[IntArray], start: FloatArray, stay_s: tuple[int, int]) -> list[Trips]:
        """Legs from stop to stop, with a stay at each."""
        legs: list[Trips] = []
        for origin, goal in itertools.pairwise(stops):
            leg = make_trips(mine, self._route(origin, goal), start, self._random)
            legs.append(leg)
            stay = self._random.uniform(*stay_s, len(mine))
            start = start + self._network.routes.total_s[leg.route] * leg.pace + 300 + stay
        return legs

    def _route(self, origin: IntArray, goal: IntArray) -> IntArray:
        return np.asarray(origin * self._network.routes.nodes + goal)


def _some(trips: Trips, chosen: npt.NDArray[np.bool_]) -> Trips:
    return Trips(*(getattr(trips, f.name)[chosen] for f in fields(Trips)))


def trips_through(
    network: Network,
    vehicle: IntArray,
    past: tuple[int, bool],
    at_s: FloatArray,
    random: np.random.Generator,
) -> Trips:
    """One trip for each vehicle that passes a site (index, towards the camera?) at the given second.

    Raises:
        ValueError: when no route passes the site that way.
    """
    routes = network.routes
    where = np.flatnonzero((routes.site == past[0]) & (routes.towards == past[1]))
    if not len(where):
        raise ValueError(f"no route passes site {past[0]} that way")
    chosen = where[random.integers(len(where), size=len(vehicle))]
    route = np.searchsorted(routes.first, chosen, side="right") - 1
    trips = make_trips(vehicle, route, np.zeros(len(vehicle)), random, steady=True)
    start = at_s - routes.seconds[chosen] * trips.pace
    return Trips(vehicle, route, start, trips.pace, trips.behind_s, trips.steady)


def passages_of(
    network: Network, trips: Trips, camera_at: IntArray, first_day: date, random: np.random.Generator
) -> Passages:
    """Expand trips into passages past the cameras that stand at the sites at that time.

    `camera_at` has one row a day from `first_day`, one column for each half-hour and site flattened as
    (48, sites), and gives the camera's index or -1. Passages outside the days are left out.
    """
    routes = network.routes
    count = routes.lengths()[trips.route]
    trip = np.repeat(np.arange(len(trips)), count)
    before = np.cumsum(count) - count
    step = routes.first[trips.route][trip] + np.arange(len(trip)) - before[trip]
    site = routes.site[step]
    at_s = _held_by_signals(trips.start_s[trip] + routes.seconds[step] * trips.pace[trip], site, trips.steady[trip])
    at_s += np.where(trips.behind_s[trip] > 0, trips.behind_s[trip] + random.uniform(-1, 1, len(trip)), 0)
    slot = np.floor((at_s - midnight_s(first_day)) / (DAY_S / 48)).astype(np.int64)
    day = slot // 48
    within = (day >= 0) & (day < len(camera_at))
    camera = np.full(len(trip), -1, np.int64)
    flat = (slot % 48) * len(network.sites) + site
    camera[within] = camera_at[day[within], flat[within]]
    lane = random.integers(1, 3, size=len(trip))
    at_ms = np.floor(at_s * 1000).astype(np.int64)
    everything = Passages(trips.vehicle[trip], trip, camera, site, at_ms, routes.towards[step], lane)
    seen = np.flatnonzero(camera >= 0)
    return everything.take(seen[np.lexsort((camera[seen], at_ms[seen]))])


def _held_by_signals(at_s: FloatArray, site: IntArray, steady: npt.NDArray[np.bool_]) -> FloatArray:
    """Traffic lights before a site: arrivals in the red time are bunched at its end, in their order."""
    phase = (at_s + site * 37.0) % _SIGNAL_CYCLE_S
    wait = np.where((phase < _SIGNAL_RED_S) & ~steady, (_SIGNAL_RED_S - phase) * (1 - _BUNCHING), 0.0)
    held: FloatArray = at_s + wait
    return held
