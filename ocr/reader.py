"""Reads the plates of a video or a photo: gate, detection, recognition, tracking, vote and rules in a row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from ocr.detect import Rect, TextBox, TextDetector, bounding_rect, lines_of, plate_shaped, size_of
from ocr.lines import PlateText, plates_among
from ocr.models import Models
from ocr.motion import MotionGate
from ocr.passage import Passage, describe, merge_pieces, settle
from ocr.recognise import OTHER_MARGINS, USUAL_MARGIN, Recogniser, rectify
from ocr.track import Look, SiteText, Track, Tracker
from ocr.video import Footage, FootageError, Image, VideoInfo

_EDGE_PX = 3


@dataclass(frozen=True)
class ReaderOptions:
    """How hard to look.

    Attributes:
        looks_per_second: frames in a second that are looked at while something moves.
        video_side: longest side in pixels of what detection sees of a video frame; its time goes with the
        area.
        photo_side: the same for a photo, of which there is only one look.
        motion_threshold: least change that counts as motion, in grey levels of 0 to 255.
        threads: threads of each model and of OpenCV; one for each worker process is the best use of cores.
    """

    looks_per_second: float = 6.25
    video_sides: tuple[int, ...] = (576, 352)
    photo_side: int = 640
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
        """Load both models, which takes about 4 s and 400 MB."""
        self._options = options or ReaderOptions()
        cv2.setNumThreads(self._options.threads)
        self._detector = TextDetector(models, self._options.threads)
        self._recogniser = Recogniser(models, self._options.threads)

    def read_video(self, path: Path, seen_on: date | None = None) -> VideoRead:
        """Read every passage of a video file.

        Args:
            path: an ordinary video file.
            seen_on: the day of capture, which rules out marks not yet issued; None does not check.

        Raises:
            FootageError: when the file gives no frames at all; a file that breaks in the middle gives what
            was
                readable, and `lost_s`.
        """
        footage = Footage(path)
        settled = (settle(track, seen_on) for track in self._tracks(footage))
        passages = [passage for passage in settled if passage is not None]
        return VideoRead(footage.info, tuple(merge_pieces(passages)), footage.lost_s)

    def read_photo(self, path: Path, seen_on: date | None = None) -> tuple[Passage, ...]:
        """Read every plate of a photo, from left to right.

        A photo gives one look; each plate is cut out in three ways, which must outvote each other.

        Raises:
            FootageError: `empty` or `not_video` when OpenCV cannot decode the picture.
        """
        data = np.fromfile(path, np.uint8)
        if data.size == 0:
            raise FootageError("empty", "the file has no bytes")
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if image is None:
            raise FootageError("not_video", "no decoder knows this picture")
        return self._passages_of(np.asarray(image, np.uint8), seen_on)

    def _tracks(self, footage: Footage) -> Iterator[Track]:
        """Look at the frames that are worth it, and yield each track once its vehicle has left."""
        gate = MotionGate(self._options.motion_threshold)
        tracker, site = Tracker(), SiteText()
        sides = cycle(self._options.video_sides)
        next_look_s = 0.0
        for frame in footage:
            if frame.time_s < next_look_s or (image := frame.image()) is None:
                continue
            # Not from this frame's time: at 12.5 frames/s every second or third then keeps the mean rate.
            next_look_s = max(next_look_s + 1.0 / self._options.looks_per_second, frame.time_s)
            region = gate.region(image)
            if region is not None:
                boxes = self._detector.find(image, next(sides), region)
                lines = [line for box in boxes if plate_shaped(box) for line in lines_of(box)]
                unknown = _unknown(lines, image, tracker, site, frame.time_s)
                plates = self._plates(image, unknown, site, frame.time_s)
                tracker.add([_look(plate, image, frame.index, frame.time_s) for plate in plates], image)
            yield from tracker.close_before(frame.time_s)
        yield from tracker.close_before(float("inf"))

    def _plates(self, image: Image, boxes: list[TextBox], site: SiteText, time_s: float) -> list[PlateText]:
        """Read text boxes of one frame, and note those that are no plates as the site's own text."""
        plates = plates_among(boxes, self._recogniser.read([rectify(image, box.quad) for box in boxes]))
        lines = {id(line) for plate in plates for line in plate.parts}
        for box in boxes:
            site.note(bounding_rect([box.quad], size_of(image)), time_s, plate=id(box) in lines)
        return plates

    def _passages_of(self, image: Image, seen_on: date | None) -> tuple[Passage, ...]:
        found = self._detector.find(image, self._options.photo_side)
        boxes = [line for box in found if plate_shaped(box) for line in lines_of(box)]
        tracks: dict[tuple[int, ...], Track] = {}
        for margin in (USUAL_MARGIN, *OTHER_MARGINS):
            readings = self._recogniser.read([rectify(image, box.quad, margin) for box in boxes])
            for plate in plates_among(boxes, readings):
                track = tracks.setdefault(tuple(id(part) for part in plate.parts), Track())
                track.add(_look(plate, image, 0, 0.0), image)
        passages = [_single_look(describe(track, seen_on)) for track in tracks.values()]
        return tuple(sorted(passages, key=lambda passage: passage.box))


def _unknown(boxes: list[TextBox], image: Image, tracker: Tracker, site: SiteText, time_s: float) -> list[TextBox]:
    """Return the boxes that are neither site text nor plates that stand and are known."""
    unknown = []
    for box in boxes:
        rect = bounding_rect([box.quad], size_of(image))
        if not site.known(rect, time_s) and not tracker.touch(rect, time_s):
            unknown.append(box)
    return unknown


def _look(plate: PlateText, image: Image, index: int, time_s: float) -> Look:
    box = bounding_rect(plate.quads, size_of(image))
    return Look(
        frame=index,
        time_s=time_s,
        box=box,
        line_height=plate.line_height,
        text=plate.text,
        raw=plate.raw,
        confidence=plate.confidence,
        rows=plate.rows,
        at_edge=_at_edge(box, size_of(image)),
    )


def _at_edge(box: Rect, size: tuple[int, int]) -> bool:
    x, y, w, h = box
    return x <= _EDGE_PX or y <= _EDGE_PX or x + w >= size[0] - _EDGE_PX or y + h >= size[1] - _EDGE_PX


def _single_look(passage: Passage) -> Passage:
    return replace(passage, looks=1, flags=tuple(dict.fromkeys(("single_look", *passage.flags))))
