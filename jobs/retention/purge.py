"""The purge: expired partitions of every table and files as received, taken off the disk and accounted for."""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any

from pyarrow import fs

from jobs.domain.retention import cutoff, maximum_days
from jobs.footage.sidecar import sidecar_name
from jobs.footage.working_files import remove_working_files
from jobs.ingest.landing import LandedFile, list_held, list_refused, remove_landed
from jobs.lake.storage import open_folder
from jobs.lake.tables import CATALOGUE, FEED_FILES, FOOTAGE, RETENTION_LEDGER, RetentionClass, Table
from jobs.runtime.night import Night, RunSummary

log = logging.getLogger(__name__)

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Expired:
    """What of one table has expired."""

    table_name: str
    retention: RetentionClass
    cutoff: date
    partitions: int
    rows: int
    files: int
    bytes: int
    oldest_left: date | None
    delete_version: int | None = None


def purge(night: Night, *, dry_run: bool) -> tuple[RunSummary, list[Expired]]:
    """Remove what has expired in every table with a retention class, and write the ledger.

    Landing files go first, while the tables still know them. A table in which nothing expired is vacuumed too
    when days that were recomputed left their old files behind.

    Args:
        night: `process_date` is the day as of which ages are counted.
        dry_run: tell the same without removing or writing anything.
    """
    profile = night.settings.retention.limits
    classes = (RetentionClass.FOOTAGE, RetentionClass.LANDING)
    if waiting := _waiting(night, cutoff(profile, RetentionClass.LANDING, night.process_date)):
        log.warning("%d feed files go of which rows still wait: their oldest row expires", waiting)
    expired = [_landing(night, retention, dry_run=dry_run) for retention in classes]

    dated = [table for table in CATALOGUE if table.retention is not RetentionClass.OWN_DATES]
    for table in dated:
        if night.store.exists(table):
            found = _look(night, table, cutoff(profile, table.retention, night.process_date))
            expired.append(found if dry_run or not (found.rows or found.files) else _remove(night, table, found))
    if not dry_run:
        # After the tables: what was read of expired footage goes with its row, of footage that is still new it stays.
        new = {file["footage_id"] for file in night.store.rows(FOOTAGE) if file["status"] == "new"}
        remove_working_files(night.store.root, new)
        _write_ledger(night, expired)
    removed = [one for one in expired if one.rows or one.files]
    summary = RunSummary(
        files=sum(one.files for one in removed),
        tables=() if dry_run else (RETENTION_LEDGER,),
        notes={
            "partitions_purged": sum(one.partitions for one in removed),
            "rows_purged": sum(one.rows for one in removed),
            "landing_refused": _never_removed(night),
            **({"files_waiting_purged": waiting} if waiting else {}),
        },
    )
    return summary, expired


def _look(night: Night, table: Table, last_day: date) -> Expired:
    held = night.store.rows_by_day(table)
    old = {day: rows for day, rows in held.items() if day and day <= last_day}
    # A table without partitions is written anew when a row of it has expired.
    live = set() if old and not table.partitioned_by_day else night.store.live_files(table)
    files = _doomed(night, table, last_day, live)
    return Expired(
        table.full_name, table.retention, last_day, len(old), sum(old.values()), len(files), sum(files.values()),
        min((day for day in held if day and day > last_day), default=None),
    )  # fmt: skip


def _doomed(night: Night, table: Table, last_day: date, live: set[str]) -> dict[str, int]:
    """Files that a purge takes off the disk, with sizes: those of expired days, and those that are not `live`."""
    folder = f"{table.dated_by}="

    def is_doomed(path: PurePosixPath) -> bool:
        days = [part.removeprefix(folder) for part in path.parts if part.startswith(folder)]
        return any(day <= last_day.isoformat() for day in days) or path.name not in live

    return {path: size for path, size in _data_files(night.store.path(table)).items() if is_doomed(PurePosixPath(path))}


def _remove(night: Night, table: Table, found: Expired) -> Expired:
    version = night.store.delete_until(table, found.cutoff) if found.rows else None
    before = _data_files(night.store.path(table))
    night.store.vacuum(table)
    gone = before.keys() - _data_files(night.store.path(table)).keys()
    return replace(found, files=len(gone), bytes=sum(before[name] for name in gone), delete_version=version)


