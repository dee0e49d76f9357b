"""Days of capture anew: a stage, and those after it, for what is stale, refused or stale by rules of some days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from jobs.domain.errors import LakeError
from jobs.runtime.night import Job, Night, Scope
from jobs.runtime.stage_names import Stage
from jobs.runtime.stages import STAGES

Run = Callable[[Night, str, Job], None]


class NoDayError(LakeError):
    """The last day lies before the first."""

    exit_code = 2


def within(night: Night, first: date, last: date) -> Night:
    """The same run, for days of capture alone, both ends included.

    Raises:
        NoDayError: there is none.
    """
    if last < first:
        raise NoDayError(f"--to {last} lies before --from {first}")
    return replace(night, scope=Scope(first, last))


def stages_from(stage: Stage) -> dict[Stage, Job]:
    """A stage and all after it: the result of each feeds the next."""
    names = list(STAGES)
    return {name: STAGES[name] for name in names[names.index(stage) :]}


def backfill(night: Night, stage: Stage, run: Run) -> None:
    """Run the stage and those after it. Killed or failed, it is run again by the same command: what is done is fresh.

    Args:
        night: with the scope.
        stage: the first stage.
        run: runs one stage.

    Raises:
        LakeError: and whatever else a stage raises.
    """
    for name, job in stages_from(stage).items():
        run(night, name, job)
