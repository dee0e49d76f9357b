"""Nights in one session: a force's day and week, and 1, 4 and 16 times a sixteenth of the nation's of 2011."""

import re
import sys
from datetime import date
from pathlib import Path

from jobs.simulate import SimulationOptions, simulate
from tests.bench.figures import Figure, Report, Table
from tests.bench.lake.many_feeds import write_many_feeds
from tests.bench.processes import ANPRLAKE, Cost, environment, run_watched

NIGHT = date(2026, 11, 20)
FORCE_READS = 360_000
NATION_READS = 15_000_000
_PIECES = 92 * 24
"""Files of a force whose cameras send one an hour."""
_TIMES = (1, 4, 16)
_STAGES = ("ingest", "consolidate", "validate")


def force(work: Path, report: Report) -> None:
    """One day of one force, from feed files to published reads; and the same in a file for each camera and hour."""
    rows, night, plain = _both(work, FORCE_READS)
    pieces = work / "pieces"
    write_many_feeds(pieces / "landing", NIGHT, FORCE_READS, FORCE_READS // _PIECES)
    in_pieces = run_night(pieces)
    report.figures.append(
        Figure(
            f"force: {rows:,} rows in three formats, ingest to published", f"{night.seconds:.0f} s",
            f"parse, sort, write Parquet alone: {plain.seconds:.0f} s", f"{plain.seconds / night.seconds:.2f}",
            "50 s", night.seconds <= 50,
        )
    )  # fmt: skip
    report.figures.append(
        Figure(
            f"force: the same rows in {_PIECES:,} files", f"{in_pieces.seconds:.0f} s",
            f"in large files: {night.seconds:.0f} s", f"{in_pieces.seconds / night.seconds:.2f}", "65 s",
            in_pieces.seconds <= 65,
        )
    )  # fmt: skip
    report.tables.append(seconds_by_stage(work / "lake-night.log", f"The force's night, {rows:,} rows"))


def week(work: Path, report: Report) -> None:
    """Seven days of a force whose vehicles travel, taken in and analysed by one night."""
    options = SimulationOptions(
        last_day=NIGHT, days=7, fixed_cameras=80, mobile_units=4, partner_cameras=8, reads_per_day=FORCE_READS, clips=0,
        bad_footage=False,
    )  # fmt: skip
    rows = simulate(work / "landing", work / "truth", options).rows_received
    log = work / "night.log"
    cost = run_watched([ANPRLAKE, "nightly", "--process-date", str(NIGHT)], log, environment(work))
    report.figures.append(
        Figure(
            f"a force's week: {rows:,} rows, all stages", f"{cost.seconds:.0f} s", f"peak memory {cost.peak_gb:.1f} GB",
            f"{rows / cost.seconds:,.0f} rows/s",
        )
    )  # fmt: skip
    report.tables.append(seconds_by_stage(log, f"a force's week, {rows:,} rows"))


def growth(work: Path, report: Report) -> None:
    """A sixteenth of the nation's night, a quarter, and all of it, each beside the plain job."""
    costs = {}
    for times in _TIMES:
        folder = work / str(times)
        costs[times] = _both(folder, NATION_READS * times // _TIMES[-1])
        report.tables.append(seconds_by_stage(folder / "lake-night.log", f"{costs[times][0]:,} rows"))
    rows, night, plain = costs[_TIMES[-1]]
    report.figures += [
        Figure(
            f"nation: {rows:,} rows, rows a second", f"{rows / night.seconds:,.0f}",
            f"parse, sort, write Parquet alone: {rows / plain.seconds:,.0f}", f"{plain.seconds / night.seconds:.2f}",
            "0.28", plain.seconds / night.seconds >= 0.28,
        ),
        Figure(
            "nation: peak memory of all processes", f"{night.peak_gb:.1f} GB", f"{plain.peak_gb:.1f} GB",
            f"{night.peak_gb / plain.peak_gb:.1f}", "12 GB", night.peak_gb <= 12,
        ),
    ]  # fmt: skip
    first_rows, first, first_plain = costs[1]
    for times in _TIMES[1:]:
        rows, night, plain = costs[times]
        linear = first.seconds * rows / first_rows
        report.figures.append(
            Figure(
                f"growth: time for {times} times the rows, over linear", f"{night.seconds / linear:.2f}",
                f"plain: {plain.seconds / (first_plain.seconds * rows / first_rows):.2f}", "", "at most 1.15",
                night.seconds / linear <= 1.15,
            )
        )  # fmt: skip
    report.remarks.append("nights: times count whole processes, the start of Spark included, on both sides")


def _both(work: Path, reads: int) -> tuple[int, Cost, Cost]:
    """Rows of a landing folder; the cost of the night, and of the plain job over the same files."""
    rows = write_many_feeds(work / "landing", NIGHT, reads)
    night = run_night(work)
    command = [sys.executable, "-m", "tests.bench.plain_spark", str(NIGHT)]
    return rows, night, run_watched(command, work / "plain.log", environment(work))


def night_command() -> list[str]:
    """`anprlake nightly` from feed files to published reads."""
    stages = [part for stage in _STAGES for part in ("--stage", stage)]
    return [ANPRLAKE, "nightly", "--process-date", str(NIGHT), *stages]


def run_night(work: Path, lake: str = "lake") -> Cost:
    """Run it to its end in a lake of that name."""
    return run_watched(night_command(), work / f"{lake}-night.log", environment(work, lake))


def seconds_by_stage(log: Path, title: str) -> Table:
    """Seconds of each stage, as its own log line tells."""
    found = re.findall(r"INFO jobs\.runtime\.night: (\w+) for .*\((\d+\.\d) s\)", log.read_text())
    return Table(f"Seconds by stage: {title}", ("stage", "seconds"), found)
