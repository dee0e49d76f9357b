"""Nights and purges killed beside every one of their commits, each followed by the next night, or purge, alone."""

import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from jobs.retention.purge.job import purge
from jobs.runtime.night import Night
from jobs.runtime.recover import recover
from jobs.runtime.session import build_session
from jobs.runtime.stages import STAGES
from jobs.settings import load_settings
from jobs.simulate import SimulationOptions, simulate
from tests.bench.figures import Figure, Report
from tests.bench.figures import Table as Shown
from tests.bench.lake.commits import Commits, Killed, counted
from tests.bench.lake.lakes import Lakes, all_stages
from tests.bench.processes import ANPRLAKE, environment
from tests.lake_contents import unlike

LAST = date(2026, 11, 20)
_OPTIONS = SimulationOptions(
    last_day=LAST, days=3, reads_per_day=300, clips=1, clip_seconds=5.0, bad_footage=False, fixed_cameras=6, convoys=1,
    clones=1, hotlist=10,
)  # fmt: skip
_RANDOM = 20
Step = Callable[[Night], object]


def kills(work: Path, report: Report) -> None:
    """Beside each commit of each stage of a night, the ones before it done; the next night does the rest."""
    lakes = whole_night(work)
    _tell(report, "of a night's stages", [*_of_night(lakes)])
    lakes.spark.stop()


def kills_of_purge(work: Path, report: Report) -> None:
    """Beside each commit of `recover` and of the purge."""
    lakes = whole_night(work)
    _tell(report, "of recover and the purge", [*_of_recover(lakes), *_of_purge(lakes)])
    lakes.spark.stop()


def _tell(report: Report, of: str, rows: list[tuple[str, int, int, int]]) -> None:
    report.tables.append(Shown(f"Killed beside each commit {of}", ("step", "commits", "kills", "unlike after"), rows))
    wrong = sum(row[3] for row in rows)
    report.figures.append(
        Figure(
            f"killed before, after each of {sum(row[1] for row in rows)} commits {of}; then the next one alone",
            f"{wrong} of {sum(row[2] for row in rows)} unlike undisturbed ones", reach="0", reached=wrong == 0,
        )
    )  # fmt: skip


def whole_night(work: Path) -> Lakes:
    """The lakes `start`, before the last night, and `whole`, after it and one more."""
    logging.getLogger("jobs").setLevel(logging.ERROR)
    simulate(work / "start" / "landing", work / "truth", _OPTIONS)
    settings = load_settings(environment={"ANPRLAKE_STORAGE__SCRATCH": str(work / "scratch")})
    lakes = Lakes(work, build_session(settings, "anprlake kills"))
    for day in (LAST - timedelta(days=2), LAST - timedelta(days=1)):
        all_stages(lakes.night("start", day, f"before {day}"))
    lakes.copy("start", "whole")
    all_stages(lakes.night("whole", LAST, "last"))
    _next_night(lakes, "whole")
    return lakes


def _next_night(lakes: Lakes, name: str) -> None:
    """The night after; it has no files of its own."""
    all_stages(lakes.night(name, LAST + timedelta(days=1), "next"))


def _of_night(lakes: Lakes) -> Iterator[tuple[str, int, int, int]]:
    expected = lakes.contents("whole")
    lakes.copy("start", "done")
    for name, stage in STAGES.items():
        yield _killed(lakes, str(name), stage, _next_night, expected)
        stage(lakes.night("done", LAST, "last"))


def _of_recover(lakes: Lakes) -> Iterator[tuple[str, int, int, int]]:
    expected = lakes.contents("whole")
    lakes.copy("start", "done")
    for name in ("ingest", "consolidate"):
        STAGES[name](lakes.night("done", LAST, "last"))
    yield _killed(lakes, "recover", recover, _next_night, expected)


