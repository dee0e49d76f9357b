"""A supplier's first hour: examples of each kind of file, and what would come of files, without a lake or Spark."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import date_option

if TYPE_CHECKING:
    from jobs.ingest.check import Checked

app = typer.Typer()


def _known_kind(kind: str | None) -> str | None:
    """The kind, if it is one."""
    from jobs.ingest.samples import KINDS

    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}")
    return kind


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, metavar="FILE…", help="feed files, registers, hot-lists, sidecars"),
    ] = None,
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            help="of all files, as their landing folder is called; else by folder or content", callback=_known_kind
        ),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="write an example of this kind, and nothing else", callback=_known_kind)
    ] = None,
    arrived_on: Annotated[date | None, date_option("--arrived-on", "day of arrival; else by folder, or today")] = None,
) -> None:
    """Judge suppliers' files as a night would, row by row; ends with 1 where a row is refused."""
    from jobs.ingest.check import check_files
    from jobs.ingest.samples import sample as sample_of
    from jobs.settings import load_settings

    settings = load_settings()
    if sample:
        typer.echo(sample_of(sample, settings, arrived_on or datetime.now(UTC).date()), nl=False)
        return
    if not files:
        raise typer.BadParameter("missing argument FILE…, or --sample")
    # All are told of, whatever the first one brings.
    if sum([_tell(checked) for checked in check_files(files, settings, kind, arrived_on)]):
        raise typer.Exit(1)


def _tell(checked: "Checked") -> int:
    """Write what is refused of a file, and its numbers; returns how many rows are refused."""
    from jobs.ingest.reasons import FLAGS

    rows, refused, flags = 0, 0, Counter[str]()
    for row in checked.rows:
        rows += 1
        flags.update(row.flags)
        if row.reason:
            refused += 1
            typer.echo(f"{checked.path.name} line {row.line_no} record {row.record_no}: {row.reason}: {row.meaning}")
    told = "".join(f"; {FLAGS[flag]} ({flag}) {number}" for flag, number in flags.items())
    typer.echo(f"{checked.path.name}: {checked.kind or 'of no kind'}, rows {rows}, refused {refused}{told}")
    return refused
