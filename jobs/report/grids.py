"""How tables look on the console: what all that show one have in common; knows nothing of a lake."""

from collections.abc import Collection

from rich import box
from rich.console import Console
from rich.table import Table as Grid


def table_console() -> Console:
    """A console that never cuts the columns of `grid_of`: a terminal of less than 80 columns wraps the lines."""
    console = Console()
    console.width = max(console.width, 80)
    return console


def grid_of(*columns: str, title: str | None = None, folded: Collection[str] = ("what",)) -> Grid:
    """A table that fits 80 columns: only the `folded` ones take several lines, names and dates are never cut."""
    grid = Grid(box=box.SIMPLE, padding=(0, 1, 0, 0), pad_edge=False, title=title, title_justify="left")
    for column in columns:
        grid.add_column(column, no_wrap=column not in folded, overflow="fold" if column in folded else "ellipsis")
    return grid
