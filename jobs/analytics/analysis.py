"""What an analysis is, and how what it found is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from jobs.lake.shuffle import IN_MEMORY, persisted
from jobs.lake.tables import Table
from jobs.quality.gate import check
from jobs.runtime.lineage import Built, Content, Unit, contents
from jobs.runtime.night import Night


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
    store = night.store
    store.ensure(table)  # who looks for findings shall find that there are none
    with persisted(night.stamped(rows).select(*table.column_names), IN_MEMORY) as kept:
        found = contents(kept, table, table.day_column, night.token_key)
        if found:
            check(night, table, kept, count=sum(content.rows for content in found.values()))
            store.replace_days(table, kept, days)
        elif store.files_of_days(table, days):
            store.replace_files(table, [], days)
    return found
