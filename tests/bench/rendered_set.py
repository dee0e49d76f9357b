"""The rendered passages of `make bench-ocr`: all formats, day and night, slants, blur, small plates, rendered once.

The plan is a full cross of width, slant, blur and day or night, a clip for each, six vehicles in a clip. Nothing is
trained on it. It was fixed before anything was measured, and changed once: plates that never get wider than 73
pixels were added in the place of an easy band.
"""

import hashlib
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import numpy as np

from jobs.simulate import footage, glyphs, plates, scene, vehicle_picture
from jobs.simulate.footage import Clip, ClipVehicle, FootagePassage, render_clip
from jobs.simulate.plates import ONE_LINE_MM, TWO_LINE_MM, PlateStyle
from jobs.simulate.scene import NEAR_M, Conditions, View
from jobs.simulate.vehicles import vrms_of

CACHE = Path(".cache/bench")
SEEN_ON = date(2026, 11, 20)
SEED = 41

_WIDTHS_PX = ((50.0, 68.0), (68.0, 110.0), (110.0, 200.0), (60.0, 200.0))
"""Width of a one-line plate at the far and at the near end; vehicles pass each of the first three in under a second."""
_SLANTS_DEG = (0.0, 10.0, -20.0, 30.0)
_BLURS = (0.1, 0.5, 1.0)
"""Motion within one exposure at the near end, in strokes of a character (14 mm): at one, strokes run together."""
_VEHICLES = 6
_SPEED_MPS = (6.0, 16.0)
_FORMATS = {
    "current": 0.44, "prefix": 0.12, "suffix": 0.08, "dateless": 0.10, "northern_ireland": 0.08, "q": 0.06,
    "personal": 0.12,
}  # fmt: skip
_OLD = frozenset({"prefix", "suffix", "dateless", "q"})
_PERSONAL = ("V1SEO", "A1ABC", "S10WLY", "M4RKS", "J4MES", "B16ONE", "K9DOG", "P4ULA", "R8CER", "T17NEY")
_STROKE_MM = 14.0
_RENDERERS = (footage, glyphs, plates, scene, vehicle_picture)


@dataclass(frozen=True)
class PlannedClip:
    """A clip, its vehicles, and the format of each one's mark."""

    clip: Clip
    vehicles: tuple[ClipVehicle, ...]
    formats: tuple[str, ...]


@dataclass(frozen=True)
class TruePassage:
    """What is true of one rendered passage, and its conditions.

    Times are seconds in the clip, first to last frame in which the plate is in view. `width_px` is the greatest
    width there; a two-line plate's is that of a one-line plate beside it, so that it tells the characters' size.
    `blur_strokes` is the greatest motion within one exposure, in strokes of a character.
    """

    clip: str
    vrm: str
    vrm_format: str
    colour: str
    rows: int
    direction: str
    night: bool
    slant_deg: float
    blur_strokes: float
    width_px: float
    first_s: float
    last_s: float
    frames: int


def plan(seed: int = SEED) -> list[PlannedClip]:
    """Plan all clips: the same seed gives the same ones."""
    random = np.random.default_rng(seed)
    cross = list(product(_WIDTHS_PX, _SLANTS_DEG, _BLURS, (False, True)))
    vrms = _vrms(len(cross) * _VEHICLES, random)
    return [
        _clip(number, conditions, vrms[number * _VEHICLES : (number + 1) * _VEHICLES], random)
        for number, conditions in enumerate(cross)
    ]


def rendered(clips: Sequence[PlannedClip]) -> tuple[Path, list[TruePassage]]:
    """Return the folder with the clips and what is true of them, rendered now if no earlier run did.

    The folder's name holds a digest of the plan and of the renderer's own source: either changed, it is made anew.
    """
    digest = hashlib.sha256(f"{clips!r}{source_digest()}".encode())
    folder = CACHE / f"rendered-{digest.hexdigest()[:12]}"
    if not folder.is_dir():
        making = folder.with_suffix(".part")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        rows = [row for planned in clips for row in _render(making, planned)]
        (making / "truth.jsonl").write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
        making.rename(folder)
    lines = (folder / "truth.jsonl").read_text().splitlines()
    return folder, [TruePassage(**json.loads(line)) for line in lines]


def _vrms(count: int, random: np.random.Generator) -> list[tuple[str, str]]:
    """Different marks with their formats, in the shares of _FORMATS, shuffled."""
    drawn: dict[str, str] = {}
    for name, share in _FORMATS.items():
        # More than enough, so that marks which two formats have in common can be left out.
        for vrm in _draw(name, math.ceil(share * count) + 12, random)[: math.ceil(share * count)]:
            drawn.setdefault(vrm, name)
    vrms = [list(drawn.items())[i] for i in random.permutation(len(drawn))]
    return vrms[:count]


