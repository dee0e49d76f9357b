"""Holds on the console."""

from datetime import date

from rich.text import Text
from sqlalchemy import Connection

from jobs.control.holds import Hold, holds
from jobs.report.grids import grid_of, table_console


def show_holds(connection: Connection, today: date) -> None:
    """A line for each: case, scope in counts, review; no vehicle and no place."""
    grid = grid_of("hold", "case", "scope", "placed", "by", "review", "state", folded=("case", "scope", "state"))
    for one in holds(connection):
        overdue = one.is_overdue(today)
        review = Text(str(one.review_on), style="bold red" if overdue else "")
        placed = str(one.placed_at.date()) if one.placed_at else ""
        grid.add_row(one.hold_id, one.case_ref, scope_of(one), placed, one.authoriser, review, state_of(one, today))
    table_console().print(grid)


def scope_of(hold: Hold) -> str:
    """What a hold keeps, in counts."""
    scope = hold.scope
    if hold.released_at:
        return ""
    if scope.everything:
        return "everything"
    counts = {"vehicles": scope.vehicles, "cameras": scope.cameras, "findings": scope.findings}
    told = [f"{len(values)} {name if len(values) > 1 else name[:-1]}" for name, values in counts.items() if values]
    told += [f"{word} {at:%Y-%m-%d %H:%M}" for word, at in (("since", scope.since), ("until", scope.until)) if at]
    return ", ".join(told)


def state_of(hold: Hold, today: date) -> str:
    """Whether it is in force, and what waits for somebody."""
    if hold.released_at:
        return f"{'taken back, kept nothing' if hold.is_withdrawn else 'released'} {hold.released_at:%Y-%m-%d}"
    if hold.release_asked_by:
        return f"{hold.release_asked_by} asks for its release"
    return "review overdue" if hold.is_overdue(today) else "in force"
