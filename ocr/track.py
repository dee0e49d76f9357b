"""Follows plates from look to look: which looks are of the same vehicle."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from ocr.detect import Rect, overlap
from ocr.recognise import Reading
from ocr.shot import Shot, take_shot
from ocr.video import Image
from ocr.vote import similarity

Direction = Literal["towards", "away", "unknown"]

_LONGEST_GAP_S = 2.0
"""A vehicle not seen for so long has left, or stands where the motion gate is silent: see `Tracker.touch`."""
_ALIKE = 0.5
"""Readings less alike are of two vehicles, however near: nose to tail, one takes the other's place."""
_SURE_ALIKE = 0.75
_NEAR_WIDTHS = 1.5
_FAR_WIDTHS = 6.0
_GREATEST_GROWTH = 2.0
_STILL_OVERLAP = 0.7
_SETTLED_LOOKS = 5
_SETTLED_AGAIN_S = 5.0
_ENOUGH_LOOKS = 5
_ENOUGH_SHARE = 0.8
"""So many looks, and so many of all, that say the same letter by letter: further ones would not change the vote."""
_READ_AGAIN_S = 1.0
_READ_AGAIN_LARGER = 1.3
_FOLLOWED_GAP_S = 0.5
_FOLLOWED_WIDTHS = 0.35
"""A plate is known without reading only where it must be: the next vehicle's comes from further away."""
_KNOWN_AFTER = 3
_FORGOTTEN_S = 60.0
_MOVED_HEIGHTS = 0.5
_RESIZED = 1.2
_LEAST_FOR_DIRECTION = 2
_GREW = 1.2
_MOST_SHOTS = 3


@dataclass(frozen=True)
class Look:
    """One reading of one plate in one frame.

    `text` is normalised; `raw` as the recogniser gave it, lines of a two-line plate separated by a space.
    `box` is in pixels; `line_height` the height of a line; `rows` how many
    of them it has. `at_edge`: the picture's edge cuts it.
    """

    frame: int
    time_s: float
    box: Rect
    line_height: float
    text: str
    raw: str
    confidence: float
    rows: int
    at_edge: bool

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return self.box[0] + self.box[2] / 2, self.box[1] + self.box[3] / 2

    @property
    def weight(self) -> float:
        """How good a picture of the plate this is: confidence times size."""
        return self.confidence * self.box[3] * (0.1 if self.at_edge else 1.0)


class Place(NamedTuple):
    """Where a plate was seen, read or not: the frame, its time in seconds, the box in pixels."""

    frame: int
    time_s: float
    box: Rect


