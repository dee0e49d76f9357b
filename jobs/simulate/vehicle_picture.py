"""A vehicle as a flat picture with its plate: body, glass, lights, shadow, by day and by night.

The picture is what a camera would see straight on, at a few resolutions, so that a renderer only warps it.
"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from jobs.simulate.plates import ONE_LINE_MM, TWO_LINE_MM, PlateStyle, draw_plate

Image = npt.NDArray[np.uint8]
Body = Literal["car", "van", "lorry"]
End = Literal["front", "rear"]

PX_PER_MM = 0.5
"""Finest level; each further level has half of it."""
LEVELS = 4
PLATE_HEIGHT_MM = 450.0
"""Height of the plate's centre above the road."""

# Width and height of the body in mm, lower edge of the glass, and share of the height that is glass.
_BODIES: dict[Body, tuple[float, float, float, float]] = {
    "car": (1780, 1460, 900, 0.31),
    "van": (1950, 2050, 1150, 0.32),
    "lorry": (2450, 3100, 1500, 0.27),
}
_ROOF_SHARE: dict[Body, float] = {"car": 0.68, "van": 0.92, "lorry": 0.92}
_PAINTS = (
    (40, 38, 36), (60, 58, 56), (150, 150, 148), (205, 205, 203), (120, 60, 30), (40, 30, 120),
    (70, 95, 60), (90, 110, 140),
)  # fmt: skip
_SIDE_MM = 260.0
"""Room left and right of the body for the shadow and the glare."""
_BELOW_MM = 220.0


