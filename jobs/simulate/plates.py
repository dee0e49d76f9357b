"""Pictures of UK number plates, one or two lines, in the sizes that the law gives them.

Sizes in millimetres (Road Vehicles (Display of Registration Marks) Regulations 2001): characters 79 high
and 50 wide (57 before 2001), gap 11, gap between groups 33, margin 11, plate 520 by 111, in two lines
285 by 203. White in front, yellow behind, silver on black for vehicles of the dateless age.
"""

import re
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from jobs.simulate.glyphs import HEIGHT_MM, OLD_WIDTH_MM, WIDTH_MM, draw_glyph, glyph_width

Image = npt.NDArray[np.uint8]
Colour = Literal["white", "yellow", "black"]

ONE_LINE_MM = (520, 111)
TWO_LINE_MM = (285, 203)
GAP_MM = 11
GROUP_GAP_MM = 33
LINE_GAP_MM = 19
MARGIN_MM = 11

_GROUPS = re.compile(
    r"(?P<current>[A-Z]{2}\d{2})(?P<c2>[A-Z]{3})"
    r"|(?P<prefix>[A-Z]\d{1,3})(?P<p2>[A-Z]{3})"
    r"|(?P<suffix>[A-Z]{3})(?P<s2>\d{1,3}[A-Z])"
    r"|(?P<letters>[A-Z]{1,3})(?P<l2>\d{1,4})"
    r"|(?P<digits>\d{1,4})(?P<d2>[A-Z]{1,3})"
)
# BGR of the plate and of the ink, as a camera by day sees them.
_COLOURS: dict[Colour, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "white": ((236, 238, 236), (28, 26, 26)),
    "yellow": ((40, 200, 245), (24, 26, 28)),
    "black": ((24, 22, 22), (205, 205, 200)),
}


@dataclass(frozen=True)
class PlateStyle:
    """How a plate is made: colour, number of lines, blue band at the left, old wide characters."""

    colour: Colour = "white"
    two_lines: bool = False
    band: bool = False
    old: bool = False


def plate_groups(vrm: str) -> tuple[str, str]:
    """Split a mark into the two groups that a plate shows, `AB12` and `CDE` of `AB12CDE`.

    `vrm` holds letters and digits only. A mark in no UK shape is split in its middle.
    """
    match = _GROUPS.fullmatch(vrm)
    if match is None:
        half = (len(vrm) + 1) // 2
        return vrm[:half], vrm[half:]
    first, second = (group for group in match.groups() if group is not None)
    return first, second


def draw_plate(vrm: str, style: PlateStyle | None = None, px_per_mm: float = 2.0) -> Image:
    """Draw a plate seen straight on: an image of height by width by 3 (BGR).

    Args:
        vrm: the mark, letters A to Z and digits only, up to 8 characters.
        style: colour and make; a white plate in one line by default.
        px_per_mm: resolution; 2 gives 1040 by 222 pixels for a plate in one line.
    """
    style = style or PlateStyle()
    groups = plate_groups(vrm)
    width_mm, height_mm = TWO_LINE_MM if style.two_lines else ONE_LINE_MM
    character_mm = OLD_WIDTH_MM if style.old and not style.two_lines else WIDTH_MM
    size = (round(height_mm * px_per_mm), round(width_mm * px_per_mm))
    ink: Image = np.zeros(size, np.uint8)
    band_mm = 44 if style.band and not style.two_lines else 0
    if style.two_lines:
        for line, text in enumerate(groups):
            top: float = MARGIN_MM + line * (HEIGHT_MM + LINE_GAP_MM)
            _write(ink, [text], character_mm, (width_mm / 2, top), px_per_mm)
    else:
        top = (height_mm - HEIGHT_MM) / 2
        _write(ink, list(groups), character_mm, ((width_mm + band_mm) / 2, top), px_per_mm)
    ground, text_colour = _COLOURS[style.colour]
    plate = _blend(ink, ground, text_colour)
    if band_mm:
        plate[:, : round(band_mm * px_per_mm)] = (150, 60, 20)
    return _with_rim(plate, text_colour, px_per_mm)


def _text_width(groups: list[str], character_mm: float, gap_mm: float, group_gap_mm: float) -> float:
    inside = sum(glyph_width(c, character_mm) for group in groups for c in group)
    gaps = sum(max(len(group) - 1, 0) for group in groups) * gap_mm
    return inside + gaps + (len([g for g in groups if g]) - 1) * group_gap_mm


def _write(
    ink: Image, groups: list[str], character_mm: float, centre_top: tuple[float, float], px_per_mm: float
) -> None:
    """Write the groups in one line, centred at a point in mm; long foreign marks are set closer."""
    room = ink.shape[1] / px_per_mm - 2 * MARGIN_MM - 2 * abs(centre_top[0] - ink.shape[1] / px_per_mm / 2)
    tight = min(1.0, room / _text_width(groups, character_mm, GAP_MM, GROUP_GAP_MM))
    x = centre_top[0] - _text_width(groups, character_mm, GAP_MM, GROUP_GAP_MM) * tight / 2
    top = round(centre_top[1] * px_per_mm)
    for group in groups:
        for character in group:
            glyph = draw_glyph(character, px_per_mm, character_mm)
            width = round(glyph.shape[1] * tight)
            left = round(x * px_per_mm)
            resized = glyph if tight == 1.0 else cv2.resize(glyph, (width, glyph.shape[0]))
            window = ink[top : top + glyph.shape[0], left : left + width]
            np.maximum(window, resized[: window.shape[0], : window.shape[1]], out=window)
            x += (glyph_width(character, character_mm) + GAP_MM) * tight
        x += (GROUP_GAP_MM - GAP_MM) * tight


def _blend(ink: Image, ground: tuple[int, int, int], text: tuple[int, int, int]) -> Image:
    share = ink[:, :, None].astype(np.float32) / 255
    mixed = np.array(ground, np.float32) * (1 - share) + np.array(text, np.float32) * share
    return np.rint(mixed).astype(np.uint8)


def _with_rim(plate: Image, colour: tuple[int, int, int], px_per_mm: float) -> Image:
    inset = round(3 * px_per_mm)
    corner = (plate.shape[1] - 1 - inset, plate.shape[0] - 1 - inset)
    cv2.rectangle(plate, (inset, inset), corner, colour, max(1, round(1.2 * px_per_mm)), cv2.LINE_AA)
    return plate
