"""Where text that may be a plate is in a picture: PP-OCRv6 detection and the shapes that plates can have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.models import DETECTION, Models, quiet_paddle
from ocr.video import Image

Quad = npt.NDArray[np.float32]
"""Four corners (4 by 2, x and y in pixels): top left, top right, bottom right, bottom left."""
Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

_MIN_WIDTH_PX = 22.0
_MIN_HEIGHT_PX = 8.0
_MIN_ASPECT = 0.8
_TWO_LINE_ASPECT = 1.6
"""The detector often finds a two-line plate as one box: 263 by 177 mm, and its margin makes it squarer."""
_SPLIT_SHARE = 0.53
_MAX_ASPECT = 9.0
_MAX_SLANT_DEGREES = 40.0
_CELL_PX = 64
_WIDEST_CELL_PX = 288
_CELL_MARGIN = 0.3
_TWO_LINE_PLATE_ASPECT = 2.2
"""Between 520 by 111 mm and 285 by 203 mm, both seen at a slant."""
_BOX_THRESHOLD = 0.4
"""Score a box needs; the model's usual 0.6 loses a tenth of the plates, and adds few texts that are no plate."""


@dataclass(frozen=True)
class TextBox:
    """A line of text: its corners in the pixels of the whole picture, and the detector's score (0 to 1)."""

    quad: Quad
    score: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height along the text's own axes, in pixels."""
        return side_lengths(self.quad)


class TextDetector:
    """PaddleOCR's text detection, loaded once."""

    def __init__(self, models: Models, threads: int) -> None:
        """Load the model, which takes about 2 s."""
        quiet_paddle()
        from paddleocr import TextDetection

        quiet_paddle()
        self._model: Any = TextDetection(
            model_name=DETECTION,
            model_dir=str(models.detection) if models.detection else None,
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": threads},
            limit_side_len=4096,
            limit_type="max",
        )

    def find(self, image: Image, longest_side: int) -> list[TextBox]:
        """Find lines of text in a picture, shrunk to `longest_side` pixels, never enlarged: time goes with its area."""
        w, h = size_of(image)
        scale = min(1.0, longest_side / max(w, h, 1))
        shrunk = image
        if scale < 1.0:
            size = (max(1, round(w * scale)), max(1, round(h * scale)))
            shrunk = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        to_image = np.array([w / shrunk.shape[1], h / shrunk.shape[0]], np.float32)
        return [TextBox(upright(box.quad * to_image), box.score) for box in self._predict(shrunk)]

    def find_in(self, image: Image, plates: Sequence[Rect]) -> list[list[TextBox]]:
        """Find the lines of text of each of some plates, all in one small picture of nothing but plates."""
        if not plates:
            return []
        cells = [_cell(image, plate) for plate in plates]
        sheet = np.full(
            (sum(c.picture.shape[0] for c in cells), max(c.picture.shape[1] for c in cells), 3), 127, np.uint8
        )
        tops = np.cumsum([0, *(cell.picture.shape[0] for cell in cells)])
        for cell, top in zip(cells, tops, strict=False):
            sheet[top : top + cell.picture.shape[0], : cell.picture.shape[1]] = cell.picture
        found: list[list[TextBox]] = [[] for _ in plates]
        for box in self._predict(sheet):
            at = int(np.searchsorted(tops, box.quad[:, 1].mean(), side="right")) - 1
            at = min(max(at, 0), len(cells) - 1)
            on_cell = box.quad - np.array([0, tops[at]], np.float32)
            found[at].append(TextBox(upright(on_cell / cells[at].scale + cells[at].origin), box.score))
        return found

    def _predict(self, picture: Image) -> list[TextBox]:
        result = self._model.predict(np.ascontiguousarray(picture), box_thresh=_BOX_THRESHOLD)[0]
        return [
            TextBox(np.asarray(polygon, np.float32), float(score))
            for polygon, score in zip(result["dt_polys"], result["dt_scores"], strict=True)
        ]


@dataclass(frozen=True)
class _Cell:
    """A plate cut out of a picture: pixel p of the cell is `p / scale + origin` of the picture."""

    picture: Image
    origin: npt.NDArray[np.float32]
    scale: float


def _cell(image: Image, plate: Rect) -> _Cell:
    """Cut out a plate with a margin, at the size at which its characters are found best."""
    x, y, w, h = plate
    margin = _CELL_MARGIN * min(h, w / 2)
    left, top = max(0, int(x - margin)), max(0, int(y - margin))
    part = image[top : int(y + h + margin), left : int(x + w + margin)]
    height = _CELL_PX if w >= _TWO_LINE_PLATE_ASPECT * h else 2 * _CELL_PX
    scale = min(1.0, height / part.shape[0], _WIDEST_CELL_PX / part.shape[1])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    picture = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _Cell(picture, np.array([left, top], np.float32), scale)


def plate_shaped(box: TextBox) -> bool:
    """Say whether a line of text may be a plate or one line of it, by its size, aspect and slant.

    The characters of a UK plate take 498 by 79 mm in one line, at least 160 by 79 mm in each of two lines or
    on a short personal plate; the limits leave room for perspective and for the detector's margin.
    """
    width, height = box.size
    if width < _MIN_WIDTH_PX or height < _MIN_HEIGHT_PX or not _MIN_ASPECT <= width / height <= _MAX_ASPECT:
        return False
    along = box.quad[1] - box.quad[0]
    return abs(float(np.degrees(np.arctan2(along[1], along[0])))) <= _MAX_SLANT_DEGREES


def lines_of(box: TextBox) -> list[TextBox]:
    """Split a box that is too square for one line of a plate into an upper and a lower one, overlapping a little.

    A mark of only two characters in one line is as square, and is given up for it.
    """
    width, height = box.size
    if width >= _TWO_LINE_ASPECT * height:
        return [box]
    top_left, top_right, bottom_right, bottom_left = box.quad
    down = _SPLIT_SHARE * np.array([bottom_right - top_right, bottom_left - top_left], np.float32)
    upper = np.array([top_left, top_right, top_right + down[0], top_left + down[1]], np.float32)
    lower = np.array([bottom_left - down[1], bottom_right - down[0], bottom_right, bottom_left], np.float32)
    return [TextBox(upper, box.score), TextBox(lower, box.score)]


def upright(polygon: Quad) -> Quad:
    """Order four corners from the top left, clockwise, as text that is at most 45 degrees slanted is read."""
    by_x = polygon[np.argsort(polygon[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([top_left, top_right, bottom_right, bottom_left], np.float32)


def side_lengths(quad: Quad) -> tuple[float, float]:
    """Return the mean width and the mean height of a quadrilateral."""
    top, right, bottom, left = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return float(top + bottom) / 2, float(left + right) / 2


def bounding_rect(quads: list[Quad], image_size: tuple[int, int]) -> Rect:
    """Return the upright rectangle around quadrilaterals, cut at the picture's (width, height)."""
    points = np.concatenate(quads)
    limits = np.array(image_size, np.float32)
    low = np.clip(np.floor(points.min(axis=0)), 0, limits - 1).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)), low + 1, limits).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def size_of(image: Image) -> tuple[int, int]:
    """Return a picture's (width, height) in pixels."""
    return image.shape[1], image.shape[0]


def overlap(one: Rect, other: Rect) -> float:
    """Return the intersection over the union of two rectangles, 0 to 1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)
