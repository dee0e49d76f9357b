"""The other side of a night: Spark that only parses the three feeds, sorts by mark, and writes the rows as Parquet.

No rules, no quarantine, no duplicates, no passages, no gate, no tokens: what somebody writes in an afternoon.
"""

import sys
from functools import reduce

import pyspark.sql.functions as F

from jobs.runtime.session import build_session
from jobs.settings import load_settings

PARTNER = {
    "vrm": 0, "source_id": 1, "camera_id": 3, "captured_at": 4, "latitude": 5, "longitude": 6, "confidence": 11,
    "direction": 12,
}  # fmt: skip
"""Places of the fields in a partner's record."""
NUMBERS = {"confidence": "double", "latitude": "double", "longitude": "double", "lane": "int"}

if __name__ == "__main__":
    settings = load_settings()
    spark = build_session(settings, "plain")
    folder = f"{settings.storage.landing}/{sys.argv[1]}"
    fixed = spark.read.option("header", "true").csv(f"{folder}/fixed")
    mobile = (
        spark.read.option("primitivesAsString", "true").json(f"{folder}/mobile").withColumnRenamed("unit", "source_id")
    )
    records = spark.read.text(f"{folder}/partner").select(F.explode(F.split("value", "~")).alias("record"))
    fields = records.select(F.split("record", r"\|").alias("f"))
    partner = fields.select(*(F.get("f", F.lit(place)).alias(name) for name, place in PARTNER.items()))
    feeds = {"fixed": fixed, "mobile": mobile, "partner": partner}
    named = [rows.withColumn("source_kind", F.lit(kind)) for kind, rows in feeds.items()]
    rows = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), named)
    typed = rows.withColumns(
        {name: F.col(name).try_cast(kind) for name, kind in NUMBERS.items()}
        | {"captured_at": F.col("captured_at").try_cast("timestamp")}
    )
    typed.sort("vrm").write.mode("overwrite").parquet(f"{settings.storage.root}_plain")
    spark.stop()
