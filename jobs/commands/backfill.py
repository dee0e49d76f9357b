"""Past days anew."""

from datetime import date
from typing import Annotated

import typer

from jobs.commands.options import RunId, date_option, night_option
from jobs.runtime.stage_names import Stage

app = typer.Typer()


@app.command()
def backfill(
    first: Annotated[date, date_option("--from", "the first day of capture")],
    last: Annotated[date, night_option("--to", "the last day of capture, which is included")],
    stage: Annotated[Stage, typer.Option(help="the first stage to run; those after it follow")],
    run_id: RunId = "",
    *,
    execute: Annotated[bool, typer.Option("--execute/--dry-run", help="do it, or tell what would change")] = False,
) -> None:
    """Build days of capture anew: what is stale, missing or refused, and what other settings or rules built.

    The stages are ingest, ocr, consolidate, validate, analyse: of ingest all five, of ocr the last four, of
    consolidate the last three, of validate the last two, of analyse itself. Ingest takes in whatever has arrived by
    the last day. Run again after it failed, it goes on where it was. Without --execute no table is changed.
    """
    from jobs.backfill.job import backfill as job
    from jobs.backfill.job import within
    from jobs.backfill.preview import preview
    from jobs.report.backfill import show_backfill
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night

    with open_night("backfill", last, run_id, writes=execute, gated=True) as opened:
        night = within(opened, first, last)
        if execute:
            job(night, stage, run_and_tell)
        else:
            show_backfill(preview(night, stage), stage)
