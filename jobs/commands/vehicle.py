"""One vehicle, or a few: erased, restricted from use, or put right where a sighting was read wrong."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import date_option

if TYPE_CHECKING:
    from jobs.retention.vehicles.order import Outcome

app = typer.Typer()
_vehicle = typer.Typer(help="One vehicle, or a few: erased, restricted from use, or put right.", no_args_is_help=True)
app.add_typer(_vehicle, name="vehicle")

Vehicles = Annotated[typer.FileBinaryRead, typer.Option(metavar="FILE", help="marks, one a line; - for standard input")]
First = Annotated[date, date_option("--from", "the first day of capture")]
Last = Annotated[date, date_option("--to", "the last day of capture")]
Reason = Annotated[str, typer.Option(help="why")]
By = Annotated[str, typer.Option(metavar="STAFFNO", help="an authoriser")]


@_vehicle.command()
def erase(vehicles: Vehicles, first: First, last: Last, reason: Reason, by: By) -> None:
    """Remove all that tables and landing have of vehicles, keep it from coming back for these days, and certify that.

    What a hold keeps is not erased. Run again after it was ended, it goes on.
    """
    from jobs.retention.proof import proven_erasure as job
    from jobs.retention.vehicles.marks import vehicles_of
    from jobs.retention.vehicles.order import Request
    from jobs.runtime.opening import open_night

    with open_night("vehicle erase", datetime.now(UTC).date(), older_tables=True) as night:
        marks = vehicles_of(vehicles.read(), night.settings.ingest.vrms)
        _tell(job(night, Request(marks, first, last, reason, by)))


@_vehicle.command()
def restrict(
    vehicles: Vehicles,
    first: First,
    last: Last,
    reason: Reason,
    by: By,
    case: Annotated[str, typer.Option(help="the case or the complaint that it is kept for")],
    review_on: Annotated[date, date_option("--review-on", "when it is looked at again")],
) -> None:
    """Take what there is of vehicles out of use, and keep it in the evidence zone under a hold."""
    from jobs.retention.vehicles.marks import vehicles_of
    from jobs.retention.vehicles.order import Request
    from jobs.retention.vehicles.restriction import restrict as job
    from jobs.runtime.opening import open_night

    with open_night("vehicle restrict", datetime.now(UTC).date(), older_tables=True) as night:
        marks = vehicles_of(vehicles.read(), night.settings.ingest.vrms)
        _tell(job(night, Request(marks, first, last, reason, by), case, review_on))


@_vehicle.command()
def lift(
    suppression: Annotated[str, typer.Argument(metavar="SUPPRESSION", help="as `vehicle list` tells it")],
    reason: Reason,
    by: By,
) -> None:
    """End a restriction: what was kept comes back into use, and the next night works with it."""
    from jobs.retention.vehicles.restriction import lift as job
    from jobs.runtime.opening import open_night

    with open_night("vehicle lift", datetime.now(UTC).date()) as night:
        typer.echo(f"{job(night, suppression, by, reason)} sightings are back")


@_vehicle.command()
def correct(
    sighting: Annotated[str, typer.Argument(metavar="SIGHTING", help="its sighting_id")],
    day: Annotated[date, date_option("--captured-on", "its day of capture, in UTC")],
    to: Annotated[
        typer.FileBinaryRead, typer.Option("--to", metavar="FILE", help="the right mark; - for standard input")
    ],
    reason: Reason,
    by: By,
) -> None:
    """Give a sighting that was read wrong its right mark; the marks of before stay among its other readings.

    What a hold keeps of it is kept as it was. Run again after it was ended, it goes on.
    """
    from jobs.control.corrections import Correction
    from jobs.retention.vehicles.correction import correct as job
    from jobs.retention.vehicles.correction import right_mark
    from jobs.runtime.opening import open_night

    with open_night("vehicle correct", datetime.now(UTC).date()) as night:
        right = right_mark(to.read(), night.settings.ingest.vrms)
        for name in job(night, Correction(sighting, day, right, reason, by)):
            typer.echo(f"kept as it was for {name}")
    typer.echo("the sighting is corrected")
    typer.echo("reads, findings and flows that rested on it are worked out anew by the next night")


@_vehicle.command("list")
def show() -> None:
    """Show which erasures and restrictions are in force, how many corrections, and which of them are not done."""
    from jobs.control.opening import reading
    from jobs.report.suppressions import show_corrections, show_suppressions

    with reading() as connection:
        show_suppressions(connection)
        show_corrections(connection)


def _tell(outcome: "Outcome") -> None:
    for name in outcome.names:
        typer.echo(f"{name} is in force")
    for table, rows in sorted(outcome.rows.items()):
        typer.echo(f"{table}: {rows:,} rows removed, {outcome.files[table]:,} data files written anew")
    typer.echo(f"landing: {outcome.lines:,} lines made empty, {outcome.videos:,} videos removed")
    if outcome.elsewhere:
        typer.echo(
            f"landing: {outcome.elsewhere:,} files that are of no feed may name them: look, and remove them by hand"
        )
    if outcome.in_evidence:
        typer.echo(f"evidence: {outcome.in_evidence:,} pictures and ranges that holds keep of others show them too")
    typer.echo("findings and flows that rested on it are worked out anew by the next night")
