"""Where a read was made, and how far apart two places are."""

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

_EARTH_RADIUS_KM = 6371.0


def with_places(reads: DataFrame, cameras: DataFrame) -> DataFrame:
    """Add lat, lon (degrees, null where unknown) and cordon (in, out, none) to reads.

    A mobile or partner read has a position of its own; a fixed camera's comes from the register as valid on the day.
    """
    places = cameras.select(
        "camera_id", F.col("latitude").alias("site_lat"), F.col("longitude").alias("site_lon"),
        F.col("cordon").alias("site_cordon"), "valid_from", "valid_to",
    )  # fmt: skip
    day = F.col("capture_date")
    valid = (
        (reads["camera_id"] == places["camera_id"])
        & (day >= F.col("valid_from"))
        & F.coalesce(day <= F.col("valid_to"), F.lit(True))
    )
    joined = reads.join(F.broadcast(places), valid, "left").drop(places["camera_id"])
    return joined.withColumns(
        {
            "lat": F.coalesce("latitude", "site_lat"),
            "lon": F.coalesce("longitude", "site_lon"),
            "cordon": F.coalesce("site_cordon", F.lit("none")),
        }
    ).drop("site_lat", "site_lon", "site_cordon", "valid_from", "valid_to")


def distance_km(lat1: Column, lon1: Column, lat2: Column, lon2: Column) -> Column:
    """Great-circle distance in km (haversine); null where a place is unknown."""
    half_lat, half_lon = F.radians(lat2 - lat1) / 2, F.radians(lon2 - lon1) / 2
    inner = F.pow(F.sin(half_lat), 2) + F.cos(F.radians(lat1)) * F.cos(F.radians(lat2)) * F.pow(F.sin(half_lon), 2)
    # Not F.least, which passes over nulls: an unknown place would lie at the other end of the earth.
    return 2 * _EARTH_RADIUS_KM * F.asin(F.sqrt(F.when(inner > 1, 1.0).otherwise(inner)))
