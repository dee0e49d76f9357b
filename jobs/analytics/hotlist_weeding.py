"""Entries that a list has and that match nothing all the same: weeded by a decision, or in force for too long."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.domain.weeding import last_day
from jobs.lake.store import Store
from jobs.lake.tables import HOTLIST


def without_weeded(entries: DataFrame, taken_out: Mapping[date, Iterable[str]]) -> DataFrame:
    """Entries in force but for those that decisions take out.

    Args:
        entries: entry_id and capture_date, as `ingest.hotlist.versions.entries_in_force` gives them.
        taken_out: names of entries by the day on which they match nothing.
    """
    pairs = [(day, name) for day, names in taken_out.items() for name in names]
    if not pairs:
        return entries
    out = entries.sparkSession.createDataFrame(pairs, "capture_date DATE, entry_id STRING")
    return entries.join(F.broadcast(out), ["capture_date", "entry_id"], "left_anti")


def within_maximum(entries: DataFrame, last_days: Mapping[str, date]) -> DataFrame:
    """Entries in force but for those that a list had first too long ago.

    Args:
        entries: the same.
        last_days: by entry the last day on which it may match; others may on all of these days.
    """
    if not last_days:
        return entries
    ends = entries.sparkSession.createDataFrame(list(last_days.items()), "entry_id STRING, last_day DATE")
    limited = entries.join(F.broadcast(ends), "entry_id", "left")
    return limited.where("last_day IS NULL OR capture_date <= last_day").drop("last_day")


def last_days_before(store: Store, day: date, maximum_days: int) -> dict[str, date]:
    """By entry the last day on which it may match at all, where that is before a day."""
    latest = day - timedelta(days=maximum_days + 1)
    first = store.earliest(HOTLIST, "entry_id", "valid_from", until=latest)
    return {name: last_day(first_on, maximum_days) for name, first_on in first.items()}
