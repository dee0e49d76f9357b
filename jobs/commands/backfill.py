"""Past nights anew."""

from datetime import date
from typing import Annotated

import typer

from jobs.commands.options import RunId, date_option
from jobs.runtime.stage_names import Stage

app = typer.Typer()


@app.command()
def backfill(
    first: Annotated[date, date_option("--from", "the first night")],
    last: Annotated[date, date_option("--to", "the last night, which is included")],
    stage: Annotated[Stage, typer.Option(help="the first stage to run; those after it follow")],
    run_id: RunId = "",
    *,
    execute: Annotated[
        bool, typer.Option("--execute/--dry-run", help="do it, or tell for each night what would change")
    ] = False,
) -> None:
    """Compute past nights anew, in order: a stage and all after it, which its result feeds.

    The stages are ingest, ocr, consolidate, validate, analyse: of ingest all five, of ocr the last four, of
    consolidate the last three, of validate the last two, of analyse itself. It stops at the first night that fails
    and says how to go on. Without --execute no table is changed.
    """
    from jobs.backfill.job import backfill as job
    from jobs.backfill.job import nights
    from jobs.backfill.preview import preview
    from jobs.report.backfill import show_backfill
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night

    with open_night("backfill", first, run_id, writes=execute, gated=True) as night:
        if execute:
            job(night, last, stage, run_and_tell)
        else:
            days = nights(night, last)
            show_backfill([one.process_date for one in days], preview(days, stage), stage)
