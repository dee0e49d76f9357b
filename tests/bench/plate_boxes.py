"""How well plates are found in the `valid` frames of plates_ro: boxes beside true boxes, by day and night.

The truth overlooks plates. `plates_ro_overlooked.csv` lists those of them that our detector gave at a score of 0.5 or
more, each looked at by eye on 2026-11-25: 21 of 41 boxes that count as false. A box on one of these is neither right
nor wrong in `precision_but_overlooked`.
"""

import csv
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.detect import Rect, overlap

_OVERLOOKED = Path(__file__).with_name("plates_ro_overlooked.csv")
_SAME_BOX = 0.5
"""Intersection over union at which two boxes are of the same plate: the field's usual measure."""

Finder = Callable[[np.ndarray], Sequence[tuple[Rect, float]]]
"""Boxes (x, y, width, height in pixels) with their scores, of one picture."""


@dataclass
class Found:
    """Counts over some frames: true plates, those found, boxes given, those of them on plates that the truth overlooks,
    and seconds of the finder alone.
    """

    frames: int = 0
    plates: int = 0
    found: int = 0
    boxes: int = 0
    overlooked: int = 0
    seconds: float = 0.0

    @property
    def recall(self) -> float:
        """Share of the plates that were found."""
        return self.found / max(self.plates, 1)

    @property
    def precision(self) -> float:
        """Share of the boxes that are plates of the truth."""
        return self.found / max(self.boxes, 1)

    @property
    def precision_but_overlooked(self) -> float:
        """The same of the boxes that are not on plates which the truth overlooks."""
        return self.found / max(self.boxes - self.overlooked, 1)

    @property
    def frames_per_s(self) -> float:
        """Speed of the finder, decoding not counted."""
        return self.frames / self.seconds

    def add(self, other: "Found") -> None:
        """Add the counts of other frames."""
        self.frames += other.frames
        self.plates += other.plates
        self.found += other.found
        self.boxes += other.boxes
        self.overlooked += other.overlooked
        self.seconds += other.seconds


def measure(find: Finder, data_dir: Path) -> dict[str, Found]:
    """Counts for `day`, `night` and `all` frames of the valid split; the first frame is looked at twice, to warm up."""
    counts = {"day": Found(), "night": Found(), "all": Found()}
    true, overlooked = _true_boxes(data_dir), _overlooked_boxes()
    find(_picture(data_dir, next(iter(true))))
    for name, boxes in true.items():
        picture = _picture(data_dir, name)
        began = time.perf_counter()
        given = find(picture)
        seconds = time.perf_counter() - began
        found, left = _matches(boxes, given)
        frame = Found(1, len(boxes), found, len(given), _matches(overlooked[name], left)[0], seconds)
        counts["night" if name.startswith("night") else "day"].add(frame)
        counts["all"].add(frame)
    return counts


def _matches(true: Sequence[Rect], given: Sequence[tuple[Rect, float]]) -> tuple[int, list[tuple[Rect, float]]]:
    """Number of true boxes that a given one covers, one to one, the surest first; and the boxes that cover none."""
    left, others = list(true), []
    for box, score in sorted(given, key=lambda pair: -pair[1]):
        best = max(left, key=lambda plate: overlap(plate, box), default=None)
        if best is not None and overlap(best, box) >= _SAME_BOX:
            left.remove(best)
        else:
            others.append((box, score))
    return len(true) - len(left), others


def _overlooked_boxes() -> dict[str, list[Rect]]:
    boxes: dict[str, list[Rect]] = defaultdict(list)
    with _OVERLOOKED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            boxes[row["image"]].append((float(row["x"]), float(row["y"]), float(row["w"]), float(row["h"])))
    return boxes


def _true_boxes(data_dir: Path) -> dict[str, list[Rect]]:
    boxes: dict[str, list[Rect]] = defaultdict(list)
    with (data_dir / "boxes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == "valid":
                x, y, right, bottom = (float(row[side]) for side in ("xmin", "ymin", "xmax", "ymax"))
                boxes[row["image"]].append((x, y, right - x, bottom - y))
    return boxes


def _picture(data_dir: Path, name: str) -> np.ndarray:
    picture = cv2.imread(str(data_dir / "images" / name))
    if picture is None:
        raise FileNotFoundError(name)
    return picture
