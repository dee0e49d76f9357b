"""A first load: many days of a small network, all taken in by one night."""

from datetime import timedelta
from pathlib import Path

from tests.bench.figures import Figure, Report
from tests.bench.lake.many_feeds import write_many_feeds
from tests.bench.lake.nights import NIGHT, seconds_by_stage
from tests.bench.processes import ANPRLAKE, environment, run_watched

DAYS = 397
"""Thirteen months: what a force hands over that has kept a year and a month."""
_READS_A_DAY = 426
_REACH_S = 240


def first_load(work: Path, report: Report) -> None:
    """All stages of one night on an empty lake: what it takes depends on the days, for each has few rows."""
    rows = sum(
        write_many_feeds(work / "landing", NIGHT - timedelta(days=back), _READS_A_DAY, seed=back)
        for back in range(DAYS)
    )
    log = work / "night.log"
    cost = run_watched([ANPRLAKE, "nightly", "--process-date", str(NIGHT)], log, environment(work))
    report.figures.append(
        Figure(
            f"first load: {rows:,} rows of {DAYS} days, all stages", f"{cost.seconds:.0f} s",
            f"{cost.seconds / DAYS:.2f} s a day", "", f"{_REACH_S} s", cost.seconds <= _REACH_S,
        )
    )  # fmt: skip
    report.tables.append(seconds_by_stage(log, f"a first load of {DAYS} days"))
