"""The motion gate: where in the picture something moves, so that still pictures cost no detection."""

import cv2
import numpy as np
import numpy.typing as npt

from ocr.detect import Rect
from ocr.video import Image

_WHOLE_LOOKS = 2
_WIDTH = 160
"""Pixels of the small grey picture in which motion is looked for."""
_ADAPTION = 0.3
"""Share of each new picture in the reference: slow vehicles stand out, light changes fade in a second."""
_NOISE_FACTOR = 5.0
_MOST_NOISE = 2.0
_MIN_BLOB_SHARE = 0.001
_OVERLAY_STRIP = 0.09
"""Recorders burn clock and site name into the top or bottom strip of this share of the height."""
_MARGIN_SHARE = 0.05


class MotionGate:
    """Compares each picture with a running mean of those before it."""

    def __init__(self, threshold: float) -> None:
        """`threshold` is the least change that counts, in grey levels of the small picture."""
        self._threshold = threshold
        self._reference: npt.NDArray[np.float32] | None = None
        self._whole_looks = _WHOLE_LOOKS

    def region(self, image: Image) -> Rect | None:
        """Return the rectangle around all that moves, in the pixels of the picture, or None.

        The first two pictures count as moving everywhere: a vehicle may stand there, and only two looks tell whether
        it is parked. A change of the whole
        picture's brightness is no motion, nor is what changes within the strips of a burnt-in clock.
        """
        small = _small_grey(image)
        if self._reference is None:
            self._reference = small
        if self._whole_looks > 0:
            self._whole_looks -= 1
            return 0, 0, image.shape[1], image.shape[0]
        change = small - self._reference
        self._reference += _ADAPTION * change
        # Every third pixel both ways tells the medians well enough, in a tenth of the time.
        change -= float(np.median(change[::3, ::3]))
        magnitude = np.abs(change)
        # The median is noise while little moves; before a lorry that fills the picture it is the lorry.
        noise = _NOISE_FACTOR * 1.4826 * float(np.median(magnitude[::3, ::3]))
        threshold = float(np.clip(noise, self._threshold, _MOST_NOISE * self._threshold))
        rect = _around_blobs((magnitude > threshold).astype(np.uint8))
        return None if rect is None else _to_frame(rect, small.shape, image.shape)


def _small_grey(image: Image) -> npt.NDArray[np.float32]:
    """The green channel, most of what grey is, of every second pixel both ways, shrunk."""
    height = max(1, round(image.shape[0] * _WIDTH / image.shape[1]))
    small = cv2.resize(image[::2, ::2, 1], (_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _around_blobs(mask: npt.NDArray[np.uint8]) -> Rect | None:
    """Return the rectangle around all blobs that are large enough and not part of an overlay."""
    # A streak of rain is one pixel of the small picture wide.
    solid = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    joined = cv2.dilate(solid, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    height = mask.shape[0]
    strip = _OVERLAY_STRIP * height
    blobs = [
        (x, y, x + w, y + h)
        for x, y, w, h, area in stats[1:]
        # Dilation makes 36 pixels of the smallest that is solid, and adds two on each side: a blob must be more.
        if area > 36 + _MIN_BLOB_SHARE * mask.size and y + h - 2 > strip and y + 2 < height - strip
    ]
    if not blobs:
        return None
    corners = np.array(blobs)
    x, y = (int(v) for v in corners[:, :2].min(axis=0))
    right, bottom = (int(v) for v in corners[:, 2:].max(axis=0))
    return x, y, right - x, bottom - y


def _to_frame(rect: Rect, small: tuple[int, ...], frame: tuple[int, ...]) -> Rect:
    """Scale a rectangle up to the frame, with a margin, cut at its edges."""
    scale = frame[1] / small[1]
    margin = _MARGIN_SHARE * frame[1]
    x, y = max(0, int(rect[0] * scale - margin)), max(0, int(rect[1] * scale - margin))
    right = min(frame[1], int((rect[0] + rect[2]) * scale + margin))
    bottom = min(frame[0], int((rect[1] + rect[3]) * scale + margin))
    return x, y, max(1, right - x), max(1, bottom - y)
