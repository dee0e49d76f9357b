"""Hot-list hits and what was done about them."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from jobs.commands.options import date_option
from jobs.domain.terms import Answer, HitState

app = typer.Typer()

CapturedOn = Annotated[date, date_option("--captured-on", "the day of capture of the hits, in UTC")]


@app.command()
def hits(
    day: CapturedOn, state: Annotated[HitState | None, typer.Option(help="only hits in this state")] = None
) -> None:
    """Show the hot-list hits of a day of capture, the most urgent first; the marks are shown to you alone."""
    from jobs.control.database import looking
    from jobs.report.hits import show_hits
    from jobs.runtime.opening import open_store

    with open_store("hits") as (store, settings), looking(settings) as connection:
        show_hits(store, connection, day, state)


@app.command()
def respond(
    hit: Annotated[str, typer.Argument(metavar="HIT_ID", help="as `anprlake hits` shows it")],
    state: Annotated[Answer, typer.Option(help="what was done about the hit")],
    person: Annotated[str, typer.Option(metavar="STAFFNO", help="who did it")],
    day: CapturedOn,
    outcome: Annotated[str | None, typer.Option(help="what came of it; mandatory when it is closed")] = None,
) -> None:
    """Record what was done about a hot-list hit; the newest response counts, also when the day is computed anew."""
    from jobs.analytics.hotlist_responses import Given
    from jobs.analytics.hotlist_responses import respond as job
    from jobs.runtime.opening import open_store

    given = Given(hit, day, state, outcome, person, datetime.now(UTC))
    with open_store("respond") as (store, settings):
        typer.echo(f"{job(store, settings, given)} is {state}")
