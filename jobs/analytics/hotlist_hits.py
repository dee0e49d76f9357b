"""Hot-list hits: reads that an entry valid at capture time names, exactly, by wildcard, or possibly."""

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.analytics.hotlist_matching import matches


def hotlist_hits(reads: DataFrame, entries: DataFrame) -> DataFrame:
    """One row for each read and entry that match; the read's own mark is kept.

    A hit is named after the least of its sighting ids, not after the read: a late sighting that becomes the read's
    anchor changes the read's name, and seldom that of the hit.

    Args:
        reads: rows of `reads`.
        entries: rows of `hotlist` with capture_date, as `ingest.hotlist.versions.entries_in_force` gives them: those
            that may match on each day.

    Returns:
        Columns of `hotlist_hits` but those of the night; all are new.
    """
    listed = entries.select(
        F.col("vrm").alias("entry_vrm"), "entry_id", "version", "purpose", "priority", "capture_date"
    )
    named = matches(reads.select("vrm").distinct(), listed.select("entry_vrm").distinct())
    found = reads.join(named.join(listed, "entry_vrm"), ["vrm", "capture_date"])
    return found.select(
        F.sha2(F.concat_ws("|", F.lit("hit"), F.array_min("sighting_ids"), "entry_id"), 256).alias("hit_id"),
        "read_id", "sighting_ids", "entry_id", "version", "vrm", "camera_id", "captured_at", "match", "purpose",
        "priority", F.lit("new").alias("state"), F.lit(None).cast("string").alias("outcome"), "capture_date",
    )  # fmt: skip
