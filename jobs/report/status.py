"""What each day is, by what is built of it, on the console."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from jobs.consolidate.due import days_of_reads
from jobs.domain.lineage import Status
from jobs.report.grids import grid_of, table_console
from jobs.runtime.night import Night
from jobs.runtime.stages import UNITS

_FINISHED = {Status.FRESH, Status.EXPIRED}


def statuses(night: Night) -> dict[str, Mapping[date, Status]]:
    """The status of every day, or window, by the name of what is built of it."""
    lineage = night.lineage()
    # What rests on reads that are still to be built is missing with them.
    days = days_of_reads(lineage)
    return {
        unit.name: {day: now.status for day, now in night.states(lineage, unit, days).items()} for unit in UNITS
    }  # fmt: skip


def show_status(night: Night, days: int) -> None:
    """How many days are what, then the last of those that are not fresh."""
    found, console = statuses(night), table_console()
    grid = grid_of("built", *Status, title=f"days as of {night.process_date}; convoys and clones by windows")
    for name, of_days in found.items():
        counts = Counter(of_days.values())
        grid.add_row(name, *(f"{counts[status]:,}" if counts[status] else "" for status in Status))
    console.print(grid)
    every = sorted({day for of_days in found.values() for day in of_days}, reverse=True)
    unfinished = [day for day in every if {of.get(day, Status.FRESH) for of in found.values()} - _FINISHED]
    if not unfinished:
        console.print("nothing is stale")
        return
    grid = grid_of("day", *found, title=f"the last {min(days, len(unfinished))} of {len(unfinished)} days to see to")
    for day in unfinished[:days]:
        grid.add_row(str(day), *(of_days.get(day, "") for of_days in found.values()))
    console.print(grid)
