"""The command `anprlake`, for people and for spark-submit alike: parses, builds Settings, calls one job."""

import logging
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException

from jobs.domain.errors import LakeError
from jobs.settings import Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.lake.store import Store
    from jobs.runtime.night import Job, Night

log = logging.getLogger(__name__)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_WRONG_USE = 2
_GATED = {"ingest", "ocr", "validate", "analyse", "nightly", "backfill"}
"""Commands that put what they write through Great Expectations."""


def _to_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; allowed is YYYY-MM-DD") from None


@app.callback()
def guard() -> None:
    """The ANPR evidence and retention lake: one command a stage."""
    sys.excepthook = _redacted_hook  # here, because Typer puts its own in place before it calls a command


ProcessDate = Annotated[
    date,
    typer.Option(
        "--date", parser=_to_date, metavar="YYYY-MM-DD", help="the night: the day whose arrivals are taken in"
    ),
]
RunId = Annotated[str, typer.Option("--run-id", help="name of the run in every row that it writes")]


@app.command()
def simulate(
    last_day: ProcessDate,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same files")] = 1,
    days: Annotated[int, typer.Option(min=1, help="days of capture, the last one --date")] = 7,
    reads_per_day: Annotated[int, typer.Option(min=100, help="passages that feeds report on a weekday")] = 6000,
    clips: Annotated[int, typer.Option(min=0, help="video files of the last day")] = 6,
    truth: Annotated[
        Path | None, typer.Option(help="where the truth goes; beside the landing folder by default")
    ] = None,
) -> None:
    """Write a landing folder of a simulated camera network, and what is true of it."""
    from jobs.simulate import SimulationOptions
    from jobs.simulate import simulate as run

    settings = load_settings()
    if "://" in settings.storage.landing:
        raise LakeError("storage.landing: the simulation writes to a local folder only")
    landing = Path(settings.storage.landing)
    options = SimulationOptions(last_day=last_day, seed=seed, days=days, reads_per_day=reads_per_day, clips=clips)
    summary = run(landing, truth or landing.parent / "truth", options)
    typer.echo(", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in vars(summary).items()))


@app.command()
def ingest(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Take in cameras, hot-lists, feed files and the catalogue of footage."""
    from jobs.ingest.job import ingest as job

    _run("ingest", job, process_date, run_id)


@app.command()
def ocr(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Read the plates of catalogued footage that was not read yet."""
    from jobs.footage.job import read_footage

    _run("ocr", read_footage, process_date, run_id)


@app.command()
def consolidate(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Stage the reads of every day that the night's files touched."""
    from jobs.consolidate.job import consolidate as job

    _run("consolidate", job, process_date, run_id)


@app.command()
def validate(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Put staged days through the quality gate and publish those that pass."""
    from jobs.quality.publish import validate as job

    _run("validate", job, process_date, run_id)


@app.command()
def analyse(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Find hot-list hits, journeys, flows, convoys and clones."""
    from jobs.analytics.job import analyse as job

    _run("analyse", job, process_date, run_id)


class Stage(StrEnum):
    """The stages of a night, in order."""

    INGEST = "ingest"
    OCR = "ocr"
    CONSOLIDATE = "consolidate"
    VALIDATE = "validate"
    ANALYSE = "analyse"


@app.command()
def nightly(
    process_date: ProcessDate,
    run_id: RunId = "",
    stages: Annotated[
        list[Stage] | None, typer.Option("--stage", help="only this stage; may be given several times")
    ] = None,
) -> None:
    """Run the stages of a night in one session."""
    from jobs.runtime.stages import STAGES

    with _night("nightly", process_date, run_id) as night:
        for name, job in STAGES.items():
            if not stages or name in stages:
                _run_in(night, name, job)


@app.command()
def backfill(
    first: Annotated[
        date, typer.Option("--from", parser=_to_date, metavar="YYYY-MM-DD", help="the first night, as --date elsewhere")
    ],
    last: Annotated[date, typer.Option("--to", parser=_to_date, metavar="YYYY-MM-DD", help="the last night")],
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

    with _night("backfill", first, run_id, writes=execute) as night:
        if execute:
            job(night, last, stage, _run_in)
        else:
            days = nights(night, last)
            show_backfill([one.process_date for one in days], preview(days, stage), stage)


CaptureDay = Annotated[
    date, typer.Option("--date", parser=_to_date, metavar="YYYY-MM-DD", help="the day of capture of the hits")
]


class Answer(StrEnum):
    """What a person may answer a hit with."""

    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class HitState(StrEnum):
    """The states of a hit."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@app.command()
def hits(
    day: CaptureDay, state: Annotated[HitState | None, typer.Option(help="only hits in this state")] = None
) -> None:
    """Show the hot-list hits of a day of capture, the most urgent first; the marks are shown to you alone."""
    from jobs.report.hits import show_hits

    with _store("hits") as (store, _):
        show_hits(store, day, state)


@app.command()
def respond(
    hit: Annotated[str, typer.Argument(metavar="HIT_ID", help="as `anprlake hits` shows it")],
    state: Annotated[Answer, typer.Option(help="what was done about the hit")],
    person: Annotated[str, typer.Option(metavar="STAFFNO", help="who did it")],
    day: CaptureDay,
    outcome: Annotated[str | None, typer.Option(help="what came of it; mandatory when it is closed")] = None,
) -> None:
    """Record what was done about a hot-list hit; the newest response counts, also when the day is computed anew."""
    from jobs.analytics.hotlist_responses import Response
    from jobs.analytics.hotlist_responses import respond as job

    response = Response(hit, str(state), outcome, person, datetime.now(UTC))
    with _night("respond", day) as night:
        _run_in(night, "respond", partial(job, response=response))


@app.command()
def recover(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Clear away what a failed night left: its staged days and dead jobs' working files."""
    from jobs.runtime.recover import recover as job

    _run("recover", job, process_date, run_id)


@app.command()
def purge(
    process_date: ProcessDate,
    run_id: RunId = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the same without doing it")] = False,
) -> None:
    """Remove what has expired on --date under the retention profile, and write the ledger and the compliance page."""
    from jobs.report.compliance import write_compliance_page
    from jobs.report.console import show_expired
    from jobs.report.dictionary import write_data_dictionary
    from jobs.retention.purge import Expired
    from jobs.retention.purge import purge as job
    from jobs.runtime.night import RunSummary

    expired: list[Expired] = []

    def purge_job(night: "Night") -> RunSummary:
        summary, found = job(night, dry_run=dry_run)
        expired.extend(found)
        return summary

    with _night("purge", process_date, run_id, writes=not dry_run) as night:
        if dry_run:
            purge_job(night)
        else:
            _run_in(night, "purge", purge_job)
            typer.echo(f"compliance page: {write_compliance_page(night)}")
            typer.echo(f"data dictionary: {write_data_dictionary(night)}")
    show_expired(expired, dry_run=dry_run)


@app.command()
def tables(
    table: Annotated[str | None, typer.Argument(help="with --describe: only this one, `restricted.reads`")] = None,
    *,
    describe: Annotated[bool, typer.Option("--describe", help="the data dictionary, from the catalogue")] = False,
) -> None:
    """Show what there is: zone, rows, span of dates, retention class; or what every column means."""
    if describe:
        from jobs.report.dictionary import show_dictionary

        show_dictionary(table, load_settings().retention.limits)
        return
    from jobs.report.console import show_tables

    with _store("tables") as (store, _):
        show_tables(store)


@app.command()
def quality(
    days: Annotated[int, typer.Option(min=1, help="days to show")] = 14,
    last: Annotated[
        date | None,
        typer.Option("--date", parser=_to_date, metavar="YYYY-MM-DD", help="the last of them; else the newest night"),
    ] = None,
) -> None:
    """Show what the quality gate said of the last days: published or refused, what was unusual, and who owns it."""
    from jobs.report.quality import show_quality

    with _store("quality") as (store, _):
        show_quality(store, days, last)


@app.command()
def summary(
    process_date: ProcessDate,
    truth: Annotated[Path | None, typer.Option(help="the simulation's truth, to compare with")] = None,
) -> None:
    """Tell what a night brought, from the tables; with --truth, beside what was true."""
    from jobs.report.summary import show_summary

    with _night("summary", process_date, writes=False) as night:
        show_summary(night, truth)


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…", help="photos or videos")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a passage")] = False,
    seen_on: Annotated[
        date | None,
        typer.Option(parser=_to_date, metavar="YYYY-MM-DD", help="day of capture: rules out marks not yet issued"),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(file_okay=False, metavar="OUT", help="folder for copies with the reads drawn in")
    ] = None,
) -> None:
    """Read the plates in photos or videos."""
    from jobs.report.passages import read_files

    settings = load_settings()
    _configure_logging()
    if read_files(files, settings, seen_on=seen_on, as_json=as_json, annotate=annotate):
        raise typer.Exit(1)


def _configure_logging() -> None:
    from jobs.runtime.redaction import configure_logging

    configure_logging()


@contextmanager
def _store(app_name: str) -> Iterator[tuple["Store", Settings]]:
    """Settings first, so that a wrong one is told before any work; then the tables, and Spark when it is needed."""
    settings = load_settings()
    from jobs.lake.store import Store
    from jobs.runtime.session import build_session

    _configure_logging()
    with ExitStack() as stack:

        def session() -> "SparkSession":
            if app_name in _GATED:
                # It takes as long to import as Spark takes to start: one core each.
                Thread(target=import_module, args=("great_expectations",), daemon=True).start()
            spark = build_session(settings, f"anprlake {app_name}")
            stack.callback(spark.stop)
            return spark

        yield Store(session, settings.storage.root), settings


@contextmanager
def _night(app_name: str, process_date: date, run_id: str = "", *, writes: bool = True) -> Iterator["Night"]:
    """A run for a night; one that writes is the only one to do so, from here to its end."""
    from jobs.lake.lock import only_writer
    from jobs.runtime.night import Night

    with _store(app_name) as (store, settings), ExitStack() as stack:
        if writes:
            who, wait_seconds = f"{app_name} {process_date}", settings.writers.wait_seconds
            stack.enter_context(only_writer(settings.storage.root, who, wait_seconds))
        yield Night(store, settings, process_date, run_id or uuid.uuid4().hex)


def _run(name: str, job: "Job", process_date: date, run_id: str) -> None:
    with _night(name, process_date, run_id) as night:
        _run_in(night, name, job)


def _run_in(night: "Night", name: str, job: "Job") -> None:
    from jobs.runtime.night import run_job

    typer.echo(f"{name} {night.process_date}: {run_job(night, name, job)}")


def _redacted_hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Uncaught errors: where they came from and what kind they are, without the values that their texts may hold."""
    from traceback import extract_tb

    from jobs.runtime.redaction import describe

    for frame in extract_tb(trace):
        sys.stderr.write(f"  {frame.name} ({Path(frame.filename).name}:{frame.lineno})\n")
    sys.stderr.write(f"anprlake: {describe(error) if isinstance(error, Exception) else kind.__name__}\n")


def main(arguments: list[str] | None = None) -> None:
    """Run the command; wrong arguments or settings end with one line and exit code 2, failed work with 1."""
    try:
        code = app(arguments, standalone_mode=False)
    except TyperException as error:
        message: Callable[[], str] = getattr(error, "format_message", error.__str__)
        _end(message(), getattr(error, "exit_code", _WRONG_USE))
    except LakeError as error:
        _end(str(error), error.exit_code)
    else:
        sys.exit(code or 0)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"anprlake: {' '.join(message.split())}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
