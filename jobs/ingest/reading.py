"""Footage to sightings: the files are spread over the executors, one model load a Python worker."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyspark.sql.functions as F
from pyarrow import fs
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Row

from jobs.errors import LakeError
from jobs.ingest.pictures import pictures
from jobs.lake.files import open_folder
from jobs.lake.store import Rows
from jobs.lake.tables import FOOTAGE, PLATE_IMAGES, SIGHTINGS, capture_date
from jobs.night import Night, RunSummary
from jobs.quality.gate import check
from jobs.side_by_side import side_by_side

if TYPE_CHECKING:
    from ocr.models import Models
    from ocr.passage import Passage
    from ocr.reader import PlateReader

_PASSAGE_FIELDS = (
    "vrm_raw", "vrm", "vrm_format", "vrm_rule", "vrm_candidates", "confidence", "looks", "direction", "flags",
    "first_frame", "last_frame", "best_frame", "box",
)  # fmt: skip
_PASSAGE = ", ".join(f"{c.name}: {c.type}" for c in SIGHTINGS.columns if c.name in _PASSAGE_FIELDS)
_FEED_ONLY = {"lane": "int", "latitude": "double", "longitude": "double", "line_no": "bigint", "record_no": "int"}
RESULT_DDL = (
    "footage_id STRING, status STRING, reason STRING, frame_rate DOUBLE, width INT, height INT, frames BIGINT, "
    "duration_s DOUBLE, lost_seconds DOUBLE, "
    f"passages ARRAY<STRUCT<time_s: DOUBLE, {_PASSAGE}, patch: BINARY, overview: BINARY>>"
)
"""One row a file: what is known of it, and its passages."""


class ModelsMissingError(LakeError):
    """The weights cannot be used; the message is that of `ocr.models`."""


def read_footage(night: Night) -> RunSummary:
    """Read every catalogued file that was not read yet: one sighting and two pictures for each passage."""
    files = [file for file in night.store.rows(FOOTAGE) if file["status"] == "new"]
    if not files:
        return RunSummary(tables=(FOOTAGE, SIGHTINGS, PLATE_IMAGES))
    models = require_models(night.settings.ocr.models, night.settings.ocr.model_cache)
    results = _spread(night, files).persist(StorageLevel.DISK_ONLY)
    sightings = night.stamped(_sightings(results, _file_frame(night, files))).persist(StorageLevel.DISK_ONLY)
    days = {row.capture_date for row in sightings.select("capture_date").distinct().collect()}
    if days:
        check(night, SIGHTINGS, sightings)
        side_by_side(
            partial(night.store.append_new, SIGHTINGS, sightings, days),
            partial(night.store.append_new, PLATE_IMAGES, pictures(sightings), days),
        )
    outcomes = results.withColumn("passages", F.size("passages")).collect()
    _update_catalogue(night, files, outcomes, models)
    results.unpersist()
    sightings.unpersist()
    return _summary(outcomes)


def require_models(models: str, model_cache: str) -> dict[str, str]:
    """Check the weights before any work.

    Returns:
        Model names and the sha256 of their weights.

    Raises:
        ModelsMissingError: they are missing or not the right ones.
    """
    from ocr.models import ModelError

    try:
        return _find(models, model_cache).versions
    except ModelError as error:
        raise ModelsMissingError(f"ocr.models: {error}") from None


@cache
def plate_reader(models: str, model_cache: str) -> "PlateReader":
    """This process's reader: the models are loaded once."""
    from ocr.reader import PlateReader

    return PlateReader(_find(models, model_cache))


def _find(models: str, model_cache: str) -> "Models":
    from ocr.models import HUB, find_models

    directory = {"bundled": None, "hub": HUB}.get(models, Path(models))
    return find_models(directory, Path(model_cache))


