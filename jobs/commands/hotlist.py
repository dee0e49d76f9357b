"""Hot-list hits and what was done about them; entries of the lists and what is decided about these."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import date_option
from jobs.domain.terms import Answer, HitState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from jobs.control.weeding import Decider
    from jobs.domain.weeding import Listed

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


_hotlist = typer.Typer(help="Entries of hot-lists: which to look at, and what to do about them.", no_args_is_help=True)
app.add_typer(_hotlist, name="hotlist")

EntryId = Annotated[str, typer.Argument(metavar="ENTRY_ID", help="as `anprlake hotlist review` shows it")]
By = Annotated[str, typer.Option(metavar="STAFFNO", help="who decides")]
Reason = Annotated[str, typer.Option(help="why; without a mark or a place")]


@_hotlist.command()
def review() -> None:
    """Show by owner the entries that are about to end, gave no hit for long, or whose case is closed.

    The marks are shown to you alone.
    """
    from jobs.report.weeding import show_asked
    from jobs.retention.weeding import entries_to_review
    from jobs.runtime.opening import open_night

    with open_night("hotlist review", datetime.now(UTC).date(), writes=False) as night:
        show_asked(entries_to_review(night))


@_hotlist.command()
def confirm(entry: EntryId, by: By, reason: Reason) -> None:
    """Say that an entry is still relevant, until its weed date at most."""
    from jobs.control import weeding

    _decide(entry, by, reason, lambda opened, listed, who, _: weeding.confirm(opened, listed, who))


@_hotlist.command()
def close(entry: EntryId, by: By, reason: Reason) -> None:
    """Say that an entry's case is closed: it comes up for review until it is weeded, or confirmed."""
    from jobs.control import weeding

    _decide(entry, by, reason, lambda opened, listed, who, _: weeding.close(opened, listed, who))


@_hotlist.command()
def weed(entry: EntryId, by: By, reason: Reason) -> None:
    """Take an entry out, from today on: it matches nothing, although later lists still have it."""
    from jobs.control import weeding

    _decide(entry, by, reason, lambda opened, listed, who, _: weeding.weed(opened, listed, who))


@_hotlist.command()
def extend(
    entry: EntryId,
    until: Annotated[date, date_option("--until", "the last day on which it may match")],
    by: Annotated[str, typer.Option(metavar="STAFFNO", help="an authoriser")],
    reason: Reason,
) -> None:
    """Let an entry that was weeded match again, once a list has it with a newer weed date."""
    from jobs.control import weeding

    _decide(entry, by, reason, lambda opened, listed, who, days: weeding.extend(opened, listed, who, until, days))


def _decide(
    entry: str, by: str, reason: str, decide: "Callable[[Connection, Listed, Decider, int], None]"
) -> None:  # fmt: skip
    """Find the entry, and have a decision about it taken at once."""
    from jobs.control.database import open_control
    from jobs.control.weeding import Decider
    from jobs.retention.weeding import find_entry
    from jobs.runtime.opening import open_store

    with open_store("hotlist") as (store, settings):
        listed, limits = find_entry(store, entry), settings.retention
        who = Decider(by, reason, datetime.now(UTC).date(), limits.limits.reads.days)
        with open_control(settings) as control, control.deciding() as connection:
            decide(connection, listed, who, limits.hotlist_maximum_days)
