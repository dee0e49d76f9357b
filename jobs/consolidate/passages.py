"""The rules of consolidation, as pure transforms: which sightings are one passage, and what it is called."""

from datetime import timedelta

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame, Window

from jobs.ingest.rules import vrm_format
from jobs.lake.tables import capture_date
from ocr import vrm as marks

SOURCE_RANK = {"fixed": 0, "mobile": 1, "partner": 2, "footage": 3}
"""Best source first: a camera's own clock and reader before ours on its archived footage."""


def number_passages(sightings: DataFrame, max_gap: timedelta) -> DataFrame:
    """Number the passages: sightings of one mark at one camera no further apart than `max_gap` are one.

    Marks that differ only by usual confusions (`ocr.vrm.fold`) count as one. A day stands alone: a passage that is
    sighted on both sides of UTC midnight becomes two.

    `sightings` has camera_id, vrm, captured_at. Adds folded, capture_date and passage_no, from 0 within them.
    """
    rows = sightings.withColumns(
        {
            "folded": F.translate("vrm", marks.FOLD_FROM, marks.FOLD_TO),
            "capture_date": capture_date(F.col("captured_at")),
        }
    )
    same = Window.partitionBy("capture_date", "camera_id", "folded").orderBy("captured_at", "sighting_id")
    gap_ms = F.unix_millis("captured_at") - F.unix_millis(F.lag("captured_at").over(same))
    starts_new = F.coalesce(gap_ms > max_gap.total_seconds() * 1000, F.lit(False))
    return rows.withColumn("passage_no", F.sum(starts_new.cast("int")).over(same))


def passages_to_reads(numbered: DataFrame) -> DataFrame:
    """One row for each passage, with the columns of `reads` but those of the night.

    `numbered` is what `number_passages` gives. The anchor is the best source's earliest sighting: it gives time and
    place. The mark is the reading that fits a UK format, then has most sightings, then most confidence.
    """
    rank = F.element_at(_ranks(), F.col("source_kind"))
    anchor_order = F.struct(rank, "captured_at", "sighting_id")
    readings = numbered.groupBy("capture_date", "camera_id", "folded", "passage_no", "vrm").agg(
        F.count("*").alias("sightings"),
        F.max(F.coalesce("confidence", F.lit(0.0))).alias("best_confidence"),
        F.min(F.struct(anchor_order.alias("order"), "sighting_id", "captured_at", "latitude", "longitude")).alias(
            "anchor"
        ),
        F.collect_list("sighting_id").alias("ids"),
        F.collect_set("source_kind").alias("kinds"),
        F.collect_set(F.when(F.col("direction") != "unknown", F.col("direction"))).alias("directions"),
        F.every(F.array_contains("flags", "single_look")).alias("single_look"),
    )
    known_format = (vrm_format(F.col("vrm")) != marks.UNRECOGNISED).cast("int")
    # The hash settles ties, so that the choice never depends on the order of rows.
    choice = F.max_by(F.col("vrm"), F.struct(known_format, "sightings", "best_confidence", F.hash("vrm")))
    reads = readings.groupBy("capture_date", "camera_id", "folded", "passage_no").agg(
        choice.alias("vrm"),
        F.max("best_confidence").alias("confidence"),
        F.min("anchor").alias("anchor"),
        F.array_sort(F.flatten(F.collect_list("ids"))).alias("sighting_ids"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_list("kinds")))).alias("source_kinds"),
        F.array_distinct(F.flatten(F.collect_list("directions"))).alias("directions"),
        F.map_from_entries(F.array_sort(F.collect_list(F.struct("vrm", "sightings")))).alias("readings"),
        F.every("single_look").alias("single_look"),
    )
    return reads.select(
        F.sha2(F.concat(F.lit("read|"), "anchor.sighting_id"), 256).alias("read_id"),
        F.col("anchor.captured_at").alias("captured_at"),
        "camera_id",
        "vrm",
        vrm_format(F.col("vrm")).alias("vrm_format"),
        "confidence",
        F.when(F.size("directions") == 1, F.element_at("directions", 1)).otherwise("unknown").alias("direction"),
        F.col("anchor.latitude").alias("latitude"),
        F.col("anchor.longitude").alias("longitude"),
        "sighting_ids",
        "source_kinds",
        "readings",
        _flags().alias("flags"),
        "capture_date",
    )


def _ranks() -> Column:
    pairs = [F.lit(value) for pair in SOURCE_RANK.items() for value in pair]
    return F.create_map(*pairs)


def _flags() -> Column:
    """single_look: one look in all; disagreeing: several readings; unrecognised: no UK format fits."""
    return F.array_compact(
        F.array(
            F.when(F.col("single_look") & (F.size("sighting_ids") == 1), "single_look"),
            F.when(F.size("readings") > 1, "disagreeing"),
            F.when(vrm_format(F.col("vrm")) == marks.UNRECOGNISED, "unrecognised"),
        )
    )
