"""Tables on the console: what the lake holds, and what a purge removed or would remove."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as Grid

from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE
from jobs.retention.purge import Expired


def show_tables(store: Store) -> None:
    """Zone, name, rows, span of dates and retention class of every table."""
    grid = Grid("zone", "table", "rows", "oldest", "newest", "retention", "what")
    for table in CATALOGUE:
        if store.exists(table):
            held = store.rows_by_day(table)
            days = sorted(day for day in held if day)
            numbers = (f"{sum(held.values()):,}", *(str(day) for day in (days[:1] + days[-1:]) or ("", "")))
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
