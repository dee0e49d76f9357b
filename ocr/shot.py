"""The pictures that prove a passage: the plate, and the frame that it was in."""

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.detect import Rect
from ocr.video import Image

_OVERVIEW_WIDTH = 960
_PATCH_MARGIN = 0.25
_JPEG_QUALITY = 90


@dataclass(frozen=True)
class Shot:
    """The plate with a margin as it was filmed, and an overview at most 960 pixels wide; the frame itself is let go."""

    patch: Image
    overview: Image


def take_shot(image: Image, box: Rect) -> Shot:
    """Cut both pictures out of a frame; `box` is the plate's."""
    x, y, w, h = box
    margin = round(_PATCH_MARGIN * h)
    patch = image[max(0, y - margin) : y + h + margin, max(0, x - margin) : x + w + margin]
    height, width = image.shape[:2]
    if width <= _OVERVIEW_WIDTH:
        return Shot(patch.copy(), image)
    size = (_OVERVIEW_WIDTH, max(1, round(height * _OVERVIEW_WIDTH / width)))
    return Shot(patch.copy(), np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8))


def jpeg(image: Image) -> bytes:
    """Return a picture as JPEG."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError("OpenCV cannot encode this picture as JPEG")
    return data.tobytes()
