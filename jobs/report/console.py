"""Tables on the console: what the lake holds, and what a purge removed or would remove."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import typer

from jobs.ingest.landing import list_refused
from jobs.lake.damage import DamagedTableError
from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, RETENTION_LEDGER, Table
from jobs.report.grids import grid_of, table_console
from jobs.retention.expired import Expired
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


def show_plan(expired: Sequence[Expired]) -> None:
    """What a purge would remove."""
    _show(
        "what would go",
        ((one.place, one.cutoff, one.partitions, one.rows, one.files, one.oldest_left) for one in expired),
    )


def show_removed(night: Night) -> None:
    """What this run removed, by the ledger."""
    rows = [row for row in night.store.rows(RETENTION_LEDGER) if row["run_id"] == night.run_id]
    columns = ("table_name", "cutoff", "partitions_removed", "rows_removed", "files_removed", "oldest_left")
    in_order = sorted(rows, key=lambda row: row["log_position"])
    _show("what was removed", ([row[name] for name in columns] for row in in_order))


def _show(title: str, lines: Iterable[Sequence[Any]]) -> None:
    grid = grid_of("place", "up to", "days", "rows", "files", "oldest left", title=title)
    for place, cutoff, days, rows, files, left in lines:
        grid.add_row(place, str(cutoff), f"{days:,}", f"{rows:,}", f"{files:,}", str(left or ""))
    table_console().print(grid)


def show_refused(night: Night) -> None:
    """Print what lies in the landing folder and is not taken in there, and why; paths may hold plates."""
    for refused in list_refused(night.settings.storage.landing, night.process_date):
        typer.echo(f"{refused.why}: {refused.path!r}")
