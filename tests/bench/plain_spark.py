"""The other side of a night's ingest: Spark that only parses the three feeds, sorts by mark, and writes Parquet.

No rules, no quarantine, no duplicates, no passages, no gate: what somebody writes in an afternoon.
"""

import sys
from functools import reduce

import pyspark.sql.functions as F

from jobs.session import build_session
from jobs.settings import load_settings

if __name__ == "__main__":
    settings = load_settings()
    spark = build_session(settings, "plain")
    folder = f"{settings.storage.landing}/{sys.argv[1]}"
    names = ("camera_id", "captured_at", "vrm", "confidence")
    fixed = spark.read.option("header", "true").csv(f"{folder}/fixed").select(*names)
    mobile = spark.read.json(f"{folder}/mobile").select(*names)
    records = spark.read.text(f"{folder}/partner").select(F.explode(F.split("value", "~")).alias("record"))
    fields = records.select(F.split("record", r"\|").alias("f"))
    places = zip(names, (3, 4, 0, 11), strict=True)
    partner = fields.select(*(F.get("f", F.lit(place)).alias(name) for name, place in places))
    rows = reduce(lambda one, other: one.union(other), (fixed, mobile, partner))
    typed = rows.withColumns(
        {
            "captured_at": F.col("captured_at").cast("string").try_cast("timestamp"),
            "confidence": F.col("confidence").try_cast("double"),
        }
    )
    typed.sort("vrm").write.mode("overwrite").parquet(f"{settings.storage.root}_plain")
    spark.stop()