@dataclass
class Track:
    """The looks at one plate, in time, the pictures of the best few, and where it was seen the last two times."""

    looks: list[Look] = field(default_factory=list)
    shots: list[tuple[Look, Shot]] = field(default_factory=list)
    places: deque[Place] = field(default_factory=lambda: deque(maxlen=2))

    def add(self, look: Look, image: Image) -> None:
        """Add a look; the picture is kept when it is among the best of its text."""
        self.looks.append(look)
        self.places.append(Place(look.frame, look.time_s, look.box))
        before = next((other for other, _ in self.shots if other.text == look.text), None)
        if before is None or look.weight > before.weight:
            others = [(other, shot) for other, shot in self.shots if other is not before]
            shots = [*others, (look, take_shot(image, look.box))]
            self.shots = sorted(shots, key=lambda pair: -pair[0].weight)[:_MOST_SHOTS]

    @property
    def readings(self) -> list[Reading]:
        """What was read, whole plates only where there are any.

        The picture's edge cuts characters off; of a plate in two lines one may not have been found.
        """
        whole = [look for look in self.looks if not look.at_edge] or self.looks
        both_lines = [look for look in whole if look.rows > 1]
        return [Reading(look.text, look.confidence) for look in both_lines or whole]

    @property
    def only_at_edge(self) -> bool:
        """Whether no look shows the whole plate."""
        return all(look.at_edge for look in self.looks)

    @property
    def moved(self) -> bool:
        """Whether the plate ever moved or changed its size: site text and parked vehicles do not."""
        first = self.looks[0]
        reach = _MOVED_HEIGHTS * first.line_height
        return any(
            np.hypot(look.centre[0] - first.centre[0], look.centre[1] - first.centre[1]) > reach
            or max(look.box[2] / first.box[2], first.box[2] / look.box[2]) > _RESIZED
            for look in self.looks[1:]
        )

    @property
    def direction(self) -> Direction:
        """Whether the vehicle comes or goes: by the growth of its plate, else by its way down the picture."""
        whole = [look for look in self.looks if not look.at_edge]
        if len(whole) < _LEAST_FOR_DIRECTION or not self.moved:
            return "unknown"
        third = max(1, len(whole) // 3)
        early, late = whole[:third], whole[-third:]
        growth = float(np.mean([k.line_height for k in late]) / np.mean([k.line_height for k in early]))
        if growth > _GREW or growth < 1 / _GREW:
            return "towards" if growth > 1 else "away"
        down = float(np.mean([k.centre[1] for k in late]) - np.mean([k.centre[1] for k in early]))
        if abs(down) <= _MOVED_HEIGHTS * early[0].line_height:
            return "unknown"
        return "towards" if down > 0 else "away"

    def known(self, place: Place) -> bool:
        """Say whether a plate at a place is this one and need not be read again."""
        return self._settled(place) or self._sure(place)

    def _settled(self, place: Place) -> bool:
        """Whether the last looks are in one place and say the same: reading it again would tell nothing."""
        last = self.looks[-_SETTLED_LOOKS:]
        return (
            len(last) == _SETTLED_LOOKS
            and place.time_s - last[-1].time_s < _SETTLED_AGAIN_S
            and all(overlap(look.box, place.box) > _STILL_OVERLAP for look in last)
            and all(similarity(look.text, last[-1].text) >= _SURE_ALIKE for look in last)
        )

    def _sure(self, place: Place) -> bool:
        """Whether the plate was read often enough, and is where it must be by now, hardly larger than it was read."""
        if len(self.looks) < _ENOUGH_LOOKS or place.time_s - self.looks[-1].time_s >= _READ_AGAIN_S:
            return False
        ((_, most),) = Counter(look.text for look in self.looks).most_common(1)
        width, last = place.box[2], self.places[-1]
        x, y = self.predicted(place.time_s)
        aside = np.hypot(place.box[0] + width / 2 - x, place.box[1] + place.box[3] / 2 - y)
        return bool(
            most >= max(_ENOUGH_LOOKS, _ENOUGH_SHARE * len(self.looks))
            and width <= _READ_AGAIN_LARGER * max(look.box[2] for look in self.looks)
            and place.time_s - last.time_s <= _FOLLOWED_GAP_S
            and aside <= _FOLLOWED_WIDTHS * min(width, last.box[2])
        )

    def predicted(self, time_s: float) -> tuple[float, float]:
        """Where the middle of the plate should be, going on as between the last two places."""
        before, last = self.places[0], self.places[-1]
        was, now = (np.array([p.box[0] + p.box[2] / 2, p.box[1] + p.box[3] / 2]) for p in (before, last))
        if last.time_s > before.time_s:
            now = now + (now - was) * min(2.0, (time_s - last.time_s) / (last.time_s - before.time_s))
        return float(now[0]), float(now[1])


class SiteText:
    """Text that is no plate and stays in its place: walls, the burnt-in clock. It is not read every time."""

    def __init__(self) -> None:
        self._texts: list[_SiteText] = []

    def known(self, box: Rect, time_s: float) -> bool:
        """Say whether this place was read often enough, and lately, and was never a plate."""
        text = self._text_at(box)
        return text is not None and text.times >= _KNOWN_AFTER and time_s - text.read_s < _SETTLED_AGAIN_S

    def note(self, box: Rect, time_s: float, *, plate: bool) -> None:
        """Remember what was read at a place."""
        text = self._text_at(box)
        if plate:
            self._texts = [other for other in self._texts if other is not text]
        elif text is None:
            self._texts = [p for p in self._texts if time_s - p.read_s < _FORGOTTEN_S]
            self._texts.append(_SiteText(box, 1, time_s))
        else:
            text.box, text.times, text.read_s = box, text.times + 1, time_s

    def _text_at(self, box: Rect) -> "_SiteText | None":
        return next((text for text in self._texts if overlap(text.box, box) > _STILL_OVERLAP), None)


@dataclass
class _SiteText:
    box: Rect
    times: int
    read_s: float


class Tracker:
    """Joins looks to tracks, frame after frame."""

    def __init__(self) -> None:
        self._open: list[Track] = []

    def touch(self, place: Place) -> bool:
        """Say whether a plate is one that is known, whose track then goes on without a new look."""
        track = next((track for track in self._open if track.known(place)), None)
        if track is not None:
            track.places.append(place)
        return track is not None

    def add(self, looks: Sequence[Look], image: Image) -> None:
        """Give each look of one frame to the track that fits best, at most one a track, or to a new one."""
        pairs = [
            (cost, i, j)
            for i, look in enumerate(looks)
            for j, track in enumerate(self._open)
            if (cost := _cost(track, look)) is not None
        ]
        taken_looks: set[int] = set()
        taken_tracks: set[int] = set()
        for _, i, j in sorted(pairs):
            if i not in taken_looks and j not in taken_tracks:
                taken_looks.add(i)
                taken_tracks.add(j)
                self._open[j].add(looks[i], image)
        for i, look in enumerate(looks):
            if i not in taken_looks:
                track = Track()
                track.add(look, image)
                self._open.append(track)

    def close_before(self, time_s: float) -> list[Track]:
        """Take out the tracks whose vehicles have left by now, in order of their first look."""
        left = [track for track in self._open if time_s - track.places[-1].time_s > _LONGEST_GAP_S]
        self._open = [track for track in self._open if time_s - track.places[-1].time_s <= _LONGEST_GAP_S]
        return left

    def follows_any_from_before(self, time_s: float) -> bool:
        """Say whether a plate that was first seen before a time is still followed."""
        return any(track.looks[0].time_s < time_s for track in self._open)


def _cost(track: Track, look: Look) -> float | None:
    """Return how badly a look fits a track, or None where it cannot be the same vehicle."""
    last = track.looks[-1]
    growth = max(look.line_height / last.line_height, last.line_height / look.line_height)
    if look.time_s <= last.time_s or growth > _GREATEST_GROWTH:
        return None
    x, y = track.predicted(look.time_s)
    distance = float(np.hypot(look.centre[0] - x, look.centre[1] - y)) / max(look.box[2], last.box[2])
    likeness = max(similarity(look.text, other.text) for other in track.looks[-3:])
    reach = _FAR_WIDTHS if likeness >= _SURE_ALIKE else _NEAR_WIDTHS
    if likeness < _ALIKE or distance > reach:
        return None
    return distance - 2.0 * likeness
