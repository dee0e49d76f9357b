"""Entries that their owners are asked about, on the console of the person who asks: marks are shown there alone."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from rich.markup import escape

from jobs.report.grids import grid_of, table_console
from jobs.retention.weeding import Asked

_DIGITS = 12
"""Of an entry's name: enough to name one."""


def show_asked(asked: Sequence[Asked]) -> None:
    """A table for each owner: what ends first comes first."""
    for owner, entries in groupby(asked, attrgetter("owner")):
        title = escape(owner or "no owner")
        grid = grid_of("mark", "ends", "entry", "why", "reason", title=title, folded={"why", "reason"})
        for one in entries:
            reason = escape(" ".join(filter(None, (one.reason, one.nim_code))))
            grid.add_row(one.vrm, str(one.ends), one.entry_id[:_DIGITS], ", ".join(one.why), reason)
        table_console().print(grid)
    table_console().print(f"{len(asked):,} entries to look at")
