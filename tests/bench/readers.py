"""The readers that are measured: ours as it is, ours with one part switched off, and plain PaddleOCR."""

from pathlib import Path

import ocr.reader
from jobs.ingest.reading import plate_reader
from jobs.settings import load_settings
from ocr.models import Models, find_models
from ocr.reader import PlateReader
from tests.bench.plain_paddle import PlainPaddle

AS_IT_IS = "as it is"
GATE_OFF = "gate off"


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


def variant(name: str) -> PlateReader:
    """The reader of this name. It changes the reader for the whole process: one variant a process."""
    if name == GATE_OFF:
        ocr.reader.MotionGate = _OpenGate
    return ours()


class _OpenGate:
    """A gate that sees motion everywhere in every picture."""

    def __init__(self, *_: object) -> None:
        pass

    def region(self, image):
        return 0, 0, image.shape[1], image.shape[0]
