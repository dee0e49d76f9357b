"""What an analysis is, and how what it found is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from jobs.lake.data_files import DAY
from jobs.lake.tables import Table
from jobs.quality.gate import check
from jobs.runtime.lineage import Content, Unit, contents
from jobs.runtime.night import Night

Built = dict[Table, dict[date, Content]]
"""What was written of each day or window of each table."""


@dataclass(frozen=True)
class Analysis:
    """One analysis: to add one, register it in `jobs.analytics.registry`; job, preview, status and docs read that list.

    Attributes:
        unit: the tables that it writes, and what they rest on.
        build: builds some days, or one window; `reads` is the window's where the unit is of windows.
    """

    unit: Unit
    build: "Callable[[Night, list[date], DataFrame | None], Built]"


def publish(night: Night, table: Table, rows: DataFrame, days: Sequence[date]) -> dict[date, Content]:
    """Gate, then put the rows in the place of all that the table holds of the days, or of the window."""
    rows = night.stamped(rows).select(*table.column_names).persist()
    by = "window_end" if "window_end" in table.partition_by else DAY
    found = contents(rows, table, by, night.token_key)
    check(night, table, rows, count=sum(content.rows for content in found.values()))
    if by == DAY:
        night.store.replace_days(table, rows, days)
    else:
        night.store.replace_window(table, rows, *days)
    rows.unpersist()
    return found
