"""The summary of a night, from the tables; beside the truth where a simulation gives one."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyspark.sql.functions as F
from rich.console import Console
from rich.table import Table as Grid

from jobs.lake.store import Store
from jobs.lake.tables import (
    CLONES,
    CONVOYS,
    FEED_FILES,
    FOOTAGE,
    HOTLIST_HITS,
    JOURNEYS,
    QUARANTINE,
    READS,
    RETENTION_LEDGER,
    SIGHTINGS,
)  # fmt: skip
from jobs.night import Night

Line = tuple[str, str, str]  # what, found, true


def show_summary(night: Night, truth: Path | None) -> None:
    """Print what the lake holds after a night; with a truth folder, what a perfect lake would hold beside it."""
    grid = Grid("what", "found", "true" if truth else "", title=f"The night of {night.process_date}")
    for line in _lines(night, truth):
        grid.add_row(*line)
    console = Console()
    console.print(grid)
    console.print(f"lake:             {night.store.root}", soft_wrap=True, highlight=False)
    console.print(f"compliance page:  {night.store.root}/governance/compliance.html", soft_wrap=True, highlight=False)


def _lines(night: Night, truth: Path | None) -> Iterator[Line]:
    store = night.store
    yield from _footage(store, truth)
    yield from _rows(store, truth)
    for table, what in ((JOURNEYS, "journeys"), (HOTLIST_HITS, "hot-list hits")):
        yield what, f"{store.read(table).count():,}", ""
    window = F.col("window_end") == F.lit(night.process_date)
    convoys = [tuple(row.members) for row in store.read(CONVOYS).where(window).collect()]
    clones = [(row.vrm,) for row in store.read(CLONES).where(window).collect()]
    yield _findings("convoys", convoys, truth, "convoys.jsonl", lambda row: tuple(sorted(row["vrms"])))
    yield _findings("clones", clones, truth, "clones.jsonl", lambda row: (row["vrm"],))
    purged = store.read(RETENTION_LEDGER).agg(F.sum("partitions_removed"), F.sum("rows_removed")).first()
    days, rows = (purged[0] or 0, purged[1] or 0) if purged else (0, 0)
    yield "purged", f"{days:,} partitions, {rows:,} rows", ""


def _footage(store: Store, truth: Path | None) -> Iterator[Line]:
    files = Counter(row.status for row in store.read(FOOTAGE).select("status").collect())
    seconds = store.read(FOOTAGE).where("status = 'read'").selectExpr("sum(frames / frame_rate) AS s").first()
    length = f"{seconds.s or 0:,.0f} s" if seconds else "0 s"
    yield "footage", f"{files['read']} files read ({length}), {files['refused']} refused", ""
    if truth:
        right, wrong, true = reading_accuracy(store, truth)
        share = f" ({right / true:.1%})" if true else ""
        yield "plates in footage", f"{right} right{share}, {wrong} wrong", f"{true}"


def reading_accuracy(store: Store, truth: Path) -> tuple[int, int, int]:
    """Marks read from footage: right, wrong, and how many passages the clips show; file by file, each mark once."""
    shown: dict[str, Counter[str]] = {}
    for row in _truth(truth, "footage_passages.jsonl"):
        shown.setdefault(row["path"], Counter())[row["vrm"]] += 1
    files = store.read(FOOTAGE).select(F.col("footage_id").alias("file_id"), "landed_path")
    rows = store.read(SIGHTINGS).where("source_kind = 'footage'").join(files, "file_id").select("landed_path", "vrm")
    found: dict[str, Counter[str]] = {}
    for sighting in rows.collect():
        found.setdefault(sighting.landed_path, Counter())[sighting.vrm] += 1
    right = sum((found.get(path, Counter()) & marks).total() for path, marks in shown.items())
    read = sum(found.get(path, Counter()).total() for path in shown)
    return right, read - right, sum(marks.total() for marks in shown.values())


def _rows(store: Store, truth: Path | None) -> Iterator[Line]:
    fed = store.read(FEED_FILES).agg(
        *(F.sum(f"rows_{name}").alias(name) for name in ("received", "stored", "duplicate", "quarantined"))
    )
    sums = fed.first()
    numbers = sums.asDict() if sums else {}
    expected = list(_truth(truth, "feed_files.jsonl")) if truth else []
    received = f"{sum(row['received'] for row in expected):,}" if truth else ""
    yield "feed rows received", f"{numbers.get('received') or 0:,}", received
    yield "  stored, duplicate", f"{numbers.get('stored') or 0:,}, {numbers.get('duplicate') or 0:,}", ""
    reasons = Counter({row.reason: row["count"] for row in store.read(QUARANTINE).groupBy("reason").count().collect()})
    broken: Counter[str] = Counter()
    for row in expected:
        broken.update(row["quarantined"])
    yield "quarantined", f"{reasons.total():,}", f"{broken.total():,}" if truth else ""
    for reason in sorted(reasons | broken):
        yield f"  {reason}", f"{reasons[reason]:,}", f"{broken[reason]:,}" if truth else ""
    yield "sightings", f"{store.read(SIGHTINGS).count():,}", ""
    reported = f"{sum(bool(row['reported_by']) for row in _truth(truth, 'passages.jsonl')):,}" if truth else ""
    yield "passages", f"{store.read(READS).count():,}", reported


def _findings(what: str, found: Sequence[tuple[str, ...]], truth: Path | None, file: str, members: Any) -> Line:  # noqa: ANN401 - a function of a truth row
    """Planted ones found, and findings that name anybody else; part of a convoy's vehicles is the convoy."""
    if not truth:
        return what, f"{len(found):,}", ""
    planted = [set(members(row)) for row in _truth(truth, file)]
    covered = sum(any(set(finding) <= group for finding in found) for group in planted)
    whole = sum(set(finding) in planted for finding in found)
    others = sum(not any(set(finding) <= group for group in planted) for finding in found)
    return what, f"{covered} ({whole} whole), {others} others", f"{len(planted)}"


def _truth(folder: Path | None, file: str) -> Iterator[dict[str, Any]]:
    if folder is None:
        return
    with (folder / file).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
