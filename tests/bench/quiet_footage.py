"""Quiet footage of `make bench-ocr`: a fixed camera's hour with a vehicle now and then, in changing light and rain."""

import hashlib
import json
import math
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from jobs.simulate.footage import Clip, ClipVehicle, render_clip
from jobs.simulate.scene import Conditions
from jobs.simulate.vehicles import vrms_of
from tests.bench.rendered_set import CACHE, SEEN_ON, TruePassage, source_digest, true_passages

HOUR_S = 3600.0
_SHARE = 0.02
_IN_VIEW_S = 1.75
"""How long a plate is in view at this camera, at 12 m/s."""
_RAIN = (0.3, 0.5)
"""Of the footage: when it rains."""
_DROPS = 140
_LAYERS = 24
_SEED = 43


def quiet_footage(seconds: float) -> tuple[Path, list[TruePassage]]:
    """Return a video of so many seconds, 2% of them with a plate in view, and its passages; rendered once."""
    vehicles = _vehicles(seconds)
    started = datetime(2026, 11, 20, 12, tzinfo=UTC)
    clip = Clip("Q001", started, seconds, Conditions(plate_px=(95, 145)), site_text="Q001 WYREFORD", seed=7)
    digest = hashlib.sha256(f"{clip!r}{vehicles!r}{source_digest()}{Path(__file__).read_text()}".encode())
    path = CACHE / f"quiet-{seconds:.0f}s-{digest.hexdigest()[:12]}.mp4"
    truth = path.with_suffix(".truth.jsonl")
    if not truth.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        seen = render_clip(path, clip, vehicles, _Weather(clip.size, seconds))
        formats = ("current",) * len(vehicles)
        rows = true_passages(path.name, clip, seen, dict(zip(vehicles, formats, strict=True)))
        truth.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
    return path, [TruePassage(**json.loads(line)) for line in truth.read_text().splitlines()]


def _vehicles(seconds: float) -> tuple[ClipVehicle, ...]:
    """One in each equal part of the time, somewhere in it: some follow soon, some after minutes."""
    random = np.random.default_rng(_SEED)
    count = max(1, math.ceil(_SHARE * seconds / _IN_VIEW_S))
    vrms = vrms_of("current", count, SEEN_ON, random)
    part = seconds / count
    return tuple(
        ClipVehicle(str(vrm), (number + float(random.uniform(0.1, 0.9))) * part, seed=number)
        for number, vrm in enumerate(vrms)
    )


class _Weather:
    """Clouds that come and go within minutes, dusk over the whole time, and rain in a part of it."""

    def __init__(self, size: tuple[int, int], seconds: float) -> None:
        self._seconds = seconds
        random = np.random.default_rng(_SEED)
        self._layers = [_rain(size, random) for _ in range(_LAYERS)]
        self._random = random

    def __call__(self, frame, seconds: float) -> None:
        through = seconds / self._seconds
        light = 1.0 - 0.45 * through + 0.12 * math.sin(seconds / 47) + 0.05 * math.sin(seconds / 11)
        cv2.convertScaleAbs(frame, dst=frame, alpha=light)
        if _RAIN[0] <= through < _RAIN[1]:
            cv2.add(frame, self._layers[int(self._random.integers(_LAYERS))], dst=frame)


def _rain(size: tuple[int, int], random: np.random.Generator):
    """Streaks of one frame, most of them thin and faint, some near the camera."""
    layer = np.zeros((size[1], size[0], 3), np.uint8)
    for _ in range(_DROPS):
        x, y = int(random.integers(size[0])), int(random.integers(-40, size[1]))
        length, width = (
            (int(random.integers(40, 90)), 2) if random.random() < 0.1 else (int(random.integers(10, 30)), 1)
        )
        tone = int(random.integers(15, 45))
        cv2.line(layer, (x, y), (x + length // 6, y + length), (tone, tone, tone), width, cv2.LINE_AA)
    return layer
