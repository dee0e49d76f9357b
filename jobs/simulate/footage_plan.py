"""Which clips are rendered: camera, time, conditions, and the vehicles that pass in them."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from jobs.domain.errors import LakeError
from jobs.simulate.cameras import Cameras
from jobs.simulate.footage import Clip, ClipVehicle, Direction
from jobs.simulate.network import Network
from jobs.simulate.options import SimulationOptions
from jobs.simulate.plates import Colour, PlateStyle
from jobs.simulate.roads import IntArray
from jobs.simulate.scene import Conditions
from jobs.simulate.traffic import Passages, Trips, join_trips, midnight_s, trips_through
from jobs.simulate.vehicle_picture import Body
from jobs.simulate.vehicles import FORMATS, Vehicles

PER_CLIP = 14
"""Vehicles set aside for each clip, the most that one shows."""
_LEAST = 8
_SECONDS_PER_VEHICLE = 4.0
_HOURS = (8.5, 17.5, 11.0, 21.0, 13.5, 15.0, 6.0, 10.0)
_SCENES = (
    Conditions(slant_deg=8),
    Conditions(night=True, noise=5, slant_deg=-10),
    Conditions(lanes=2, plate_px=(55, 120), slant_deg=-5),
    Conditions(night=True, noise=5, shutter_s=1 / 120, slant_deg=4),
    Conditions(slant_deg=20, roll_deg=3),
    Conditions(slant_deg=-14, shutter_s=1 / 100, noise=4),
)
_AWAY = (False, False, False, True, False, True)
"""Whether the only lane of each scene leads away from the camera."""
_BODIES: tuple[tuple[Body, float], ...] = (("car", 0.72), ("van", 0.2), ("lorry", 0.08))
_MARGIN_MS = 3000


@dataclass(frozen=True)
class PlannedClip:
    """A clip, its camera's index, its vehicles and which vehicle of the simulation each is."""

    name: str
    camera: int
    clip: Clip
    actors: tuple[ClipVehicle, ...]
    vehicles: tuple[int, ...]


def is_night(moment: datetime) -> bool:
    """Whether it is dark at about 54 degrees north, within half an hour or so."""
    day_of_year = moment.timetuple().tm_yday
    half_day = 6.1 - 2.3 * math.cos(2 * math.pi * (day_of_year + 10) / 365)
    return abs(moment.hour + moment.minute / 60 - 12.2) > half_day


def plan_clips(
    options: SimulationOptions,
    cameras: Cameras,
    network: Network,
    vehicles: Vehicles,
    reserved: IntArray,
) -> list[PlannedClip]:
    """Plan clips of the last day at fixed cameras that see both ways; `reserved` vehicles appear in them."""
    random = np.random.default_rng([options.seed, 31])
    routes = network.routes
    both_ways = [
        index
        for index in range(len(cameras))
        if cameras.kind[index] == "fixed"
        and len(np.unique(routes.towards[routes.site == cameras.site[index]])) == len((True, False))
    ]
    if options.clips and not both_ways:
        raise LakeError("footage needs a fixed camera that sees both ways: ask for more fixed_cameras")
    order = random.permutation(both_ways)
    planned: list[PlannedClip] = []
    for number in range(options.clips):
        camera = int(order[number % len(order)])
        clip = _clip(number, str(cameras.camera_id[camera]), options)
        mine = reserved[number * PER_CLIP : (number + 1) * PER_CLIP]
        actors = _actors(clip, mine, vehicles, random, away=_AWAY[number % len(_AWAY)])
        name = f"{clip.camera_id}_{clip.started_at:%H%M%S}"
        planned.append(PlannedClip(name, camera, clip, tuple(actors), tuple(int(v) for v in mine[: len(actors)])))
    return planned


