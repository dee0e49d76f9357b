"""Two states of the reads of some days: what was added, removed and changed."""

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from jobs.lake.tables import READS

OUTCOMES = ("added", "removed", "changed", "same")
_STAMPS = {"process_date", "run_id"}
_KEY = ("read_id", "capture_date")


def compare_reads(published: DataFrame, anew: DataFrame) -> DataFrame:
    """Rows by day of capture: added, removed, changed, same.

    Reads are the same by read_id, and changed where any column differs but those that tell which run wrote them.

    Args:
        published: rows of `reads`.
        anew: the same days, computed again; may lack process_date and run_id.
    """
    before = published.select(*_KEY, _content().alias("before"))
    after = anew.select(*_KEY, _content().alias("after"))
    outcome = (
        F.when(F.col("before").isNull(), "added")
        .when(F.col("after").isNull(), "removed")
        .when(F.col("before") == F.col("after"), "same")
        .otherwise("changed")
    )
    compared = before.join(after, list(_KEY), "full_outer").withColumn("outcome", outcome)
    counts = [F.count_if(F.col("outcome") == name).alias(name) for name in OUTCOMES]
    return compared.groupBy("capture_date").agg(*counts)


def _content() -> Column:
    """A read's columns as one value that can be compared: maps as sorted entries, for Spark compares no maps."""
    columns = [column for column in READS.columns if column.name not in {*_STAMPS, *_KEY}]
    return F.struct(
        *(
            F.array_sort(F.map_entries(column.name)).alias(column.name)
            if column.type.startswith("MAP")
            else F.col(column.name)
            for column in columns
        )
    )
