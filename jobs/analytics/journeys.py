"""Journeys: a vehicle's ordered reads, split where the gap or an impossible speed says so."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame, Window

from jobs.analytics.places import distance_km
from ocr.vrm import INCOMPLETE


def named_vehicles(reads: DataFrame) -> DataFrame:
    """The reads whose mark was read whole: others are of some vehicle, and none can be followed by them."""
    return reads.where(F.col("vrm_format") != INCOMPLETE)


def with_hops(reads: DataFrame) -> DataFrame:
    """Add to each read the hop from the same vehicle's read before it.

    `reads` has vrm, captured_at, camera_id, read_id, capture_date, lat, lon. Adds previous_camera, hop_seconds, hop_km
    (null on a vehicle's first read, and where a place is unknown), and of the way from the last read before it that has
    a place, for one without hides no impossible way: place_before (camera_id, read_id, capture_date and more), way_km
    and way_kmh, null where either place is unknown.
    """
    by_vehicle = Window.partitionBy("vrm").orderBy("captured_at", "camera_id", "read_id")
    place = F.struct("lat", "lon", "captured_at", "camera_id", "read_id", "capture_date")
    has_place = F.col("lat").isNotNull() & F.col("lon").isNotNull()
    earlier = by_vehicle.rowsBetween(Window.unboundedPreceding, -1)
    place_before = F.last(F.when(has_place, place), ignorenulls=True).over(earlier)

    def before(column: str) -> Column:
        return F.lag(column).over(by_vehicle)

    seconds = (F.unix_millis("captured_at") - F.unix_millis(before("captured_at"))) / 1000
    hops = reads.withColumns(
        {
            "previous_camera": before("camera_id"),
            "place_before": place_before,
            "hop_seconds": seconds,
            "hop_km": distance_km(before("lat"), before("lon"), F.col("lat"), F.col("lon")),
        }
    )
    way = distance_km(F.col("place_before.lat"), F.col("place_before.lon"), F.col("lat"), F.col("lon"))
    way_seconds = (F.unix_millis("captured_at") - F.unix_millis("place_before.captured_at")) / 1000
    # At least one second: two cameras' clocks are never equal.
    return hops.withColumn("way_km", way).withColumn(
        "way_kmh", F.col("way_km") / F.greatest(way_seconds, F.lit(1.0)) * 3600
    )


def is_impossible(max_speed_kmh: float, min_distance_km: float) -> Column:
    """Of a hop of `with_hops`, whether no vehicle can have made it; a short one always can be: clocks differ."""
    return (F.col("way_kmh") > max_speed_kmh) & (F.col("way_km") >= min_distance_km)


def split_journeys(hops: DataFrame, max_gap: timedelta, max_speed_kmh: float, min_distance_km: float) -> DataFrame:
    """Number each vehicle's journeys: a new one starts after a gap longer than `max_gap`, or an impossible hop.

    `hops` is what `with_hops` gives.
    Adds journey_no, from 0 within each vrm.
    """
    starts_new = F.coalesce(F.col("hop_seconds") > max_gap.total_seconds(), F.lit(False)) | F.coalesce(
        is_impossible(max_speed_kmh, min_distance_km), F.lit(False)
    )
    by_vehicle = Window.partitionBy("vrm").orderBy("captured_at", "camera_id", "read_id")
    return hops.withColumn("journey_no", F.sum(starts_new.cast("int")).over(by_vehicle))


def journeys(numbered: DataFrame) -> DataFrame:
    """One row for each journey, with the columns of `journeys` but those of the night.

    `numbered` is what `split_journeys` gives, and has cordon. Kind: `in` when only inbound cordon cameras saw it,
    `out` when only outbound ones did, `through` when both did, else `within` the area.
    """
    passage = F.struct(
        "captured_at",
        "camera_id",
        "read_id",
        "previous_camera",
        "hop_seconds",
        "hop_km",
        "cordon",
        "capture_date",
    )
    grouped = numbered.groupBy("vrm", "journey_no").agg(F.array_sort(F.collect_list(passage)).alias("whole"))
    # As far as the next day: further days may be at hand, and what a journey is must not depend on that.
    last_day = F.date_add(F.element_at("whole", 1).capture_date, 1)
    grouped = grouped.withColumn("p", F.filter("whole", lambda p: p.capture_date <= last_day))
    inward, outward = F.exists("p", lambda p: p.cordon == "in"), F.exists("p", lambda p: p.cordon == "out")
    legs = F.transform(
        F.slice("p", 2, F.greatest(F.size("p") - 1, F.lit(0))),
        lambda p: F.struct(
            p.previous_camera.alias("from"),
            p.camera_id.alias("to"),
            p.hop_seconds.alias("seconds"),
            p.hop_km.alias("km"),
        ),
    )
    first, last = F.element_at("p", 1), F.element_at("p", -1)
    movement = F.when(inward & outward, "through").when(inward, "in").when(outward, "out").otherwise("within")
    return grouped.select(
        F.sha2(F.concat(F.lit("journey|"), first.read_id), 256).alias("journey_id"),
        "vrm",
        first.captured_at.alias("started_at"),
        last.captured_at.alias("ended_at"),
        legs.alias("legs"),
        first.camera_id.alias("entry_camera"),
        last.camera_id.alias("exit_camera"),
        movement.alias("movement"),
        F.size("p").alias("passages"),
        F.transform("p", lambda p: p.read_id).alias("read_ids"),
        first.capture_date.alias("capture_date"),
    )


def days_around(days: Sequence[date]) -> list[date]:
    """The days on whose reads journeys that begin on some days rest: these, the day before and the day after each."""
    return sorted({day + timedelta(days=offset) for day in days for offset in (-1, 0, 1)})
