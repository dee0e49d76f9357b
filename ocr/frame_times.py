"""When each frame of a video file is due, by its packets: listed without decoding, at the speed of the disk.

A frame's number is its place in this list, wherever reading begins: so a range of a file numbers and times its frames
as the whole file does, and a frame that cannot be decoded keeps its number.
"""

import math
from array import array
from bisect import bisect_left
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

_LONGEST_FRAME_S = 3600.0
"""A step between two frames longer than this is a broken time stamp, not a slow camera."""
_MOST_DOUBLES = 0.01
"""Share of packets with a stamp that another has too: some codecs store frames that are never shown."""
MOST_FRAMES = 2**24
"""18 hours at 250 frames/s; 128 MiB of stamps."""


@dataclass(frozen=True)
class FrameTimes:
    """The stamps of all frames in order, in seconds, as the container has them.

    `by_count`: the container has none that make sense, and the frame rate gave these; then nothing can be sought.
    """

    stamps: npt.NDArray[np.float64]
    frame_rate: float
    by_count: bool

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.stamps)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return self.time_of(len(self) - 1) + 1.0 / self.frame_rate if len(self) else 0.0

    def time_of(self, index: int) -> float:
        """Return the time of a frame from the first one, in seconds; those past the list go on at the frame rate."""
        if not len(self):
            return index / self.frame_rate
        past = max(0, index - len(self) + 1)
        return float(self.stamps[index - past] - self.stamps[0]) + past / self.frame_rate

    def first_from(self, time_s: float) -> int:
        """Return the number of the first frame at or after a time."""
        if time_s == math.inf or not len(self):
            return len(self)
        # Times that come back from a file may differ in their last digits.
        return int(bisect_left(self.stamps, time_s + self.stamps[0] - 1e-6))

    def last_not_ahead(self, index: int, most: float) -> int:
        """Return the last frame up to `index` whose number by the mean frame rate is at most so much too high."""
        ahead = (self.stamps[: index + 1] - self.stamps[0]) * self.frame_rate - np.arange(index + 1)
        return int(np.flatnonzero(ahead <= max(most, 0.0))[-1])

    def index_of(self, stamp_s: float, expected: int = 0) -> int | None:
        """Return the number of the frame with a stamp, or None where no frame is within half a frame of it.

        The `expected` frame is looked at first, and nearly always the one.
        """
        if self.by_count or not len(self):
            return None
        if expected < len(self) and self.stamps.item(expected) == stamp_s:
            return expected
        after = int(bisect_left(self.stamps, stamp_s))
        nearest = min(
            (i for i in (after - 1, after) if 0 <= i < len(self)), key=lambda i: abs(float(self.stamps[i]) - stamp_s)
        )
        return nearest if abs(float(self.stamps[nearest]) - stamp_s) <= 0.5 / self.frame_rate else None


def list_frames(packets: cv2.VideoCapture, frame_rate: float) -> FrameTimes:
    """List the frames of a file that was opened for its packets, not for pictures.

    Raises:
        OverflowError: there are more than MOST_FRAMES.
    """
    stamps = array("d")
    while packets.grab():
        stamps.append(packets.get(cv2.CAP_PROP_POS_MSEC) / 1000.0)
        if len(stamps) > MOST_FRAMES:
            raise OverflowError
    found = np.unique(np.frombuffer(stamps, np.float64)) if stamps else np.empty(0)
    sane = (
        len(found) >= len(stamps) * (1 - _MOST_DOUBLES)
        and bool(np.isfinite(found).all())
        and float(np.diff(found).max(initial=0.0)) < _LONGEST_FRAME_S
    )
    if len(stamps) > 1 and sane:
        return FrameTimes(found, frame_rate, by_count=False)
    return FrameTimes(np.arange(len(stamps)) / frame_rate, frame_rate, by_count=True)
