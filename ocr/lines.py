"""Which pieces of text make up a plate: one that reads like one, or two short ones.

The two are the lines of a two-line plate, or the groups of one line with a wide gap between them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr.detect import Quad, TextBox
from ocr.recognise import Reading
from ocr.vrm import UNRECOGNISED, candidates, classify, normalise

_LONGEST_PLATE = 9
_SHORTEST_UNRECOGNISED = 5
_PART_LENGTHS = range(2, 6)
_MAX_LINE_GAP = 0.5
"""Of a line's height: 19 of 79 mm on a UK plate in two lines, less the detector's margin."""
_MAX_LINE_OVERLAP = 0.45
_MAX_HEIGHT_RATIO = 1.7
_MIN_SHARED_WIDTH = 0.5
_GROUP_GAP = (-0.4, 0.8)
"""Of a line's height: 33 of 79 mm on a UK plate, less the detector's margin."""
_MAX_STEP = 0.3
_MIN_CHARACTER_ASPECT = 0.33
"""Width of a character with its gap over the height, 61 by 79 mm, less the detector's margin and a slant."""
_TWO_LINE_ASPECT = (0.8, 3.0)
_NUMBER_WITH_MARKS = re.compile(r"[^A-Za-z]*[^A-Za-z0-9][^A-Za-z]*")
"""Times, dates and prices are no plate; beside letters, crests are read as all kinds of marks."""


@dataclass(frozen=True)
class PlateText:
    """A plate in one frame: its parts in reading order, the raw text, the normalised one, the confidence.

    `rows` is 2 for a two-line plate, else 1.
    """

    parts: tuple[TextBox, ...]
    raw: str
    text: str
    confidence: float
    rows: int

    @property
    def quads(self) -> list[Quad]:
        """Corners of each part."""
        return [part.quad for part in self.parts]

    @property
    def line_height(self) -> float:
        """Mean height of a line, in pixels."""
        return float(np.mean([part.size[1] for part in self.parts]))


def plausible(raw: str) -> bool:
    """Say whether a text may be a whole plate.

    It is a UK format, up to characters that are drawn alike, or 5 to 9 characters with letter and digit.
    """
    if _NUMBER_WITH_MARKS.fullmatch(raw) or any(c.isalnum() and not c.isascii() for c in raw):
        return False
    text = normalise(raw)
    if not text or len(text) > _LONGEST_PLATE:
        return False
    mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    best = candidates(text, seen_on=None)[0]
    return classify(best.vrm) != UNRECOGNISED or (mixed and len(text) >= _SHORTEST_UNRECOGNISED)


def plates_among(boxes: Sequence[TextBox], readings: Sequence[Reading]) -> list[PlateText]:
    """Pick the plates out of the lines of text of one frame; a line belongs to one plate at most."""
    pairs = sorted(
        (abs(_gap(boxes[i], boxes[j])), i, j)
        for i in range(len(boxes))
        for j in range(len(boxes))
        if i != j
        and (_one_above_other(boxes[i], boxes[j]) or _side_by_side(boxes[i], boxes[j]))
        and _two_parts(readings[i], readings[j])
    )
    used: set[int] = set()
    plates = []
    for _, i, j in pairs:
        if not used & {i, j}:
            used |= {i, j}
            plates.append(_plate((boxes[i], boxes[j]), (readings[i], readings[j])))
    for i, (box, reading) in enumerate(zip(boxes, readings, strict=True)):
        if i not in used and _wide_enough(box, reading) and plausible(reading.text):
            plates.append(_plate((box,), (reading,)))
    return plates


def _plate(boxes: tuple[TextBox, ...], readings: tuple[Reading, ...]) -> PlateText:
    raw = " ".join(reading.text for reading in readings)
    confidence = float(np.mean([reading.confidence for reading in readings]))
    rows = 2 if len(boxes) > 1 and _one_above_other(*boxes) else 1
    return PlateText(boxes, raw, normalise(raw), confidence, rows)


def _wide_enough(box: TextBox, reading: Reading) -> bool:
    """Say whether so many characters fit into one line of this shape: else two lines were found as one."""
    width, height = box.size
    return width >= _MIN_CHARACTER_ASPECT * len(normalise(reading.text)) * height


def _two_parts(first: Reading, second: Reading) -> bool:
    lengths = len(normalise(first.text)), len(normalise(second.text))
    return all(length in _PART_LENGTHS for length in lengths) and plausible(f"{first.text} {second.text}")


def _one_above_other(upper: TextBox, lower: TextBox) -> bool:
    """Say whether two boxes lie like the two lines of one plate."""
    heights = upper.size[1], lower.size[1]
    if max(heights) > _MAX_HEIGHT_RATIO * min(heights):
        return False
    shared = min(upper.quad[:, 0].max(), lower.quad[:, 0].max()) - max(upper.quad[:, 0].min(), lower.quad[:, 0].min())
    if shared < _MIN_SHARED_WIDTH * min(upper.size[0], lower.size[0]):
        return False
    whole = np.concatenate([upper.quad, lower.quad])
    width, height = np.ptp(whole, axis=0)
    return -_MAX_LINE_OVERLAP <= _gap(upper, lower) <= _MAX_LINE_GAP and (
        _TWO_LINE_ASPECT[0] <= width / height <= _TWO_LINE_ASPECT[1]
    )


def _side_by_side(left: TextBox, right: TextBox) -> bool:
    """Say whether two boxes lie like the two groups of one line."""
    heights = left.size[1], right.size[1]
    end, start = left.quad[1:3].mean(axis=0), right.quad[[0, 3]].mean(axis=0)
    aside, down = (start - end) / max(*heights, 1.0)
    return bool(
        max(heights) <= _MAX_HEIGHT_RATIO * min(heights)
        and _GROUP_GAP[0] <= aside <= _GROUP_GAP[1]
        and abs(down) <= _MAX_STEP
    )


def _gap(upper: TextBox, lower: TextBox) -> float:
    """Return the gap between two lines in heights of the upper one; negative where they overlap."""
    height = max(upper.size[1], 1.0)
    return float(lower.quad[:2, 1].mean() - upper.quad[2:, 1].mean()) / height
