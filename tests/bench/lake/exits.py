"""Commands that look at a lake, many times over under load: each must end with exit code 0."""

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from tests.bench.figures import Figure, Report
from tests.bench.lake.many_feeds import write_many_feeds
from tests.bench.lake.nights import NIGHT as DAY
from tests.bench.processes import ANPRLAKE, environment, run_watched

NIGHT = str(DAY)
_TIMES = 200
_READS = 2_000
LOOKING: tuple[tuple[str, ...], ...] = (
    ("tables",), ("tables", "--describe"), ("quality",), ("status", "--as-of", NIGHT), ("hits", "--captured-on", NIGHT),
    ("summary", "--process-date", NIGHT), ("purge", "--as-of", NIGHT, "--dry-run"),
)  # fmt: skip
_AT_ONCE = 3
"""Processes a core: what goes wrong at a process's end does so when its threads have to wait."""


def exits(work: Path, report: Report) -> None:
    """Every looking command on the lake of one small night."""
    write_many_feeds(work / "landing", DAY, _READS)
    run_watched([ANPRLAKE, "nightly", "--process-date", NIGHT], work / "night.log", environment(work))
    bad = bad_ends(_TIMES, environment(work))
    report.figures.append(
        Figure(
            f"exits: {len(LOOKING)} looking commands, {_TIMES} times each, with another code than 0",
            f"{bad.total()}", "", "", "0", not bad,
        )
    )  # fmt: skip
    report.remarks += [f"exits: {count} times {end}" for end, count in bad.most_common()]


def bad_ends(times: int, environment: Mapping[str, str]) -> Counter[str]:
    """Run every looking command so many times, several at once: how many ended how, of those that did not end well."""
    commands = [command for _ in range(times) for command in LOOKING]
    with ThreadPoolExecutor(_AT_ONCE * (psutil.cpu_count() or 1)) as pool:
        ends = list(pool.map(lambda command: _end(command, environment), commands))
    return Counter(end for end in ends if end)


def _end(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    """How a command ended, '' if well."""
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *command], env=environment, capture_output=True, text=True, check=False
    )
    return f"{' '.join(command)}: {done.returncode} {done.stderr[-300:]}" if done.returncode else ""