def _draw(name: str, count: int, random: np.random.Generator) -> list[str]:
    if name == "q":
        return [f"Q{vrm[1:]}" for vrm in vrms_of("prefix", count, SEEN_ON, random)]
    if name == "personal":
        # Cherished marks: few digits, in the prefix shape or dateless; some that spell a word.
        short = [f"{v[0]}{random.integers(1, 21)}{v[-3:]}" for v in vrms_of("prefix", count // 2, SEEN_ON, random)]
        return [*_PERSONAL, *short, *(_short_dateless(v, random) for v in vrms_of("dateless", count, SEEN_ON, random))]
    return [str(vrm) for vrm in vrms_of(name, count, SEEN_ON, random)]


def _short_dateless(vrm: str, random: np.random.Generator) -> str:
    """A dateless mark of three to five characters, letters first or digits first as the given one."""
    letters = "".join(c for c in vrm if c.isalpha())[: int(random.integers(2, 4))]
    number = str(random.integers(1, 100))
    return letters + number if vrm[0].isalpha() else number + letters


def _clip(number: int, conditions, vrms: Sequence[tuple[str, str]], random: np.random.Generator) -> PlannedClip:
    widths, slant, blur, night = conditions
    lanes = 2 if widths[1] < 100 and number % 4 >= 2 else 1
    scene_ = Conditions(
        night=night, slant_deg=slant, roll_deg=float(random.choice((0.0, 0.0, 3.0, -3.0))),
        noise=5.0 if night else 3.0, lanes=lanes, plate_px=widths,
    )  # fmt: skip
    speed = float(random.uniform(*_SPEED_MPS))
    size = (960, 540)
    above = View(size, scene_).camera_above_plate_m
    shutter = blur * _STROKE_MM / 1000 * NEAR_M / (above * speed)
    scene_ = Conditions(**{**asdict(scene_), "shutter_s": shutter})
    # Long enough that most vehicles have the view to themselves, and some follow nose to tail.
    gap = (28.0 if widths == (60.0, 200.0) else 14.0) / speed + 0.7
    away = int(random.integers(2))
    at = np.cumsum(random.uniform(0.75, 1.25, _VEHICLES) * gap / lanes) + 0.3
    vehicles = tuple(
        _vehicle(vrm, vrm_format, float(at[i]), i % lanes, speed, away, random)
        for i, (vrm, vrm_format) in enumerate(vrms)
    )
    started = datetime(2026, 11, 20, 22 if night else 12, tzinfo=UTC)
    seconds = float(at[-1]) + gap
    clip = Clip(f"R{number:03d}", started, seconds, scene_, size=size, site_text=f"R{number:03d} WYREFORD", seed=number)
    return PlannedClip(clip, vehicles, tuple(vrm_format for _, vrm_format in vrms))


def _vehicle(
    vrm: str, vrm_format: str, at: float, lane: int, speed: float, away: int, random: np.random.Generator
) -> ClipVehicle:
    direction = "away" if (lane + away) % 2 else "towards"
    colour = "white" if direction == "towards" else "yellow"
    old = vrm_format in _OLD
    if vrm_format in {"suffix", "dateless"} and random.random() < 0.5:
        colour = "black"
    band = vrm_format == "current" and colour != "black" and random.random() < 0.4
    style = PlateStyle(colour, bool(random.random() < 0.25), bool(band), old)
    body = ("car", "van", "lorry")[int(random.choice(3, p=(0.7, 0.2, 0.1)))]
    pace = speed * float(random.uniform(0.97, 1.03))
    return ClipVehicle(vrm, at, lane, direction, pace, body, style, int(random.integers(2**31)))


def _render(folder: Path, planned: PlannedClip) -> list[TruePassage]:
    name = f"{planned.clip.camera_id}.mp4"
    seen = render_clip(folder / name, planned.clip, planned.vehicles)
    return true_passages(name, planned.clip, seen, dict(zip(planned.vehicles, planned.formats, strict=True)))


def source_digest() -> str:
    """Digest of the renderer's own source: with another renderer, footage is rendered anew."""
    digest = hashlib.sha256()
    for module in _RENDERERS:
        digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()


def true_passages(
    name: str, clip: Clip, seen: Sequence[FootagePassage], formats: Mapping[ClipVehicle, str]
) -> list[TruePassage]:
    """Say what is true of a rendered clip, with the conditions; `formats` has the format of each vehicle's mark."""
    by_vrm = {vehicle.vrm: vehicle for vehicle in formats}
    rows = []
    for row in seen:
        vehicle = by_vrm[row.vrm]
        as_one_line = ONE_LINE_MM[0] / (TWO_LINE_MM if row.two_lines else ONE_LINE_MM)[0]
        width = row.plate_px[1] * as_one_line
        rows.append(
            TruePassage(
                clip=name, vrm=row.vrm, vrm_format=formats[vehicle],
                colour=vehicle.style.colour if vehicle.style else "white", rows=2 if row.two_lines else 1,
                direction=row.direction, night=row.night, slant_deg=row.slant_deg,
                blur_strokes=round(row.blur_px / (width * _STROKE_MM / ONE_LINE_MM[0]), 2), width_px=round(width, 1),
                first_s=row.first_frame / clip.fps, last_s=row.last_frame / clip.fps, frames=row.looks,
            )
        )  # fmt: skip
    return rows