def _data_files(path: str) -> dict[str, int]:
    """Data files below a table's folder, live or not, with their sizes: what is really on the disk.

    Without the checksums that Hadoop writes beside them on a local disk, which hold no data and go with a VACUUM.
    """
    filesystem, root = open_folder(path)
    selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
    return {
        info.path: info.size
        for info in filesystem.get_file_info(selector)
        if info.type == fs.FileType.File and not info.path.endswith(".crc") and "/_delta_log/" not in info.path
    }


def _landing(night: Night, retention: RetentionClass, *, dry_run: bool) -> Expired:
    """Files as received, whatever they are: one goes when it arrived by the cutoff, or its oldest row expires."""
    last_day = cutoff(night.settings.retention.limits, retention, night.process_date)
    footage = retention is RetentionClass.FOOTAGE
    held = list_held(night.settings.storage.landing, night.process_date)
    files = [file for file in held if (file.source == "footage") == footage]
    outlived = _outlived(night, FOOTAGE if footage else FEED_FILES, last_day, files)
    sidecars = {sidecar_name(path) for path in outlived if footage}
    old = [
        file for file in files if file.arrived_on <= last_day or file.path in outlived or file.path.lower() in sidecars
    ]
    left = min((file.arrived_on for file in files if file not in old), default=None)
    if not dry_run:
        for file in old:
            remove_landed(night.settings.storage.landing, file.path)
    name = "landing.footage" if footage else "landing.feeds"
    days = len({file.arrived_on for file in old})
    return Expired(name, retention, last_day, days, 0, len(old), sum(file.bytes for file in old), left)


def _never_removed(night: Night) -> int:
    refused = list_refused(night.settings.storage.landing, night.process_date)
    return sum(not one.removed for one in refused)


def _outlived(night: Night, table: Table, last_day: date, files: Iterable[LandedFile]) -> set[str]:
    """Paths of files whose oldest row or frame expires, by the table that knows them; also of those that are gone.

    What replaced one in place is another file, which may not even have been read.
    """
    lying = {file.path: (file.changed_at, file.bytes) for file in files}
    known = night.store.rows(table, "paths", "bytes", "capture_date")
    return {
        path for row in known if row["capture_date"] <= last_day
        for path, at in row["paths"].items() if lying.get(path, (at, row["bytes"])) == (at, row["bytes"])
    }  # fmt: skip


def _waiting(night: Night, last_day: date) -> int:
    """How many feed files go while rows of theirs wait for a camera or a licence."""
    known = night.store.rows(FEED_FILES, "needs", "capture_date")
    return sum(bool(row["needs"]) and row["capture_date"] <= last_day for row in known)


def _write_ledger(night: Night, expired: list[Expired]) -> None:
    """One entry a table, each sealing the one before: a changed or missing entry breaks the chain."""
    store, limits = night.store, night.settings.retention.limits
    entries = store.rows(RETENTION_LEDGER, "entry_no", "entry_hash")
    number, previous = max(((one["entry_no"], one["entry_hash"]) for one in entries), default=(0, FIRST_HASH))
    recorded_at = datetime.now(UTC).replace(microsecond=0)
    rows = []
    for one in expired:
        number += 1
        entry: dict[str, Any] = {
            "run_id": night.run_id, "entry_no": number, "table_name": one.table_name,
            "retention_class": str(one.retention), "profile": night.settings.retention.profile,
            "maximum_days": maximum_days(limits, one.retention), "cutoff": one.cutoff,
            "partitions_removed": one.partitions, "rows_removed": one.rows, "files_removed": one.files,
            "bytes_removed": one.bytes, "delete_version": one.delete_version, "oldest_left": one.oldest_left,
            "recorded_at": recorded_at, "previous_hash": previous, "process_date": night.process_date,
        }  # fmt: skip
        previous = entry_hash(entry)
        rows.append({**entry, "entry_hash": previous})
    store.append_rows(RETENTION_LEDGER, rows)


def entry_hash(entry: dict[str, Any]) -> str:
    """sha256 of an entry's fields (all but entry_hash), in the order of their names, times in ISO 8601 UTC."""
    fields = {name: _text(value) for name, value in entry.items() if name != "entry_hash"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
