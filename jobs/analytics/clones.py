"""Clone suspicion: one plate at places that no vehicle could connect in the time between."""

from datetime import date

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.analytics.journeys import is_impossible


def clones(hops: DataFrame, max_speed_kmh: float, min_distance_km: float, min_hops: int, window_end: date) -> DataFrame:
    """Marks with at least `min_hops` impossible hops: a single one is most often a misread.

    `hops` is what `journeys.with_hops` gives. `expected` is the mean number of impossible hops of the window's
    vehicles that have two reads or more: what misreads alone give. Returns the columns of `clones` that follow
    from the reads, capture_date being the earliest day that the finding rests on.
    """
    impossible = hops.where(is_impossible(max_speed_kmh, min_distance_km))
    vehicles = hops.where("previous_camera IS NOT NULL").agg(F.count_distinct("vrm").alias("vehicles"))
    expected = (
        impossible.agg(F.count("*").alias("all_hops"))
        .crossJoin(vehicles)
        .select((F.col("all_hops") / F.greatest("vehicles", F.lit(1))).alias("expected"))
    )
    found = impossible.groupBy("vrm").agg(
        F.count("*").cast("int").alias("hops"),
        F.max("way_kmh").alias("max_speed_kmh"),
        F.array_sort(F.array_union(F.collect_set("camera_id"), F.collect_set("place_before.camera_id"))).alias(
            "cameras"
        ),
        F.array_sort(F.collect_set("capture_date")).alias("days"),
        F.array_sort(F.array_union(F.collect_set("read_id"), F.collect_set("place_before.read_id"))).alias("read_ids"),
        F.min(F.least("capture_date", "place_before.capture_date")).alias("capture_date"),
    )
    return (
        found.where(F.col("hops") >= min_hops)
        .crossJoin(F.broadcast(expected))
        .withColumn("finding_id", F.sha2(F.concat_ws("|", F.lit("clone"), F.lit(window_end), "vrm"), 256))
    )
