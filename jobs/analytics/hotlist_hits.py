"""Hot-list hits: reads that an entry valid at capture time names, exactly, by wildcard, or possibly."""

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from ocr import vrm as marks


def hotlist_hits(reads: DataFrame, hotlist: DataFrame) -> DataFrame:
    """One row for each read and entry that match.

    An entry is valid from the day its version arrived to its weed date, and until the next version replaces it.
    `exact`: the marks are equal; `partial`: the entry's ? and * fit; `possible`: the marks differ only by usual
    confusions, and the read's own mark is kept.

    Args:
        reads: rows of `reads`.
        hotlist: rows of `hotlist`.

    Returns:
        Columns of `hotlist_hits` but those of the night.
    """
    entries = hotlist.withColumnRenamed("vrm", "entry_vrm").select(
        "entry_id", "entry_vrm", "purpose", "priority", "valid_from", "valid_to", "weed_date"
    )
    wildcard = F.col("entry_vrm").rlike(r"[?*]")
    exact = _pairs(reads, entries.where(~wildcard), F.col("vrm") == F.col("entry_vrm"), "exact")
    partial = _pairs(reads, entries.where(wildcard), F.expr("vrm RLIKE " + _PATTERN), "partial")
    confused = (_folded("vrm") == _folded("entry_vrm")) & (F.col("vrm") != F.col("entry_vrm"))
    possible = _pairs(reads, entries.where(~wildcard), confused, "possible")
    return exact.unionByName(partial).unionByName(possible)


# The entry's mark holds only letters, digits and the two wildcards (ingest/hotlist.py), so nothing needs escaping.
_PATTERN = "concat('^', replace(replace(entry_vrm, '?', '[A-Z0-9]'), '*', '[A-Z0-9]*'), '$')"


def _folded(column: str) -> Column:
    return F.translate(column, marks.FOLD_FROM, marks.FOLD_TO)


def _pairs(reads: DataFrame, entries: DataFrame, condition: Column, match: str) -> DataFrame:
    day = F.col("capture_date")
    valid = (
        (day >= F.col("valid_from")) & (day <= F.col("weed_date")) & F.coalesce(day < F.col("valid_to"), F.lit(True))
    )
    pairs = reads.join(F.broadcast(entries), condition & valid)
    return pairs.select(
        F.sha2(F.concat_ws("|", F.lit("hit"), "read_id", "entry_id"), 256).alias("hit_id"),
        "read_id", "sighting_ids", "entry_id", "vrm", "camera_id", "captured_at", F.lit(match).alias("match"),
        "purpose", "priority", F.lit("new").alias("state"), F.lit(None).cast("string").alias("outcome"), "capture_date",
    )  # fmt: skip
