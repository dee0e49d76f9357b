"""The data dictionary, from the catalogue alone: on the console, and as a page beside the compliance report."""

from collections.abc import Sequence

from jobs.domain.errors import LakeError
from jobs.domain.retention import maximum_days
from jobs.lake.tables import CATALOGUE, Table, Zone
from jobs.report.grids import grid_of, table_console
from jobs.report.pages import write_page
from jobs.runtime.night import Night
from jobs.settings import RetentionProfile

_PAGE = "data_dictionary.html"


class NoSuchTableError(LakeError):
    """The catalogue has no table of that name; the message lists the names."""

    exit_code = 2


def tables_named(name: str | None) -> Sequence[Table]:
    """The tables of a name, full (`restricted.reads`) or without its zone; all of them when it is None.

    Raises:
        NoSuchTableError: there is none.
    """
    found = [table for table in CATALOGUE if name in (None, table.name, table.full_name)]
    if not found:
        raise NoSuchTableError(f"{name}: no such table; there are {', '.join(one.full_name for one in CATALOGUE)}")
    return found


def show_dictionary(name: str | None, limits: RetentionProfile) -> None:
    """Describe one table, or all: what it is, how long its rows live, its layout, and every column."""
    console = table_console()
    for table in tables_named(name):
        console.print(f"[bold]{table.full_name}[/bold]  {table.comment}")
        console.print(f"  {'; '.join(facts(table, limits))}")
        grid = grid_of("column", "type", "", "what", folded={"type", "what"})
        for column in table.columns:
            grid.add_row(column.name, column.type, "required" if column.required else "", column.comment)
        console.print(grid)


def facts(table: Table, limits: RetentionProfile) -> list[str]:
    """A table's retention, partitions, key and order, in words."""
    days = maximum_days(limits, table.retention)
    life = f"kept {days} days from {table.dated_by} (class {table.retention})" if days else "kept while a hold needs it"
    found = [life, f"key {', '.join(table.key)}"]
    found += [f"partitioned by {', '.join(table.partition_by)}"] if table.partition_by else ["not partitioned"]
    return found + ([f"sorted by {', '.join(table.sorted_by)}"] if table.sorted_by else [])


def write_data_dictionary(night: Night) -> str:
    """Write the page into the governance zone, and return where it lies."""
    limits = night.settings.retention.limits
    tables = [(table, facts(table, limits)) for table in CATALOGUE]
    name = night.settings.retention.profile
    return write_page(night.store.root, Zone.GOVERNANCE, _PAGE, tables=tables, profile_name=name)