def _spread(night: Night, files: Rows) -> DataFrame:
    """One row of RESULT_DDL for each file, read on the executors, the largest files first."""
    settings, spark = night.settings, night.store.spark
    landing, models, model_cache = settings.storage.landing, settings.ocr.models, settings.ocr.model_cache
    ordered = sorted(files, key=lambda file: -file["bytes"])
    tasks = -(-len(ordered) // settings.ocr.files_per_task)
    rdd = spark.sparkContext.parallelize(
        [(f["footage_id"], f["landed_path"], f["started_at"].isoformat()) for f in ordered], tasks
    )
    frame = spark.createDataFrame(rdd, "footage_id STRING, landed_path STRING, started_at STRING")

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = _arrow_schema()
        for batch in batches:
            for file in batch.to_pylist():
                row = _read_file(plate_reader(models, model_cache), landing, file)
                yield pa.RecordBatch.from_pylist([row], schema=schema)

    return frame.mapInArrow(read, RESULT_DDL)


def _arrow_schema() -> pa.Schema:
    candidate = pa.struct([("vrm", pa.string()), ("score", pa.float64()), ("rule", pa.string())])
    box = pa.struct([(side, pa.int32()) for side in ("x", "y", "w", "h")])
    types = {
        "vrm_candidates": pa.list_(candidate), "confidence": pa.float64(), "looks": pa.int32(),
        "flags": pa.list_(pa.string()), "first_frame": pa.int64(), "last_frame": pa.int64(),
        "best_frame": pa.int64(), "box": box,
    }  # fmt: skip
    ordered = [column.name for column in SIGHTINGS.columns if column.name in _PASSAGE_FIELDS]
    passage = pa.struct(
        [("time_s", pa.float64()), *((name, types.get(name, pa.string())) for name in ordered),
         ("patch", pa.binary()), ("overview", pa.binary())]
    )  # fmt: skip
    return pa.schema(
        [("footage_id", pa.string()), ("status", pa.string()), ("reason", pa.string()), ("frame_rate", pa.float64()),
         ("width", pa.int32()), ("height", pa.int32()), ("frames", pa.int64()), ("duration_s", pa.float64()),
         ("lost_seconds", pa.float64()), ("passages", pa.list_(passage))]
    )  # fmt: skip


def _read_file(reader: "PlateReader", landing: str, file: dict[str, str]) -> dict[str, Any]:
    """One file's row of RESULT_DDL; a file that cannot be read gets its reason, the others go on."""
    from datetime import datetime

    from ocr.video import FootageError

    row: dict[str, Any] = {"footage_id": file["footage_id"]}
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = _local(landing, file["landed_path"], Path(folder))
            read = reader.read_video(path, seen_on=datetime.fromisoformat(file["started_at"]).date())
    except FootageError as error:
        return row | {"status": "refused", "reason": error.reason, "passages": []}
    info = read.info
    return row | {
        "status": "read", "reason": "truncated" if read.lost_s else None, "frame_rate": info.frame_rate,
        "width": info.width, "height": info.height, "frames": info.frames, "duration_s": info.duration_s,
        "lost_seconds": read.lost_s, "passages": [_passage(passage) for passage in read.passages],
    }  # fmt: skip


def _local(landing: str, path: str, folder: Path) -> Path:
    """The file where OpenCV can open it: in place on a local disk, else a copy in `folder`."""
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        return Path(root) / path
    copy = folder / Path(path).name
    with (
        filesystem.open_input_stream(f"{root}/{path}", compression=None) as source,
        copy.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)
    return copy


def _passage(passage: "Passage") -> dict[str, Any]:
    fields = {
        name: getattr(passage, name) for name in _PASSAGE_FIELDS if name not in {"vrm_raw", "vrm_candidates", "box"}
    }
    return fields | {
        "vrm_raw": passage.raw_text,
        "vrm_candidates": [vars(candidate) for candidate in passage.candidates],
        "box": dict(zip("xywh", passage.box, strict=True)),
        "time_s": passage.time_s,
        "patch": passage.patch_jpeg,
        "overview": passage.overview_jpeg,
    }


def _file_frame(night: Night, files: Rows) -> DataFrame:
    rows = [(f["footage_id"], f["camera_id"], f["started_at"]) for f in files]
    return night.store.spark.createDataFrame(rows, "footage_id STRING, camera_id STRING, started_at TIMESTAMP")


def _sightings(results: DataFrame, files: DataFrame) -> DataFrame:
    """One row a passage with the columns of `sightings`, and its pictures as patch and overview."""
    rows = results.select("footage_id", F.explode("passages").alias("p")).join(F.broadcast(files), "footage_id")
    captured_at = F.timestamp_millis(F.unix_millis("started_at") + F.round(F.col("p.time_s") * 1000).cast("bigint"))
    key = F.concat_ws("|", "footage_id", "p.first_frame", "p.box.x", "p.box.y", "p.box.w", "p.box.h")
    return rows.select(
        "camera_id", captured_at.alias("captured_at"), capture_date(captured_at).alias("capture_date"),
        F.lit("footage").alias("source_kind"), F.col("footage_id").alias("source_id"),
        F.col("footage_id").alias("file_id"), F.sha2(key, 256).alias("sighting_id"),
        *(F.col(f"p.{name}").alias(name) for name in _PASSAGE_FIELDS),
        *(F.lit(None).cast(kind).alias(name) for name, kind in _FEED_ONLY.items()),
        F.col("p.patch").alias("patch"), F.col("p.overview").alias("overview"),
    )  # fmt: skip


def _update_catalogue(night: Night, files: Rows, outcomes: list[Row], models: dict[str, str]) -> None:
    """Put what became of each file into its row: the days of these files are replaced, the other rows as they were."""
    found = {row.footage_id: row for row in outcomes}
    updated = []
    for file in files:
        row, outcome = dict(file), found[file["footage_id"]]
        fields = ("status", "reason", "frame_rate", "width", "height", "frames", "lost_seconds", "passages")
        row.update({name: outcome[name] for name in fields}, models=models)
        # The night that read it, not the one that catalogued it, consolidates its days.
        row.update(process_date=night.process_date, run_id=night.run_id)
        if outcome.duration_s is not None:
            row["ended_at"] = file["started_at"] + timedelta(seconds=outcome.duration_s)
        updated.append(row)
    days = {file["capture_date"] for file in files}
    others = [row for row in night.store.rows(FOOTAGE, days=days) if row["footage_id"] not in found]
    night.store.replace_rows(FOOTAGE, others + updated, days)


def _summary(outcomes: list[Row]) -> RunSummary:
    passages = sum(row.passages for row in outcomes)
    notes = {
        "footage_read": sum(row.status == "read" for row in outcomes),
        "footage_unreadable": sum(row.status == "refused" for row in outcomes),
        "seconds_of_footage": round(sum(row.duration_s or 0 for row in outcomes)),
    }
    return RunSummary(len(outcomes), passages, passages, tables=(FOOTAGE, SIGHTINGS, PLATE_IMAGES), notes=notes)
