"""What a backfill would change, on the console."""

from collections.abc import Iterable
from datetime import date

from rich.console import Console
from rich.markup import escape

from jobs.backfill.preview import Change
from jobs.report.console import grid_of

_FEW = 2


def show_backfill(nights: Iterable[date], changes: Iterable[Change], stage: str) -> None:
    """One line for each change; a night without one says so."""
    columns = ("night", "what", "days of capture", "rows or bytes")
    grid = grid_of(*columns, title=f"what a backfill of {stage} would change", folded=columns)
    by_night: dict[date, list[Change]] = {night: [] for night in nights}
    for change in changes:
        by_night[change.night].append(change)
    for night, found in by_night.items():
        for change in found or [Change(night, "nothing")]:
            grid.add_row(str(night), escape(change.what), _span(change.days), _counts(change.counts))
    Console().print(grid)


def _span(days: tuple[date, ...]) -> str:
    if len(days) <= _FEW:
        return ", ".join(str(day) for day in days)
    return f"{days[0]} to {days[-1]} ({len(days)} days)"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())
