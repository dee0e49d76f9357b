"""The 36 characters of a UK plate as strokes, in the proportions of the Charles Wright face.

Own drawing: centre lines in millimetres inside a box 50 wide and 79 high (x to the right, y down), each
stroke 14 wide; the sizes are those of the Road Vehicles (Display of Registration Marks) Regulations 2001.
I is drawn like 1 and O like 0, as on the road: only the position tells them apart.
"""

import itertools
import math
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

HEIGHT_MM = 79
WIDTH_MM = 50
"""Width of a character on plates made since 2001."""
OLD_WIDTH_MM = 57
"""Width of a character on plates made before 2001."""
STROKE_MM = 14
NARROW_MM = 14
"""Width of I and 1, which are one stroke."""

Point = tuple[float, float]
Stroke = list[Point]


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, stop: float) -> Stroke:
    """Points on an ellipse from `start` to `stop` degrees: 0 is right, 90 down, 180 left, 270 up."""
    steps = max(2, round(abs(stop - start) / 9))
    turn = [math.radians(start + (stop - start) * i / steps) for i in range(steps + 1)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in turn]


def _turned(strokes: list[Stroke]) -> list[Stroke]:
    """The same strokes upside down."""
    return [[(WIDTH_MM - x, HEIGHT_MM - y) for x, y in stroke] for stroke in strokes]


_STEM: Stroke = [(7, 0), (7, 79)]
_RIGHT_STEM: Stroke = [(43, 0), (43, 79)]
_RING: Stroke = _arc(25, 25, 18, 18, 180, 360) + _arc(25, 54, 18, 18, 0, 180) + [(7, 25)]
_OPEN_RING: Stroke = [(43, 29), *_arc(25, 25, 18, 18, 0, -180), *_arc(25, 54, 18, 18, 180, 0)]
_BOWL: Stroke = [(0, 7), *_arc(27, 25.5, 16, 18.5, -90, 90), (0, 44)]
_SIX: list[Stroke] = [
    [*_arc(25, 25, 18, 18, -8, -180), (7, 54)],
    _arc(25, 53.5, 18, 18.5, 0, 360),
]

STROKES: dict[str, list[Stroke]] = {
    "A": [[(6, 86), (25, 5), (44, 86)], [(11, 56), (39, 56)]],
    "B": [
        _STEM,
        [(0, 7), *_arc(26, 22.5, 15, 15.5, -90, 90), (0, 38)],
        [(0, 38), *_arc(27, 55, 16, 17, -90, 90), (0, 72)],
    ],
    "C": [[*_OPEN_RING, (43, 50)]],
    "D": [_STEM, [(0, 7), *_arc(25, 25, 18, 18, -90, 0), *_arc(25, 54, 18, 18, 0, 90), (0, 72)]],
    "E": [_STEM, [(0, 7), (47, 7)], [(0, 39), (42, 39)], [(0, 72), (47, 72)]],
    "F": [_STEM, [(0, 7), (47, 7)], [(0, 40), (41, 40)]],
    "G": [[*_OPEN_RING, (43, 40)], [(26, 46), (50, 46)]],
    "H": [_STEM, _RIGHT_STEM, [(0, 39), (50, 39)]],
    "I": [_STEM],
    "J": [[(43, 0), *_arc(25, 54, 18, 18, 0, 180), (7, 48)]],
    "K": [_STEM, [(47, -6), (9, 46)], [(20, 31), (48, 86)]],
    "L": [_STEM, [(0, 72), (47, 72)]],
    "M": [_STEM, _RIGHT_STEM, [(7, 2), (25, 50), (43, 2)]],
    "N": [_STEM, _RIGHT_STEM, [(7, 4), (43, 75)]],
    "O": [_RING],
    "P": [_STEM, _BOWL],
    "Q": [_RING, [(26, 52), (48, 84)]],
    "R": [_STEM, _BOWL, [(24, 42), (46, 86)]],
    "S": [
        [
            (42.5, 27),
            *_arc(25, 24, 17.5, 17, 0, -180),
            *_arc(25, 24, 17.5, 15, 180, 90),
            *_arc(25, 55.5, 18, 16.5, -90, 180),
            (7, 51),
        ]
    ],
    "T": [[(0, 7), (50, 7)], [(25, 0), (25, 79)]],
    "U": [[(7, 0), *_arc(25, 54, 18, 18, 180, 0), (43, 0)]],
    "V": [[(5, -6), (25, 75), (45, -6)]],
    "W": [[(4, -6), (14, 74), (25, 22), (36, 74), (46, -6)]],
    "X": [[(4, -6), (46, 85)], [(46, -6), (4, 85)]],
    "Y": [[(4, -6), (25, 42), (46, -6)], [(25, 38), (25, 79)]],
    "Z": [[(3, 7), (47, 7)], [(3, 72), (48, 72)], [(41, 7), (9, 72)]],
    "2": [[(7, 28), *_arc(25, 25, 18, 18, 180, 385), (9, 68)], [(2, 72), (48, 72)]],
    "3": [[*_arc(25, 22.5, 17, 15.5, 195, 450), (19, 38)], [(19, 38), *_arc(25, 55, 18, 17, -90, 165)]],
    "4": [[(32, -6), (6, 57)], [(2, 58), (49, 58)], [(36, 32), (36, 79)]],
    "5": [[(46, 7), (9, 7)], [(11, 0), (10, 44)], _arc(25, 52.5, 18, 19.5, 225, 525)],
    "6": _SIX,
    "7": [[(3, 7), (48, 7)], [(42, 5), (19, 86)]],
    "8": [_arc(25, 22.5, 16, 15.5, 0, 360), _arc(25, 55, 18, 17, 0, 360)],
    "9": _turned(_SIX),
}
STROKES["0"] = STROKES["O"]
STROKES["1"] = STROKES["I"]

