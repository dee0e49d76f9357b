"""The feed of partner forces and organisations, BOF2 style: pipe-delimited records in UTF-8, no header.

A line is a message of 1 to 50 records joined by `~`; a record is 15 fields joined by `|`, in this order:

| field | what | allowed |
|---|---|---|
| vrm | text as the camera read it | 1 to 15 letters and digits after normalising |
| feedID | the partner's feed | whole number |
| sourceID | the partner's system | whole number |
| cameraID | the camera; stored as `P` and at least four digits | whole number |
| captureDate | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| latitude, longitude | of the camera, WGS 84 | degrees |
| cameraPresetPosition, pan, tilt, zoom | of the camera | not kept |
| confidencePercentage | of the partner's reader | 0 to 100 |
| motionTowardCamera | direction of travel | true, false or empty |
| plateImage, overviewImage | pictures | base64 of a JPEG file, or empty |

Files: `<landing>/<date of arrival>/partner/<any name>.bof2`, also `.bof2.gz`. A message of at most
`ingest.max_message_bytes`.
"""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

FIELDS = (
    "vrm", "feed_id", "source_id", "camera_number", "capture_date", "latitude", "longitude", "preset", "pan", "tilt",
    "zoom", "confidence_percentage", "motion_toward_camera", "plate_image", "overview_image",
)  # fmt: skip
MAX_RECORDS = 50


def parse_partner(lines: DataFrame) -> DataFrame:
    """Fields as text, one row a record, from messages of the partner feed.

    `lines` has payload and fault. Adds the text fields of `feeds.FIELDS` and `malformed`, true where a record has not
    15 fields, an id is no whole number, or the record is past the fiftieth of its message. The message of a line
    with a fault is one record.
    """
    whole = F.array(F.col("payload"))
    messages = F.when(F.col("fault").isNull(), F.split("payload", "~")).otherwise(whole)
    others = [name for name in lines.columns if name != "payload"]
    records = lines.select(*others, F.posexplode(messages).alias("position", "payload"))
    row = records.withColumn("f", F.split("payload", r"\|", -1))
    field = {name: F.try_element_at("f", F.lit(number)) for number, name in enumerate(FIELDS, start=1)}
    number = field["camera_number"].rlike("^[0-9]{1,9}$")
    well_formed = (
        (F.size("f") == len(FIELDS))
        & (F.col("position") < MAX_RECORDS)
        & number
        & field["feed_id"].rlike("^[0-9]+$")
        & field["source_id"].rlike("^[0-9]+$")
    )
    # Without leading zeros, so that a camera has one name; lpad alone would cut longer numbers.
    digits = field["camera_number"].try_cast("int").cast("string")
    percentage = field["confidence_percentage"].try_cast("double")
    toward = F.lower(field["motion_toward_camera"])
    return row.select(
        *lines.columns,
        (F.col("position") + 1).alias("record_no"),
        F.concat_ws("-", field["feed_id"], field["source_id"]).alias("source_id"),
        F.concat(F.lit("P"), F.lpad(digits, F.greatest(F.length(digits), F.lit(4)), F.lit("0"))).alias("camera_id"),
        field["capture_date"].alias("captured_text"),
        field["vrm"].alias("vrm_raw"),
        (percentage / 100).cast("string").alias("confidence_text"),
        F.when(toward == "true", "towards").when(toward == "false", "away").otherwise(toward).alias("direction_text"),
        F.lit(None).cast("string").alias("lane_text"),
        field["latitude"].alias("latitude_text"),
        field["longitude"].alias("longitude_text"),
        F.nullif(field["plate_image"], F.lit("")).alias("plate_image"),
        F.nullif(field["overview_image"], F.lit("")).alias("overview_image"),
        (~F.coalesce(well_formed, F.lit(False))).alias("malformed"),
    )
