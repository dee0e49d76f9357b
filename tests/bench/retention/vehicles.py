"""What costs by vehicles: the residue scan beside decoding alone, one vehicle's erasure, holds of ten thousand."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.control.database import open_control
from jobs.control.holds import Hold, Scope, place
from jobs.lake.tables import HELD_READS, READS, SIGHTINGS, Table
from jobs.retention.purge.job import purge
from jobs.retention.residue.needles import Needles
from jobs.retention.residue.readers import Look, Reader
from jobs.retention.residue.scan import known_of, lake_files
from jobs.retention.vehicles.erasure import erase
from jobs.retention.vehicles.order import Request
from jobs.runtime.night import Night
from tests.bench.figures import Figure, Report
from tests.bench.retention.lakes import LAST, ROWS, days_before, fill, marks, night_of, remove
from tests.factories import staff

_ONE = "QQ55QQQ"
_TODAY = datetime.now(UTC).date()


def scan(work: Path, report: Report) -> None:
    """Pages of a few days of all tables, on one core: read by the scan, and by pyarrow alone."""
    night = night_of(work / "scan", LAST)
    fill(night, days_before(LAST, 3))
    known = known_of(night)
    looks = [Look(file, deep=True) for file in lake_files(night, known) if file.kind == "data file"]
    size = sum(look.file.bytes for look in looks) / 2**20
    needles = Needles(frozenset(marks(200_000, 1)), frozenset(), 200_000)
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(3):
        begun = time.monotonic()
        for look in looks:
            pq.read_table(Path(night.store.root, look.file.path), partitioning=None)
        seconds["plain"].append(time.monotonic() - begun)
        begun = time.monotonic()
        found = Reader(night.store.root, known, needles)(looks)
        seconds["ours"].append(time.monotonic() - begun)
        assert not found.finds, found.finds[:3]
    ours, plain = (size / min(seconds[name]) for name in ("ours", "plain"))
    report.figures.append(
        Figure(
            f"residue scan of {size:.0f} MB, MB a second a core", f"{ours:.1f}", f"pyarrow decodes: {plain:.1f}",
            f"{ours / plain:.2f}",
        )
    )  # fmt: skip
    remove(work)


def erasure(work: Path, report: Report) -> None:
    """A vehicle that was seen on two of 730 days."""
    night = night_of(work / "erasure", LAST)
    days = days_before(LAST, 730)
    fill(night, days)
    _people(night)
    for day in (days[100], days[600]):
        for table in (SIGHTINGS, READS):
            _rewrite(night, table, day)
    begun = time.monotonic()
    outcome = erase(night, Request(frozenset({_ONE}), days[0], days[-1], "court order", "3"))
    seconds = time.monotonic() - begun
    report.figures.append(
        Figure(
            f"one vehicle out of {730 * ROWS:,} sightings and as many reads", f"{seconds:.0f} s",
            f"{sum(outcome.files.values())} data files written anew; 4 held it", "", "seconds",
            seconds < 60 and sum(outcome.files.values()) == 4,
        )
    )  # fmt: skip
    remove(work)


def _rewrite(night: Night, table: Table, day: date) -> None:
    """Put the vehicle into a day, in the place of another one."""
    target = night.store.data_files(table)
    (file,) = night.store.files_by_day(table)[day]
    rows = target.read(file, target.schema.names)
    vrm = pa.array([_ONE, *rows["vrm"].to_pylist()[1:]])
    rows = rows.set_column(rows.column_names.index("vrm"), "vrm", vrm)
    dated = pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows)
    rows = rows.set_column(rows.column_names.index("capture_date"), "capture_date", dated)
    night.store.replace_files(table, target.write(rows), [day])


def holds(work: Path, report: Report) -> None:
    """Ninety days expire while ten thousand vehicles are held; a tenth of a force's reads a day."""
    rows, count, days = ROWS // 10, 10_000, days_before(LAST - timedelta(days=730), 90)
    seconds, kept, expected = {}, -1, 0
    for name in ("without", "with"):
        night = night_of(work / name, LAST)
        fill(night, days, rows)
        _people(night)
        (file,) = night.store.files_by_day(READS)[days[0]]
        names = night.store.data_files(READS).read(file, ["vrm"])["vrm"].to_pylist()
        held = frozenset(sorted(set(names))[:count])
        if name == "with":
            hold = Hold("case", "why", "3", _TODAY + timedelta(days=90), Scope(held))
            with open_control(night.settings) as control, control.deciding() as connection:
                place(connection, hold, datetime.now(UTC))
        begun = time.monotonic()
        purge(night)
        seconds[name] = time.monotonic() - begun
        expected = sum(mark in held for mark in names) * len(days)
        kept = sum(night.store.rows_by_day(HELD_READS).values())
    report.figures.append(
        Figure(
            f"holds of {count:,} vehicles while {len(days)} days of {rows:,} reads expire: reads lost or kept too many",
            f"{abs(kept - expected)} of {expected:,}; {seconds['with']:.0f} s",
            f"without holds: {seconds['without']:.0f} s",
            f"{seconds['with'] / seconds['without']:.1f}", "0", kept == expected,
        )
    )  # fmt: skip
    remove(work)


def _people(night: Night) -> None:
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection, _TODAY)