def _clip(number: int, camera_id: str, options: SimulationOptions) -> Clip:
    started = _moment(options.last_day, _HOURS[number % len(_HOURS)]) + timedelta(minutes=7 * (number // len(_HOURS)))
    scene = _SCENES[number % len(_SCENES)]
    night = is_night(started)
    conditions = replace(scene, night=night, noise=5.0 if night else min(scene.noise, 4.0))
    return Clip(
        camera_id,
        started,
        options.clip_seconds,
        conditions,
        options.clip_fps,
        options.clip_size,
        site_text=f"CAM {camera_id} WYREFORD",
        seed=options.seed * 1000 + number,
    )


def _moment(day: date, hour: float) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


def _actors(
    clip: Clip, mine: IntArray, vehicles: Vehicles, random: np.random.Generator, *, away: bool
) -> list[ClipVehicle]:
    """Vehicles in each lane one after the other, some nose to tail, all of a lane at about one speed."""
    lanes = clip.conditions.lanes
    wanted = int(np.clip(clip.seconds / _SECONDS_PER_VEHICLE + random.integers(-1, 2), 1, PER_CLIP))
    wanted = max(wanted, min(_LEAST, int(clip.seconds / 3)))
    wanted = min(wanted, len(mine))
    per_lane = [wanted - wanted // 2, wanted // 2] if lanes > 1 else [wanted]
    actors: list[ClipVehicle] = []
    for lane, count in enumerate(per_lane):
        # On the left side of the road, what goes away is in the left lane.
        direction: Direction = "away" if (lane == 0 if lanes > 1 else away) else "towards"
        speed = float(random.uniform(9.0, 14.0))
        for at in _times(count, clip.seconds, random):
            index = int(mine[len(actors)])
            style = _style(FORMATS[vehicles.format[index]], direction, random)
            body = _BODIES[int(random.choice(len(_BODIES), p=[share for _, share in _BODIES]))][0]
            pace = speed * float(random.uniform(0.98, 1.02))
            actors.append(
                ClipVehicle(str(vehicles.vrm[index]), at, lane, direction, pace, body, style, clip.seed * 100 + index)
            )
    return actors


def _times(count: int, seconds: float, random: np.random.Generator) -> list[float]:
    """Times at which vehicles are halfway: gaps of 1.2 s where nose to tail, and whatever is left else."""
    if not count:
        return []
    close = random.random(count) < 0.3  # noqa: PLR2004 - share of vehicles that follow nose to tail
    close[0] = False
    gaps = np.where(close, random.uniform(1.2, 1.6, count), 2.0 + random.exponential(1.0, count))
    room = seconds - 3.0 - gaps[close].sum() - 2.0 * np.count_nonzero(~close)
    loose = gaps[~close] - 2.0
    gaps[~close] = 2.0 + loose * max(room, 0.0) / loose.sum()
    at = np.cumsum(gaps) - 1.0
    return [float(value) for value in at if value < seconds - 1.0]


def _style(vrm_format: str, direction: Direction, random: np.random.Generator) -> PlateStyle:
    old = vrm_format in {"prefix", "suffix", "dateless"}
    colour: Colour = "white" if direction == "towards" else "yellow"
    if vrm_format in {"suffix", "dateless"} and random.random() < 0.3:  # noqa: PLR2004 - some old cars show it
        colour = "black"
    two_lines = bool(random.random() < (0.16 if direction == "away" else 0.08))
    return PlateStyle(colour, two_lines, band=bool(random.random() < 0.25), old=old)  # noqa: PLR2004 - a quarter


def clip_trips(planned: list[PlannedClip], network: Network, cameras: Cameras, seed: int) -> list[Trips]:
    """The trips that bring the clips' vehicles past their cameras at their times."""
    random = np.random.default_rng([seed, 32])
    trips: list[Trips] = []
    for plan in planned:
        start = (
            midnight_s(plan.clip.started_at.date())
            + (plan.clip.started_at - _moment(plan.clip.started_at.date(), 0)).total_seconds()
        )
        single = [
            trips_through(
                network,
                np.array([vehicle]),
                (int(cameras.site[plan.camera]), actor.direction == "towards"),
                np.array([start + actor.at]),
                random,
            )
            for vehicle, actor in zip(plan.vehicles, plan.actors, strict=True)
        ]
        trips.append(join_trips(single))
    return trips


def clear_windows(passages: Passages, planned: list[PlannedClip]) -> Passages:
    """Leave out passages in a clip's view that the clip does not show: the picture is the truth."""
    keep = np.ones(len(passages), np.bool_)
    for plan in planned:
        start = round(plan.clip.started_at.timestamp() * 1000)
        end = start + round(plan.clip.seconds * 1000)
        within = (passages.at_ms >= start - _MARGIN_MS) & (passages.at_ms <= end + _MARGIN_MS)
        others = ~np.isin(passages.vehicle, plan.vehicles)
        keep &= ~(within & others & (passages.camera == plan.camera))
    return passages.take(keep)