_THIN = {"M": 12, "W": 11}
"""Four strokes in 50 mm leave no room for 14 mm ones."""


def glyph_width(character: str, width_mm: float = WIDTH_MM) -> float:
    """Width in millimetres that a character takes on the plate."""
    return NARROW_MM if character in "I1" else width_mm


@lru_cache(maxsize=512)
def draw_glyph(character: str, px_per_mm: float, width_mm: float = WIDTH_MM) -> npt.NDArray[np.uint8]:
    """Draw one character: height by width in pixels, 0 for plate and 255 for ink, edges smoothed.

    Raises:
        KeyError: for anything but A to Z and 0 to 9.
    """
    strokes = STROKES[character]
    box = glyph_width(character, width_mm)
    # The centre lines stretch to the wider face of old plates; the stroke does not.
    stretch = 1.0 if box == NARROW_MM else (box - STROKE_MM) / (WIDTH_MM - STROKE_MM)
    shape = (round(HEIGHT_MM * px_per_mm), round(box * px_per_mm))
    canvas: npt.NDArray[np.uint8] = np.zeros(shape, np.uint8)
    half = _THIN.get(character, STROKE_MM) / 2
    for stroke in strokes:
        points = np.array(stroke)
        points[:, 0] = STROKE_MM / 2 + (points[:, 0] - STROKE_MM / 2) * stretch
        _draw_stroke(canvas, points * px_per_mm, half * px_per_mm)
    canvas.setflags(write=False)
    return canvas


def _draw_stroke(canvas: npt.NDArray[np.uint8], points: npt.NDArray[np.float64], half: float) -> None:
    """Fill a stroke with flat ends and round joins; OpenCV's own thick lines have round ends."""
    scale = 16  # cv2's fixed point, 4 bits
    for start, stop in itertools.pairwise(points):
        along = (stop - start) / max(float(np.hypot(*(stop - start))), 1e-6) * half
        across = np.array([-along[1], along[0]])
        quad = np.stack([start + across, stop + across, stop - across, start - across])
        cv2.fillConvexPoly(canvas, np.rint(quad * scale).astype(np.int32), (255,), cv2.LINE_AA, shift=4)
    reach = np.minimum(*(np.hypot(*(points - points[end]).T) for end in (0, -1)))
    for joint in points[reach >= half]:  # nearer an end, the round join would stick out beyond it
        centre = np.rint(joint * scale).astype(int)
        cv2.circle(canvas, (int(centre[0]), int(centre[1])), round(half * scale), (255,), -1, cv2.LINE_AA, shift=4)
