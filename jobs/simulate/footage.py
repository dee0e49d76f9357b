"""Renders footage: vehicles with plates passing one camera, as an ordinary video file with a sidecar.

The truth of each passage is worked out from the same geometry: the frames in which the plate lies in the
picture, is wide enough to be read and is not hidden by another vehicle.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from jobs.simulate.plates import PlateStyle
from jobs.simulate.scene import PLATE_M, Conditions, View, add_noise, draw_background, stamp
from jobs.simulate.vehicle_picture import PX_PER_MM, Body, Image, VehiclePicture, draw_vehicle

Direction = Literal["towards", "away"]
Weather = Callable[[Image, float], None]
"""Changes a frame in place, by its seconds from the clip's start: light, rain."""

FOURCC = {".mp4": "mp4v", ".avi": "XVID", ".webm": "VP80"}
READABLE_PX = 50.0
"""A plate of one line narrower than this is too small to count as seen; two-line ones by the same scale."""
_DRAWN_FROM_PX = 14.0
_BEHIND_M = 4.0
"""Nearer than this a vehicle is beside the camera, out of its view."""
_EDGE_PX = 2
_SHARP_PX = 1.2
"""Less motion than this within one exposure leaves no visible blur."""


@dataclass(frozen=True)
class ClipVehicle:
    """A vehicle of a clip: `at` is when it is halfway through the view, in seconds from the clip's start."""

    vrm: str
    at: float
    lane: int = 0
    direction: Direction = "towards"
    speed_mps: float = 12.0
    body: Body = "car"
    style: PlateStyle | None = None
    seed: int = 0


@dataclass(frozen=True)
class Clip:
    """A clip to render. `size` is width and height in pixels, `started_at` has a zone."""

    camera_id: str
    started_at: datetime
    seconds: float
    conditions: Conditions = field(default_factory=Conditions)
    fps: float = 12.5
    size: tuple[int, int] = (960, 540)
    site_text: str = "ROADSIDE CAMERA"
    seed: int = 1

    @property
    def frames(self) -> int:
        """Number of frames."""
        return round(self.seconds * self.fps)


@dataclass(frozen=True)
class FootagePassage:
    """What is true of one passage: frames are counted from 0, times are those of the frames.

    `looks` counts the frames between first and last in which the plate is in view; `plate_px` is its
    smallest and greatest width among them; `night`, `slant_deg` and `blur_px` (greatest) are the conditions.
    """

    vrm: str
    lane: int
    direction: Direction
    first_frame: int
    last_frame: int
    first_at: datetime
    last_at: datetime
    looks: int
    plate_px: tuple[float, float]
    two_lines: bool
    night: bool
    slant_deg: float
    blur_px: float


def render_clip(
    path: Path, clip: Clip, vehicles: Sequence[ClipVehicle], weather: Weather | None = None
) -> list[FootagePassage]:
    """Render one clip with its sidecar and return the truth, in order of the first frame.

    The container follows the suffix: .mp4, .avi or .webm. Vehicles that never show their plate have no
    truth row. `weather` is seen through the camera, so under its noise and what the recorder burns in.

    Raises:
        KeyError: for another suffix.
        OSError: when no file can be written at `path`.
    """
    view = View(clip.size, clip.conditions)
    actors = [_Actor(view, vehicle, 1 / clip.fps) for vehicle in vehicles]
    background = draw_background(view, clip.seed)
    random = np.random.default_rng(clip.seed)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*FOURCC[path.suffix]), clip.fps, clip.size)
    if not writer.isOpened():
        raise OSError(f"cannot write a video at {path.name}")
    for number in range(clip.frames):
        frame = background.copy()
        seconds = number / clip.fps
        present = sorted((a for a in actors if a.present(seconds)), key=lambda a: -a.away_m(seconds))
        for order, actor in enumerate(present):
            actor.draw(frame, seconds)
            actor.note(number, seconds, present[order + 1 :])
        if weather is not None:
            weather(frame, seconds)
        moment = clip.started_at.astimezone(UTC) + timedelta(seconds=seconds)
        time_text = moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 10_000:02d}"
        stamp(frame, time_text, clip.site_text)
        writer.write(add_noise(frame, clip.conditions.noise, random))
    writer.release()
    write_sidecar(path, clip.camera_id, clip.started_at)
    seen = [actor.truth(clip) for actor in actors if actor.noted]
    return sorted(seen, key=lambda passage: (passage.first_frame, passage.vrm))


