"""What a backfill would change, on the console."""

from collections.abc import Iterable
from datetime import date

from rich.markup import escape

from jobs.backfill.preview import Change
from jobs.report.grids import grid_of, table_console

_FEW = 2


def show_backfill(changes: Iterable[Change], stage: str) -> None:
    """One line for each change, or one that says that there is none."""
    columns = ("what", "days of capture", "rows or bytes")
    grid = grid_of(*columns, title=f"what a backfill of {stage} would change", folded=columns)
    for change in list(changes) or [Change("nothing")]:
        grid.add_row(escape(change.what), _span(change.days), _counts(change.counts))
    table_console().print(grid)


def _span(days: tuple[date, ...]) -> str:
    if len(days) <= _FEW:
        return ", ".join(str(day) for day in days)
    return f"{days[0]} to {days[-1]} ({len(days)} days)"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
