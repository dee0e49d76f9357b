"""Purges of whole days: by the size of the lake, beside DELETE and VACUUM of rows that are not parted; a first one."""

import resource
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.lake.tables import READS
from jobs.retention.purge.job import purge
from tests.bench.figures import Figure, Report
from tests.bench.retention.lakes import LAST, ROWS, TABLES, days_before, fill, night_of, remove

_KEPT = 730
_REPEATS = 3


def one_day(work: Path, report: Report) -> None:
    """A day out of 730 beside the same out of 30; each three times over, in turn."""
    lakes = {size: night_of(work / str(size), LAST) for size in (730, 30)}
    for size, night in lakes.items():
        fill(night, days_before(LAST - timedelta(days=_KEPT - size), size))
    seconds: dict[int, list[float]] = {size: [] for size in lakes}
    for _ in range(_REPEATS):
        for size, night in lakes.items():
            oldest = min(night.store.files_by_day(READS))
            begun = time.monotonic()
            summary = purge(night_of(work / str(size), oldest + timedelta(days=_KEPT), night.store))
            seconds[size].append(time.monotonic() - begun)
            assert summary.notes["partitions_purged"] == len(TABLES), summary
    large, small = (min(seconds[size]) for size in (730, 30))
    whole = _not_parted(work / "flat")
    report.figures += [
        Figure(
            f"purge of a day of {ROWS:,} reads out of 730 days, {len(TABLES)} tables", f"{large:.1f} s",
            f"out of 30 days: {small:.1f} s", f"{large / small:.2f}", "1.2 times; 60 s",
            large <= 60 and large <= 1.2 * small,
        ),
        Figure(
            f"the same beside DELETE by time and VACUUM of {30 * ROWS:,} reads not parted by day, one table",
            f"{small:.1f} s", f"{whole:.1f} s", f"{whole / small:.1f}", "20 times", whole >= 20 * small,
        ),
    ]  # fmt: skip
    remove(work)


def _not_parted(folder: Path) -> float:
    """Seconds that a day takes out of thirty, of which each file has rows."""
    days = days_before(LAST, 30)
    night = night_of(folder / "made", LAST)
    fill(night, days[:1])
    (file,) = night.store.files_by_day(READS)[days[0]]
    rows = night.store.data_files(READS).read(file, [name for name in READS.column_names if name != "readings"])
    path = str(folder / "reads")
    place = rows.column_names.index("capture_date")
    spread = pa.array([days[number % 30] for number in range(rows.num_rows)])
    for _ in days:
        write_deltalake(path, rows.set_column(place, "capture_date", spread), mode="append")
    begun = time.monotonic()
    table = DeltaTable(path)
    table.delete(f"capture_date <= DATE '{days[0]}'")
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    return time.monotonic() - begun


def first(work: Path, report: Report) -> None:
    """Six hundred days at once, of a lake that never purged."""
    night = night_of(work / "first", LAST)
    fill(night, days_before(LAST - timedelta(days=_KEPT), 600))
    before = _memory_mb()
    begun = time.monotonic()
    summary = purge(night)
    seconds = time.monotonic() - begun
    report.figures.append(
        Figure(
            f"first purge, 600 days of {ROWS:,} reads, {summary.notes['rows_purged']:,} rows", f"{seconds:.0f} s",
            f"memory of the driver {before:,.0f} MB before, {_memory_mb():,.0f} after",
            f"{600 / seconds * 60:,.0f} days a minute", "bounded memory", _memory_mb() - before < 1000,
        )
    )  # fmt: skip
    remove(work)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
