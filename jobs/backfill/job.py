"""Runs a stage, and those after it, for past nights, in order; stops at the first that fails."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

from jobs.domain.errors import LakeError
from jobs.runtime.night import Job, Night
from jobs.runtime.stage_names import Stage
from jobs.runtime.stages import STAGES

log = logging.getLogger(__name__)

Run = Callable[[Night, str, Job], None]


class NoNightError(LakeError):
    """The last night lies before the first."""

    exit_code = 2


def nights(first: Night, last: date) -> list[Night]:
    """The nights from the first to the last one, both included, each with a run id of its own.

    Raises:
        NoNightError: there is none.
    """
    length = (last - first.process_date).days + 1
    if length < 1:
        raise NoNightError(f"--to {last} lies before --from {first.process_date}")
    days = [first.process_date + timedelta(days=number) for number in range(length)]
    return [replace(first, process_date=day, run_id=f"{first.run_id}_{day}") for day in days]


def stages_from(stage: Stage) -> dict[Stage, Job]:
    """A stage and all after it: the result of each feeds the next."""
    names = list(STAGES)
    return {name: STAGES[name] for name in names[names.index(stage) :]}


def backfill(first: Night, last: date, stage: Stage, run: Run) -> None:
    """Run the stage and those after it for each night.

    Args:
        first: the first night.
        last: the last night, which may be the first.
        stage: the first stage.
        run: runs one stage of one night.

    Raises:
        LakeError: and whatever else a stage raises, once the log has said how to go on.
    """
    for night in nights(first, last):
        for name, job in stages_from(stage).items():
            with _told_how_to_go_on(night, name, f"--to {last} --stage {stage} --execute"):
                run(night, name, job)


@contextmanager
def _told_how_to_go_on(night: Night, name: str, rest: str) -> Iterator[None]:
    try:
        yield
    except BaseException:  # raised again: a person who stops it wants to know too
        log.error(  # noqa: TRY400 - the error itself is told, without values of rows, where it ends
            "the backfill stopped at the night of %s, stage %s; nights before it are done. "
            "When that is mended go on with: anprlake backfill --from %s %s",
            night.process_date, name, night.process_date, rest,
        )  # fmt: skip
        raise
