"""Reads the plates of a video or a photo: gate, detection, recognition, tracking, vote and rules in a row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from ocr.detect import Rect, TextBox, TextDetector, bounding_rect, lines_of, plate_shaped, size_of
from ocr.lines import PlateText, plates_among
from ocr.models import Models
from ocr.motion import MotionGate
from ocr.passage import Passage, describe, merge_pieces, settle
from ocr.plates import PlateDetector, distinct
from ocr.ranges import WHOLE, TimeRange
from ocr.recognise import OTHER_MARGINS, USUAL_MARGIN, Recogniser, rectify, without_colour
from ocr.track import Look, Place, SiteText, Track, Tracker
from ocr.video import Footage, FootageError, Frame, Image, VideoInfo

_EDGE_PX = 3
_EDGE_SHARE = 0.12
_FILLS = 0.75
_STILL_AFTER_S = 2.0
"""When nothing has moved for so long, half as many looks do until something does."""
_COLOURLESS_WEIGHT = 0.95
_LEAD_S = 5.0
"""Read before a range: the gate's reference is made, and vehicles that are there already are known not to come."""
_LONGEST_OVERRUN_S = 60.0
"""Read behind a range at most: a vehicle that parked in view would be followed for hours."""


@dataclass(frozen=True)
class ReaderOptions:
    """How hard to look.

    Attributes:
        looks_per_second: frames in a second that are looked at while something moves.
        video_side: longest side in pixels to which a video frame is shrunk for the plate detector.
        video_score: least score of a box in a video frame: what is no plate does not read like one, look after look.
        photo_sides: as `video_side`, for a photo, of which there is only one look: each of them is tried.
        text_side: the same for the text detector, which finds in a photo what the plate detector does not know.
        motion_threshold: least change that counts as motion, in grey levels of 0 to 255.
        threads: threads of each model and of OpenCV; one for each worker process is the best use of cores.
    """

    looks_per_second: float = 6.25
    video_side: int = 640
    video_score: float = 0.4
    photo_sides: tuple[int, ...] = (640, 1280)
    text_side: int = 640
    motion_threshold: float = 9.0
    threads: int = 1


@dataclass(frozen=True)
class VideoRead:
    """What a video file gave: its passages in order of time, and the seconds that could not be read."""

    info: VideoInfo
    passages: tuple[Passage, ...]
    lost_s: float


class PlateReader:
    """Holds the loaded models; make one for each process and read many files with it."""

    def __init__(self, models: Models, options: ReaderOptions | None = None) -> None:
        """Load the three models, which takes about 4 s and 400 MB."""
        self._options = options or ReaderOptions()
        cv2.setNumThreads(self._options.threads)
        self._plates = PlateDetector(self._options.threads)
        self._text = TextDetector(models, self._options.threads)
        self._recogniser = Recogniser(models, self._options.threads)

    def read_video(self, path: Path, seen_on: date | None = None) -> VideoRead:
        """Read every passage of a video file.

        Args:
            path: an ordinary video file.
            seen_on: the day of capture, which rules out marks not yet issued; None does not check.

        Raises:
            FootageError: when the file gives no frames at all; a file that breaks in the middle gives what was
                readable, and `lost_s`.
        """
        footage = Footage(path)
        pieces = self.read_range(footage, WHOLE, seen_on)
        return VideoRead(footage.info, tuple(merge_pieces(pieces)), footage.lost_s)

    def read_range(self, footage: Footage, part: TimeRange, seen_on: date | None = None) -> list[Passage]:
        """Read the passages that begin in a range of a video, not yet joined with those of other ranges.

        Reading begins a little before the range, for the motion gate to know the scene, and goes on behind it until
        the vehicles that came within it have left.
        """
        tracks = (track for track in self._tracks(footage, part) if part.holds(track.looks[0].time_s))
        settled = (settle(track, seen_on) for track in tracks)
        return [passage for passage in settled if passage is not None]

    def read_photo(self, path: Path, seen_on: date | None = None) -> tuple[Passage, ...]:
        """Read every plate of a photo, from left to right.

        A photo gives one look; each plate is found and cut out in several ways, with colours and without, which vote.

        Raises:
            FootageError: `empty`, `not_video` when OpenCV cannot decode the picture, `too_large` when it will not.
        """
        data = np.fromfile(path, np.uint8)
        if data.size == 0:
            raise FootageError("empty", "the file has no bytes")
        try:
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        except cv2.error:
            raise FootageError("too_large", "the picture has more pixels than a decoder takes") from None
        if image is None:
            raise FootageError("not_video", "no decoder knows this picture")
        return self._passages_of(np.asarray(image, np.uint8), seen_on)

    def _tracks(self, footage: Footage, part: TimeRange) -> Iterator[Track]:
        """Look at the frames that are worth it, and yield each track once its vehicle has left."""
        gate = MotionGate(self._options.motion_threshold)
        tracker, site = Tracker(), SiteText()
        start_s = max(0.0, part.start_s - _LEAD_S)
        # On the same steps as from the beginning of the file: a range then looks at the same frames as the whole.
        step_s = 1.0 / self._options.looks_per_second
        next_look_s = start_s - start_s % step_s
        moved_s = start_s
        for frame in footage.frames(start_s, part.end_s + _LONGEST_OVERRUN_S):
            if frame.time_s >= part.end_s and not tracker.follows_any_from_before(part.end_s):
                break
            if frame.time_s < next_look_s or (image := frame.image()) is None:
                continue
            # Not from this frame's time: at 12.5 frames/s every second or third then keeps the mean rate.
            still = frame.time_s - moved_s > _STILL_AFTER_S
            next_look_s = max(next_look_s + (2 * step_s if still else step_s), frame.time_s)
            region = gate.region(image)
            if region is not None:
                moved_s = frame.time_s
                found = self._plates.find(image, self._options.video_side, region, self._options.video_score)
                rects = [box.rect for box in found if not _cut_off(box.rect, region, size_of(image))]
                tracker.add(self._looks(image, rects, frame, tracker, site), image)
            yield from tracker.close_before(frame.time_s)
        yield from tracker.close_before(float("inf"))

    def _looks(self, image: Image, rects: list[Rect], frame: Frame, tracker: Tracker, site: SiteText) -> list[Look]:
        """Read the plates of one frame that are not known already, and note those that turn out to be none."""
        time_s = frame.time_s
        unknown = [
            rect
            for rect in rects
            if not site.known(rect, time_s) and not tracker.touch(Place(frame.index, time_s, rect))
        ]
        looks = []
        for rect, plate in zip(unknown, self._read(image, unknown), strict=True):
            site.note(rect, time_s, plate=plate is not None)
            if plate is not None:
                looks.append(_look(plate, rect, image, frame.index, time_s))
        return looks

    def _read(self, image: Image, rects: list[Rect]) -> list[PlateText | None]:
        """Read what is in each of some boxes around plates; None where it is no plate."""
        lines_of_each = [
            _lines_on(rect, found) for rect, found in zip(rects, self._text.find_in(image, rects), strict=True)
        ]
        crops = [rectify(image, line.quad) for lines in lines_of_each for line in lines]
        readings = iter(self._recogniser.read(crops))
        plates = []
        for lines in lines_of_each:
            found = plates_among(lines, [next(readings) for _ in lines])
            plates.append(max(found, key=lambda plate: len(plate.text) * plate.confidence, default=None))
        return plates

    def _passages_of(self, image: Image, seen_on: date | None) -> tuple[Passage, ...]:
        boxes = [box for side in self._options.photo_sides for box in self._plates.find(image, side)]
        rects = [box.rect for box in distinct(boxes)]
        near = [_lines_on(rect, found) for rect, found in zip(rects, self._text.find_in(image, rects), strict=True)]
        far = _plate_lines(self._text.find(image, self._options.text_side))
        groups: list[tuple[Rect | None, list[TextBox]]] = []
        for rect, lines in zip(rects, near, strict=True):
            groups += [(rect, lines), (rect, [line for line in far if _within(line, rect)])]
        groups.append((None, [line for line in far if not any(_within(line, rect) for rect in rects)]))
        tracks: dict[Rect, Track] = {}
        pictures = ((image, 1.0), (without_colour(image), _COLOURLESS_WEIGHT))
        for (picture, weight), margin in product(pictures, (USUAL_MARGIN, *OTHER_MARGINS)):
            for plate_rect, lines in groups:
                readings = self._recogniser.read([rectify(picture, line.quad, margin) for line in lines])
                for plate in plates_among(lines, readings):
                    box = plate_rect or bounding_rect(plate.quads, size_of(image))
                    look = _look(plate, box, image, 0, 0.0)
                    look = replace(look, confidence=weight * look.confidence)
                    tracks.setdefault(box, Track()).add(look, image)
        passages = [_single_look(describe(track, seen_on)) for track in tracks.values()]
        return tuple(sorted(passages, key=lambda passage: passage.box))


