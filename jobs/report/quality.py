"""Quality on the console: what became of the last days, what was unusual of them, and whose it is."""

from collections.abc import Mapping
from datetime import date

from rich.markup import escape

from jobs.lake.store import Store
from jobs.lake.tables import CAMERAS
from jobs.quality.gate import Outcome
from jobs.report.grids import grid_of, table_console
from jobs.report.quality_days import quality_days

_COLUMNS = {
    "silent": ("camera_silent",), "few": ("camera_few_reads",), "rubbish": ("camera_rubbish",),
    "clock": ("clock_offset", "clock_jumped"), "feed": ("feed_stopped",),
}  # fmt: skip
_SEVERITIES = {"crit": "critical", "warn": "warning"}


def show_quality(store: Store, count: int, last: date | None) -> None:
    """The last days with their counts, then every failure; cameras are named to who may read the register.

    Raises:
        NothingCheckedError: there is no result in these days.
    """
    days = quality_days(store, count, last)
    console = table_console()
    title = f"quality of {len(days)} days; rows are those published"
    grid = grid_of("day", "rows", "gate", *_SEVERITIES, *_COLUMNS, title=title)
    for day in days:
        by_severity, by_check = day.by_severity, day.by_check
        numbers = [by_severity[name] for name in _SEVERITIES.values()]
        numbers += [sum(by_check[name] for name in names) for names in _COLUMNS.values()]
        grid.add_row(str(day.day), f"{day.published:,}", day.gate, *(str(one or "") for one in numbers))
    console.print(grid)
    cameras = {row["site_code"]: row["camera_id"] for row in store.rows(CAMERAS, "site_code", "camera_id")}
    failures = grid_of("day", "severity", "what", "owner", folded={"what"})
    for day in days:
        for one in day.failed:
            failures.add_row(str(day.day), one.severity, escape(_line(one, cameras)), one.owner)
    if failures.rows:
        console.print(failures)


def _line(failure: Outcome, cameras: Mapping[str, str]) -> str:
    code = failure.subject or ""
    return str(failure).replace(code, f"{code} ({cameras[code]})") if code in cameras else str(failure)
