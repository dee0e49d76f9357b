"""`anprlake read`: the plates in photos and videos, as a table or as JSON Lines."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from jobs.ingest.reading import plate_reader, require_models
from jobs.settings import Settings
from ocr.passage import Passage
from ocr.reader import PlateReader
from ocr.video import FootageError

_PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


def read_files(files: Sequence[Path], settings: Settings, *, seen_on: date | None, as_json: bool) -> int:
    """Print the passages of each file; a file that cannot be read is named with its reason.

    Returns:
        Number of files that could not be read.

    Raises:
        ModelsMissingError: the weights are missing, before any file is opened.
    """
    require_models(settings.ocr.models, settings.ocr.model_cache)
    reader = plate_reader(settings.ocr.models, settings.ocr.model_cache)
    console, unreadable, rows = Console(), 0, []
    for file in files:
        try:
            for row in _rows(reader, file, seen_on):
                if as_json:
                    console.file.write(json.dumps(row) + "\n")
                rows.append(row)
        except FootageError as error:
            unreadable += 1
            Console(stderr=True).print(f"anprlake: {file}: {error.reason}", highlight=False, soft_wrap=True)
    if not as_json:
        console.print(_grid(rows) if rows else "no plate was read")
    return unreadable


def _rows(reader: PlateReader, file: Path, seen_on: date | None) -> Iterator[dict[str, Any]]:
    is_photo = file.suffix.lower() in _PHOTOS
    passages = reader.read_photo(file, seen_on) if is_photo else reader.read_video(file, seen_on).passages
    for passage in passages:
        yield _row(file, passage, None if is_photo else round(passage.time_s, 3))


def _row(file: Path, passage: Passage, time_s: float | None) -> dict[str, Any]:
    return {
        "file": str(file), "vrm": passage.vrm, "raw_text": passage.raw_text, "confidence": round(passage.confidence, 3),
        "time_s": time_s, "box": list(passage.box), "looks": passage.looks, "rule": passage.vrm_rule,
        "format": passage.vrm_format, "direction": passage.direction, "flags": list(passage.flags),
    }  # fmt: skip


def _grid(rows: list[dict[str, Any]]) -> Grid:
    grid = Grid("file", "vrm", "raw text", "confidence", "time", "box x,y,w,h", "looks", "rule", "flags")
    for row in rows:
        time_s = "" if row["time_s"] is None else f"{row['time_s']:.2f} s"
        grid.add_row(
            Path(row["file"]).name, row["vrm"], row["raw_text"], f"{row['confidence']:.2f}", time_s,
            ",".join(str(number) for number in row["box"]), str(row["looks"]), row["rule"], " ".join(row["flags"]),
        )  # fmt: skip
    return grid
