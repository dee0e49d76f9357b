"""Reads the text of rectified crops, in batches, with PP-OCRv6 recognition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ocr.detect import Quad, side_lengths
from ocr.models import RECOGNITION, Models, quiet_paddle
from ocr.video import Image

CROP_HEIGHT = 48
CROP_WIDTH = 192
"""Pixels of the recogniser's input; 320, its usual width, takes 1.6 times as long and reads no more."""
_BATCH = 8
_GREY = (127, 127, 127)

USUAL_MARGIN = (0.15, 0.0)
"""Margin around a text box in heights, left and right, above and below.

The detector cuts outer characters; more than this lets the band and the plate's edge be read as characters.
"""
OTHER_MARGINS = ((0.08, 0.04), (0.2, 0.1))
"""Other cuts of the same plate, which stand in for the further looks that a photo does not have."""


@dataclass(frozen=True)
class Reading:
    """Text as the recogniser gives it, and its mean confidence (0 to 1, near 1 even when wrong)."""

    text: str
    confidence: float


class Recogniser:
    """PaddleOCR's text recognition, loaded once."""

    def __init__(self, models: Models, threads: int) -> None:
        """Load the model, which takes about 1 s."""
        quiet_paddle()
        from paddleocr import TextRecognition

        quiet_paddle()
        self._model: Any = TextRecognition(
            model_name=RECOGNITION,
            model_dir=str(models.recognition) if models.recognition else None,
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": threads},
            input_shape=[3, CROP_HEIGHT, CROP_WIDTH],
        )

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """Read crops made by `rectify`, in their order."""
        if not crops:
            return []
        results = self._model.predict([_padded(crop) for crop in crops], batch_size=_BATCH)
        return [Reading(str(result["rec_text"]), float(result["rec_score"])) for result in results]


def rectify(image: Image, quad: Quad, margin: tuple[float, float] = USUAL_MARGIN) -> Image:
    """Cut a line of text out of a picture and straighten it, 48 pixels high, with its own aspect.

    `margin` is added left and right, and above and below, in heights of the text.
    """
    width, height = side_lengths(quad)
    across = (quad[1] - quad[0] + quad[2] - quad[3]) / 2 * (margin[0] * height / max(width, 1.0))
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2 * margin[1]
    wider = quad + np.array([-across - down, across - down, across + down, down - across], np.float32)
    width, height = side_lengths(wider)
    crop_width = int(np.clip(round(CROP_HEIGHT * width / max(height, 1.0)), 16, 4 * CROP_WIDTH))
    corners = np.array([(0, 0), (crop_width, 0), (crop_width, CROP_HEIGHT), (0, CROP_HEIGHT)], np.float32)
    matrix = cv2.getPerspectiveTransform(wider.astype(np.float32), corners)
    crop = cv2.warpPerspective(
        image, matrix, (crop_width, CROP_HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def without_colour(image: Image) -> Image:
    """Return a picture's brightest channel: stickers and bands fade into the plate, black characters stay black."""
    return np.repeat(image.max(axis=2, keepdims=True), 3, axis=2)


def _padded(crop: Image) -> Image:
    """Bring a crop to the recogniser's size: grey to its right, or squeezed where it is too long."""
    width = crop.shape[1]
    if width >= CROP_WIDTH:
        return np.asarray(cv2.resize(crop, (CROP_WIDTH, CROP_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    padded = cv2.copyMakeBorder(crop, 0, 0, 0, CROP_WIDTH - width, cv2.BORDER_CONSTANT, value=_GREY)
    return np.asarray(padded, np.uint8)
