"""People on the console."""

from datetime import date

from rich.text import Text
from sqlalchemy import Connection

from jobs.control.people import overdue, people
from jobs.report.grids import grid_of, table_console


def show_people(connection: Connection, today: date, review_days: int) -> None:
    """A line for each, and what they may; who was not looked at for too long is red, and may still decide."""
    grid = grid_of("staff number", "rank", "role", "until", "reviewed", "may decide")
    everybody = people(connection)
    late = set(overdue(everybody, review_days, today))
    for one in everybody:
        may = "yes" if one.may_decide(today) else f"ended {one.ended_on or one.until}"
        reviewed = Text(str(one.reviewed_on), style="bold red" if one in late else "")
        grid.add_row(one.staff_no, one.rank, one.role, str(one.until), reviewed, may)
    table_console().print(grid)
