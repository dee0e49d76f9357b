"""Thirty nights in which nothing goes as it should, beside one run over all that has come by then."""

import logging
import shutil
import sys
import time
from contextlib import suppress
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
from tests.bench.lake.commits import Commits, Killed, counted
from tests.bench.lake.lakes import Lakes, all_stages
from tests.lake_contents import unlike

_LAST, _NIGHTS = date(2026, 11, 20), 30
_OPTIONS = SimulationOptions(
    last_day=_LAST, days=_NIGHTS, reads_per_day=100, clips=0, bad_footage=False, fixed_cameras=6, convoys=1, clones=1,
    hotlist=10,
)  # fmt: skip
_LATE, _FAILED, _PURGED = 0.15, 0.3, 0.2
"""Shares of feed files that come days late, of nights that end early, and of days with a purge."""
_REGISTER_AFTER = 4
_NOTHING_STALE_S = 10


def thirty_nights(work: Path, report: Report) -> None:
    """The lake after late files, killed stages, purges and a late register, and that of one run over all in order."""
    logging.getLogger("jobs").setLevel(logging.ERROR)
    landing, chance = work / "whole" / "landing", np.random.default_rng(30)
    simulate(landing, work / "truth", _OPTIONS)
    late = _deliver_late(landing, chance)
    shutil.copytree(landing, work / "nights" / "landing")
    settings = load_settings(environment={"ANPRLAKE_STORAGE__SCRATCH": str(work / "scratch")})
    lakes = Lakes(work, build_session(settings, "anprlake thirty nights"))
    failed, purged = _as_they_come(lakes, chance)
    shutil.copy2(work / "nights" / "token.key", work / "whole" / "token.key")  # tokens and contents are of a key
    all_stages(lakes.night("whole", _LAST, "whole"))
    found = lakes.contents("nights")
    names = unlike(found, lakes.contents("whole"))
    began = time.monotonic()
    all_stages(lakes.night("nights", _LAST, "nothing stale"))
    seconds = time.monotonic() - began
    same = lakes.contents("nights") == found
    lakes.spark.stop()
    what = f"{_NIGHTS} nights: {late} files late, the register {_REGISTER_AFTER} days; {failed} failed; {purged} purges"
    report.figures += [
        Figure(what, ", ".join(names) or "the same", "one run over all", "", "the same", not names),
        Figure(
            "a night with nothing stale, in a warm session",
            f"{seconds:.1f} s{'' if same else ', not the same'}",
            reach=f"{_NOTHING_STALE_S} s",
            reached=same and seconds <= _NOTHING_STALE_S,
        ),
    ]  # fmt: skip


def _deliver_late(landing: Path, chance: np.random.Generator) -> int:
    """Move some feed files below a later day, in both lakes alike; how many."""
    files = sorted(path for kind in ("fixed", "mobile", "partner") for path in landing.glob(f"*/{kind}/*"))
    moved = 0
    for path in files:
        day = date.fromisoformat(path.parts[-3]) + timedelta(days=int(chance.integers(1, 6)))
        if chance.random() < _LATE and day <= _LAST:
            target = landing / str(day) / path.parts[-2] / f"late_{path.parts[-3]}_{path.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
            moved += 1
    return moved


def _hide_register(landing: Path, folder: Path) -> list[tuple[Path, Path]]:
    """Take the register's files away, for a while: where they lay, and where they are."""
    folder.mkdir()
    hidden = []
    for number, path in enumerate(sorted(landing.glob("*/cameras/*"))):
        shutil.move(path, folder / str(number))
        hidden.append((path, folder / str(number)))
    return hidden


def _as_they_come(lakes: Lakes, chance: np.random.Generator) -> tuple[int, int]:
    """The nights, one by one, the register some days late; how many of them failed, and how many purges ran."""
    register = _hide_register(lakes.work / "nights" / "landing", lakes.work / "register")
    failed, purged = 0, 0
    for number in range(_NIGHTS):
        day = _LAST - timedelta(days=_NIGHTS - 1 - number)
        if number == _REGISTER_AFTER:
            for path, hidden in register:
                shutil.copy2(hidden, path)
        night = lakes.night("nights", day, f"night {day}")
        if number < _NIGHTS - 1 and chance.random() < _FAILED:
            _end_early(night, chance)
            failed += 1
        else:
            all_stages(night)
        if chance.random() < _PURGED:
            purge(lakes.night("nights", day + timedelta(days=1), f"purge {day}"))
            purged += 1
        sys.stderr.write(f"night {number + 1} of {_NIGHTS}\n")  # ten minutes: somebody waits
    return failed, purged


def _end_early(night: Night, chance: np.random.Generator) -> None:
    """Run some stages, the last of them killed beside one of its first commits, and then `recover`, as the DAG does."""
    *before, last = list(STAGES)[: int(chance.integers(len(STAGES))) + 1]
    for name in before:
        STAGES[name](night)
    # A stage of fewer commits ends by itself, and the night after it.
    with suppress(Killed), counted(Commits(at=int(chance.integers(4)), before=bool(chance.integers(2)))):
        STAGES[last](night)
    recover(night)
