"""The log of what people decide and what is deleted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
_log = typer.Typer(help="The log of decisions and deletions, which nobody can rewrite.", no_args_is_help=True)
app.add_typer(_log, name="log")


@_log.command()
def head() -> None:
    """Sign the log as it is now, put that where `control.heads` says, and print it."""
    from jobs.control.heads import sign_now
    from jobs.control.opening import control_settings

    typer.echo(sign_now(control_settings()), nl=False)


@_log.command()
def verify(
    kept: Annotated[
        list[Path] | None,
        typer.Option("--head", exists=True, dir_okay=False, help="a head that was kept; may be given several times"),
    ] = None,
) -> None:
    """Work the log out anew from its rows, and hold it against all heads that were kept, and the tables against it."""
    from jobs.control.agreement import require_agreement
    from jobs.control.heads import verify_log
    from jobs.control.opening import control_settings, reading

    found = verify_log(control_settings(), [file.read_text(errors="replace") for file in kept or ()])
    with reading() as connection:
        require_agreement(connection, datetime.now(UTC).date())
    rows = found.head.size
    heads = f"{found.heads} heads are kept elsewhere, the newest is of {found.protected} rows"
    typer.echo(f"{rows} rows, as they were written; {heads if found.heads else 'NO head is kept elsewhere'}")
    typer.echo(f"{rows - found.protected} rows came since, and nothing outside this database protects them")


@_log.command("new-key")
def new_key(
    by: Annotated[str, typer.Option(metavar="STAFFNO", help="a grantor, whom the log then names")],
) -> None:
    """Sign heads with a new key from now on; the file of the one before must be gone."""
    from datetime import UTC, datetime

    from jobs.control.database import open_control
    from jobs.control.heads import replace_key, require_newest_log
    from jobs.control.opening import control_settings
    from jobs.control.people import Role, deciding

    settings = control_settings()
    with open_control(settings) as control, control.deciding() as connection:
        require_newest_log(connection, settings)
        deciding(connection, by, Role.GRANTOR, datetime.now(UTC).date())
        replace_key(connection, settings.control.signing_key, by)
