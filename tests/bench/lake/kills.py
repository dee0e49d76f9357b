"""Nights killed at random moments and run again: what was there after the kill, and after the second run."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from deltalake import DeltaTable

from jobs.lake.tables import ANALYTIC_READS, FEED_FILES, QUARANTINE, READS, SIGHTINGS, Table
from tests.bench.figures import Figure, Report
from tests.bench.figures import Table as Shown
from tests.bench.lake.many_feeds import write_many_feeds
from tests.bench.lake.nights import NIGHT, night_command, run_night
from tests.bench.processes import environment

_KILLS = 30
_AT_ONCE = 2
_READS = 20_000
_TABLES = (SIGHTINGS, QUARANTINE, FEED_FILES, READS, ANALYTIC_READS)
_NOT_ALIKE = {"run_id", "process_date", "sightings_version"}

Contents = dict[str, Counter[str]]


@dataclass(frozen=True)
class Kill:
    """What a kill after so many seconds left, and what the second run made of it; `failed`: it ended with an error."""

    number: int
    after_s: float
    killed_in: str
    left: dict[str, int]
    lost: int
    twice: int
    failed: bool

    @property
    def row(self) -> tuple[object, ...]:
        """For the table."""
        left = ", ".join(f"{name} {rows:,}" for name, rows in self.left.items() if rows) or "nothing"
        end = "failed" if self.failed else self.lost
        return self.number, f"{self.after_s:.0f}", self.killed_in, left, end, self.twice


def kills(work: Path, report: Report) -> None:
    """Each time on an empty lake, SIGKILL to all processes of the night after a part of its time; then once more.

    Two at a time, on lakes of their own: a night this small keeps no two cores busy.
    """
    write_many_feeds(work / "landing", NIGHT, _READS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        whole = list(pool.map(lambda number: run_night(work, f"whole{number}").seconds, range(_AT_ONCE)))
        expected = _contents(work, "whole0")
        shares = np.random.default_rng(_KILLS).uniform(0.05, 1.0, _KILLS)
        moments = enumerate(sorted(shares * max(whole)), start=1)
        done = list(pool.map(lambda one: _killed_and_run_again(work, *one, expected), moments))
    lost, twice = sum(one.lost for one in done), sum(one.twice for one in done)
    failed = sum(one.failed for one in done)
    report.figures.append(
        Figure(
            f"kill -9 at {_KILLS} random moments of a night of {_READS:,} reads, then run again",
            f"{lost} rows lost, {twice} twice, {failed} second runs failed", reach="0 and 0, every time",
            reached=lost == twice == failed == 0,
        )
    )  # fmt: skip
    head = ("kill", "after s", "killed in", "committed rows found after the kill", "lost after the second run", "twice")
    report.tables.append(Shown("What was killed, and what was found after", head, [one.row for one in done]))


def _killed_and_run_again(work: Path, number: int, after_s: float, expected: Contents) -> Kill:
    lake, failed = f"lake{number}", False
    where = _killed_after(work, lake, after_s)
    left = {name: rows.total() for name, rows in _contents(work, lake).items()}
    try:
        run_night(work, lake)
    except RuntimeError:
        failed = True
    found = _contents(work, lake)
    shutil.rmtree(work / lake, ignore_errors=True)
    kill = Kill(
        number, after_s, where, left, sum((expected[name] - found[name]).total() for name in expected),
        sum((found[name] - expected[name]).total() for name in expected), failed,
    )  # fmt: skip
    sys.stderr.write(f"{kill.row}\n")  # half an hour: somebody waits
    return kill


def _killed_after(work: Path, lake: str, seconds: float) -> str:
    """Run the night and kill it, its Spark and its workers; the stage in which that was."""
    log = work / f"{lake}-killed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            night_command(),
            stdout=output, stderr=output, env=environment(work, lake), start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(1)  # the workers of a Spark that is gone end by themselves
    begun = re.findall(r"INFO jobs\.runtime\.night: (\w+) for .* begins", log.read_text(errors="replace"))
    return begun[-1] if begun else "start of Spark"


def _contents(work: Path, lake: str) -> Contents:
    """Every row of the tables that a night writes, but what names the run."""
    return {table.full_name: _rows(work / lake, table) for table in _TABLES}


def _rows(root: Path, table: Table) -> Counter[str]:
    path = str(root / table.zone / table.name)
    if not DeltaTable.is_deltatable(path):
        return Counter()
    names = [name for name in table.column_names if name not in _NOT_ALIKE]
    return Counter(map(str, DeltaTable(path).to_pyarrow_table(columns=names).to_pylist()))
