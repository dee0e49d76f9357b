"""The feed of the force's fixed cameras: CSV in UTF-8 with the header line below, one read a line.

| field | what | allowed |
|---|---|---|
| camera_id | the camera in the register | a known fixed camera, `F001` |
| captured_at | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| vrm | text as the camera read it | 1 to 15 letters and digits after normalising |
| confidence | of the camera's reader | 0 to 1 |
| direction | of travel, seen from the camera | towards, away, unknown or empty |
| lane | from the kerb | whole number or empty |

Files: `<landing>/<date of arrival>/fixed/<any name>.csv`, also `.csv.gz`. A line of at most `ingest.max_line_bytes`.
"""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
_LONGEST = 20_000
"""Characters of a line that may be well-formed: Spark's parser fails the job on a line of more than 20,480 fields."""


def parse_fixed(lines: DataFrame) -> DataFrame:
    """Fields as text, from lines of the fixed feed.

    `lines` has payload. Adds the text fields of `feeds.FIELDS` and `malformed`, true where a line has not six fields.
    """
    schema = ", ".join(f"{name} STRING" for name in HEADER.split(","))
    short = F.when(F.length("payload") <= _LONGEST, F.col("payload"))
    fields = F.from_csv(short, f"{schema}, _corrupt STRING", {"columnNameOfCorruptRecord": "_corrupt"})
    row = lines.withColumn("f", fields)
    return row.select(
        *lines.columns,
        F.lit(1).alias("record_no"),
        F.lit("force").alias("source_id"),
        F.col("f.camera_id").alias("camera_id"),
        F.col("f.captured_at").alias("captured_text"),
        F.col("f.vrm").alias("vrm_raw"),
        F.col("f.confidence").alias("confidence_text"),
        F.col("f.direction").alias("direction_text"),
        F.col("f.lane").alias("lane_text"),
        F.lit(None).cast("string").alias("latitude_text"),
        F.lit(None).cast("string").alias("longitude_text"),
        F.lit(None).cast("string").alias("plate_image"),
        F.lit(None).cast("string").alias("overview_image"),
        (F.col("f").isNull() | F.col("f._corrupt").isNotNull()).alias("malformed"),
    )
