"""Where number plates are in a picture: the own small detector, trained by `jobs/training` (see `ocr/weights`)."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from ocr.detect import Rect, overlap
from ocr.models import PLATE_WEIGHTS
from ocr.video import Image

SURE = 0.5
"""Score from which a box is a plate, when nothing else is known of it."""

_STRIDE = 8
"""Pixels of the network's input a cell of its output."""
_MULTIPLE = 32
_SAME_PLATE = 0.4
"""Overlap from which two boxes are of one plate: two plates in a picture hardly ever meet."""


@dataclass(frozen=True)
class PlateBox:
    """An upright box around a plate, in pixels of the whole picture, and how sure the network is of it (0 to 1)."""

    rect: Rect
    score: float


class PlateDetector:
    """Finds whole plates of one line or two, whatever their text; loaded once."""

    def __init__(self, threads: int, weights: Path = PLATE_WEIGHTS) -> None:
        """Load the network, some milliseconds."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def find(
        self, image: Image, longest_side: int, region: Rect | None = None, least_score: float = SURE
    ) -> list[PlateBox]:
        """Find plates in a picture, or in a region of it, the surest first.

        The region is shrunk as the whole picture would be to `longest_side` pixels, never enlarged: plates that are
        too small then are too small to be read as well, and the time goes with the area.
        """
        x, y, w, h = region or (0, 0, image.shape[1], image.shape[0])
        part = image[y : y + h, x : x + w]
        scale = min(1.0, longest_side / max(image.shape[:2]))
        if scale < 1.0:
            size = (max(1, round(w * scale)), max(1, round(h * scale)))
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.uint8)
        output: npt.NDArray[np.float32] = self._session.run(None, {self._input: _padded(grey)})[0][0]
        to_image = np.array([w / grey.shape[1], h / grey.shape[0]] * 2)
        return distinct(
            [
                PlateBox(_clipped(box * to_image + np.array([x, y, x, y]), (x, y, w, h)), score)
                for box, score in _peaks(output, least_score)
            ]
        )


def _padded(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The network's input: 0 to 1, sides filled up to multiples of 32 with the picture's own edge."""
    height, width = grey.shape
    filled = cv2.copyMakeBorder(
        grey, 0, -height % _MULTIPLE, 0, -width % _MULTIPLE, cv2.BORDER_REPLICATE
    )  # fmt: skip
    scaled: npt.NDArray[np.float32] = np.asarray(filled, np.float32) / np.float32(255)
    return scaled[None, None]


def _peaks(output: npt.NDArray[np.float32], least_score: float) -> list[tuple[npt.NDArray[np.float64], float]]:
    """Boxes (left, top, right, bottom in the input's pixels) where the heat has a peak, and the heat there."""
    heat = 1 / (1 + np.exp(-output[0]))
    peaks = (heat >= least_score) & (heat >= cv2.dilate(heat, np.ones((3, 3), np.uint8)))
    found = []
    for row, column in np.argwhere(peaks).tolist():
        left, top, right, bottom = np.exp(output[1:5, row, column].clip(-6, 6)).astype(float)
        x, y = column + 0.5, row + 0.5
        found.append((np.array([x - left, y - top, x + right, y + bottom]) * _STRIDE, float(heat[row, column])))
    return found


def _clipped(box: npt.NDArray[np.float64], region: Rect) -> Rect:
    x, y, w, h = region
    left, right = np.clip(np.rint(box[[0, 2]]), x, x + w - 1).astype(int).tolist()
    top, bottom = np.clip(np.rint(box[[1, 3]]), y, y + h - 1).astype(int).tolist()
    return left, top, right - left + 1, bottom - top + 1


def distinct(boxes: list[PlateBox]) -> list[PlateBox]:
    """Return the surest box of each plate, the surest first."""
    kept: list[PlateBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if all(overlap(box.rect, other.rect) < _SAME_PLATE for other in kept):
            kept.append(box)
    return kept
