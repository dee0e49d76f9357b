"""The pictures of sightings, from feeds and footage alike, as rows of `plate_images`."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.domain.terms import PICTURES
from jobs.lake.arrays import one_chunk
from jobs.lake.data_files import DAY


def pictures(sightings: DataFrame) -> DataFrame:
    """One row for each picture of each sighting.

    `sightings` has the JPEG files `patch` and `overview` (binary, null where there is none). Returns its columns and
    kind, jpeg, sha256, bytes.
    """
    kinds = (F.struct(F.lit(kind).alias("kind"), F.col(kind).alias("jpeg")) for kind in PICTURES)
    rows = sightings.withColumn("picture", F.explode(F.array(*kinds))).where("picture.jpeg IS NOT NULL")
    return rows.select("*", "picture.*").withColumns(
        {"sha256": F.sha2("jpeg", 256), "bytes": F.octet_length("jpeg").cast("bigint")}
    )


def picture_rows(rows: pa.Table) -> pa.Table:
    """The same of sightings as columns of Arrow: rows of `plate_images` but for the columns of the night."""
    parts = []
    for kind in PICTURES:
        some = rows.filter(pc.is_valid(rows[kind])).select(["sighting_id", DAY, kind]).rename_columns({kind: "jpeg"})
        hashes = [hashlib.sha256(jpeg.as_buffer()).hexdigest() for jpeg in one_chunk(some, "jpeg")]
        some = some.append_column("sha256", pa.array(hashes, pa.string()))
        some = some.append_column("bytes", pc.binary_length(some["jpeg"]).cast(pa.int64()))
        parts.append(some.append_column("kind", pa.repeat(kind, some.num_rows)))
    return pa.concat_tables(parts)
