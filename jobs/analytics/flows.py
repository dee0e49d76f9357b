"""Flows: how many vehicles an hour went from where to where, and over the cordon."""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame


def flows(journeys: DataFrame) -> DataFrame:
    """Journeys by the hour in which they began, first and last site, and movement.

    `journeys` has vehicle_token, started_at, from_site, to_site, movement, passages, capture_date.
    Returns the columns of `flows` but those of the night.
    """
    hour = F.date_trunc("hour", "started_at").alias("hour")
    return journeys.groupBy(hour, "from_site", "to_site", "movement", "capture_date").agg(
        F.count_distinct("vehicle_token").alias("vehicles"),
        F.sum("passages").cast("bigint").alias("passages"),
    )
