"""Convoys: vehicles that travel together on more days than habit and chance explain.

Counting shared cameras alone misleads: lights make platoons, rush hours make chance meetings. What counts is the
number of days on which a pair shares several cameras, against the number that the pair's own habits give: how often
both pass one camera at the same time of day on *different* days.
"""

from datetime import timedelta

import pyarrow as pa
import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame
from pyspark.sql.pandas.functions import arrow_udf

_CHANCE_CO_PASSES = 0.02
"""Co-passes of two strangers in a window, added to the habit: measured on simulated traffic."""


def co_passes(reads: DataFrame, max_headway: timedelta) -> DataFrame:
    """Pairs of vehicles that passed one camera within `max_headway` of each other.

    `reads` has read_id, vrm, camera_id, captured_at, capture_date. Returns one row a meeting: first, second (marks,
    in alphabetical order), camera_id, capture_date (of the earlier), headway_s and read_ids of both.
    """
    width_ms = int(max_headway.total_seconds() * 1000)
    passes = reads.select(
        "read_id", "vrm", "camera_id", "capture_date", F.unix_millis("captured_at").alias("at_ms"),
        F.floor(F.unix_millis("captured_at") / width_ms).alias("bin"),
    )  # fmt: skip
    # A later pass within the headway lies in the earlier one's bin or in the next.
    later = passes.select(
        F.col("read_id").alias("later_id"), F.col("vrm").alias("later_vrm"), F.col("camera_id"),
        F.col("at_ms").alias("later_ms"), F.explode(F.array(F.col("bin"), F.col("bin") - 1)).alias("bin"),
    )  # fmt: skip
    headway_ms = F.col("later_ms") - F.col("at_ms")
    in_order = (headway_ms > 0) | ((headway_ms == 0) & (F.col("vrm") < F.col("later_vrm")))
    together = in_order & (headway_ms <= width_ms) & (F.col("vrm") != F.col("later_vrm"))
    return passes.join(later, ["camera_id", "bin"]).where(together).select(
        F.least("vrm", "later_vrm").alias("first"),
        F.greatest("vrm", "later_vrm").alias("second"),
        "camera_id", "capture_date", (headway_ms / 1000).alias("headway_s"),
        F.array("read_id", "later_id").alias("read_ids"),
    )  # fmt: skip


def episodes(meetings: DataFrame, min_cameras: int) -> DataFrame:
    """Days on which a pair shared at least `min_cameras` distinct cameras: first, second, capture_date, cameras."""
    per_day = meetings.groupBy("first", "second", "capture_date").agg(
        # Most pairs meet once: the cheap count goes first, distinct cameras are counted for the few that are left.
        F.count("*").alias("meetings"), F.collect_set("camera_id").alias("camera_set"),
    )  # fmt: skip
    counted = per_day.where(F.col("meetings") >= min_cameras).withColumn("cameras", F.size("camera_set"))
    return counted.where(F.col("cameras") >= min_cameras).select("first", "second", "capture_date", "cameras")


def habits(reads: DataFrame, pairs: DataFrame, window: timedelta) -> DataFrame:
    """How often both of a pair pass one camera within `window` of the same time of day on different days.

    `pairs` has first, second. Returns them with `coincidences`, 0 where there is none.
    """
    day_ms = 24 * 3600 * 1000
    passes = reads.select(
        "vrm", "camera_id", "capture_date", (F.unix_millis("captured_at") % day_ms).alias("of_day_ms")
    )

    def side(name: str) -> DataFrame:
        renamed = [F.col(column).alias(f"{name}_{column}") for column in ("capture_date", "of_day_ms")]
        return passes.select(F.col("vrm").alias(name), "camera_id", *renamed)

    near = F.abs(F.col("first_of_day_ms") - F.col("second_of_day_ms")) <= int(window.total_seconds() * 1000)
    other_day = F.col("first_capture_date") != F.col("second_capture_date")
    both = F.broadcast(pairs.select("first", "second"))
    met = both.join(side("first"), "first").join(side("second"), ["second", "camera_id"]).where(near & other_day)
    counts = met.groupBy("first", "second").agg(F.count("*").alias("coincidences"))
    return pairs.join(counts, ["first", "second"], "left").fillna(0, ["coincidences"])


def surprise(pairs: DataFrame, days: int, habit_ratio: float, tested: int) -> DataFrame:
    """Expected days of each pair, and the corrected chance of as many as were observed.

    Args:
        pairs: observed (days with an episode) and coincidences.
        days: days in the window.
        habit_ratio: headway over habit window: the share of coincidences that would be meetings.
        tested: pairs that could have been found; the chance is multiplied by it (Bonferroni).

    Returns:
        `pairs` with expected (days) and p_value (0 to 1).
    """
    meetings = F.col("coincidences") * habit_ratio / max(days - 1, 1)
    chance_a_day = 1 - F.exp(-(meetings + _CHANCE_CO_PASSES) / days)
    tail = _binomial_tail(F.col("observed"), F.lit(days), F.col("chance_a_day"))
    return pairs.withColumn("chance_a_day", chance_a_day).withColumns(
        {"expected": F.col("chance_a_day") * days, "p_value": F.least(tail * tested, F.lit(1.0))}
    )


def _binomial_tail(observed: Column, days: Column, chance: Column) -> Column:
    @arrow_udf("double")  # type: ignore[call-overload, untyped-decorator] # the stubs know no such function
    def tail(k: pa.Array, n: pa.Array, p: pa.Array) -> pa.Array:
        from scipy.special import bdtrc  # takes a second, which only who counts needs to wait

        k, n, p = (column.to_numpy(zero_copy_only=False) for column in (k, n, p))
        return pa.array(bdtrc(k - 1, n, p))

    result: Column = tail(observed, days, chance)
    return result
