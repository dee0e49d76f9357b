"""The feed of mobile units: JSON Lines in UTF-8, one read a line, every key required.

| key | what | allowed |
|---|---|---|
| unit | the unit that carries the camera | text, `MOB01` |
| camera_id | the camera in the register | a known mobile camera, `M01` |
| captured_at | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| vrm | text as the camera read it | 1 to 15 letters and digits after normalising |
| confidence | of the camera's reader | 0 to 1 |
| direction | of travel, seen from the camera | towards, away, unknown |
| latitude, longitude | of the unit at capture, WGS 84 | degrees |

Files: `<landing>/<date of arrival>/mobile/<any name>.jsonl`, also `.jsonl.gz`.
A line of at most `ingest.max_line_bytes`.
"""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

KEYS = ("unit", "camera_id", "captured_at", "vrm", "confidence", "direction", "latitude", "longitude")


def parse_mobile(lines: DataFrame) -> DataFrame:
    """Fields as text, from lines of the mobile feed.

    `lines` has payload. Adds the text fields of `feeds.FIELDS` and `malformed`, true where a line is no JSON object
    or lacks a key.
    """
    schema = ", ".join(f"{key} STRING" for key in KEYS)
    fields = F.from_json("payload", f"{schema}, _corrupt STRING", {"columnNameOfCorruptRecord": "_corrupt"})
    row = lines.withColumn("f", fields)
    lacks_key = F.greatest(*(F.col(f"f.{key}").isNull() for key in KEYS))
    return row.select(
        *lines.columns,
        F.lit(1).alias("record_no"),
        F.col("f.unit").alias("source_id"),
        F.col("f.camera_id").alias("camera_id"),
        F.col("f.captured_at").alias("captured_text"),
        F.col("f.vrm").alias("vrm_raw"),
        F.col("f.confidence").alias("confidence_text"),
        F.col("f.direction").alias("direction_text"),
        F.lit(None).cast("string").alias("lane_text"),
        F.col("f.latitude").alias("latitude_text"),
        F.col("f.longitude").alias("longitude_text"),
        F.lit(None).cast("string").alias("plate_image"),
        F.lit(None).cast("string").alias("overview_image"),
        (F.col("f._corrupt").isNotNull() | lacks_key).alias("malformed"),
    )
