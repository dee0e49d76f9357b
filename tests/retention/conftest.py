"""A small lake of which something has expired in every place."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.lake.tables import FEED_FILES, FOOTAGE, HOTLIST_VERSIONS, QUARANTINE, READS
from tests.factories import CHANGED, feed_file

NIGHT = date(2026, 11, 20)
EXPIRED = NIGHT - timedelta(days=730)
LAST_KEPT = EXPIRED + timedelta(days=1)
MARKS = ("AB12CDE", "WX34YZA", "KL56MNO")


def read(name, day, vrm):
    return {
        "read_id": name, "captured_at": datetime(day.year, day.month, day.day, 8), "camera_id": "F001", "vrm": vrm,  # noqa: DTZ001 - UTC
        "vrm_format": "current", "confidence": 0.9, "direction": "towards", "sighting_ids": [name],
        "source_kinds": ["fixed"], "sources": ["fixed:force"],
        "readings": {vrm: 1}, "flags": [], "process_date": day, "run_id": "r",
        "capture_date": day,
    }  # fmt: skip


def known_file(path, captured):
    if "/footage/" not in path:
        return feed_file(path, captured)
    common = {"landed_path": path, "process_date": captured, "run_id": "r", "capture_date": captured, "bytes": 1}
    return {**common, "footage_id": path, "status": "read", "paths": {path: CHANGED}}


def rejected(day):
    texts = {"file_id": "f", "landed_path": "p", "payload": f"F001,x,{MARKS[0]}", "reason": "malformed"}
    numbers = {"line_no": 1, "record_no": 1, "source_kind": "fixed"}
    return {**texts, **numbers, "process_date": day, "run_id": "r", "capture_date": day}


def version_of_list(name, ends_on):
    counts = dict.fromkeys(("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined"), 0)
    dates = {"valid_from": ends_on, "ends_on": ends_on, "process_date": ends_on}
    return {**counts, **dates, "version": name, "landed_path": "p", "edition": 1, "bytes": 1, "run_id": "r"}


LANDED = {  # path and whether it has expired
    "2026-08-22/fixed/old.csv": True,
    "2026-08-22/cameras/old.csv": True,
    "2026-08-22/fixed/.half-arrived.csv": True,
    "2026-08-22/unheard-of/x.bin": True,
    "2026-08-22/loose.csv": True,
    "2026-08-22/footage/old.mp4": True,
    "2026-08-23/fixed/kept.csv": False,
    "2026-11-20/fixed/backlog.csv": True,  # its oldest row has expired, by the table
    "2026-11-20/footage/backlog.mp4": True,
    "2026-11-20/footage/backlog.json": True,
    "2026-11-20/footage/new.mp4": False,
    "not-a-date/fixed/x.csv": False,
}


@pytest.fixture
def lake(night):
    """Three days of reads, two of which were written twice, rejected rows, an orphan, and landed files."""
    store = night.store
    days = [EXPIRED - timedelta(days=1), EXPIRED, LAST_KEPT]
    rows = [read(f"{day}", day, vrm) for day, vrm in zip(days, MARKS, strict=True)]
    for _ in range(2):
        store.replace_days(READS, store.frame(READS, rows), days)
    store.append_rows(QUARANTINE, [rejected(EXPIRED), rejected(NIGHT)])
    store.append_rows(HOTLIST_VERSIONS, [version_of_list("old", EXPIRED), version_of_list("new", NIGHT)])
    store.append_rows(FOOTAGE, [known_file("2026-11-20/footage/backlog.mp4", date(2026, 8, 1))])
    store.append_rows(FEED_FILES, [known_file("2026-11-20/fixed/backlog.csv", date(2026, 8, 1))])
    orphan = Path(store.path(READS)) / f"capture_date={EXPIRED}" / "part-00000-of-a-killed-writer.parquet"
    orphan.write_bytes(b"x" * 10)
    stray = Path(store.path(READS)) / f"capture_date={LAST_KEPT}" / "part-00001-of-a-killed-writer.parquet"
    stray.write_bytes(b"x" * 10)
    for path in LANDED:
        file = Path(night.settings.storage.landing) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
        os.utime(file, (CHANGED.timestamp(), CHANGED.timestamp()))
    return night
