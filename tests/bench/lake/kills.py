"""Nights killed at random moments and run again: what was there after the kill, and after the second run."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
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
_READS = 20_000
_TABLES = (SIGHTINGS, QUARANTINE, FEED_FILES, READS, ANALYTIC_READS)
_NOT_ALIKE = {"run_id", "process_date", "sightings_version"}

Contents = dict[str, Counter[str]]


def kills(work: Path, report: Report) -> None:
    """Each time on an empty lake, SIGKILL to all processes of the night after a part of its time; then once more."""
    write_many_feeds(work / "landing", NIGHT, _READS)
    seconds = run_night(work).seconds
    expected = _contents(work)
    random = np.random.default_rng(_KILLS)
    rows, lost, twice = [], 0, 0
    for number, moment in enumerate(sorted(random.uniform(0.05, 1.0, _KILLS) * seconds), start=1):
        shutil.rmtree(work / "lake", ignore_errors=True)
        where = _killed_after(work, moment)
        after_kill = _contents(work)
        run_night(work)
        found = _contents(work)
        missing = sum((expected[name] - found[name]).total() for name in expected)
        double = sum((found[name] - expected[name]).total() for name in expected)
        lost, twice = lost + missing, twice + double
        counts = ", ".join(f"{name} {after_kill[name].total():,}" for name in expected if after_kill[name])
        rows.append((number, f"{moment:.0f}", where, counts or "nothing", missing, double))
    report.figures.append(
        Figure(
            f"kill -9 at {_KILLS} random moments of a night of {_READS:,} reads, then run again",
            f"{lost} rows lost, {twice} twice", reach="0 and 0, every time", reached=lost == twice == 0,
        )
    )  # fmt: skip
    head = ("kill", "after s", "killed in", "committed rows found after the kill", "lost after the second run", "twice")
    report.tables.append(Shown("What was killed, and what was found after", head, rows))


def _killed_after(work: Path, seconds: float) -> str:
    """Run the night and kill it, its Spark and its workers; the stage in which that was."""
    log = work / "killed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            night_command(),
            stdout=output, stderr=output, env=environment(work), start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(1)  # the workers of a Spark that is gone end by themselves
    begun = re.findall(r"INFO jobs\.night: (\w+) for .* begins", log.read_text(errors="replace"))
    return begun[-1] if begun else "start of Spark"


def _contents(work: Path) -> Contents:
    """Every row of the tables that a night writes, but what names the run."""
    return {table.full_name: _rows(work, table) for table in _TABLES}


def _rows(work: Path, table: Table) -> Counter[str]:
    path = str(work / "lake" / table.zone / table.name)
    if not DeltaTable.is_deltatable(path):
        return Counter()
    names = [name for name in table.column_names if name not in _NOT_ALIKE]
    return Counter(map(str, DeltaTable(path).to_pyarrow_table(columns=names).to_pylist()))
