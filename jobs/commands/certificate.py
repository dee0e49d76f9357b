"""Erasure certificates."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
_certificate = typer.Typer(help="What a purge removed, signed: checked by whoever has the key.", no_args_is_help=True)
app.add_typer(_certificate, name="certificate")


@_certificate.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a certificate, as JSON")],
    key: Annotated[str, typer.Option(help="the log's public key, as `certificate key` tells it")],
) -> None:
    """Check that a certificate is as it was issued and complete; needs neither a lake nor its settings."""
    from jobs.retention.certificate import verified

    found = verified(file.read_text(encoding="utf-8", errors="replace"), key)
    removed = sum(one["rows"] for one in found["removed"])
    what = f"the erasure under {', '.join(found['suppressions'])}" if "suppressions" in found else "the purge"
    typer.echo(f"as it was issued on {found['issued_at']}: {what} as of {found['as_of']} removed {removed:,} rows")
    if not found["complete"]:
        finds = len(found["scan"]["finds"])
        typer.echo(f"it is NOT complete: {len(found['still_there'])} places could not be purged, {finds} finds")
        raise typer.Exit(code=1)


@_certificate.command()
def key() -> None:
    """Print the public keys of this lake's log, the newest last: give them to those who check certificates."""
    from jobs.control.heads import public_keys
    from jobs.control.opening import reading

    with reading() as connection:
        for one in public_keys(connection):
            typer.echo(one)