@dataclass(frozen=True)
class VehiclePicture:
    """A vehicle's levels (BGR times alpha, and alpha, height by width by 4) and where its plate is.

    `plate_mm` is the plate's width and height; `origin_mm` the plate's centre from the picture's top left;
    `size_mm` the size of the picture.
    """

    levels: tuple[Image, ...]
    plate_mm: tuple[float, float]
    origin_mm: tuple[float, float]
    size_mm: tuple[float, float]

    def level_for(self, shrink: float) -> Image:
        """The level to warp when the first one would be shrunk so many times."""
        wanted = int(math.log2(max(shrink, 1.0)) + 0.4)
        return self.levels[min(wanted, len(self.levels) - 1)]

    @property
    def solid_mm(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of what hides what lies behind it, in mm from the plate's centre."""
        width, height = self.size_mm[0] - 2 * _SIDE_MM, self.size_mm[1] - _BELOW_MM
        return _SIDE_MM - self.origin_mm[0], -self.origin_mm[1], width, height


def draw_vehicle(vrm: str, style: PlateStyle, body: Body, end: End, *, night: bool, seed: int) -> VehiclePicture:
    """Draw one end of a vehicle with its plate; `seed` chooses paint and small differences."""
    random = np.random.default_rng(seed)
    width_mm, height_mm = _BODIES[body][:2]
    size_mm = (width_mm + 2 * _SIDE_MM, height_mm + _BELOW_MM)
    canvas = np.zeros((round(size_mm[1] * PX_PER_MM), round(size_mm[0] * PX_PER_MM), 4), np.float32)
    paint = np.array(_PAINTS[int(random.integers(len(_PAINTS)))], np.float32)
    draw = _Brush(canvas, height_mm)
    draw.shadow(width_mm)
    draw.body(body, paint)
    if end == "front" and body != "lorry":
        draw.grille(width_mm)
    if night:
        canvas[:, :, :3] *= 0.16
    draw.lights(width_mm, end, night=night)
    plate_mm = TWO_LINE_MM if style.two_lines else ONE_LINE_MM
    # A rear plate often sits off the middle of the door; a front one is in the bumper.
    aside = float(random.uniform(-120, 120)) if end == "rear" else 0.0
    plate = cv2.resize(
        draw_plate(vrm, style, px_per_mm=2.0),
        (round(plate_mm[0] * PX_PER_MM), round(plate_mm[1] * PX_PER_MM)),
        interpolation=cv2.INTER_AREA,
    )
    draw.plate(plate, aside, dirt=float(random.uniform(0, 0.12)), random=random, night=night)
    return VehiclePicture(_pyramid(canvas), plate_mm, (size_mm[0] / 2 + aside, height_mm - PLATE_HEIGHT_MM), size_mm)


class _Brush:
    """Draws in millimetres, x from the vehicle's middle and y up from the road."""

    def __init__(self, canvas: npt.NDArray[np.float32], height_mm: float) -> None:
        self._canvas = canvas
        self._height_mm = height_mm

    def _px(self, x: float, y: float) -> tuple[int, int]:
        left = self._canvas.shape[1] / 2 + x * PX_PER_MM
        return round(left), round((self._height_mm - y) * PX_PER_MM)

    def _polygon(self, points: list[tuple[float, float]], colour: npt.NDArray[np.float32] | float) -> None:
        value = np.broadcast_to(np.asarray(colour, np.float32), (3,))
        corners = np.array([self._px(*p) for p in points], np.int32)
        cv2.fillPoly(self._canvas, [corners], (*(float(v) for v in value), 255.0), cv2.LINE_AA)

    def _box(self, x: float, y: float, w: float, h: float, colour: npt.NDArray[np.float32] | float) -> None:
        self._polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour)

    def shadow(self, width_mm: float) -> None:
        """The dark patch under and beside the vehicle, soft at its edge."""
        alpha: npt.NDArray[np.float32] = np.zeros(self._canvas.shape[:2], np.float32)
        axes = (round((width_mm / 2 + 120) * PX_PER_MM), round(120 * PX_PER_MM))
        cv2.ellipse(alpha, self._px(0, 20), axes, 0, 0, 360, (190.0,), -1)
        self._canvas[:, :, 3] = cv2.blur(alpha, (41, 41))

    def body(self, body: Body, paint: npt.NDArray[np.float32]) -> None:
        """Wheels, body, roof, glass with a reflection, bumper."""
        width_mm, height_mm, waist, glass_share = _BODIES[body]
        half = width_mm / 2
        for side in (-1, 1):
            self._box(side * (half - 120) - 110, 0, 220, 400, 22.0)
        roof = half * _ROOF_SHARE[body]
        self._polygon(
            [(-half, 200), (half, 200), (half, waist), (roof, height_mm), (-roof, height_mm), (-half, waist)],
            paint,
        )
        top = waist + height_mm * glass_share
        inner = roof + (half - roof) * (height_mm - top) / (height_mm - waist) - 60
        glass = [(-half + 110, waist + 20), (half - 110, waist + 20), (inner, top), (-inner, top)]
        self._polygon(glass, np.array([62, 54, 48], np.float32))
        self._polygon(
            [(-half * 0.5, waist + 20), (-half * 0.1, waist + 20), (half * 0.2, top), (-half * 0.25, top)],
            np.array([110, 104, 98], np.float32),
        )
        self._box(-half, 200, width_mm, 130, paint * 0.45)
        self._box(-half, waist - 30, width_mm, 16, paint * 0.6)

    def grille(self, width_mm: float) -> None:
        """Slats above the front plate."""
        for row in range(4):
            self._box(-width_mm * 0.24, 590 + row * 42, width_mm * 0.48, 22, 30.0)

    def lights(self, width_mm: float, end: End, *, night: bool) -> None:
        """Lamps: at night white ones in front that glare, red ones behind."""
        lit = (235, 245, 255) if end == "front" else (60, 50, 230)
        dull = (190, 195, 195) if end == "front" else (40, 35, 140)
        colour = np.array(lit if night else dull, np.float32)
        for side in (-1, 1):
            self._box(side * (width_mm / 2 - 200) - 150, 620, 300, 130, colour)
        if night:
            self._glare(width_mm, colour, reach=0.9 if end == "front" else 0.35)

    def _glare(self, width_mm: float, colour: npt.NDArray[np.float32], reach: float) -> None:
        rows, columns = np.ogrid[: self._canvas.shape[0], : self._canvas.shape[1]]
        glow = np.zeros(self._canvas.shape[:2], np.float32)
        for side in (-1, 1):
            x, y = self._px(side * (width_mm / 2 - 200), 685)
            distance = ((columns - x) ** 2 + (rows - y) ** 2) / (190 * PX_PER_MM) ** 2
            glow += np.exp(-distance.astype(np.float32))
        spread = np.minimum(glow * 1.6 * reach, 1.0)[:, :, None]
        # Light is added and hides little of what lies behind it.
        self._canvas[:, :, :3] += spread * colour
        self._canvas[:, :, 3:] = np.maximum(self._canvas[:, :, 3:], 120 * spread)

    def plate(
        self,
        plate: npt.NDArray[np.generic],
        aside_mm: float,
        *,
        dirt: float,
        random: np.random.Generator,
        night: bool,
    ) -> None:
        """Set the plate in its place, dirty; at night it throws the camera's infra-red light back."""
        picture = plate.astype(np.float32)
        speckle = cv2.GaussianBlur(random.random(plate.shape[:2], np.float32), (0, 0), 3)
        picture *= 1 - dirt * 4 * np.abs(speckle - 0.5)[:, :, None] - dirt
        if night:
            grey = picture.mean(axis=2, keepdims=True)
            picture = np.minimum(0.25 * picture + 0.75 * grey, 255) * 0.95
        middle = self._px(aside_mm, PLATE_HEIGHT_MM)
        top, left = middle[1] - plate.shape[0] // 2, middle[0] - plate.shape[1] // 2
        frame = round(12 * PX_PER_MM)
        self._canvas[top - frame : top + plate.shape[0] + frame, left - frame : left + plate.shape[1] + frame] = (
            26,
            24,
            24,
            255,
        )
        self._canvas[top : top + plate.shape[0], left : left + plate.shape[1], :3] = picture


def _pyramid(canvas: npt.NDArray[np.float32]) -> tuple[Image, ...]:
    np.clip(canvas, 0, 255, out=canvas)
    levels = [np.rint(canvas).astype(np.uint8)]
    for _ in range(LEVELS - 1):
        last = levels[-1]
        half = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
        levels.append(cv2.resize(last, half, interpolation=cv2.INTER_AREA).astype(np.uint8))
    return tuple(levels)
