"""Draws what was read into a photo or video: each look's box with its text, and each passage's mark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from jobs.domain.errors import LakeError
from ocr.detect import Rect
from ocr.passage import Passage
from ocr.track import Look
from ocr.video import Footage, Image

PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})

_Colour = tuple[int, int, int]
_LOOK: _Colour = (0, 200, 255)
_BEST: _Colour = (60, 220, 60)
_BETWEEN: _Colour = (200, 200, 200)
_SAME_WAY_S = 1.0
"""Between looks no further apart the box is drawn on its way from one to the next, thin and without a text."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def target_of(file: Path, folder: Path) -> Path:
    """Return where the annotated copy of a file goes: its own name, `.mp4` for every video."""
    return folder / (file.name if file.suffix.lower() in PHOTOS else f"{file.stem}.mp4")


def targets_of(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Map files to their annotated copies.

    Raises:
        LakeError: a copy would overwrite a file that is read, or another copy.
    """
    targets = {file: target_of(file, folder) for file in files}
    sources = {file.resolve() for file in files}
    if any(target.resolve() in sources for target in targets.values()):
        raise LakeError("--annotate: the folder must not be that of the files themselves")
    if len(set(targets.values())) < len(set(files)):
        raise LakeError("--annotate: two of the files would get the same name")
    return targets


def annotate_photo(file: Path, passages: Sequence[Passage], target: Path) -> None:
    """Write a copy of a photo with each plate's box, its text as read and the chosen mark.

    Raises:
        LakeError: the copy cannot be written.
    """
    image = np.asarray(cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    for passage in passages:
        _draw_box(image, passage.box, _BEST, _label(passage), passage.raw_text)
    if not cv2.imwrite(str(target), image):
        raise LakeError(f"--annotate: cannot write {target.name}")


def annotate_video(file: Path, passages: Sequence[Passage], target: Path) -> None:
    """Write a copy of a video with the boxes and texts of all looks, and below them the mark of who passes.

    The best look, from which the passage has its time, box and pictures, is drawn in green. Frames follow each other at
    the file's mean rate.

    Raises:
        LakeError: the copy cannot be written.
    """
    footage = Footage(file)
    size = (footage.info.width, footage.info.height)
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), footage.info.frame_rate, size)
    if not writer.isOpened():
        raise LakeError(f"--annotate: cannot write {target.name}")
    try:
        for frame in footage:
            image = frame.image()
            if image is not None and image.shape[1::-1] == size:
                present = [p for p in passages if p.first_frame <= frame.index <= p.last_frame]
                writer.write(_annotated(image.copy(), present, frame.index))
    finally:
        writer.release()


def _annotated(image: Image, present: Sequence[Passage], index: int) -> Image:
    for passage in present:
        for drawn in _boxes(passage, index):
            _draw_box(image, drawn.box, drawn.colour, drawn.above, drawn.below)
    for line, passage in enumerate(present):
        height = round(26 * _scale(image))
        _write(image, _label(passage), (12, image.shape[0] - 14 - line * height), _BEST)
    return image


@dataclass(frozen=True)
class _Box:
    box: Rect
    colour: _Colour
    above: str = ""
    below: str = ""


def _boxes(passage: Passage, index: int) -> Iterator[_Box]:
    """The looks of one frame; in a frame between two looks, where the plate was on its way."""
    looks = [look for look in passage.looks_seen if look.frame == index]
    for look in looks:
        best = look.frame == passage.best_frame and look.box == passage.box
        yield _Box(look.box, _BEST if best else _LOOK, passage.vrm, f"{look.text} {look.confidence:.2f}")
    if not looks:
        for before, after in pairwise(passage.looks_seen):
            if before.frame < index < after.frame and after.time_s - before.time_s <= _SAME_WAY_S:
                yield _Box(_between(before, after, index), _BETWEEN)


def _between(before: Look, after: Look, index: int) -> Rect:
    share = (index - before.frame) / (after.frame - before.frame)
    x, y, w, h = (round(a + (b - a) * share) for a, b in zip(before.box, after.box, strict=True))
    return x, y, w, h


def _label(passage: Passage) -> str:
    looks = f"{passage.looks} look{'s' if passage.looks > 1 else ''}"
    known = () if passage.direction == "unknown" else (passage.direction,)
    return ", ".join((f"{passage.vrm} {passage.confidence:.2f}", looks, *known, *passage.flags))


def _draw_box(image: Image, box: Rect, colour: _Colour, above: str, below: str) -> None:
    x, y, w, h = box
    thick = max(1, round((2 if above else 1) * _scale(image)))
    cv2.rectangle(image, (x, y), (x + w, y + h), colour, thick, cv2.LINE_AA)
    line = round(24 * _scale(image))
    if above:
        _write(image, above, (x, y - line // 3), colour)
    if below:
        _write(image, below, (x, y + h + line), colour)


def _write(image: Image, text: str, at: tuple[int, int], colour: _Colour) -> None:
    """Write a text on black, inside the picture, its lower left corner at a point or near it."""
    text = text.encode("ascii", "replace").decode()  # the drawn font has no others
    scale = 0.6 * _scale(image)
    (width, height), below = cv2.getTextSize(text, _FONT, scale, 1)
    x = max(0, min(at[0], image.shape[1] - width))
    y = max(height + 2, min(at[1], image.shape[0] - below))
    cv2.rectangle(image, (x, y - height - 3), (x + width, y + below), (0, 0, 0), -1)
    cv2.putText(image, text, (x, y), _FONT, scale, colour, 1, cv2.LINE_AA)


def _scale(image: Image) -> float:
    """How much larger than in a picture of 960 pixels to draw."""
    return max(0.6, float(image.shape[1]) / 960)
