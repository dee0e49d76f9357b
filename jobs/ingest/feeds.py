"""Feed files to sightings: every row is stored, a duplicate, or quarantined with a reason.

A new format is one module like `fixed.py` with a parse function, and one line in `FEEDS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame, Window

from jobs.ingest import fixed, mobile, partner, rules
from jobs.ingest.landing import LandedFile, list_landed, with_hashes
from jobs.ingest.lines import feed_lines
from jobs.ingest.pictures import pictures
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERAS, FEED_FILES, PLATE_IMAGES, QUARANTINE, SIGHTINGS, capture_date
from jobs.night import Night, NumbersDoNotAddUpError, RunSummary
from jobs.quality.gate import check
from jobs.side_by_side import side_by_side

FIELDS = (
    "record_no", "source_id", "camera_id", "captured_text", "vrm_raw", "confidence_text", "direction_text",
    "lane_text", "latitude_text", "longitude_text", "plate_image", "overview_image", "malformed",
)  # fmt: skip
"""What a parse function adds to lines: text as received, null where the format has no such field."""


@dataclass(frozen=True)
class Feed:
    """A kind of source: how its lines are parsed and what its rows must have."""

    parse: Callable[[DataFrame], DataFrame]
    header: str | None = None
    long_lines: bool = False
    needs_camera: bool = False
    needs_position: bool = False


FEEDS: dict[str, Feed] = {
    "fixed": Feed(fixed.parse_fixed, header=fixed.HEADER, needs_camera=True),
    "mobile": Feed(mobile.parse_mobile, needs_camera=True, needs_position=True),
    "partner": Feed(partner.parse_partner, long_lines=True, needs_position=True),
}
"""Feeds by the name of their landing folder."""


def ingest_feeds(night: Night) -> RunSummary:
    """Take in every feed file that arrived by the night and was not taken in before."""
    files = _new_files(night)
    if not files:
        return RunSummary(tables=(FEED_FILES,))
    parts = [_parsed(night, kind, [f for f in files if f.source == kind]) for kind in FEEDS]
    rows = parts[0].unionByName(parts[1]).unionByName(parts[2]).persist()
    good, bad = rows.where("reason IS NULL"), rows.where("reason IS NOT NULL")
    days = [row.capture_date for row in good.select("capture_date").distinct().collect()]
    _store_sightings(night, good, days)
    _store_quarantine(night, bad)
    manifest = _manifest(night, files, rows, days)
    rows.unpersist()
    return _summary(manifest)


def _new_files(night: Night) -> list[LandedFile]:
    """Files not in the manifest, by path and size, then by content; of equal files the first by path."""
    store, landing = night.store, night.settings.storage.landing
    known = store.rows(FEED_FILES, "landed_path", "bytes", "file_id")
    places = {(row["landed_path"], row["bytes"]) for row in known}
    landed = [f for f in list_landed(landing, night.process_date, list(FEEDS)) if (f.path, f.bytes) not in places]
    by_content: dict[str, LandedFile] = {}
    for file in with_hashes(store, landing, landed):
        by_content.setdefault(file.sha256, file)
    seen = {row["file_id"] for row in known}
    return [file for sha256, file in by_content.items() if sha256 not in seen]


def _parsed(night: Night, kind: str, files: list[LandedFile]) -> DataFrame:
    """Rows of one feed with typed columns, `reason`, capture_date and sighting_id; payload only of rejected rows."""
    feed, settings, spark = FEEDS[kind], night.settings, night.store.spark
    table = spark.createDataFrame(
        [(f.sha256, f.path, f.arrived_on) for f in files],
        "file_id STRING, landed_path STRING, arrived_on DATE",
    )
    tasks = max(1, min(len(files), spark.sparkContext.defaultParallelism))
    limit = settings.ingest.max_message_bytes if feed.long_lines else settings.ingest.max_line_bytes
    lines = feed_lines(table.repartition(tasks), settings.storage.landing, feed.header, limit)
    rows = rules.typed(feed.parse(lines.join(F.broadcast(table), "file_id")))
    if feed.needs_camera:
        rows = _with_camera_known(night, rows, kind)
    reason = rules.first_broken_rule(
        needs_camera=feed.needs_camera, needs_position=feed.needs_position,
        max_vrm_chars=settings.ingest.max_vrm_chars, reads_days=settings.retention.limits.reads_days,
        process_date=night.process_date,
    )  # fmt: skip
    rows = rows.withColumn("reason", reason)
    believable = ~F.coalesce(F.col("reason"), F.lit("")).isin("time_future", "time_expired")
    return rows.select(
        "file_id", "landed_path", "line_no", "record_no", "reason", "source_id", "camera_id", "captured_at", "vrm_raw",
        "vrm", "vrm_format", "confidence", "direction", "lane", "latitude", "longitude", "patch", "overview",
        F.lit(kind).alias("source_kind"),
        F.when(F.col("reason").isNotNull(), F.substring("payload", 1, settings.ingest.payload_chars)).alias("payload"),
        F.coalesce(F.when(believable, capture_date(F.col("captured_at"))), "arrived_on").alias("capture_date"),
        _sighting_id(kind).alias("sighting_id"),
    )  # fmt: skip


def _with_camera_known(night: Night, rows: DataFrame, kind: str) -> DataFrame:
    cameras = night.store.read(CAMERAS).where(F.col("kind") == kind)
    known = cameras.select("camera_id", F.lit(True).alias("registered")).distinct()
    rows = rows.join(F.broadcast(known), "camera_id", "left")
    return rows.withColumn("camera_known", F.coalesce("registered", F.lit(False)))


def _sighting_id(kind: str) -> Column:
    """sha256 of the natural key: source, camera, capture time in milliseconds, raw text."""
    return F.sha2(F.concat_ws("|", F.lit(kind), "source_id", "camera_id", F.unix_millis("captured_at"), "vrm_raw"), 256)


def _store_sightings(night: Night, good: DataFrame, days: list[date]) -> None:
    if not days:
        return
    first = Window.partitionBy("sighting_id").orderBy("landed_path", "line_no", "record_no")
    distinct = good.withColumn("copy", F.row_number().over(first)).where("copy = 1")
    sightings = night.stamped(distinct).withColumns(
        {
            "vrm_rule": F.lit("as_received"),
            "vrm_candidates": F.array().cast(_type_of("vrm_candidates")),
            "looks": F.lit(None).cast("int"),
            "flags": F.array().cast("array<string>"),
            "first_frame": F.lit(None).cast("bigint"),
            "last_frame": F.lit(None).cast("bigint"),
            "best_frame": F.lit(None).cast("bigint"),
            "box": F.lit(None).cast(_type_of("box")),
        }
    )
    sightings = sightings.persist()
    check(night, SIGHTINGS, sightings)
    side_by_side(
        partial(night.store.append_new, SIGHTINGS, sightings, days),
        partial(night.store.append_new, PLATE_IMAGES, pictures(sightings), days),
    )
    sightings.unpersist()


def _type_of(column: str) -> str:
    return next(c.type for c in SIGHTINGS.columns if c.name == column)


def _store_quarantine(night: Night, bad: DataFrame) -> None:
    days = [row.capture_date for row in bad.select("capture_date").distinct().collect()]
    if days:
        night.store.append_new(QUARANTINE, night.stamped(bad), days)


def _manifest(night: Night, files: list[LandedFile], rows: DataFrame, days: list[date]) -> Rows:
    """What came of every file, proved against the table: a good row that is not there fails the job."""
    stored = night.store.read_days(SIGHTINGS, days).select(
        "sighting_id", *(F.col(name).alias(f"stored_{name}") for name in ("file_id", "line_no", "record_no"))
    )
    own = F.lit(True)
    for name in ("file_id", "line_no", "record_no"):
        own = own & F.col(name).eqNullSafe(F.col(f"stored_{name}"))
    outcome = (
        F.when(F.col("reason").isNotNull(), "quarantined")
        .when(F.col("stored_file_id").isNull(), "lost")
        .when(own, "stored")
        .otherwise("duplicate")
    )
    keys = rows.select("file_id", "line_no", "record_no", "reason", "sighting_id", "capture_date")
    outcomes = keys.join(stored, "sighting_id", "left").withColumn("outcome", outcome)
    counts = {
        row.file_id: row
        for row in outcomes.groupBy("file_id")
        .agg(
            F.count("*").alias("rows_received"),
            *(
                F.count_if(F.col("outcome") == name).alias(f"rows_{name}")
                for name in ("stored", "duplicate", "quarantined")
            ),
            F.collect_set(F.when(F.col("reason").isNull(), F.col("capture_date"))).alias("capture_days"),
            F.min("capture_date").alias("capture_date"),
        )
        .collect()
    }
    manifest = [
        _manifest_row(night, file, counts[file.sha256].asDict() if file.sha256 in counts else {}) for file in files
    ]
    for row in manifest:
        if row["rows_received"] != row["rows_stored"] + row["rows_duplicate"] + row["rows_quarantined"]:
            raise NumbersDoNotAddUpError(
                f"feed file {row['file_id'][:12]}: received {row['rows_received']}, stored {row['rows_stored']}, "
                f"duplicate {row['rows_duplicate']}, quarantined {row['rows_quarantined']}"
            )
    night.store.append_new_rows(FEED_FILES, manifest)
    return manifest


def _manifest_row(night: Night, file: LandedFile, counts: dict[str, Any]) -> dict[str, Any]:
    numbers = {
        "rows_received": 0,
        "rows_stored": 0,
        "rows_duplicate": 0,
        "rows_quarantined": 0,
        "capture_days": [],
    }
    return {
        "file_id": file.sha256, "landed_path": file.path, "source_kind": file.source, "arrived_on": file.arrived_on,
        "bytes": file.bytes, "process_date": night.process_date, "run_id": night.run_id,
        "capture_date": file.arrived_on,
    } | numbers | counts  # fmt: skip


def _summary(manifest: Rows) -> RunSummary:
    names = ("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined")
    sums = {name: sum(row[name] for row in manifest) for name in names}
    return RunSummary(files=len(manifest), **sums, tables=(SIGHTINGS, PLATE_IMAGES, QUARANTINE, FEED_FILES))
