"""What keeps a lake in order: clearing up after a failed night, the purge, and what is damaged."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import ProcessDate, RunId, date_option, has_not_come
from jobs.domain.variables import AHEAD_VARIABLE

if TYPE_CHECKING:
    from jobs.runtime.night import Night, RunSummary

app = typer.Typer()


@app.command()
def recover(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Clear away what a failed night left: its staged days and dead jobs' working files."""
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night
    from jobs.runtime.recover import recover as job

    with open_night("recover", process_date, run_id) as night:
        run_and_tell(night, "recover", job)


@app.command()
def purge(
    as_of: Annotated[date, date_option("--as-of", "the day as of which ages are counted")],
    run_id: RunId = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the same without doing it")] = False,
    ahead: Annotated[
        bool, typer.Option("--ahead", help=f"as of a day that has not come, as a rehearsal does; or ${AHEAD_VARIABLE}")
    ] = False,
) -> None:
    """Remove what has expired under the retention profile, look for what may have been left, and certify both."""
    from jobs.report.console import show_plan, show_refused
    from jobs.retention.proof import proven_purge
    from jobs.retention.purge.job import PurgeIncompleteError, plan
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night

    if has_not_come(as_of) and not (dry_run or ahead):
        raise typer.BadParameter(f"--as-of {as_of} has not come: what may still be kept would go")
    incomplete: PurgeIncompleteError | None = None
    with open_night("purge", as_of, run_id, writes=not dry_run, older_tables=True) as night:
        if dry_run:
            show_refused(night)
            show_plan(plan(night))
            return
        try:
            run_and_tell(night, "purge", proven_purge)
        except PurgeIncompleteError as error:  # what went is told first
            incomplete = error
        _tell_of_purge(night)
    if incomplete:
        raise incomplete


def _tell_of_purge(night: "Night") -> None:
    """Sign the log, renew the pages, and show what went."""
    from jobs.control.heads import sign_now
    from jobs.report.compliance.page import write_compliance_report
    from jobs.report.console import show_removed
    from jobs.report.dictionary import write_data_dictionary

    note = sign_now(night.settings)
    typer.echo(f"compliance report: {write_compliance_report(night, note)}")
    typer.echo(f"data dictionary: {write_data_dictionary(night)}")
    show_removed(night)


Deep = Annotated[bool, typer.Option("--deep", help="read all bytes too: takes as long as a copy of the lake")]


@app.command()
def doctor(*, deep: Deep = False) -> None:
    """Read every table's log and data files, and say what is damaged; exit code 1 if something is."""
    from jobs.lake.doctor import examine
    from jobs.lake.tables import CATALOGUE
    from jobs.runtime.opening import open_store

    with open_store("doctor", older_tables=True) as (store, _):
        damages = [damage for table in CATALOGUE for damage in examine(store, table, deep=deep)]
    for damage in damages:
        typer.echo(damage)
    typer.echo(f"{len(damages)} damaged")
    raise typer.Exit(code=1 if damages else 0)


@app.command()
def repair(
    process_date: ProcessDate,
    run_id: RunId = "",
    *,
    deep: Deep = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="take out too what only landing could bring, and no longer can")
    ] = False,
) -> None:
    """Take out what the doctor finds damaged, and read landing again for it; exit code 1 if rows are lost.

    The process date is that of the last night. What is derived comes with the next one, or a backfill.
    """
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night
    from jobs.runtime.repair import Repaired
    from jobs.runtime.repair import repair as job

    found: list[Repaired] = []

    def repair_job(night: "Night") -> "RunSummary":
        summary, repaired = job(night, deep=deep, give_up=give_up)
        found.append(repaired)
        return summary

    with open_night("repair", process_date, run_id, gated=True, older_tables=True) as night:
        run_and_tell(night, "repair", repair_job)
    for line in found[0]:
        typer.echo(line)
    raise typer.Exit(code=0 if found[0].is_whole else 1)
