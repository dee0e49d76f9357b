"""All that happens in a simulation before anything is written: network, vehicles, passages, plans."""

from dataclasses import dataclass, replace

import numpy as np

from jobs.simulate.cameras import LAYBYS_PER_UNIT, Cameras, place_cameras
from jobs.simulate.footage import FootagePassage
from jobs.simulate.footage_plan import PER_CLIP, PlannedClip, clear_windows, clip_trips, plan_clips
from jobs.simulate.network import Network, build_network
from jobs.simulate.options import SimulationOptions
from jobs.simulate.planted import Clone, Convoy, clone_trips, convoy_trips, draw_convoys
from jobs.simulate.roads import IntArray
from jobs.simulate.traffic import Passages, Traffic, Trips, join_trips, passages_of
from jobs.simulate.vehicles import StrArray, Vehicles, draw_vehicles

_MATCH_MS = 3000


@dataclass(frozen=True)
class World:
    """What happened: `passages` in order of time, and who was planted.

    `vehicle_vrm` is the mark of each vehicle, copies of clones after the others. `convoy_trips` holds, for
    each convoy, the trips that its members made together.
    """

    network: Network
    cameras: Cameras
    vehicles: Vehicles
    vehicle_vrm: StrArray
    passages: Passages
    convoys: list[Convoy]
    convoy_trips: list[IntArray]
    clones: list[Clone]
    clips: list[PlannedClip]


def build_world(options: SimulationOptions) -> World:
    """Draw everything that happens.

    Raises:
        LakeError: when there is no room for the cameras.
    """
    random = [np.random.default_rng([options.seed, stream]) for stream in range(8)]
    network = build_network(
        options.fixed_cameras, options.partner_cameras, LAYBYS_PER_UNIT * options.mobile_units, random[0]
    )
    cameras = place_cameras(network, options.mobile_units, options.days, random[1])
    driving = options.vehicles or options.reads_per_day // 2
    count = driving + options.clips * PER_CLIP
    vehicles = draw_vehicles(count, network, options.first_day, random[2])
    free = vehicles.of_kind("occasional")
    convoys = draw_convoys(options.convoys, free[free < driving], options.days, random[3])
    clips = plan_clips(options, cameras, network, vehicles, np.arange(driving, count))
    together, rows = convoy_trips(convoys, network, options.first_day, random[4])
    shown = clip_trips(clips, network, cameras, options.seed)
    ordinary = _ordinary_trips(options, network, vehicles, convoys, driving, random[5])
    trips = join_trips([together, *shown, *ordinary])
    passages = passages_of(network, trips, cameras.at, options.first_day, random[6])
    passages = clear_windows(passages, clips)
    copies, clones = clone_trips(options.clones, passages, vehicles, network, random[7])
    more = passages_of(network, copies, cameras.at, options.first_day, random[7])
    more = clear_windows(replace(more, trip=more.trip + len(trips)), clips)
    vrms = np.concatenate([vehicles.vrm, vehicles.vrm[[clone.genuine for clone in clones]]])
    return World(network, cameras, vehicles, vrms, merge_passages(passages, more), convoys, rows, clones, clips)


def _ordinary_trips(
    options: SimulationOptions,
    network: Network,
    vehicles: Vehicles,
    convoys: list[Convoy],
    driving: int,
    random: np.random.Generator,
) -> list[Trips]:
    """Every day's trips; convoys' members rest on their days, and the clips' vehicles on the last."""
    traffic = Traffic(network, vehicles, options.reads_per_day / (1 - options.missed), random)
    days: list[Trips] = []
    for number in range(options.days):
        busy = [member for convoy in convoys if number in convoy.days for member in convoy.members]
        last = number == options.days - 1
        resting = np.concatenate(
            [
                np.array(busy, np.int64),
                np.arange(driving, len(vehicles.vrm)) if last else np.array([], np.int64),
            ]
        )
        days.append(traffic.day(options.day(number), resting))
    return days


def merge_passages(one: Passages, other: Passages) -> Passages:
    """Two tables of passages as one, in order of time and camera."""
    names = list(Passages.__dataclass_fields__)
    both = Passages(**{name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names})
    return both.take(np.lexsort((both.vehicle, both.camera, both.at_ms)))


def settle_times(world: World, seen: list[list[FootagePassage]]) -> World:
    """Set the times and lanes of passages that clips show to those of the pictures.

    A camera's own read is taken near the middle of the time for which the plate can be seen. `seen` has the
    clips' true passages, in the order of the clips.
    """
    at_ms, lane = world.passages.at_ms.copy(), world.passages.lane.copy()
    for plan, shown in zip(world.clips, seen, strict=True):
        for passage in shown:
            index = passage_in_clip(world, plan, passage)
            at_ms[index] = round((passage.first_at.timestamp() + passage.last_at.timestamp()) * 500)
            lane[index] = passage.lane + 1
    passages = replace(world.passages, at_ms=at_ms, lane=lane)
    order = np.lexsort((passages.vehicle, passages.camera, passages.at_ms))
    return replace(world, passages=passages.take(order))


def passage_in_clip(world: World, plan: PlannedClip, shown: FootagePassage) -> int:
    """Index of the passage that a clip shows."""
    vehicle = plan.vehicles[[actor.vrm for actor in plan.actors].index(shown.vrm)]
    passages = world.passages
    middle = (shown.first_at.timestamp() + shown.last_at.timestamp()) * 500
    near = np.abs(passages.at_ms - middle) < _MATCH_MS
    found = np.flatnonzero(near & (passages.vehicle == vehicle) & (passages.camera == plan.camera))
    return int(found[0])


def clone_episodes(world: World, clone: Clone) -> list[tuple[int, int]]:
    """Pairs of passages (genuine, copy) over 1 km apart that would take more than 60 m/s between them."""
    passages, place = world.passages, world.network.site_xy_km()
    genuine = np.flatnonzero(passages.vehicle == clone.genuine)
    pairs: list[tuple[int, int]] = []
    for copied in np.flatnonzero(passages.vehicle == clone.copy):
        seconds = np.abs(passages.at_ms[genuine] - passages.at_ms[copied]) / 1000
        km = np.hypot(*(place[passages.site[genuine]] - place[passages.site[copied]]).T)
        impossible = np.flatnonzero((km > 1) & (km * 1000 > 60 * seconds))
        if len(impossible):
            nearest = impossible[np.argmin(seconds[impossible])]
            pairs.append((int(genuine[nearest]), int(copied)))
    return pairs