def _of_purge(lakes: Lakes) -> Iterator[tuple[str, int, int, int]]:
    """As of the day on which the first two days of capture and all that landed have expired."""
    as_of = LAST - timedelta(days=1) + timedelta(days=730)

    def step(night: Night) -> None:
        purge(replace(night, process_date=as_of))

    lakes.copy("whole", "purged")
    step(lakes.night("purged", as_of, "purge"))
    lakes.copy("whole", "done")
    yield _killed(
        lakes, "purge", step, lambda lakes, name: step(lakes.night(name, as_of, "next")), lakes.contents("purged")
    )


def _killed(
    lakes: Lakes, step: str, run: Step, then: Callable[[Lakes, str], None], expected: dict[str, list[str]]
) -> tuple[str, int, int, int]:
    """Kill a step of the lake `done` beside each of its commits, and count what the next run leaves unlike."""
    whole = Commits()
    lakes.copy("done", "killed")
    with counted(whole):
        run(lakes.night("killed", LAST, "killed"))
    count, wrong = len(whole.seen), 0
    for number in range(2 * count):
        commits = Commits(at=number // 2, before=number % 2 == 0)
        lakes.copy("done", "killed")
        try:
            with counted(commits):
                run(lakes.night("killed", LAST, "killed"))
        except Killed:
            pass
        then(lakes, "killed")
        found = lakes.contents("killed")
        names = unlike(found, expected)
        wrong += bool(names)
        where = f"{'before' if commits.before else 'after'} {whole.seen[number // 2]}"
        sys.stderr.write(f"{step} {number // 2 + 1} of {count}, {where}: {', '.join(names) or 'the same'}\n")
    return step, count, 2 * count, wrong


def kills_at_random(work: Path, report: Report) -> None:
    """SIGKILL to all processes of the last night after a part of its time; then the next night alone."""
    lakes = whole_night(work)
    lakes.spark.stop()
    lakes.copy("start", "timed")
    expected, began = lakes.contents("whole"), time.monotonic()
    run_killed(lakes, "timed", _nightly(LAST))
    whole_s = time.monotonic() - began
    shares, rows, wrong = np.random.default_rng(_RANDOM).uniform(0.05, 1.0, _RANDOM), [], 0
    for number, after_s in enumerate(sorted(shares * whole_s), start=1):
        lakes.copy("start", "killed")
        where = run_killed(lakes, "killed", _nightly(LAST), after_s)
        run_killed(lakes, "killed", _nightly(LAST + timedelta(days=1)))
        found = lakes.contents("killed")
        names = unlike(found, expected)
        wrong += bool(names)
        rows.append((number, f"{after_s:.0f}", where, ", ".join(names) or "the same"))
        sys.stderr.write(f"{rows[-1]}\n")  # half an hour: somebody waits
    report.tables.append(Shown("Killed at random", ("kill", "after s", "killed in", "after the next night"), rows))
    report.figures.append(
        Figure(
            f"kill -9 at {_RANDOM} random moments of a night, then the next night alone",
            f"{wrong} unlike undisturbed ones", reach="0", reached=wrong == 0,
        )
    )  # fmt: skip


def _nightly(day: date) -> list[str]:
    return ["nightly", "--process-date", str(day)]


def run_killed(lakes: Lakes, name: str, command: Sequence[str], seconds: float | None = None) -> str:
    """Run a command in processes of its own, and kill them after some seconds; the job in which that was."""
    log = lakes.work / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ANPRLAKE, *command],
            stdout=output, stderr=output, start_new_session=True,
            env=environment(lakes.work / name) | {"ANPRLAKE_STORAGE__TOKEN_KEY": str(lakes.work / name / "token.key")},
        )  # fmt: skip
        try:
            if process.wait(seconds):
                raise RuntimeError(log.read_text(errors="replace")[-2000:])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(1)  # the workers of a Spark that is gone end by themselves
    begun = re.findall(r"INFO jobs\.runtime\.night: (\w+) for .* begins", log.read_text(errors="replace"))
    return begun[-1] if begun else "start of Spark"
