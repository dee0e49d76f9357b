"""Ranges of a long video's time: how it is split, and how what was read of its ranges becomes one reading again."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ocr.passage import SAME_VEHICLE_S, Passage, merge_pieces


@dataclass(frozen=True)
class TimeRange:
    """From one time up to another one, in seconds from the first frame; without an end, up to the file's."""

    start_s: float = 0.0
    end_s: float = math.inf

    def holds(self, time_s: float) -> bool:
        """Say whether a time lies within."""
        return self.start_s <= time_s < self.end_s


WHOLE = TimeRange()


def split(duration_s: float, longest_s: float) -> list[TimeRange]:
    """Split a video into equal ranges of at most `longest_s`; the last one has no end: nothing is left out."""
    count = max(1, math.ceil(duration_s / longest_s))
    starts = [duration_s * i / count for i in range(count)]
    return [TimeRange(start, end) for start, end in zip(starts, [*starts[1:], math.inf], strict=True)]


def join(pieces_of_ranges: Iterable[tuple[TimeRange, Iterable[Passage]]]) -> Iterator[Passage]:
    """Yield the passages of a video from the pieces of its ranges, which come in order of time.

    A piece at the beginning of a range may belong to a passage of the range before. Only passages that the next range
    could still add to are held, so that a long video takes no more memory than a short one.
    """
    held: list[Passage] = []
    for part, pieces in pieces_of_ranges:
        held = merge_pieces([*held, *pieces])
        yield from (passage for passage in held if passage.last_s + SAME_VEHICLE_S < part.end_s)
        held = [passage for passage in held if passage.last_s + SAME_VEHICLE_S >= part.end_s]
    yield from held
