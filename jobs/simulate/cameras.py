"""The cameras: which stand where, when a mobile unit is at which lay-by, and `cameras.csv`."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.simulate.network import Network, latitude_longitude
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.vehicles import StrArray

HEADER = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"
LAYBYS_PER_UNIT = 3
SLOTS = 48
"""Half-hours of a day, the grain of a mobile unit's stay."""
FORCES = ("NORLAND", "WESTMOOR")
"""Neighbouring forces, fictional; both report the passages of shared cameras."""
_CAMERAS_PER_GROUP = 8
_SHARED_EVERY = 2


@dataclass(frozen=True)
class Cameras:
    """Columns of equal length, one element a camera: fixed ones, then partner, then mobile.

    `site` is the site where a camera stands, -1 for mobile ones. `feed` is the feed that reports it:
    the group of a fixed camera, the force of a partner's, the unit of a mobile one. `shared` cameras of a
    partner are reported by the other force as well. `number` is the partner's cameraID.
    `at` has one row a day and a column for each half-hour and site: the camera there, or -1.
    """

    camera_id: StrArray
    kind: StrArray
    site: IntArray
    feed: StrArray
    shared: StrArray
    number: IntArray
    at: IntArray

    def __len__(self) -> int:
        return len(self.camera_id)


def place_cameras(network: Network, units: int, days: int, random: np.random.Generator) -> Cameras:
    """Give every fixed and partner site its camera, and every mobile unit a lay-by each day."""
    kinds = np.array([site.kind for site in network.sites])
    fixed, partner = np.flatnonzero(kinds == "fixed"), np.flatnonzero(kinds == "partner")
    numbers = 42 + 7 * np.arange(len(partner))
    ids = [f"F{n + 1:03d}" for n in range(len(fixed))] + [f"P{n:04d}" for n in numbers]
    feeds = [f"G{n // _CAMERAS_PER_GROUP + 1:02d}" for n in range(len(fixed))]
    feeds += [FORCES[n % len(FORCES)] for n in range(len(partner))]
    shared = ["" for _ in fixed]
    shared += [FORCES[(n + 1) % len(FORCES)] if n % _SHARED_EVERY == 0 else "" for n in range(len(partner))]
    still = len(ids)
    ids += [f"M{n + 1:02d}" for n in range(units)]
    feeds += [f"MOB{n + 1:02d}" for n in range(units)]
    at = np.full((days, SLOTS, len(network.sites)), -1, np.int64)
    at[:, :, np.concatenate([fixed, partner])] = np.arange(still)
    laybys = np.flatnonzero(kinds == "mobile")
    for day in range(days):
        for unit, layby in enumerate(random.permutation(laybys)[:units]):
            start, stay = int(random.integers(12, 20)), int(random.integers(10, 18))
            at[day, start : start + stay, layby] = still + unit
    return Cameras(
        np.array(ids),
        np.array(["fixed"] * len(fixed) + ["partner"] * len(partner) + ["mobile"] * units),
        np.concatenate([fixed, partner, np.full(units, -1)]),
        np.array(feeds),
        np.array(shared + [""] * units),
        np.concatenate([np.zeros(len(fixed), np.int64), numbers, np.zeros(units, np.int64)]),
        at.reshape(days, -1),
    )


def site_places(network: Network) -> FloatArray:
    """Latitude and longitude of the sites, n by 2, degrees."""
    return latitude_longitude(network.site_xy_km())


def camera_rows(cameras: Cameras, network: Network, first_day: date) -> list[str]:
    """Lines of `cameras.csv` without the header; valid from a month before the first day."""
    since = first_day - timedelta(days=30)
    place = site_places(network)
    rows: list[str] = []
    for camera_id, kind, index in zip(cameras.camera_id, cameras.kind, cameras.site, strict=True):
        if index < 0:
            rows.append(f"{camera_id},{kind},,,,,none,{since},")
            continue
        site = network.sites[index]
        latitude, longitude = place[index]
        road, heading = network.roads[site.road].name, network.heading(site)
        rows.append(f"{camera_id},{kind},{latitude:.6f},{longitude:.6f},{road},{heading},{site.cordon},{since},")
    return rows
