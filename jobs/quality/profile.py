"""What each camera gave on a day: reads by hour, how well they were read, and how far its clock is off."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import partial
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Row

from jobs.consolidate.passages import SOURCE_RANK
from jobs.lake.store import Rows
from jobs.quality.clocks import ClockLimits, clock_offsets
from jobs.settings import QualitySettings
from jobs.side_by_side import side_by_side
from ocr.vrm import UNRECOGNISED

_HOURS = 24
_MILLIONTHS = 1_000_000
"""Confidences are added up as whole numbers, so that the sum does not depend on the order of rows."""
_BUCKETS = 1_000_000


def profile_days(reads: DataFrame, days: Iterable[date], settings: QualitySettings) -> Rows:
    """The rows of `camera_days` but those of the night, by day and camera.

    Args:
        reads: with the columns of `reads`; may hold other days.
        days: days of capture.
        settings: how many reads the clocks are worked out on, and what they need.
    """
    reads = reads.where(F.col("capture_date").isin(sorted(days)))
    profiles = fold_counts(count_reads(reads).collect())
    by_day = [list(rows) for _, rows in groupby(profiles, key=lambda row: row["capture_date"])]
    side_by_side(*(partial(_add_clocks, reads, rows, settings) for rows in by_day))
    return profiles


def count_reads(reads: DataFrame) -> DataFrame:
    """Reads by day, camera, UTC hour and sources: reads, unrecognised, sure (that state a confidence), confidence."""
    partners = F.filter("sources", lambda source: source.startswith("partner:"))
    return reads.groupBy(
        "capture_date", "camera_id", F.hour("captured_at").alias("hour"), "source_kinds", partners.alias("partners")
    ).agg(
        F.count("*").alias("reads"),
        F.count_if(F.col("vrm_format") == UNRECOGNISED).alias("unrecognised"),
        F.count("confidence").alias("sure"),
        F.sum(F.round(F.col("confidence") * _MILLIONTHS).cast("bigint")).alias("confidence"),
    )


def fold_counts(counts: Iterable[Row]) -> Rows:
    """What `count_reads` gives as a row a day and camera, in that order."""
    grouped: dict[tuple[date, str], list[Row]] = {}
    for row in counts:
        grouped.setdefault((row.capture_date, row.camera_id), []).append(row)
    return [_folded(day, camera, grouped[day, camera]) for day, camera in sorted(grouped)]


def _folded(day: date, camera_id: str, counts: list[Row]) -> dict[str, object]:
    hours, kinds, partners = [0] * _HOURS, Counter[str](), Counter[str]()
    for row in counts:
        hours[row.hour] += row.reads
        partners.update(dict.fromkeys(row.partners, row.reads))
        kinds[min(row.source_kinds, key=lambda kind: SOURCE_RANK[kind])] += row.reads
    sure = sum(row.sure for row in counts)
    return {
        "camera_id": camera_id, "reads": sum(hours), "reads_by_hour": hours,
        "unrecognised": sum(row.unrecognised for row in counts),
        "mean_confidence": sum(row.confidence or 0 for row in counts) / sure / _MILLIONTHS if sure else None,
        "source_kinds": dict(sorted(kinds.items())),
        "partner_sources": dict(sorted(partners.items())), "capture_date": day,
    }  # fmt: skip


def sample_vehicles(reads: DataFrame, day: date, count: int, limit: int) -> DataFrame:
    """All reads of some vehicles of a day, about `limit` of its `count`: vehicle (a hash), camera_id, captured_at.

    Without mobile cameras, which have no road of their own.
    """
    vehicle = F.xxhash64("vrm")
    chosen = F.pmod(vehicle, F.lit(_BUCKETS)) < int(_BUCKETS * min(1.0, limit / count))
    still = (F.col("capture_date") == F.lit(day)) & ~F.array_contains("source_kinds", "mobile")
    return reads.where(still & chosen).select(vehicle.alias("vehicle"), "camera_id", "captured_at")


def _add_clocks(reads: DataFrame, rows: Rows, settings: QualitySettings) -> None:
    """Fill the columns of the clock in a day's rows."""
    count = sum(row["reads"] for row in rows)
    sample = sample_vehicles(reads, rows[0]["capture_date"], count, settings.clock_sample_reads).toArrow()
    cameras = pa.array([row["camera_id"] for row in rows], pa.string())
    camera = pc.index_in(sample["camera_id"], value_set=cameras).to_numpy().astype(np.int64)
    at_ms = pc.divide(sample["captured_at"].cast("int64"), 1000).to_numpy()
    clocks = clock_offsets(sample["vehicle"].to_numpy(), camera, at_ms, len(rows), clock_limits(settings))
    for row, offset, error, pairs in zip(rows, clocks.offset_s, clocks.error_s, clocks.pairs, strict=True):
        known = bool(np.isfinite(offset))
        row["clock_offset_s"] = round(float(offset), 1) if known else None
        row["clock_error_s"] = round(float(error), 1) if known else None
        row["clock_pairs"] = int(pairs)


def clock_limits(settings: QualitySettings) -> ClockLimits:
    """What the settings ask of an estimate."""
    return ClockLimits(
        settings.clock_window_minutes * 60, settings.clock_min_way_pairs, settings.clock_min_pairs,
        settings.clock_asymmetry,
    )  # fmt: skip
