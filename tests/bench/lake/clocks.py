"""Clocks on simulated truth: one camera at a time is set wrong; what is found of it, and who else is blamed."""

from datetime import date
from pathlib import Path

import numpy as np

from jobs.quality.clocks import Clocks, clock_offsets, is_off
from jobs.quality.profile import clock_limits
from jobs.settings import QualitySettings, load_settings
from jobs.simulate.options import SimulationOptions
from jobs.simulate.reports import report
from jobs.simulate.world import build_world
from tests.bench.figures import Figure, Report

_DAY = date(2026, 11, 20)
_SEED = 3
_SIZES = {"a force's day": (370_000, 60, 32), "the demo's day": (6_000, 16, 6)}
"""Reads a day, fixed and partner cameras."""
_OFF_S = (20.0, 45.0, -600.0, 3600.0)
_EVERY = 4
"""Of the cameras with a known clock, so many are set wrong."""


def clocks(_: Path, result: Report) -> None:
    """Each of some cameras set wrong by seconds to an hour, on a day of each size."""
    settings = load_settings().quality
    for size, numbers in _SIZES.items():
        _measure(size, _reads(*numbers), settings, result)


def _reads(reads: int, fixed: int, partner: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vehicle, camera and time (ms) of the reads of still cameras; a misread mark is a vehicle of its own."""
    options = SimulationOptions(
        last_day=_DAY, seed=_SEED, days=1, fixed_cameras=fixed, partner_cameras=partner, reads_per_day=reads, clips=0,
        clones=0, convoys=0, bad_footage=False,
    )  # fmt: skip
    world = build_world(options)
    rows = report(world.passages, world.vehicle_vrm[world.passages.vehicle], world.cameras, options)
    rows = rows.take((rows.original == np.arange(len(rows))) & ~rows.second)
    camera = world.passages.camera[rows.passage]
    vehicle = np.where(rows.misread, -1 - rows.passage, world.passages.vehicle[rows.passage])
    still = world.cameras.kind[camera] != "mobile"
    return vehicle[still], camera[still], rows.at_ms[still]


def _measure(
    size: str, reads: tuple[np.ndarray, np.ndarray, np.ndarray], settings: QualitySettings, result: Report
) -> None:
    vehicle, camera, at_ms = reads
    right = _offsets(vehicle, camera, at_ms, settings)
    known = np.flatnonzero(np.isfinite(right.offset_s))
    result.figures.append(
        Figure(
            f"clocks, {size}: {len(known)} of {len(np.unique(camera))} cameras have an offset, all of them right",
            f"at most {np.abs(right.offset_s[known]).max():.1f} s, {_told(right, settings).sum()} told of",
            reach="none told of", reached=not _told(right, settings).any(),
        )
    )  # fmt: skip
    for off_s in _OFF_S:
        errors, told, blamed = [], 0, 0
        for one in known[::_EVERY]:
            found = _offsets(vehicle, camera, at_ms + np.where(camera == one, int(off_s * 1000), 0), settings)
            errors.append(abs(found.offset_s[one] - off_s))
            told += _told(found, settings)[one]
            blamed += np.delete(_told(found, settings), one).sum()
        result.figures.append(
            Figure(
                f"clocks, {size}: one of {len(errors)} cameras off by {off_s:g} s",
                f"found within {np.nanmedian(errors):.1f} s (median), {np.nanmax(errors):.1f} s (worst); "
                f"told of {told}, others blamed {blamed}",
                reach="nobody else blamed", reached=not blamed,
            )
        )  # fmt: skip
    result.remarks.append(f"clocks, {size}: {len(vehicle):,} reads of simulation seed {_SEED}, still cameras only")


def _offsets(vehicle: np.ndarray, camera: np.ndarray, at_ms: np.ndarray, settings: QualitySettings) -> Clocks:
    return clock_offsets(vehicle, camera, at_ms, int(camera.max()) + 1, clock_limits(settings))


def _told(found: Clocks, settings: QualitySettings) -> np.ndarray:
    """Which cameras `clock_offset` would tell of."""
    return is_off(found.offset_s, found.error_s, settings.checks.clock_offset.seconds)
