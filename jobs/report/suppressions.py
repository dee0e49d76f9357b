"""Erasures and restrictions on the console."""

from sqlalchemy import Connection

from jobs.control.suppressions import suppressions
from jobs.report.grids import grid_of, table_console


def show_suppressions(connection: Connection) -> None:
    """A line for each: days, why, whose order; no vehicle."""
    grid = grid_of("suppression", "why", "from", "to", "by", "hold", "state")
    for one in suppressions(connection):
        state = "in force" if one.is_done else "NOT DONE: run it again"
        grid.add_row(one.suppression_id, one.why, str(one.first), str(one.last), one.by, one.hold_id or "", state)
    table_console().print(grid)
