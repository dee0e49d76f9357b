"""Looking at a lake: its tables, its quality, what a night brought."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import ProcessDate, date_option

app = typer.Typer()

_MOST_DAYS = 3660
"""Ten years: nothing is kept longer."""


@app.command()
def tables(
    table: Annotated[str | None, typer.Argument(help="with --describe: only this one, `restricted.reads`")] = None,
    *,
    describe: Annotated[bool, typer.Option("--describe", help="the data dictionary, from the catalogue")] = False,
) -> None:
    """Show what there is: zone, rows, span of dates, retention class; or what every column means."""
    if describe:
        from jobs.report.dictionary import show_dictionary
        from jobs.settings import load_settings

        show_dictionary(table, load_settings().retention.limits)
        return
    from jobs.report.console import show_tables
    from jobs.runtime.opening import open_store

    with open_store("tables") as (store, _):
        show_tables(store)


@app.command()
def status(
    as_of: Annotated[date | None, date_option("--as-of", "the day as of which it is told; else today")] = None,
    days: Annotated[int, typer.Option(min=1, max=_MOST_DAYS, help="days to show of those that are not fresh")] = 14,
) -> None:
    """Show which days are fresh, stale, stale by rules, refused, missing or expired, by what is built of them."""
    from datetime import UTC, datetime

    from jobs.report.status import show_status
    from jobs.runtime.opening import open_night

    with open_night("status", as_of or datetime.now(UTC).date(), writes=False) as night:
        show_status(night, days)


@app.command()
def quality(
    days: Annotated[int, typer.Option(min=1, max=_MOST_DAYS, help="days to show")] = 14,
    until: Annotated[date | None, date_option("--until", "the last of them; else the newest that was checked")] = None,
) -> None:
    """Show what the quality gate said of the last days: published or refused, what was unusual, and who owns it."""
    from jobs.report.quality import show_quality
    from jobs.runtime.opening import open_store

    with open_store("quality") as (store, _):
        show_quality(store, days, until)


@app.command()
def summary(
    process_date: ProcessDate,
    truth: Annotated[Path | None, typer.Option(help="the simulation's truth, to compare with")] = None,
) -> None:
    """Tell what a night brought, from the tables; with --truth, beside what was true."""
    from jobs.report.console import show_refused
    from jobs.report.summary import show_summary
    from jobs.runtime.opening import open_night

    with open_night("summary", process_date, writes=False) as night:
        show_summary(night, truth)
        show_refused(night)
