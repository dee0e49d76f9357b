"""Which frames show a vehicle: those in which its plate was read, and those of a second before and after."""

from collections.abc import Iterable, Iterator, Mapping
from math import ceil

_USUAL_RATE = 25.0
Frames = tuple[str, int, int]
"""The id of a video, a first and a last frame."""


def frames_of_a_second(frame_rate: float | None) -> int:
    """How many frames beside those in which a plate was read show the vehicle; of a usual video where none is told."""
    return ceil(frame_rate or _USUAL_RATE)


def in_view(read: Iterable[Frames], rates: Mapping[str, float | None]) -> Iterator[Frames]:
    """The frames that show vehicles which were read in some, by the frame rates of the videos."""
    for footage_id, first, last in read:
        beside = frames_of_a_second(rates.get(footage_id))
        yield footage_id, first - beside, last + beside


def overlap(footage_id: str, first: int, last: int, others: Iterable[Frames]) -> bool:
    """Whether a range of frames of a video has one of some others."""
    return any(footage_id == name and start <= last and first <= end for name, start, end in others)
