"""Plates in photos and videos: the reader's own door, without a lake, Spark or Delta."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import date_option

app = typer.Typer()


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…", help="photos or videos")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a passage")] = False,
    seen_on: Annotated[
        date | None,
        date_option("--seen-on", "day of capture: rules out marks not yet issued"),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(file_okay=False, metavar="OUT", help="folder for copies with the reads drawn in")
    ] = None,
) -> None:
    """Read the plates in photos or videos."""
    from jobs.report.passages import read_files
    from jobs.runtime.permissions import set_umask
    from jobs.runtime.redaction import configure_logging
    from jobs.settings import load_settings

    settings = load_settings()
    set_umask(settings.storage.umask)
    configure_logging()
    if read_files(files, settings, seen_on=seen_on, as_json=as_json, annotate=annotate):
        raise typer.Exit(1)
