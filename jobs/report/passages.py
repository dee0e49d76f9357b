"""`anprlake read`: the plates in photos and videos, as a table or as JSON Lines, and drawn into a copy."""

import json
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from jobs.domain.errors import LakeError
from jobs.footage.models import plate_reader, require_models
from jobs.report.annotated import PHOTOS, annotate_photo, annotate_video, targets_of
from jobs.report.grids import grid_of, table_console
from jobs.settings import Settings
from ocr.models import sha256_of
from ocr.passage import Passage
from ocr.reader import PlateReader
from ocr.video import FootageError


def read_files(
    files: Sequence[Path], settings: Settings, *, seen_on: date | None, as_json: bool, annotate: Path | None = None
) -> int:
    """Print the passages of each file; a file that cannot be read is named with its reason.

    Args:
        files: photos and videos.
        settings: of the models.
        seen_on: the day of capture, which rules out marks not yet issued; None does not check.
        as_json: one JSON object a passage instead of a table, with all that is needed to repeat the read.
        annotate: a folder for copies of the files with what was read drawn in; it is made.

    Returns:
        Number of files that could not be read.

    Raises:
        ModelsMissingError: the weights are missing, before any file is opened.
        LakeError: the annotated copies would overwrite something, before any file is opened, or cannot be written.
    """
    targets = targets_of(files, annotate) if annotate else {}
    models = require_models(settings.ocr.models, settings.ocr.model_cache)
    reader = plate_reader(settings.ocr.models, settings.ocr.model_cache)
    if annotate:
        _make_folder(annotate)
    console, unreadable, rows = table_console(), 0, []
    for file in files:
        try:
            passages = _read(reader, file, seen_on)
            if file in targets:
                _annotate(file, passages, targets[file])
        except FootageError as error:
            unreadable += 1
            Console(stderr=True).print(f"anprlake: {file}: {error.reason}", highlight=False, soft_wrap=True)
            continue
        found = [_row(file, passage) for passage in passages]
        if as_json:
            evidence = {"sha256": sha256_of(file), "models": models, "software": f"anprlake {version('anprlake')}"}
            console.file.writelines(json.dumps(row | evidence) + "\n" for row in found)
        rows += found
    if not as_json:
        console.print(_grid(rows) if rows else "no plate was read")
    return unreadable


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LakeError(f"--annotate: cannot make the folder {folder}: {error.strerror}") from None


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in PHOTOS


def _read(reader: PlateReader, file: Path, seen_on: date | None) -> Sequence[Passage]:
    if not file.is_file():  # a pipe may never end
        raise FootageError("not_video", "it is a pipe or a device")
    return reader.read_photo(file, seen_on) if _is_photo(file) else reader.read_video(file, seen_on).passages


def _annotate(file: Path, passages: Sequence[Passage], target: Path) -> None:
    (annotate_photo if _is_photo(file) else annotate_video)(file, passages, target)


def _row(file: Path, passage: Passage) -> dict[str, Any]:
    return {
        "file": str(file), "vrm": passage.vrm, "raw_text": passage.raw_text, "confidence": round(passage.confidence, 3),
        "time_s": None if _is_photo(file) else round(passage.time_s, 3), "frame": passage.best_frame,
        "box": list(passage.box), "looks": passage.looks, "rule": passage.vrm_rule, "format": passage.vrm_format,
        "candidates": [vars(candidate) for candidate in passage.candidates], "direction": passage.direction,
        "flags": list(passage.flags),
    }  # fmt: skip


def _grid(rows: list[dict[str, Any]]) -> Grid:
    folded = ("file", "confidence", "time", "box x,y,w,h", "looks", "rule", "flags")
    grid = grid_of("file", "vrm", "raw text", *folded[1:], folded=folded)
    for row in rows:
        time_s = "" if row["time_s"] is None else f"{row['time_s']:.2f} s"
        grid.add_row(
            Path(row["file"]).name, row["vrm"], row["raw_text"], f"{row['confidence']:.2f}", time_s,
            ",".join(str(number) for number in row["box"]), str(row["looks"]), row["rule"], " ".join(row["flags"]),
        )  # fmt: skip
    return grid
