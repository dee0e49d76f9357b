"""Archived video files: what one is, and its frames one after the other, of the whole file or of a range of it.

Decoding is OpenCV's own FFmpeg. Every frame is grabbed; only those that somebody asks for are converted to a
picture, which is half of the work.
"""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

# FFmpeg writes what it thinks of a broken file to stderr, past Python's logging: the reason code says it
# instead.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
import numpy.typing as npt

from ocr.frame_times import FrameTimes, list_frames

Image = npt.NDArray[np.uint8]
"""A picture, height by width by 3, BGR."""
Reason = Literal[
    "empty", "not_video", "no_frames", "truncated", "too_large", "too_small", "too_long",
    "crashed", "out_of_memory", "timed_out",
]  # fmt: skip
"""Why a file gives nothing; the last three are of the process that read it."""

_USUAL_FRAME_RATE = 25.0
_HIGHEST_FRAME_RATE = 1000.0
_LOST_TOLERANCE = 0.01
_MOST_PIXELS = 4096 * 2304
"""4K. A decoder holds a dozen frames and a track three: of 8K ones more than a worker may have."""
_LEAST_SIDE = 32
"""Pixels: no plate of a readable size fits into less."""
_DECODER_THREADS = 2
_SEEK_MARGINS_S = (0.0, 1.0, 10.0)
_STILL_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")


class FootageError(Exception):
    """A file that gives no frames at all; `reason` is its code for the catalogue."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason


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
            it is whole and holds none; `too_large` or `too_small` by the size of its frames, before one is decoded.
    """
    capture = _open(path)
    try:
        info = _info(capture)
        _check_size(info)
        if not capture.grab():
            raise FootageError("truncated" if info.frames > 0 else "no_frames", "no frame can be decoded")
        return _with_size_of(info, capture)
    finally:
        capture.release()


def frame_times(path: Path, info: VideoInfo) -> FrameTimes:
    """List the times of all frames of a file that `probe` found good.

    Raises:
        FootageError: `too_long` when it has more frames than are listed.
    """
    packets = _open(path, [cv2.CAP_PROP_FORMAT, -1])
    try:
        return list_frames(packets, info.frame_rate)
    except OverflowError:
        raise FootageError("too_long", "it has too many frames") from None
    finally:
        packets.release()


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
    """The frames of one file; when they have been gone through, `lost_s` says how much could not be read."""

    def __init__(self, path: Path) -> None:
        """Open the file and list its frames.

        Raises:
            FootageError: as `probe` and `frame_times`.
        """
        self.info = probe(path)
        self.times = frame_times(path, self.info)
        self._path = path
        self._decoded = bytearray(len(self.times))

    @property
    def lost_s(self) -> float:
        """Seconds of the whole file that could not be read."""
        return self.lost_between(0.0, math.inf)

    def __iter__(self) -> Iterator[Frame]:
        """Yield every frame with its time from the container, or by count where those make no sense."""
        return self.frames(0.0, math.inf)

    def frames(self, start_s: float, end_s: float) -> Iterator[Frame]:
        """Yield the frames from one time up to another, with the numbers and times that they have in the whole file."""
        first = self.times.first_from(start_s)
        if first > 0 and first >= len(self.times):
            return
        capture, index = self._grab_up_to(first, self.times.first_from(end_s))
        try:
            while index is not None and self.times.time_of(index) < end_s:
                if index >= first:
                    self._decoded[index : index + 1] = b"\1"
                    yield Frame(index, self.times.time_of(index), capture)
                index = self._grab_next(capture, index)
        finally:
            capture.release()

    def lost_between(self, start_s: float, end_s: float) -> float:
        """Return the seconds in a range that has been gone through of which no frame could be decoded.

        The range up to the end has what the container promises and the file does not hold, too. Containers count a
        frame or two more than they hold: up to 1% is no loss.
        """
        wanted = self._decoded[self.times.first_from(start_s) : self.times.first_from(end_s)]
        absent = max(0, self.info.frames - len(self._decoded)) if end_s == math.inf else 0
        missing = wanted.count(0) + absent
        if missing <= max(2.0, (len(wanted) + absent) * _LOST_TOLERANCE):
            return 0.0
        return missing / self.info.frame_rate

    def _grab_up_to(self, first: int, end: int) -> tuple[cv2.VideoCapture, int | None]:
        """Open the file with a frame grabbed that is not behind `first`: a little before it, where that can be sought.

        OpenCV seeks by the mean frame rate: where the rate changes much, or the file has no index, it may land
        behind the frame, or where no stamp says. And it counts on by the mean rate: ahead of the true number, it
        stops that many frames too early, which may be before `end`.
        """
        promised = self.info.frames or math.inf
        if first > 0 and not self.times.by_count:
            capture = _open(self._path)
            near = self.times.last_not_ahead(first, promised - end)
            for margin_s in _SEEK_MARGINS_S:
                capture.set(cv2.CAP_PROP_POS_MSEC, max(0.0, self.times.time_of(near) - margin_s) * 1000.0)
                found = self.times.index_of(_stamp_s(capture)) if capture.grab() else None
                ahead = capture.get(cv2.CAP_PROP_POS_FRAMES) - 1 - (found or 0)
                if found is not None and found <= first and ahead <= promised - end:
                    return capture, found
            capture.release()
        capture = _open(self._path)
        return capture, self._grab_next(capture, -1)

    def _grab_next(self, capture: cv2.VideoCapture, index: int) -> int | None:
        """Grab the frame after `index` that can be decoded, over broken ones; None at the end of the file."""
        failures = 0
        # Each packet that cannot be decoded fails one grab, and so does the end of the file.
        while failures <= max(0, len(self.times) - index):
            if not capture.grab():
                failures += 1
                continue
            found = self.times.index_of(_stamp_s(capture), index + 1)
            if found is None:
                return index + 1
            if found > index:  # else the decoder gives one moment twice
                return found
        return None


def _stamp_s(capture: cv2.VideoCapture) -> float:
    return capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0


def _open(path: Path, parameters: Sequence[int] = ()) -> cv2.VideoCapture:
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise FootageError("empty", "the file has no bytes")
    if head.startswith(_STILL_PICTURES):
        raise FootageError("not_video", "the file is a still picture")
    # FFmpeg by name: other backends of OpenCV take a file's name for a pattern of pictures.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, _DECODER_THREADS, *parameters])
    if not capture.isOpened():
        if _begins_like_video(head):
            raise FootageError("truncated", "the file begins like a video but has no index")
        raise FootageError("not_video", "no decoder knows this file")
    return capture


def _check_size(info: VideoInfo) -> None:
    if info.width * info.height > _MOST_PIXELS:
        raise FootageError("too_large", f"its frames have more than {_MOST_PIXELS} pixels")
    if 0 < min(info.width, info.height) < _LEAST_SIDE:  # 0: the header does not say
        raise FootageError("too_small", f"its frames are less than {_LEAST_SIDE} pixels wide or high")


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
    return replace(info, width=width, height=height)
