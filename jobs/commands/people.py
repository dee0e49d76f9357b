"""Who may decide."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from jobs.commands.options import date_option

app = typer.Typer()
_people = typer.Typer(help="Who may decide: staff number, rank, role, until when.", no_args_is_help=True)
app.add_typer(_people, name="people")

StaffNo = Annotated[str, typer.Argument(metavar="STAFFNO", help="the force's number for the person")]
By = Annotated[str, typer.Option(metavar="STAFFNO", help="the grantor, who is somebody else")]
Until = Annotated[date, date_option("--until", "the last day on which the person may decide")]


@_people.command()
def add(
    staff_no: StaffNo,
    rank: Annotated[str, typer.Option(help="as conf/retention.yaml names ranks")],
    role: Annotated[str, typer.Option(help="analyst, authoriser, grantor or auditor")],
    until: Until,
    by: Annotated[
        str | None, typer.Option(metavar="STAFFNO", help="a grantor; none while there is none: the machine's owner")
    ] = None,
) -> None:
    """Let a person decide."""
    from jobs.control import people
    from jobs.control.opening import control_settings, deciding

    known = _one_of("--role", role, list(people.Role))
    _one_of("--rank", rank, control_settings().retention.ranks)
    today = datetime.now(UTC).date()
    with deciding() as connection:
        people.add(connection, people.Person(staff_no, rank, people.Role(known), until, today), by, today)


def _one_of(option: str, text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise typer.BadParameter(f"{option} {text!r}: allowed is one of {', '.join(known)}")
    return text


@_people.command()
def review(staff_no: StaffNo, until: Until, by: By) -> None:
    """Say that a person still needs it, and until when."""
    from jobs.control import people
    from jobs.control.opening import deciding

    with deciding() as connection:
        people.review(connection, staff_no, until, by, datetime.now(UTC).date())


@_people.command()
def end(staff_no: StaffNo, by: By) -> None:
    """Let a person decide no more."""
    from jobs.control import people
    from jobs.control.opening import deciding

    with deciding() as connection:
        people.end(connection, staff_no, by, datetime.now(UTC).date())


@_people.command("list")
def show() -> None:
    """Show everybody who may decide, or might; who was not looked at for too long is red."""
    from jobs.control.opening import control_settings, reading
    from jobs.report.people import show_people

    settings = control_settings()
    with reading(settings) as connection:
        show_people(connection, datetime.now(UTC).date(), settings.control.people_review_days)
