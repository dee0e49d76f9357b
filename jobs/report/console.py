"""Tables on the console: what the lake holds, and what a purge removed or would remove."""

from collections.abc import Sequence
from datetime import date

import pyspark.sql.functions as F
from rich.console import Console
from rich.table import Table as Grid

from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, RetentionClass, Table
from jobs.retention.purge import Expired


def span(store: Store, table: Table) -> tuple[int, date | None, date | None]:
    """Rows, oldest and newest day of a table; no days for rows with dates of their own."""
    dated = table.retention is not RetentionClass.OWN_DATES
    day = F.col(table.dated_by) if dated else F.lit(None).cast("date")
    row = (
        store.read(table)
        .agg(F.count("*").alias("rows"), F.min(day).alias("oldest"), F.max(day).alias("newest"))
        .first()
    )
    assert row is not None  # noqa: S101 - an aggregate without groups has one row
    return row.rows, row.oldest, row.newest


def show_tables(store: Store) -> None:
    """Zone, name, rows, span of dates and retention class of every table."""
    grid = Grid("zone", "table", "rows", "oldest", "newest", "retention", "what")
    for table in CATALOGUE:
        if store.exists(table):
            rows, oldest, newest = span(store, table)
            numbers = (f"{rows:,}", str(oldest or ""), str(newest or ""))
        else:
            numbers = ("not yet", "", "")
        grid.add_row(table.zone, table.name, *numbers, table.retention, table.comment)
    Console().print(grid)


def show_expired(expired: Sequence[Expired], *, dry_run: bool) -> None:
    """What was removed of each table, or would be."""
    verb = "would go" if dry_run else "removed"
    grid = Grid("table", "retention", "up to", f"days {verb}", f"rows {verb}", f"files {verb}", "oldest left")
    for one in expired:
        grid.add_row(
            one.table_name, one.retention, str(one.cutoff), f"{one.partitions:,}", f"{one.rows:,}", f"{one.files:,}",
            str(one.oldest_left or ""),
        )  # fmt: skip
    Console().print(grid)
