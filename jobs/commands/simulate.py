"""A simulated camera network with known truth."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import date_option
from jobs.domain.errors import LakeError
from jobs.runtime.permissions import set_umask
from jobs.settings import load_settings

app = typer.Typer()


@app.command()
def simulate(
    last_day: Annotated[date, date_option("--last-day", "the last day of capture, on which most files arrive")],
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same files")] = 1,
    days: Annotated[int, typer.Option(min=1, help="days of capture")] = 7,
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
    set_umask(settings.storage.umask)
    if "://" in settings.storage.landing:
        raise LakeError("storage.landing: the simulation writes to a local folder only")
    landing = Path(settings.storage.landing)
    options = SimulationOptions(last_day=last_day, seed=seed, days=days, reads_per_day=reads_per_day, clips=clips)
    summary = run(landing, truth or landing.parent / "truth", options)
    typer.echo(", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in vars(summary).items()))
