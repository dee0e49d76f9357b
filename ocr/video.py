"""Archived video files: what one is, and its frames one after the other.

Decoding is OpenCV's own FFmpeg. Every frame is grabbed; only those that somebody asks for are converted to a
picture, which is half of the work.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# FFmpeg writes what it thinks of a broken file to stderr, past Python's logging: the reason code says it
# instead.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture, height by width by 3, BGR."""
Reason = Literal["empty", "not_video", "no_frames", "truncated"]

_USUAL_FRAME_RATE = 25.0
_HIGHEST_FRAME_RATE = 1000.0
_LONGEST_FRAME_S = 3600.0
"""A step between two frames longer than this is a broken time stamp, not a slow camera."""
_LOST_TOLERANCE = 0.01
_STILL_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")


class FootageError(Exception):
    """A file that gives no frames at all; `reason` is its code for the catalogue."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True)
class VideoInfo:
    """What the container says: frames per second, size in pixels, number of frames, length in seconds.

    `frames` and `duration_s` are 0 where the container does not know them.
    """

    frame_rate: float
    width: int
    height: int
    frames: int
    duration_s: float


def probe(path: Path) -> VideoInfo:
    """Open a video file and decode its first frame.

    Raises:
        FootageError: `empty` without a byte; `not_video` when it is something else, a still picture included;
            `truncated` when it begins like a video but its index or every frame is missing; `no_frames` when
            it is whole and holds none.
    """
    capture = _open(path)
    try:
        info = _info(capture)
        if not capture.grab():
            raise FootageError("truncated" if info.frames > 0 else "no_frames", "no frame can be decoded")
        return _with_size_of(info, capture)
    finally:
        capture.release()


@dataclass
class Frame:
    """A frame at its place in the file; `image` may only be called until the next frame is taken."""

    index: int
    time_s: float
    _capture: cv2.VideoCapture

    def image(self) -> Image | None:
        """Return the picture (BGR), or None where the stream is broken here."""
        decoded, image = self._capture.retrieve()
        if not decoded or image is None or image.size == 0:
            return None
        return np.asarray(image, np.uint8)


class Footage:
    """The frames of one file, once through; afterwards `lost_s` says how much could not be read."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            FootageError: as `probe`.
        """
        self.info = probe(path)
        self.lost_s = 0.0
        self._path = path

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame with its time from the container, or by count where those make no sense."""
        capture = _open(self._path)
        index, time_s = 0, 0.0
        try:
            while capture.grab():
                stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
                if index > 0:
                    sane = time_s < stamp_s < time_s + _LONGEST_FRAME_S
                    time_s = stamp_s if sane else time_s + 1.0 / self.info.frame_rate
                yield Frame(index, time_s, capture)
                index += 1
        finally:
            capture.release()
        self.lost_s = lost_seconds(self.info, index)


def lost_seconds(info: VideoInfo, frames_read: int) -> float:
    """Return how many seconds of what the container promises were missing.

    Containers count a frame or two more than they hold: up to 1% is no loss.
    """
    missing = info.frames - frames_read
    if missing <= max(2.0, info.frames * _LOST_TOLERANCE):
        return 0.0
    return missing / info.frame_rate


def _open(path: Path) -> cv2.VideoCapture:
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise FootageError("empty", "the file has no bytes")
    if head.startswith(_STILL_PICTURES):
        raise FootageError("not_video", "the file is a still picture")
    # FFmpeg by name: other backends of OpenCV take a file's name for a pattern of pictures.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        if _begins_like_video(head):
            raise FootageError("truncated", "the file begins like a video but has no index")
        raise FootageError("not_video", "no decoder knows this file")
    return capture


def _begins_like_video(head: bytes) -> bool:
    mp4 = head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"wide"}
    return mp4 or (head[:4] == b"RIFF" and head[8:12] == b"AVI ") or head[:4] == b"\x1a\x45\xdf\xa3"


def _info(capture: cv2.VideoCapture) -> VideoInfo:
    rate = capture.get(cv2.CAP_PROP_FPS)
    if not math.isfinite(rate) or not 0 < rate <= _HIGHEST_FRAME_RATE:
        rate = _USUAL_FRAME_RATE
    counted = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    frames = int(counted) if math.isfinite(counted) and 0 < counted < 2**40 else 0
    width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    return VideoInfo(rate, width, height, frames, frames / rate)


def _with_size_of(info: VideoInfo, capture: cv2.VideoCapture) -> VideoInfo:
    """Take the size from the first picture: it is turned where the container says so, the header is not."""
    decoded, image = capture.retrieve()
    if not decoded or image is None or image.size == 0:
        raise FootageError("truncated", "the first frame cannot be decoded")
    height, width = image.shape[:2]
    return VideoInfo(info.frame_rate, width, height, info.frames, info.duration_s)
