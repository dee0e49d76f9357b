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
    """Sign the log as it is now, keep that where `control.heads` says, and print it."""
    from jobs.control.database import open_control
    from jobs.control.heads import keep_head, put_away, signing_key
    from jobs.control.opening import control_settings

    settings = control_settings()
    with open_control(settings) as control:
        with control.deciding() as connection:
            note = keep_head(connection, signing_key(connection, settings.control.signing_key))
        put_away(note, settings.control.heads)
    typer.echo(note, nl=False)


@_log.command()
def verify(
    kept: Annotated[
        list[Path] | None,
        typer.Option("--head", exists=True, dir_okay=False, help="a head that was kept; may be given several times"),
    ] = None,
) -> None:
    """Work the log out anew from its rows, and hold it against all heads that were kept."""
    from jobs.control.database import open_control
    from jobs.control.heads import checked, heads_of, kept_away, public_keys
    from jobs.control.log import verify as check
    from jobs.control.opening import control_settings

    settings = control_settings()
    with open_control(settings) as control, control.reading() as connection:
        keys = public_keys(connection)
        notes = [*heads_of(connection), *kept_away(settings.control.heads), *(file.read_text() for file in kept or ())]
        heads = [checked(note, keys) for note in notes]
        found = check(connection, heads, datetime.now(UTC).date())
    newest = max((one.size for one in heads), default=0)
    typer.echo(f"{found.size} rows, as they were written; {len(set(heads))} heads; the newest is of {newest} rows")
    typer.echo(f"{found.size - newest} rows came since, and nothing outside this database protects them")
