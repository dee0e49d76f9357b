"""Two years of a force's reads: what a night costs on top, what a read takes on the disk, one mark's history."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from deltalake import DeltaTable, WriterProperties, write_deltalake

from jobs.lake.store import Store
from jobs.lake.tables import READS, SIGHTINGS
from jobs.runtime.session import build_session
from jobs.settings import load_settings
from tests.bench.figures import Figure, Report, Table
from tests.bench.lake.many_feeds import vrms, write_many_feeds
from tests.bench.lake.nights import FORCE_READS, NIGHT, run_night
from tests.bench.processes import environment

DAYS = 730
READS_A_DAY = 356_000
_VEHICLES = 2_500_000
_CAMERAS = 92
_SIGHTINGS_SHARE = 50
"""One in so many sightings is there: what a night costs depends on their files and commits, of which it has all."""
_PLAIN = WriterProperties(compression="SNAPPY")


@dataclass(frozen=True)
class Sizes:
    """Bytes a read."""

    ours: float
    csv: float
    plain: float


def two_years(work: Path, report: Report) -> None:
    """Build the lake in pieces, then measure; right before its night the same night on an empty lake."""
    write_many_feeds(work / "landing", NIGHT, FORCE_READS)
    vehicles = vrms(_VEHICLES, np.random.default_rng(7))
    sizes = _build(work, vehicles)
    _history(work, vehicles, report)
    empty = run_night(work, lake="empty")
    full = run_night(work)
    report.figures += [
        Figure(
            f"a night on {DAYS} days with {DAYS * READS_A_DAY:,} reads beside one on an empty lake",
            f"{full.seconds:.0f} s", f"{empty.seconds:.0f} s", f"{full.seconds / empty.seconds:.2f}", "at most 1.2",
            full.seconds / empty.seconds <= 1.2,
        ),
        Figure("bytes a read, beside CSV", f"{sizes.ours:.0f}", f"{sizes.csv:.0f}", f"{sizes.ours / sizes.csv:.2f}"),
        Figure(
            "bytes a read, beside Parquet unsorted (Snappy)", f"{sizes.ours:.0f}", f"{sizes.plain:.0f}",
            f"{sizes.ours / sizes.plain:.2f}",
        ),
    ]  # fmt: skip
    report.remarks.append(f"two years: of the sightings one in {_SIGHTINGS_SHARE} is there, in all of their days")


def _build(work: Path, vehicles: pa.StringArray) -> Sizes:
    """Reads of every day before the night in the order of the lake, and the same rows unsorted in another table."""
    settings = load_settings(environment=_only_ours(environment(work)))
    spark = build_session(settings, "two years")
    store = Store(lambda: spark, settings.storage.root)
    reads, sightings = store.data_files(READS), store.data_files(SIGHTINGS)
    spark.stop()
    csv_bytes, unsorted = 0, str(work / "unsorted")
    for number in range(DAYS, 0, -1):
        day = NIGHT - timedelta(days=number)
        rows = _day(day, vehicles)
        store.add_files(READS, reads.write(rows))
        write_deltalake(unsorted, rows, mode="append", partition_by=["capture_date"], writer_properties=_PLAIN)
        store.add_files(SIGHTINGS, sightings.write(_sightings(rows)))
        if number == 1:
            csv_bytes = _csv_bytes(rows, work / "day.csv")
    reads = DAYS * READS_A_DAY
    return Sizes(_bytes(store.path(READS)) / reads, csv_bytes / READS_A_DAY, _bytes(unsorted) / reads)


def _only_ours(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("ANPRLAKE_")}


def _day(day: date, vehicles: pa.StringArray) -> pa.Table:
    """One day's reads in order of arrival: a tenth of the vehicles drives most days, most drive seldom."""
    random = np.random.default_rng(day.toordinal())
    count = READS_A_DAY
    often = random.integers(_VEHICLES // 50, size=count)
    vehicle = np.where(random.random(count) < 0.6, often, random.integers(_VEHICLES, size=count))
    digits = random.bytes(16 * count).hex()
    ids = pa.array([digits[start : start + 32] for start in range(0, len(digits), 32)])
    at = np.datetime64(day, "ms").astype(np.int64) + np.sort(random.integers(86_400_000, size=count))
    vrm, one = vehicles.take(pa.array(vehicle)), pa.array(np.arange(count + 1), pa.int32())
    columns = {
        "read_id": ids,
        "captured_at": pa.array(at, pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC")),
        "camera_id": pa.array([f"F{number:03d}" for number in range(_CAMERAS)]).take(
            pa.array(random.integers(_CAMERAS, size=count))
        ),
        "vrm": vrm,
        "vrm_format": pa.repeat("current", count),
        "confidence": pa.array(np.round(random.normal(0.93, 0.03, count).clip(0.4, 0.99), 3)),
        "direction": pa.array(["towards", "away"]).take(pa.array(random.integers(2, size=count))),
        "latitude": pa.nulls(count, pa.float64()),
        "longitude": pa.nulls(count, pa.float64()),
        "sighting_ids": pa.ListArray.from_arrays(one, ids),
        "source_kinds": pa.ListArray.from_arrays(one, pa.repeat("fixed", count)),
        "sources": pa.ListArray.from_arrays(one, pa.repeat("fixed:force", count)),
        "readings": pa.MapArray.from_arrays(one, vrm, pa.repeat(1, count)),
        "flags": pa.ListArray.from_arrays(pa.array(np.zeros(count + 1), pa.int32()), pa.nulls(0, pa.string())),
        "process_date": pa.repeat(pa.scalar(day), count),
        "run_id": pa.repeat("r" * 32, count),
        "capture_date": pa.repeat(pa.scalar(day), count),
    }
    return pa.table(columns)


def _sightings(reads: pa.Table) -> pa.Table:
    some = reads.slice(0, reads.num_rows // _SIGHTINGS_SHARE)
    count = some.num_rows
    known = {name: some[name] for name in some.column_names if name in SIGHTINGS.column_names}
    known |= {
        "sighting_id": some["read_id"], "vrm_raw": some["vrm"], "source_kind": pa.repeat("fixed", count),
        "source_id": pa.repeat("force", count), "vrm_rule": pa.repeat("as_received", count),
        "file_id": pa.repeat("0" * 64, count),
    }  # fmt: skip
    return pa.table(known)


def _csv_bytes(rows: pa.Table, path: Path) -> int:
    """Of a day as a CSV file, lists and maps as their one value."""
    flat = rows.drop(["source_kinds", "flags", "readings", "sources"])
    flat = flat.set_column(flat.column_names.index("sighting_ids"), "sighting_ids", rows["read_id"])
    pa_csv.write_csv(flat, path)
    return path.stat().st_size


def _bytes(path: str) -> int:
    return sum(action["size_bytes"] for action in pa.table(DeltaTable(path).get_add_actions(flatten=True)).to_pylist())


def _history(work: Path, vehicles: pa.StringArray, report: Report) -> None:
    """All reads of one mark, of one that drives daily and of one that drives seldom, by Spark and by DuckDB."""
    vrms_ = {"daily": vehicles[17].as_py(), "seldom": vehicles[_VEHICLES // 2 + 3].as_py()}
    rows = []
    for reader in ("duckdb", "spark"):
        for name, vrm in vrms_.items():
            ours = _ask(reader, work / "lake" / READS.zone / READS.name, vrm, work)
            other = _ask(reader, work / "unsorted", vrm, work)
            rows.append(
                (f"{reader}, a vehicle that drives {name}", ours["rows"], f"{ours['seconds']:.1f}", f"{ours['mb']:.0f}",
                 f"{other['seconds']:.1f}", f"{other['mb']:.0f}", f"{other['mb'] / ours['mb']:.0f}")
            )  # fmt: skip
            report.figures.append(
                Figure(
                    f"one mark over {DAYS} days, {reader}, drives {name}: data read", f"{ours['mb']:.0f} MB",
                    f"unsorted: {other['mb']:.0f} MB", f"{other['mb'] / ours['mb']:.1f}", "20 times less",
                    other["mb"] >= 20 * ours["mb"] and ours["rows"] == other["rows"],
                )
            )  # fmt: skip
    head = ("reader and vehicle", "reads found", "s", "MB read", "unsorted: s", "unsorted: MB read", "times less")
    report.tables.append(Table(f"One mark's reads of {DAYS} days", head, rows))
    report.remarks.append("one mark: data read is what the kernel counts for the reading process, logs included")


def _ask(reader: str, path: Path, vrm: str, work: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.lake.one_mark", reader, str(path), vrm]
    answer = subprocess.run(command, env=environment(work), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found
