"""Which hot-list is in force on which day, and what a newer one extends."""

from collections.abc import Iterable
from datetime import date

import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Window

from jobs.lake.store import Rows


def in_order(versions: Rows) -> Rows:
    """Versions from the oldest to the newest: by day of arrival, then by path, then by edition.

    `versions` are rows of `hotlist_versions`. One without any entry is left out: it never comes into force, so that
    a broken file does not end the list before it.
    """
    stored = [row for row in versions if row["rows_stored"]]
    return sorted(stored, key=lambda row: (row["valid_from"], row["landed_path"], row["edition"]))


def in_force(versions: Rows, days: Iterable[date]) -> dict[date, str]:
    """The version in force on each of the days: the newest of those that had arrived by then."""
    ordered = in_order(versions)
    arrived = {day: [row["version"] for row in ordered if row["valid_from"] <= day] for day in days}
    return {day: names[-1] for day, names in arrived.items() if names}


def entries_in_force(hotlist: DataFrame, versions: dict[date, str]) -> DataFrame:
    """The entries that may match on each day: rows of `hotlist` with capture_date, once for each day.

    `versions` is what `in_force` gives. An entry matches up to its weed date, that day included.
    """
    days = hotlist.sparkSession.createDataFrame(list(versions.items()), "capture_date DATE, version STRING")
    # The first condition spares Spark the partitions of entries that were weeded before.
    not_weeded = hotlist.where(F.col("weed_date") >= min(versions, default=date.max))
    return not_weeded.join(F.broadcast(days), "version").where("weed_date >= capture_date")


def extensions(hotlist: DataFrame, versions: Rows, new: Iterable[str]) -> DataFrame:
    """Entries of `new` versions whose weed date is later than in the newest older version that had them.

    Args:
        hotlist: rows of `hotlist`, of all versions.
        versions: rows of `hotlist_versions`.
        new: versions whose extensions are asked for.

    Returns:
        The columns of `hotlist_extensions` but those of the night.
    """
    places = [(row["version"], place, row["version"] in set(new)) for place, row in enumerate(in_order(versions))]
    table = hotlist.sparkSession.createDataFrame(places, "version STRING, place INT, is_new BOOLEAN")
    entries = hotlist.join(F.broadcast(table), "version")
    # Of the many entries of all versions only those that a new one carries too.
    asked = entries.where("is_new").select("entry_id").distinct()
    by_entry = Window.partitionBy("entry_id").orderBy("place")
    found = entries.join(asked, "entry_id", "left_semi").withColumns(
        {
            "previous_version": F.lag("version").over(by_entry),
            "previous_weed_date": F.lag("weed_date").over(by_entry),
        }
    )
    return found.where("is_new AND weed_date > previous_weed_date").select(
        "entry_id", "version", "previous_version", "previous_weed_date", "weed_date", "force_area", "reason",
        F.col("valid_from").alias("capture_date"),
    )  # fmt: skip
