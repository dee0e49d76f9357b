"""Erasures, restrictions and corrections on the console."""

from sqlalchemy import Connection

from jobs.control.corrections import known
from jobs.control.suppressions import suppressions
from jobs.report.grids import grid_of, table_console


def show_suppressions(connection: Connection) -> None:
    """A line for each: days, why, whose order; no vehicle."""
    grid = grid_of("suppression", "why", "from", "to", "by", "hold", "state", folded=("by", "hold", "state"))
    for one in suppressions(connection):
        state = "in force" if one.is_done else "NOT DONE: run it again"
        grid.add_row(one.suppression_id, one.why, str(one.first), str(one.last), one.by, one.hold_id or "", state)
    table_console().print(grid)


def show_corrections(connection: Connection) -> None:
    """How many sightings are corrected, and a line for each order that was ended on the way; no mark."""
    grid, orders = grid_of("sighting", "captured on", "by", "state", folded=("by", "state")), known(connection)
    for one in orders:
        if not one.is_done:
            grid.add_row(one.sighting_id, str(one.capture_date), one.by, "NOT DONE: run it again")
    console = table_console()
    console.print(f"{sum(one.is_done for one in orders):,} sightings are corrected")
    if grid.row_count:
        console.print(grid)
