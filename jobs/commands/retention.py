"""Purges that two people have to agree on."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import date_option, has_not_come

if TYPE_CHECKING:
    from jobs.retention.purge.brake import Plan

app = typer.Typer()
_retention = typer.Typer(help="What a purge would remove, and approvals of large ones.", no_args_is_help=True)
app.add_typer(_retention, name="retention")

NOTHING_TO_APPROVE = 99
"""The exit code by which Airflow's BashOperator skips a task."""

AsOf = Annotated[date, date_option("--as-of", "the day as of which ages are counted")]


@_retention.command()
def plan(
    as_of: AsOf,
    profile: Annotated[str, typer.Option(help="another one of conf/retention.yaml than that in force")] = "",
) -> None:
    """Show what a purge would remove, table by table, also under a profile before anybody turns it on."""
    from dataclasses import replace

    from jobs.control.database import open_control
    from jobs.report.console import show_plan
    from jobs.retention.purge.brake import plan_of
    from jobs.retention.purge.job import plan as what_expired
    from jobs.runtime.opening import open_night
    from jobs.settings import with_profile

    with open_night("retention plan", as_of, writes=False, older_tables=True) as opened:
        settings = with_profile(opened.settings, profile or opened.settings.retention.profile)
        night = replace(opened, settings=settings)
        expired = what_expired(night)
        with open_control(settings) as control, control.reading() as connection:
            _tell(plan_of(night, connection, expired))
        show_plan(expired)


def _tell(found: "Plan") -> None:
    typer.echo(f"plan {found.name}, as of {found.as_of} under {found.profile}: {found.share:.1%} of all rows would go")
    for reason in found.reasons:
        typer.echo(f"needs approval: {reason}")


@_retention.command()
def brake(as_of: AsOf) -> None:
    """For Airflow: exit code 0 and the plan where a purge waits for an approval, 99 where it waits for none."""
    from jobs.control.database import open_control
    from jobs.retention.purge.brake import plan_of, waits
    from jobs.retention.purge.job import plan as what_expired
    from jobs.runtime.opening import open_night

    if has_not_come(as_of):
        raise typer.BadParameter(f"--as-of {as_of} has not come")
    with open_night("retention brake", as_of, writes=False, older_tables=True) as night:
        expired = what_expired(night)
        with open_control(night.settings) as control, control.reading() as connection:
            found = plan_of(night, connection, expired)
            is_stopped = waits(connection, found)
    if not is_stopped:
        raise typer.Exit(code=NOTHING_TO_APPROVE)
    typer.echo(f"plan {found.name}: {'; '.join(found.reasons)}")  # Airflow shows people the last line


@_retention.command()
def request(
    as_of: AsOf,
    by: Annotated[str, typer.Option(metavar="STAFFNO", help="who asks for it")],
    reason: Annotated[str, typer.Option(help="why it is right")],
) -> None:
    """Ask for a purge that needs approval."""
    from jobs.control.database import open_control
    from jobs.retention.purge.brake import plan_of
    from jobs.retention.purge.brake import request as ask
    from jobs.retention.purge.job import plan as what_expired
    from jobs.runtime.opening import open_night

    with open_night("retention request", as_of, writes=False, older_tables=True) as night:
        expired = what_expired(night)
        with open_control(night.settings) as control, control.deciding() as connection:
            found = plan_of(night, connection, expired)
            ask(connection, found, by, reason)
    _tell(found)


@_retention.command()
def approve(
    name: Annotated[str, typer.Argument(metavar="PLAN", help="as `retention request` tells it")],
    by: Annotated[str, typer.Option(metavar="STAFFNO", help="an authoriser, who has not asked for it")],
) -> None:
    """Approve a purge that somebody else has asked for."""
    from jobs.control.opening import deciding
    from jobs.retention.purge.brake import approve as agree

    with deciding() as connection:
        agree(connection, name, by)
    typer.echo(f"plan {name} is approved")
