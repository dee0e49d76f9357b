"""People on the console."""

from datetime import date

from sqlalchemy import Connection

from jobs.control.people import people
from jobs.report.grids import grid_of, table_console


def show_people(connection: Connection, today: date) -> None:
    """A line for each, and what they may."""
    grid = grid_of("staff number", "rank", "role", "until", "reviewed", "may decide")
    for one in people(connection):
        may = "yes" if one.may_decide(today) else f"ended {one.ended_on or one.until}"
        grid.add_row(one.staff_no, one.rank, one.role, str(one.until), str(one.reviewed_on), may)
    table_console().print(grid)