def _plate_lines(boxes: list[TextBox]) -> list[TextBox]:
    return [line for box in boxes if plate_shaped(box) for line in lines_of(box)]


def _lines_on(plate: Rect, boxes: list[TextBox]) -> list[TextBox]:
    """The lines of text found on a plate: only a box that fills its height may be two of them, found as one."""
    lines = []
    for box in boxes:
        if plate_shaped(box):
            lines += lines_of(box) if box.size[1] > _FILLS * plate[3] else [box]
    return lines or [_whole(plate)]


def _whole(rect: Rect) -> TextBox:
    """A plate on which no line of text was found, as one line: all of it but its edge."""
    x, y, w, h = rect
    inset = _EDGE_SHARE * h
    left, top, right, bottom = x + inset, y + inset, x + w - inset, y + h - inset
    return TextBox(np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32), 0.0)


def _within(line: TextBox, rect: Rect) -> bool:
    (across, down), (x, y, w, h) = line.quad.mean(axis=0), rect
    return bool(x <= across <= x + w and y <= down <= y + h)


def _cut_off(rect: Rect, region: Rect, size: tuple[int, int]) -> bool:
    """Say whether a box reaches an edge of the region that is not the picture's own: it is part of a plate."""
    x, y, w, h = region
    inside = (x > 0, y > 0, x + w < size[0], y + h < size[1])
    return any(reached and within for reached, within in zip(_edges_reached(rect, region), inside, strict=True))


def _edges_reached(rect: Rect, region: Rect) -> tuple[bool, bool, bool, bool]:
    """Whether a box reaches the left, top, right, bottom edge of a region, or nearly."""
    x, y, w, h = region
    return (
        rect[0] <= x + _EDGE_PX,
        rect[1] <= y + _EDGE_PX,
        rect[0] + rect[2] >= x + w - _EDGE_PX,
        rect[1] + rect[3] >= y + h - _EDGE_PX,
    )


def _look(plate: PlateText, box: Rect, image: Image, index: int, time_s: float) -> Look:
    return Look(
        frame=index,
        time_s=time_s,
        box=box,
        line_height=plate.line_height,
        text=plate.text,
        raw=plate.raw,
        confidence=plate.confidence,
        rows=plate.rows,
        at_edge=any(_edges_reached(box, (0, 0, *size_of(image)))),
    )


def _single_look(passage: Passage) -> Passage:
    return replace(passage, looks=1, flags=tuple(dict.fromkeys(("single_look", *passage.flags))))
