"""Footage to sightings: ranges of the files are spread over the executors, one model load a Python worker."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Row

from jobs.footage.in_view import in_view, overlap
from jobs.footage.models import directory_of, require_models
from jobs.footage.progress import Progress, progress_of, shown
from jobs.footage.ranges import FootageFile, RangeTask, Reading, join_file, outline, range_name, read_range
from jobs.footage.rows import PASSAGE_FIELDS, RESULT_DDL, batches
from jobs.footage.working_files import WorkingFiles, remove_working_files
from jobs.ingest.pictures import pictures
from jobs.ingest.reasons import RESTRICTED, SUPPRESSED
from jobs.ingest.sightings import sighting_id, with_empty_columns
from jobs.lake.shuffle import persisted
from jobs.lake.store import Rows
from jobs.lake.tables import FOOTAGE, PLATE_IMAGES, SIGHTINGS, capture_date
from jobs.quality.gate import check
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.parallel import in_parallel
from ocr.reader_process import READER_CHILD, ReaderLimits


def read_footage(night: Night) -> RunSummary:
    """Read every catalogued file that was not read yet: one sighting and two pictures for each passage.

    Ranges that are finished stay so when the run is killed: the next one reads the others, and begins at once with
    what follows when there are none.
    """
    root = night.settings.storage.root
    files = [file for file in night.store.rows(FOOTAGE) if file["status"] == "new"]
    models = require_models(night.settings.ocr.models, night.settings.ocr.model_cache) if files else {}
    reading = _reading(night, models)
    remove_working_files(root, {file["footage_id"] for file in files}, reading.working.fingerprint)
    if not files:
        return RunSummary(tables=(FOOTAGE, SIGHTINGS, PLATE_IMAGES))
    progress = _read(night, reading, files)
    with persisted(_joined(night, reading, files)) as results:
        outcomes = results.where("status IS NOT NULL").drop("passage").collect()
        rates = {row.footage_id: row.frame_rate for row in outcomes}
        kept, refused = _kept(night, _sightings(results, _file_frame(night, files)), rates)
        stored = _store(night, kept)
    _update_catalogue(night, files, outcomes, models, refused)
    remove_working_files(root)
    return _summary(outcomes, progress, stored)


def _store(night: Night, kept: DataFrame) -> int:
    """Add sightings and their pictures once both passed the gate; how many sightings these are."""
    with persisted(night.stamped(kept)) as sightings:
        days = {row.capture_date for row in sightings.select("capture_date").distinct().collect()}
        if days:
            found = {SIGHTINGS: sightings, PLATE_IMAGES: pictures(sightings)}
            for table, rows in found.items():
                check(night, table, rows)
            in_parallel(*(partial(night.store.append_new, table, rows, days) for table, rows in found.items()))
        return sightings.count()


def _reading(night: Night, models: dict[str, str]) -> Reading:
    """What the executors must know; the results hang on the weights, the software and the ranges' length."""
    ocr = night.settings.ocr
    told = json.dumps([sorted(models.items()), version("anprlake"), ocr.minutes_per_task])
    return Reading(
        landing=night.settings.storage.landing,
        scratch=night.settings.storage.scratch,
        working=WorkingFiles(night.settings.storage.root, hashlib.sha256(told.encode()).hexdigest()[:16]),
        models=directory_of(ocr.models),
        model_cache=Path(ocr.model_cache),
        limits=ReaderLimits(ocr.reader.memory_mb, ocr.reader.seconds),
        longest_s=ocr.minutes_per_task * 60.0,
        child=READER_CHILD,
    )


def _read(night: Night, reading: Reading, files: Rows) -> Progress:
    """Have a working file for the outline and for each range of every file; the largest files first."""
    spark = night.store.spark.sparkContext
    ordered = sorted(files, key=lambda file: -file["bytes"])
    known = [FootageFile(file["footage_id"], file["landed_path"], file["started_at"]) for file in ordered]
    lengths = spark.parallelize(known, len(known)).map(partial(outline, reading)).collect()
    ends = {file.footage_id: length for file, length in zip(known, lengths, strict=True) if length is not None}
    tasks = [
        RangeTask(file, number, part)
        for file in known
        if file.footage_id in ends
        for number, part in enumerate(reading.ranges(ends[file.footage_id]))
    ]
    finished = reading.working.finished()
    todo = [task for task in tasks if (task.file.footage_id, range_name(task.number)) not in finished]
    progress = progress_of(tasks, ends, finished)
    if todo:
        with shown(progress, reading.working):
            spark.parallelize(todo, len(todo)).foreach(partial(read_range, reading))
    return progress


