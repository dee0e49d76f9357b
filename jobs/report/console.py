"""Tables on the console: what the lake holds, and what a purge removed or would remove."""

import logging
from collections.abc import Sequence

import typer

from jobs.ingest.landing import list_refused
from jobs.lake.damage import DamagedTableError
from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, Table
from jobs.report.grids import grid_of, table_console
from jobs.retention.purge import Expired
from jobs.runtime.night import Night

log = logging.getLogger(__name__)

_WIDE = 120
"""Columns of a console that has room for what each table is."""


def show_tables(store: Store) -> None:
    """Zone, name, rows, span of dates and retention class of every table."""
    console = table_console()
    what = console.width >= _WIDE
    grid = grid_of("zone", "table", "rows", "oldest", "newest", "retention", *["what"] * what)
    for table in CATALOGUE:
        grid.add_row(table.zone, table.name, *_numbers(store, table), table.retention, *[table.comment] * what)
    console.print(grid)


def _numbers(store: Store, table: Table) -> tuple[str, ...]:
    """Rows, oldest and newest day of a table."""
    try:
        if not store.exists(table):
            return "not yet", "", ""
        held = store.rows_by_day(table)
    except DamagedTableError as error:
        log.error("%s", error)  # noqa: TRY400 - a traceback may show values
        return "damaged", "", ""
    days = sorted(day for day in held if day)
    return f"{sum(held.values()):,}", *(str(day) for day in (days[:1] + days[-1:]) or ("", ""))


def show_expired(expired: Sequence[Expired], *, dry_run: bool) -> None:
    """What was removed of each table, or would be."""
    verb = "would go" if dry_run else "was removed"
    grid = grid_of("table", "up to", "days", "rows", "files", "oldest left", title=f"what {verb}")
    for one in expired:
        grid.add_row(
            one.table_name, str(one.cutoff), f"{one.partitions:,}", f"{one.rows:,}", f"{one.files:,}",
            str(one.oldest_left or ""),
        )  # fmt: skip
    table_console().print(grid)


def show_refused(night: Night) -> None:
    """Print what lies in the landing folder and is not taken in there, and why; paths may hold plates."""
    for refused in list_refused(night.settings.storage.landing, night.process_date):
        typer.echo(f"{refused.why}: {refused.path!r}")
