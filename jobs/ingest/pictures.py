"""The pictures of sightings, from feeds and footage alike, as rows of `plate_images`."""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame


def pictures(sightings: DataFrame) -> DataFrame:
    """One row for each picture of each sighting.

    `sightings` has the JPEG files `patch` and `overview` (binary, null where there is none). Returns its columns and
    kind, jpeg, sha256, bytes.
    """
    kinds = (F.struct(F.lit(kind).alias("kind"), F.col(kind).alias("jpeg")) for kind in ("patch", "overview"))
    rows = sightings.withColumn("picture", F.explode(F.array(*kinds))).where("picture.jpeg IS NOT NULL")
    return rows.select("*", "picture.*").withColumns(
        {"sha256": F.sha2("jpeg", 256), "bytes": F.octet_length("jpeg").cast("bigint")}
    )