def write_sidecar(path: Path, camera_id: str, started_at: datetime) -> Path:
    """Write `<stem>.json` beside a video: the camera, and the time of the first frame in UTC."""
    sidecar = path.with_suffix(".json")
    text = {"camera_id": camera_id, "started_at": started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    sidecar.write_text(json.dumps(text) + "\n", encoding="utf-8")
    return sidecar


class _Actor:
    """One vehicle on its way through the view."""

    def __init__(self, view: View, vehicle: ClipVehicle, frame_s: float) -> None:
        self.vehicle = vehicle
        self.style = vehicle.style or PlateStyle("white" if vehicle.direction == "towards" else "yellow")
        self.noted: list[tuple[int, float]] = []
        self.blur_px = 0.0
        self._view = view
        self._blur_share = view.conditions.shutter_s / frame_s
        self._frame_s = frame_s
        self._picture: VehiclePicture | None = None
        self._middle_m = (view.far_m + view.focal / view.near_scale) / 2
        drift = np.random.default_rng(vehicle.seed).uniform(-0.18, 0.18)
        self._x_m = view.lane_m(vehicle.lane) + float(drift)

    def away_m(self, seconds: float) -> float:
        """Distance of the plate."""
        sign = -1 if self.vehicle.direction == "towards" else 1
        return self._middle_m + sign * self.vehicle.speed_mps * (seconds - self.vehicle.at)

    def present(self, seconds: float) -> bool:
        """Whether the vehicle is near enough to be drawn and not behind the camera."""
        farthest = self._view.focal * PLATE_M / (_DRAWN_FROM_PX * self._view.size[0] / 960)
        return _BEHIND_M < self.away_m(seconds) < farthest

    def _face(self, seconds: float, left_mm: float, top_mm: float, w_mm: float, h_mm: float) -> npt.NDArray[np.float64]:
        """Pixels of the corners of a rectangle of the vehicle's face, mm from the plate's centre."""
        x, y = left_mm / 1000, top_mm / 1000
        w, h = w_mm / 1000, h_mm / 1000
        corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
        return self._view.project((self._x_m, self.away_m(seconds)), corners)

    @property
    def picture(self) -> VehiclePicture:
        """The vehicle's picture, drawn when first needed."""
        if self._picture is None:
            end: Literal["front", "rear"] = "front" if self.vehicle.direction == "towards" else "rear"
            self._picture = draw_vehicle(
                self.vehicle.vrm,
                self.style,
                self.vehicle.body,
                end,
                night=self._view.conditions.night,
                seed=self.vehicle.seed,
            )
        return self._picture

    def plate_quad(self, seconds: float) -> npt.NDArray[np.float64]:
        """Corners of the plate in pixels, 4 by 2."""
        width, height = self.picture.plate_mm
        return self._face(seconds, -width / 2, -height / 2, width, height)

    def body_quad(self, seconds: float) -> npt.NDArray[np.float64]:
        """Corners of the whole picture in pixels, 4 by 2."""
        picture = self.picture
        return self._face(seconds, -picture.origin_mm[0], -picture.origin_mm[1], *picture.size_mm)

    def solid_quad(self, seconds: float) -> npt.NDArray[np.float64]:
        """Corners of the body, which hides what lies behind it, in pixels, 4 by 2."""
        return self._face(seconds, *self.picture.solid_mm)

    def draw(self, frame: Image, seconds: float) -> None:
        """Draw the vehicle into the frame, blurred along its motion."""
        quad = self.body_quad(seconds)
        motion = self.plate_quad(seconds + self._frame_s)[0] - self.plate_quad(seconds)[0]
        _composite(frame, self.picture, quad, motion * self._blur_share)

    def note(self, number: int, seconds: float, nearer: Sequence["_Actor"]) -> None:
        """Remember the frame if the plate can be seen in it."""
        quad = self.plate_quad(seconds)
        width = float(np.hypot(*(quad[1] - quad[0])))
        enough = READABLE_PX * self._view.size[0] / 960 * self.picture.plate_mm[0] / (PLATE_M * 1000)
        size = np.array(self._view.size)
        if width < enough or (quad < _EDGE_PX).any() or (quad > size - 1 - _EDGE_PX).any():
            return
        if any(_overlap(quad, other.solid_quad(seconds)) for other in nearer):
            return
        motion = self.plate_quad(seconds + self._frame_s)[0] - quad[0]
        self.blur_px = max(self.blur_px, float(np.hypot(*motion)) * self._blur_share)
        self.noted.append((number, width))

    def truth(self, clip: Clip) -> FootagePassage:
        """The truth row of a vehicle that was seen."""
        frames = [number for number, _ in self.noted]
        widths = [width for _, width in self.noted]
        start = clip.started_at.astimezone(UTC)
        return FootagePassage(
            vrm=self.vehicle.vrm,
            lane=self.vehicle.lane,
            direction=self.vehicle.direction,
            first_frame=frames[0],
            last_frame=frames[-1],
            first_at=start + timedelta(seconds=frames[0] / clip.fps),
            last_at=start + timedelta(seconds=frames[-1] / clip.fps),
            looks=len(frames),
            plate_px=(round(min(widths), 1), round(max(widths), 1)),
            two_lines=self.style.two_lines,
            night=clip.conditions.night,
            slant_deg=clip.conditions.slant_deg,
            blur_px=round(self.blur_px, 1),
        )


def _overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> bool:
    """Whether the upright boxes around two quads meet."""
    return bool((one.min(axis=0) < other.max(axis=0)).all() and (other.min(axis=0) < one.max(axis=0)).all())


def _composite(
    frame: Image, picture: VehiclePicture, quad: npt.NDArray[np.float64], blur: npt.NDArray[np.float64]
) -> None:
    """Warp the picture onto the quad and lay it over the frame, touching only the box that it covers."""
    low = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 1, (frame.shape[1], frame.shape[0]))
    if (high <= low).any():
        return
    shrink = picture.size_mm[0] * PX_PER_MM / max(float(np.hypot(*(quad[1] - quad[0]))), 1.0)
    level = picture.level_for(shrink)
    height, width = level.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, (quad - low).astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    warped = cv2.warpPerspective(level, matrix, size, flags=cv2.INTER_LINEAR)
    length = float(np.hypot(*blur))
    if length > _SHARP_PX:
        warped = cv2.filter2D(warped, -1, _line_kernel(blur))
    window = frame[low[1] : high[1], low[0] : high[0]]
    through = cv2.cvtColor(255 - warped[:, :, 3], cv2.COLOR_GRAY2BGR)
    cv2.multiply(window, through, dst=window, scale=1 / 255)
    cv2.add(window, warped[:, :, :3], dst=window)


def _line_kernel(blur: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    reach = min(int(np.ceil(np.abs(blur).max())) | 1, 15)
    kernel: npt.NDArray[np.float32] = np.zeros((reach, reach), np.float32)
    half = (reach - 1) / 2
    step = blur / np.abs(blur).max() * half
    middle = np.array([half, half])
    ends = [np.rint((middle + sign * step) * 16).astype(int) for sign in (-1, 1)]
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), (1.0,), 1, cv2.LINE_8, shift=4)
    normalised: npt.NDArray[np.float32] = kernel / kernel.sum()
    return normalised
