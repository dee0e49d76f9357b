"""The view of one camera: where things stand in the frame, and the road without vehicles.

A pinhole camera low beside the road, looking along it. Everything follows from one number, the scale at a
distance in pixels a metre: the plate's width, its height in the frame, its place across the road.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from jobs.simulate.vehicle_picture import PLATE_HEIGHT_MM, Image

NEAR_M = 14.0
"""Distance at which a plate has its greatest width."""
PLATE_M = 0.52
_ROAD_BELOW_M = PLATE_HEIGHT_MM / 1000


@dataclass(frozen=True)
class Conditions:
    """What makes a clip easy or hard.

    Attributes:
        night: dark, with infra-red light that plates throw back, and glaring lamps.
        slant_deg: turn of the vehicles about the vertical, against the camera's axis. The path stays
            straight at the camera: at a true slant a vehicle would stay in view too briefly to be of use.
        roll_deg: turn of the image about the camera's axis.
        shutter_s: exposure; a vehicle's motion in that time is its blur.
        noise: standard deviation of the sensor's noise, in grey levels.
        lanes: 1 or 2; lane 0 is the left one in the picture.
        plate_px: width of a plate of one line at the far and at the near end of the passage, in pixels of
            a frame 960 wide.
    """

    night: bool = False
    slant_deg: float = 0.0
    roll_deg: float = 0.0
    shutter_s: float = 1 / 250
    noise: float = 3.0
    lanes: int = 1
    plate_px: tuple[float, float] = (60.0, 190.0)


@dataclass(frozen=True)
class View:
    """Projection of one camera; pixels of a frame of `size` (width, height)."""

    size: tuple[int, int]
    conditions: Conditions

    @property
    def near_scale(self) -> float:
        """Pixels a metre where plates are widest."""
        return self.conditions.plate_px[1] / PLATE_M * self.size[0] / 960

    @property
    def far_scale(self) -> float:
        """Pixels a metre where plates are first of use."""
        return self.conditions.plate_px[0] / PLATE_M * self.size[0] / 960

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.near_scale * NEAR_M

    @property
    def far_m(self) -> float:
        """Distance at which plates are first of use."""
        return self.focal / self.far_scale

    @property
    def camera_above_plate_m(self) -> float:
        """Height of the camera over the plates, such that the way fills the frame from top to bottom."""
        return 0.48 * self.size[1] / (self.near_scale - self.far_scale)

    @property
    def horizon_px(self) -> float:
        """Row of the horizon."""
        return 0.38 * self.size[1] - self.camera_above_plate_m * self.far_scale

    def lane_m(self, lane: int) -> float:
        """Middle of a lane, metres to the right of the camera's axis."""
        return 0.0 if self.conditions.lanes == 1 else (-1.45, 1.45)[lane]

    def project(self, centre_m: tuple[float, float], offsets_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Project points of a vehicle's face: n by 2 metres (right, down from the plate) to n by 2 pixels.

        `centre_m` is where the plate is: metres to the right of the axis, and metres away.
        """
        slant = math.radians(self.conditions.slant_deg)
        away = centre_m[1] + offsets_m[:, 0] * math.sin(slant)
        scale = self.focal / np.maximum(away, 1.0)
        x = self.size[0] / 2 + (centre_m[0] + offsets_m[:, 0] * math.cos(slant)) * scale
        y = self.horizon_px + (self.camera_above_plate_m + offsets_m[:, 1]) * scale
        return self._rolled(np.stack([x, y], axis=1))

    def _rolled(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        roll = math.radians(self.conditions.roll_deg)
        middle = np.array([self.size[0] / 2, self.size[1] / 2])
        turn = np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
        rolled: npt.NDArray[np.float64] = (points - middle) @ turn.T + middle
        return rolled

    def on_road(self, x_m: float, away_m: float) -> tuple[int, int]:
        """Pixel of a point of the road's surface."""
        scale = self.focal / away_m
        y = self.horizon_px + (self.camera_above_plate_m + _ROAD_BELOW_M) * scale
        x, y = self._rolled(np.array([[self.size[0] / 2 + x_m * scale, y]]))[0]
        return round(float(np.clip(x, -20_000, 20_000))), round(float(np.clip(y, -20_000, 20_000)))


def draw_background(view: View, seed: int) -> Image:
    """Draw the empty road with verges, markings, sky and texture."""
    random = np.random.default_rng(seed)
    width, height = view.size
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = (88, 112, 96)
    horizon = max(0, round(view.horizon_px))
    picture[:horizon] = np.linspace(215, 185, max(horizon, 1), dtype=np.float32)[:horizon, None, None]
    for x in range(0, width, 60):
        top = horizon - int(random.integers(6, 34))
        if top > 0:
            tone = float(random.uniform(50, 120))
            cv2.rectangle(picture, (x, top), (x + 58, horizon), (tone * 0.8, tone, tone * 0.9), -1)
    _draw_road(picture, view)
    coarse = random.normal(0, 9, (height // 8 + 1, width // 8 + 1)).astype(np.float32)
    texture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture += texture[:, :, None] + random.normal(0, 3, (height, width, 1)).astype(np.float32)
    if view.conditions.night:
        picture = picture * 0.13 + 6
    return np.clip(picture, 0, 255).astype(np.uint8)


def _draw_road(picture: npt.NDArray[np.float32], view: View) -> None:
    edge = 2.6 if view.conditions.lanes == 1 else 3.7
    near, far = 2.0, 400.0
    corners = [view.on_road(x, z) for x, z in ((-edge, far), (edge, far), (edge, near), (-edge, near))]
    cv2.fillPoly(picture, [np.array(corners, np.int32)], (104, 104, 106))
    for side in (-1.0, 1.0):
        _mark(picture, view, side * (edge - 0.35), near, far)
    if view.conditions.lanes > 1:
        for start in range(3, 120, 9):
            _mark(picture, view, 0.0, start, start + 4)


def _mark(picture: npt.NDArray[np.float32], view: View, x_m: float, near: float, far: float) -> None:
    corners = [
        view.on_road(x, z) for x, z in ((x_m - 0.06, near), (x_m + 0.06, near), (x_m + 0.06, far), (x_m - 0.06, far))
    ]
    cv2.fillPoly(picture, [np.array(corners, np.int32)], (205, 208, 208))


def _label(picture: Image, text: str, at: tuple[int, int]) -> None:
    """Burn a text in: white on a black box, as recorders do."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.55, 1)
    cv2.rectangle(picture, (at[0] - 4, at[1] - height - 5), (at[0] + width + 4, at[1] + 6), (0, 0, 0), -1)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1, cv2.LINE_AA)


def stamp(picture: Image, time_text: str, site_text: str) -> None:
    """Burn the time into the top left corner of a frame and the site into the bottom right, in place."""
    height, width = picture.shape[:2]
    _label(picture, time_text, (12, 24))
    _label(picture, site_text, (width - 14 - 11 * len(site_text), height - 14))


@lru_cache(maxsize=4)
def noise_pool(size: tuple[int, int], sigma: float) -> Image:
    """Grey noise around level 64 for frames of `size`, a little larger so that it can be shifted."""
    random = np.random.default_rng(20_010_901)
    grain = random.normal(64, sigma, (size[1] + 48, size[0] + 48)).astype(np.float32)
    # A camera's own sharpening and compression leave grain wider than a pixel.
    soft = cv2.GaussianBlur(grain - 64, (0, 0), 1.0)
    grey: Image = np.clip(np.rint(soft * (sigma / float(soft.std())) + 64), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def add_noise(picture: Image, sigma: float, random: np.random.Generator) -> Image:
    """The frame with the sensor's noise."""
    height, width = picture.shape[:2]
    down, right = (int(v) for v in random.integers(0, 48, 2))
    grain = noise_pool((width, height), sigma)[down : down + height, right : right + width]
    noisy: Image = np.empty_like(picture)
    cv2.addWeighted(picture, 1.0, grain, 1.0, -64.0, dst=noisy)
    return noisy
