"""The summary of a night, from the tables; beside the truth where a simulation gives one."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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
    Table,
)  # fmt: skip
from jobs.report.grids import table_console
from jobs.runtime.night import Night

Line = tuple[str, str, str]  # what, found, true


def show_summary(night: Night, truth: Path | None) -> None:
    """Print what the lake holds after a night; with a truth folder, what a perfect lake would hold beside it."""
    grid = Grid("what", "found", "true" if truth else "", title=f"The night of {night.process_date}")
    for line in _lines(night, truth):
        grid.add_row(*line)
    console = table_console()
    console.print(grid)
    console.print(f"lake:              {night.store.root}", soft_wrap=True, highlight=False)
    console.print(f"compliance report: {night.store.root}/governance/compliance.html", soft_wrap=True, highlight=False)


def _lines(night: Night, truth: Path | None) -> Iterator[Line]:
    store = night.store
    yield from _footage(store, truth)
    yield from _rows(store, truth)
    for table, what in ((JOURNEYS, "journeys"), (HOTLIST_HITS, "hot-list hits")):
        yield what, _count(store, table), ""
    window = night.process_date
    convoys = [tuple(row["members"]) for row in store.rows(CONVOYS) if row["window_end"] == window]
    clones = [(row["vrm"],) for row in store.rows(CLONES) if row["window_end"] == window]
    yield _findings("convoys", convoys, truth, "convoys.jsonl", lambda row: tuple(sorted(row["vrms"])))
    yield _findings("clones", clones, truth, "clones.jsonl", lambda row: (row["vrm"],))
    ledger = store.rows(RETENTION_LEDGER, "partitions_removed", "rows_removed")
    days, rows = (sum(entry[name] for entry in ledger) for name in ("partitions_removed", "rows_removed"))
    yield "purged", f"{days:,} partitions, {rows:,} rows", ""


def _count(store: Store, table: Table) -> str:
    return f"{sum(store.rows_by_day(table).values()):,}"


def _footage(store: Store, truth: Path | None) -> Iterator[Line]:
    footage = store.rows(FOOTAGE, "status", "frames", "frame_rate")
    files = Counter(file["status"] for file in footage)
    seconds = sum(file["frames"] / file["frame_rate"] for file in footage if file["status"] == "read")
    yield "footage", f"{files['read']} files read ({seconds:,.0f} s), {files['refused']} refused", ""
    if truth:
        right, wrong, true = reading_accuracy(store, truth)
        share = f" ({right / true:.1%})" if true else ""
        yield "plates in footage", f"{right} right{share}, {wrong} wrong", f"{true}"


def reading_accuracy(store: Store, truth: Path) -> tuple[int, int, int]:
    """Marks read from footage: right, wrong, and how many passages the clips show; file by file, each mark once."""
    shown: dict[str, Counter[str]] = {}
    for row in _truth(truth, "footage_passages.jsonl"):
        shown.setdefault(row["path"], Counter())[row["vrm"]] += 1
    paths = {file["footage_id"]: file["landed_path"] for file in store.rows(FOOTAGE, "footage_id", "landed_path")}
    found: dict[str, Counter[str]] = {}
    for sighting in store.rows(SIGHTINGS, "file_id", "vrm"):
        if sighting["file_id"] in paths:
            found.setdefault(paths[sighting["file_id"]], Counter())[sighting["vrm"]] += 1
    right = sum((found.get(path, Counter()) & vrms).total() for path, vrms in shown.items())
    read = sum(found.get(path, Counter()).total() for path in shown)
    return right, read - right, sum(vrms.total() for vrms in shown.values())


def _rows(store: Store, truth: Path | None) -> Iterator[Line]:
    names = ("rows_received", "rows_stored", "rows_duplicate")
    fed: Counter[str] = Counter()
    for file in store.rows(FEED_FILES, *names):
        fed.update(file)
    expected = list(_truth(truth, "feed_files.jsonl")) if truth else []
    received = f"{sum(row['received'] for row in expected):,}" if truth else ""
    yield "feed rows received", f"{fed['rows_received']:,}", received
    yield "  stored, duplicate", f"{fed['rows_stored']:,}, {fed['rows_duplicate']:,}", ""
    reasons = Counter(row["reason"] for row in store.rows(QUARANTINE, "reason"))
    broken: Counter[str] = Counter()
    for row in expected:
        broken.update(row["quarantined"])
    yield "quarantined", f"{reasons.total():,}", f"{broken.total():,}" if truth else ""
    for reason in sorted(reasons | broken):
        yield f"  {reason}", f"{reasons[reason]:,}", f"{broken[reason]:,}" if truth else ""
    yield "sightings", _count(store, SIGHTINGS), ""
    reported = f"{sum(bool(row['reported_by']) for row in _truth(truth, 'passages.jsonl')):,}" if truth else ""
    yield "passages", _count(store, READS), reported


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
