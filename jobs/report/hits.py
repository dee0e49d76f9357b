"""Hot-list hits on the console of the person who asks: the one place that shows marks, and only there."""

from datetime import date

from rich.markup import escape
from sqlalchemy import Connection

from jobs.analytics.hotlist_responses import answered
from jobs.control.responses import of_days
from jobs.lake.store import Rows, Store
from jobs.lake.tables import HOTLIST_HITS
from jobs.report.grids import grid_of, table_console

_DIGITS = 12
"""Of a hit's name: enough to name one of a day."""


def show_hits(store: Store, connection: Connection | None, day: date, state: str | None) -> None:
    """The hits of a day of capture, or those in one state: the most urgent first, then by time.

    Args:
        store: the tables.
        connection: to the control database, of which the newest responses are; None where there is none.
        day: of capture.
        state: to show only these.
    """
    responses = of_days(connection, [day]) if connection else []
    hits = answered(store.rows(HOTLIST_HITS, days=[day]), responses)
    shown = _in_order([hit for hit in hits if state in (None, hit["state"])])
    columns = ("priority", "UTC", "mark", "match", "camera", "hit", "state")
    title = f"hot-list hits of {day}: {len(shown):,} of {len(hits):,}"
    grid = grid_of(*columns, title=title, folded={"state"})
    for hit in shown:
        grid.add_row(
            f"{hit['priority']} {hit['purpose']}", f"{hit['captured_at']:%H:%M:%S}", hit["vrm"], hit["match"],
            hit["camera_id"], hit["hit_id"][:_DIGITS], escape(": ".join(filter(None, (hit["state"], hit["outcome"])))),
        )  # fmt: skip
    table_console().print(grid)


def _in_order(hits: Rows) -> Rows:
    """Hits by priority (1 is the most urgent), then time."""
    return sorted(hits, key=lambda hit: (hit["priority"], hit["captured_at"], hit["hit_id"]))
