"""Plates found in the valid frames of plates_ro, the own detector beside PP-OCRv6's text detection."""

from collections.abc import Mapping
from functools import partial

from ocr.detect import Rect, TextDetector, bounding_rect, plate_shaped, size_of
from ocr.plates import PlateDetector
from ocr.reader import ReaderOptions
from ocr.video import Image
from tests.bench import plate_boxes, readers
from tests.bench.figures import Figure, Report, Table
from tests.bench.ocr_accuracy import DATA, there
from tests.bench.plate_boxes import Found

_OWN_SIDES = (640, 960, 1280)
_TEXT_SIDES = (640, 960)
_SCORE = 0.55
"""The least score of a box for the figures: the reader itself takes weaker ones, for reading tells what is no plate."""


def detection(report: Report) -> None:
    """Own detector at several sizes, as the reader uses it for video and larger; PP-OCRv6 at 640 and 960 beside it."""
    if not there("plates_ro", report):
        return
    own, text = PlateDetector(threads=1), TextDetector(readers.bundled_models(), threads=1)
    side = ReaderOptions().video_side
    finders = {f"own detector at {s}": partial(_plate_boxes, own, s) for s in sorted({side, *_OWN_SIDES})}
    finders |= {f"PP-OCRv6 text at {s}": partial(_text_boxes, text, s) for s in _TEXT_SIDES}
    strict = partial(_plate_boxes, own, side, least_score=_SCORE)
    counts = {name: plate_boxes.measure(find, DATA / "plates_ro") for name, find in finders.items()}
    counts |= {f"own detector at {side}, score {_SCORE}": plate_boxes.measure(strict, DATA / "plates_ro")}
    ours, other = (
        counts[f"own detector at {side}, score {_SCORE}"]["all"],
        counts[f"PP-OCRv6 text at {_TEXT_SIDES[-1]}"]["all"],
    )
    for what, mine, theirs, reach in (
        ("recall", ours.recall, other.recall, 0.95),
        ("precision by the truth as it is", ours.precision, other.precision, 0.9),
        ("precision, plates it overlooks left out", ours.precision_but_overlooked, other.precision_but_overlooked, 0.9),
        ("frames/s, one thread", ours.frames_per_s, other.frames_per_s, 40),
    ):
        report.figures.append(
            Figure(
                f"plates_ro, detection at {side}: {what}", f"{mine:.3g}",
                f"PP-OCRv6 text at {_TEXT_SIDES[-1]}: {theirs:.3g}", f"{mine / theirs:.2f}", f"{reach}", mine >= reach,
            )
        )  # fmt: skip
    report.tables.append(_table(counts))
    report.remarks.append(
        "plates_ro: the truth overlooks plates: tests/bench/plates_ro_overlooked.csv lists 21 of our boxes that count "
        "as false and show one, looked at by eye; a detector that found exactly the listed plates and these would have "
        "a precision of 0.86 by the truth as it is"
    )


def _table(counts: Mapping[str, Mapping[str, Found]]) -> Table:
    rows = [
        (
            f"{name}, {light}",
            found.plates,
            f"{found.recall:.3f}",
            f"{found.precision:.3f}",
            f"{found.precision_but_overlooked:.3f}",
            f"{found.frames_per_s:.1f}",
        )
        for name, by_light in counts.items()
        for light, found in by_light.items()
    ]
    return Table(
        "Plates found in plates_ro valid, at IoU 0.5",
        ("detector, longest side", "plates", "recall", "precision", "overlooked left out", "frames/s, one thread"),
        rows,
    )  # fmt: skip


def _plate_boxes(
    detector: PlateDetector, side: int, picture: Image, least_score: float = 0.0
) -> list[tuple[Rect, float]]:
    return [(box.rect, box.score) for box in detector.find(picture, side) if box.score >= least_score]


def _text_boxes(detector: TextDetector, side: int, picture: Image) -> list[tuple[Rect, float]]:
    """Lines of text that are shaped like a plate."""
    boxes = [box for box in detector.find(picture, side) if plate_shaped(box)]
    return [(bounding_rect([box.quad], size_of(picture)), box.score) for box in boxes]
