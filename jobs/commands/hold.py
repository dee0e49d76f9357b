"""Legal holds: what a live case needs is kept when it expires."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from jobs.commands.options import date_option, to_time

app = typer.Typer()
_hold = typer.Typer(help="What a live case needs is kept when it expires.", no_args_is_help=True)
app.add_typer(_hold, name="hold")

HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="as `hold add` and `hold list` tell it")]
By = Annotated[str, typer.Option(metavar="STAFFNO", help="an authoriser")]


def _time_option(what: str) -> Any:  # noqa: ANN401 - as typer.Option itself
    return typer.Option(parser=to_time, metavar="TIME", help=f"{what}, as 2026-11-20T08:00Z")


@_hold.command()
def add(  # noqa: PLR0913, PLR0917 - each is an option of the command
    case: Annotated[str, typer.Option(help="the case that needs it")],
    reason: Annotated[str, typer.Option(help="why")],
    by: By,
    review_on: Annotated[date, date_option("--review-on", "when it is looked at again")],
    vehicles: Annotated[
        typer.FileBinaryRead | None, typer.Option(metavar="FILE", help="marks, one a line; - for standard input")
    ] = None,
    camera: Annotated[list[str] | None, typer.Option(help="a camera id; may be given several times")] = None,
    finding: Annotated[list[str] | None, typer.Option(help="id of a convoy or clone, with all its reads")] = None,
    since: Annotated[datetime | None, _time_option("first time of capture")] = None,
    until: Annotated[datetime | None, _time_option("last time of capture")] = None,
    *,
    everything: Annotated[bool, typer.Option("--everything", help="all there is; takes two authorisers")] = False,
    second: Annotated[str | None, typer.Option(metavar="STAFFNO", help="the other authoriser of --everything")] = None,
    ahead: Annotated[bool, typer.Option("--ahead", help="also where nothing is there yet that it would keep")] = False,
) -> None:
    """Place a hold: what is of one of the vehicles, at one of the cameras, within the time, as far as these are given.

    It is in force at once. Where it then turns out to keep nothing, it is withdrawn.
    """
    from jobs.control.holds import Hold, Scope
    from jobs.retention.holds.placing import place_hold
    from jobs.retention.vehicles.marks import vehicles_of
    from jobs.runtime.opening import open_store

    with open_store("hold add") as (store, settings):
        marks = vehicles_of(vehicles.read(), settings.ingest.vrms) if vehicles else frozenset()
        scope = Scope(marks, frozenset(camera or ()), frozenset(finding or ()), since, until, everything)
        placed = place_hold(store, settings, Hold(case, reason, by, review_on, scope, second), ahead=ahead)
    typer.echo(f"{placed.hold_id} is in force")
    typer.echo(f"it keeps {placed.sightings} sightings of {placed.days} days that are there now")
    for last_day in sorted(set(placed.lost.values())):
        names = sorted(name for name, day in placed.lost.items() if day == last_day)
        typer.echo(f"not kept, for it is destroyed: what was captured up to {last_day}, in {', '.join(names)}")


@_hold.command()
def review(
    hold: HoldId,
    by: By,
    next_on: Annotated[date, date_option("--next", "the next review")],
    still_needed: Annotated[str, typer.Option(help="why the case still needs it")],
    proportionate: Annotated[str, typer.Option(help="why no less would do")],
    accurate: Annotated[str, typer.Option(help="whether what is held is right, and up to date")],
) -> None:
    """Look at a hold again: MoPI's questions and their answers, which go into the log."""
    from jobs.control import holds
    from jobs.control.opening import deciding

    answers = dict(zip(holds.Review, (still_needed, proportionate, accurate), strict=True))
    with deciding() as connection:
        holds.review(connection, hold, by, answers, next_on, datetime.now(UTC).date())


@_hold.command()
def release(
    hold: HoldId,
    by: By,
    reason: Annotated[str, typer.Option(help="why it is needed no more; of who asks for it")] = "",
    case_state: Annotated[str, typer.Option(help="what has become of the case; of who asks for it")] = "",
) -> None:
    """Ask for a hold's release, with reason and the case's state; another authoriser agrees, without."""
    from jobs.control import holds
    from jobs.control.opening import deciding

    now = datetime.now(UTC)
    with deciding() as connection:
        if reason or case_state:
            holds.ask_release(connection, hold, by, reason, case_state, now.date())
            typer.echo(f"{hold} stays in force until another authoriser agrees: anprlake hold release {hold} --by …")
        else:
            holds.release(connection, hold, by, now)
            typer.echo(f"{hold} is released: what it kept goes with the next purge")


@_hold.command("list")
def show() -> None:
    """Show all holds, those that were released too; an overdue review is red."""
    from jobs.control.opening import reading
    from jobs.report.holds import show_holds

    with reading() as connection:
        show_holds(connection, datetime.now(UTC).date())
