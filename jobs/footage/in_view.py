"""Which frames show a vehicle: those in which its plate was read, and some before and after."""

from collections.abc import Iterable

FRAMES_BESIDE = 25
"""About a second before the first frame in which a plate was read, and after the last: the vehicle is in view."""

Frames = tuple[str, int, int]
"""The id of a video, and the first and last frame in which a plate was read."""


def is_in_view(footage_id: str, frame: int, of: Iterable[Frames]) -> bool:
    """Whether a frame of a video shows a vehicle that was read in one of some ranges."""
    return are_in_view(footage_id, frame, frame, of)


def are_in_view(footage_id: str, first: int, last: int, of: Iterable[Frames]) -> bool:
    """Whether one of a range of frames of a video does."""
    return any(
        footage_id == name and start - FRAMES_BESIDE <= last and first <= end + FRAMES_BESIDE for name, start, end in of
    )
