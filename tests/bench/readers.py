"""The readers that are measured: ours as it is, ours with one part switched off, plain PaddleOCR; on both cores too."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import psutil

import ocr.reader
from jobs.footage.models import plate_reader
from jobs.settings import load_settings
from ocr.detect import Rect, TextDetector, bounding_rect, plate_shaped, size_of
from ocr.models import Models, find_models
from ocr.passage import Passage
from ocr.plates import PlateBox
from ocr.ranges import TimeRange, join, split
from ocr.reader import PlateReader, ReaderOptions, VideoRead
from ocr.video import Footage, Image
from tests.bench.plain_paddle import PlainPaddle

PROCESSES = 2
AS_IT_IS = "as it is"
GATE_OFF = "gate off"
DETECTOR_OFF = "plate detector off"
FEWER_LOOKS = "3 looks a second"
MORE_LOOKS = "12.5 looks a second"
PLAIN = "plain PaddleOCR"

Reader = PlateReader | PlainPaddle


def ours() -> PlateReader:
    """This process's reader, as a worker of the night has it."""
    settings = load_settings().ocr
    return plate_reader(settings.models, settings.model_cache)


def plain() -> PlainPaddle:
    """The other side, with the same weights."""
    return PlainPaddle(bundled_models())


def bundled_models() -> Models:
    """The official PP-OCRv6 weights."""
    return find_models(None, Path(load_settings().ocr.model_cache))


def variant(name: str) -> Reader:
    """Make the reader of a name; some change this whole process, so one a process.

    Raises:
        KeyError: there is no such variant.
    """
    if name == PLAIN:
        return plain()
    if name == GATE_OFF:
        ocr.reader.MotionGate = _OpenGate
    options = {
        AS_IT_IS: ReaderOptions(), GATE_OFF: ReaderOptions(), DETECTOR_OFF: ReaderOptions(),
        FEWER_LOOKS: ReaderOptions(looks_per_second=3.0), MORE_LOOKS: ReaderOptions(looks_per_second=12.5),
    }  # fmt: skip
    reader = PlateReader(bundled_models(), options[name])
    if name == DETECTOR_OFF:
        reader._plates = _TextAsPlates()
    return reader


@contextmanager
def both_cores(name: str) -> Iterator[ProcessPoolExecutor]:
    """Processes that have each loaded the variant of a name: `current` is it in what they run."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=_load, initargs=(name,)) as pool:
        list(pool.map(_take_a_turn, range(PROCESSES)))
        yield pool


def cpu_seconds(pool: ProcessPoolExecutor) -> float:
    """CPU time that a pool's processes have used so far: unlike the clock, other work on the machine adds little."""
    times = [psutil.Process(pid).cpu_times() for pid in pool._processes]
    return sum(time.user + time.system for time in times)


def current() -> Reader:
    """The reader of this worker process."""
    return _current[0]


class SplitReader:
    """Reads one video with both cores, as the night does: a range of its time for each."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def read_video(self, path: Path, seen_on: date | None = None) -> VideoRead:
        """Read every passage of a video file, as `PlateReader.read_video`; `lost_s` is not measured."""
        info = Footage(path).info
        parts = split(info.duration_s, info.duration_s / PROCESSES)
        pieces = self._pool.map(_read_range, [(path, part, seen_on) for part in parts])
        return VideoRead(info, tuple(join(zip(parts, pieces, strict=True))), 0.0)


_current: list[Reader] = []


def _load(name: str) -> None:
    _current.append(variant(name))


def _take_a_turn(_: int) -> None:
    """Hold this process for a moment, so that each of them gets a turn, and has loaded its models by then."""
    time.sleep(1.0)


def _read_range(task: tuple[Path, TimeRange, date | None]) -> list[Passage]:
    path, part, seen_on = task
    return list(current().read_range(Footage(path), part, seen_on))


class _OpenGate:
    """A gate that sees motion everywhere in every picture."""

    def __init__(self, *_: object) -> None:
        pass

    def region(self, image: Image) -> Rect:
        return 0, 0, *size_of(image)


class _TextAsPlates:
    """PP-OCRv6 text detection in the plate detector's place: every line of text that is shaped like a plate."""

    def __init__(self) -> None:
        self._text = TextDetector(bundled_models(), threads=1)

    def find(self, image: Image, longest_side: int, region: Rect | None = None, _: float = 0.0) -> list[PlateBox]:
        x, y, w, h = region or (0, 0, *size_of(image))
        part = image[y : y + h, x : x + w]
        boxes = [box for box in self._text.find(part, longest_side) if plate_shaped(box)]
        rects = [(bounding_rect([box.quad], size_of(part)), box.score) for box in boxes]
        return [PlateBox((x + rect[0], y + rect[1], *rect[2:]), score) for rect, score in rects]
