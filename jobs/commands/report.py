"""The compliance report."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from jobs.commands.options import RunId, date_option, has_not_come
from jobs.domain.variables import AHEAD_VARIABLE

app = typer.Typer()


@app.command()
def report(
    as_of: Annotated[
        date | None, date_option("--as-of", "the day as of which ages are counted and hits are told; else today")
    ] = None,
    run_id: RunId = "",
) -> None:
    """Write the compliance report into the governance zone, as a page and as JSON; a purge does so too."""
    from jobs.control.heads import sign_now
    from jobs.report.compliance.page import write_compliance_report
    from jobs.runtime.opening import open_night

    day = as_of or datetime.now(UTC).date()
    if has_not_come(day):
        raise typer.BadParameter(f"--as-of {day} has not come (a rehearsal sets {AHEAD_VARIABLE})")
    with open_night("report", day, run_id, writes=False) as night:
        typer.echo(f"compliance report: {write_compliance_report(night, sign_now(night.settings))}")
