"""Hot-list hits and what was done about them."""

from datetime import date
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
    from jobs.report.hits import show_hits
    from jobs.runtime.opening import open_store

    with open_store("hits") as (store, _):
        show_hits(store, day, state)


@app.command()
def respond(
    hit: Annotated[str, typer.Argument(metavar="HIT_ID", help="as `anprlake hits` shows it")],
    state: Annotated[Answer, typer.Option(help="what was done about the hit")],
    person: Annotated[str, typer.Option(metavar="STAFFNO", help="who did it")],
    day: CapturedOn,
    outcome: Annotated[str | None, typer.Option(help="what came of it; mandatory when it is closed")] = None,
) -> None:
    """Record what was done about a hot-list hit; the newest response counts, also when the day is computed anew."""
    from datetime import UTC, datetime
    from functools import partial

    from jobs.analytics.hotlist_responses import Response
    from jobs.analytics.hotlist_responses import respond as job
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night

    now = datetime.now(UTC)
    response = Response(hit, day, str(state), outcome, person, now)
    with open_night("respond", now.date()) as night:
        run_and_tell(night, "respond", partial(job, response=response))
