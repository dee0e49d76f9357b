"""The stages of a night, each by itself as Airflow runs them, or all in one session."""

from typing import Annotated

import typer

from jobs.commands.options import ProcessDate, RunId
from jobs.runtime.stage_names import Stage

app = typer.Typer()


def _run(stage: Stage, process_date: ProcessDate, run_id: str) -> None:
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night
    from jobs.runtime.stages import STAGES

    with open_night(stage, process_date, run_id, gated=True) as night:
        run_and_tell(night, stage, STAGES[stage])


@app.command()
def ingest(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Take in cameras, hot-lists, feed files and the catalogue of footage."""
    _run(Stage.INGEST, process_date, run_id)


@app.command()
def ocr(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Read the plates of catalogued footage that was not read yet."""
    _run(Stage.OCR, process_date, run_id)


@app.command()
def consolidate(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Stage the reads of every day whose sightings are not those that its reads were built from."""
    _run(Stage.CONSOLIDATE, process_date, run_id)


@app.command()
def validate(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Put staged days through the quality gate and publish those that pass."""
    _run(Stage.VALIDATE, process_date, run_id)


@app.command()
def analyse(process_date: ProcessDate, run_id: RunId = "") -> None:
    """Find hot-list hits, journeys, flows, convoys and clones."""
    _run(Stage.ANALYSE, process_date, run_id)


@app.command()
def nightly(
    process_date: ProcessDate,
    run_id: RunId = "",
    stages: Annotated[
        list[Stage] | None, typer.Option("--stage", help="only this stage; may be given several times")
    ] = None,
) -> None:
    """Run the stages of a night in one session."""
    from jobs.runtime.night import run_and_tell
    from jobs.runtime.opening import open_night
    from jobs.runtime.stages import STAGES

    with open_night("nightly", process_date, run_id, gated=True) as night:
        for stage in Stage:
            if not stages or stage in stages:
                run_and_tell(night, stage, STAGES[stage])