def _joined(night: Night, reading: Reading, files: Rows) -> DataFrame:
    """Rows of RESULT_DDL for all files, joined on the executors from what was read of their ranges."""
    frame = night.store.spark.createDataFrame([(file["footage_id"],) for file in files], "footage_id STRING")

    def rows(some: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in some:
            for footage_id in batch.column("footage_id").to_pylist():
                yield from batches(join_file(reading, footage_id))

    return frame.mapInArrow(rows, RESULT_DDL)


def _file_frame(night: Night, files: Rows) -> DataFrame:
    rows = [(f["footage_id"], f["camera_id"], f["started_at"]) for f in files]
    return night.store.spark.createDataFrame(rows, "footage_id STRING, camera_id STRING, started_at TIMESTAMP")


def _sightings(results: DataFrame, files: DataFrame) -> DataFrame:
    """One row a passage with the columns of `sightings`, and its pictures as patch and overview."""
    passages = results.where("passage IS NOT NULL").select("footage_id", F.col("passage").alias("p"))
    rows = passages.join(F.broadcast(files), "footage_id")
    captured_at = F.timestamp_millis(F.unix_millis("started_at") + F.round(F.col("p.time_s") * 1000).cast("bigint"))
    name = sighting_id("footage_id", "p.first_frame", "p.box.x", "p.box.y", "p.box.w", "p.box.h")
    sightings = rows.select(
        "camera_id", captured_at.alias("captured_at"), capture_date(captured_at).alias("capture_date"),
        F.lit("footage").alias("source_kind"), F.col("footage_id").alias("source_id"),
        F.col("footage_id").alias("file_id"), name.alias("sighting_id"),
        *(F.col(f"p.{name}").alias(name) for name in PASSAGE_FIELDS),
        F.col("p.patch").alias("patch"), F.col("p.overview").alias("overview"),
    )  # fmt: skip
    return with_empty_columns(sightings)


def _kept(night: Night, sightings: DataFrame, rates: Mapping[str, float | None]) -> tuple[DataFrame, dict[str, str]]:
    """Without passages of vehicles of which nothing may come back, and without overviews of others that show these.

    Args:
        night: this one.
        sightings: all that was read.
        rates: frames a second of the files, by their ids.

    Returns:
        The others; and why the files had some that may not come back, by their ids.
    """
    suppressed = night.suppressed
    if suppressed is None:
        return sightings, {}

    @F.udf(returnType="string", useArrow=False)
    def why_not(vrm: str, day: date) -> str:
        erased, restricted = suppressed.masks(pa.array([vrm], pa.string()), pa.array([day], pa.date32()))
        return SUPPRESSED if erased[0] else RESTRICTED if restricted[0] else ""

    judged = sightings.withColumn("why_not", why_not("vrm", "capture_date"))
    refused = judged.where("why_not != ''").select("file_id", "first_frame", "last_frame", "why_not").collect()
    reasons = {row.file_id: row.why_not for row in sorted(refused, key=lambda row: row.why_not == SUPPRESSED)}
    read = [(row.file_id, row.first_frame, row.last_frame) for row in refused if row.why_not == SUPPRESSED]
    frames = [*in_view(read, rates)]

    @F.udf(returnType="boolean", useArrow=False)
    def shows_one(file_id: str, frame: int) -> bool:
        return overlap(file_id, frame, frame, frames)

    kept = judged.where("why_not = ''").drop("why_not")
    return kept.withColumn("overview", F.when(~shows_one("file_id", "best_frame"), F.col("overview"))), reasons


def _update_catalogue(
    night: Night, files: Rows, outcomes: list[Row], models: dict[str, str], refused: Mapping[str, str]
) -> None:
    """Put what became of each file into its row: the days of these files are replaced, the other rows as they were."""
    found = {row.footage_id: row for row in outcomes}
    updated = []
    for file in files:
        row, outcome = dict(file), found[file["footage_id"]]
        fields = ("status", "reason", "frame_rate", "width", "height", "frames", "lost_seconds", "passages")
        row.update({name: outcome[name] for name in fields}, models=models)
        row["reason"] = refused.get(file["footage_id"], row["reason"])
        row.update(night.stamp)
        if outcome.duration_s is not None:
            row["ended_at"] = file["started_at"] + timedelta(seconds=outcome.duration_s)
        updated.append(row)
    days = {file["capture_date"] for file in files}
    others = [row for row in night.store.rows(FOOTAGE, days=days) if row["footage_id"] not in found]
    night.store.replace_rows(FOOTAGE, others + updated, days)


def _summary(outcomes: list[Row], progress: Progress, stored: int) -> RunSummary:
    passages = sum(row.passages for row in outcomes)
    notes = {
        "footage_read": sum(row.status == "read" for row in outcomes),
        "footage_unreadable": sum(row.status == "refused" for row in outcomes),
        "footage_failed": sum(row.status == "failed" for row in outcomes),
        "seconds_of_footage": round(sum(row.duration_s or 0 for row in outcomes)),
        "seconds_lost": round(sum(row.lost_seconds or 0 for row in outcomes)),
        "ranges_read": len(progress.seconds) - len(progress.before),
        "ranges_read_before": len(progress.before),
    }
    return RunSummary(
        len(outcomes), passages, stored, 0, passages - stored, tables=(FOOTAGE, SIGHTINGS, PLATE_IMAGES), notes=notes
    )
