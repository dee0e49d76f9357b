"""Retention: what has expired is gone from the tables, the disk and the landing folder, and the ledger says so."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.domain.retention import cutoff, maximum_days
from jobs.footage.working_files import WorkingFiles
from jobs.lake.tables import FEED_FILES, FOOTAGE, HOTLIST_VERSIONS, QUARANTINE, READS, RETENTION_LEDGER, RetentionClass
from jobs.report.compliance import chain_is_whole, write_compliance_page
from jobs.report.console import show_expired, show_tables
from jobs.retention.purge import entry_hash, purge
from jobs.settings import load_settings
from tests.factories import CHANGED, feed_file

NIGHT = date(2026, 11, 20)
EXPIRED = NIGHT - timedelta(days=730)
LAST_KEPT = EXPIRED + timedelta(days=1)
MARKS = ("AB12CDE", "WX34YZA", "KL56MNO")


def limits(profile="acpo_2011"):
    return load_settings(environment={"ANPRLAKE_RETENTION__PROFILE": profile}).retention.limits


def test_a_day_expires_exactly_as_many_days_after_capture_as_its_class_is_kept():
    assert cutoff(limits(), RetentionClass.READS, NIGHT) == date(2024, 11, 20)
    assert cutoff(limits("nasple_12m"), RetentionClass.READS, NIGHT) == date(2025, 11, 20)
    assert cutoff(limits(), RetentionClass.IMAGES, NIGHT) == date(2025, 11, 20)
    assert cutoff(limits(), RetentionClass.FOOTAGE, NIGHT) == date(2026, 8, 22)
    # Over a leap day, days are counted, not years.
    assert cutoff(limits(), RetentionClass.READS, date(2025, 2, 28)) == date(2023, 3, 1)
    with pytest.raises(AttributeError):
        maximum_days(limits(), RetentionClass.OWN_DATES)


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


def listing(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in Path(folder).rglob("*") if path.is_file()
    }


def test_a_purge_takes_whole_days_off_the_disk_accounts_for_them_and_is_told_before(lake, capsys):
    root = Path(lake.store.root).parent
    before = listing(root)
    _, told = purge(lake, dry_run=True)
    assert listing(root) == before

    _, done = purge(lake, dry_run=False)
    assert [replace(one, delete_version=None) for one in done] == told
    by_table = {one.table_name: one for one in done}
    assert (by_table["restricted.reads"].partitions, by_table["restricted.reads"].rows) == (2, 2)
    assert by_table["restricted.reads"].oldest_left == LAST_KEPT
    assert by_table["restricted.quarantine"].rows == 1

    # What is on the disk.
    table = Path(lake.store.path(READS))
    assert {path.parent.name for path in table.rglob("*.parquet") if "_delta_log" not in path.parts} == {
        f"capture_date={LAST_KEPT}"
    }
    assert len([path for path in table.rglob("*.parquet") if "_delta_log" not in path.parts]) == 1
    assert not (table / f"capture_date={EXPIRED}").exists()
    assert [row.vrm for row in lake.store.read(READS).collect()] == [MARKS[2]]
    assert [row.capture_date for row in lake.store.read(QUARANTINE).collect()] == [NIGHT]
    # A small table without partitions is rewritten.
    assert by_table["restricted.hotlist_versions"].rows == 1
    assert [row["version"] for row in lake.store.rows(HOTLIST_VERSIONS)] == ["new"]
    assert len(list(Path(lake.store.path(HOTLIST_VERSIONS)).glob("*.parquet"))) == 1
    left = listing(lake.settings.storage.landing)
    assert left.keys() == {path for path, expired in LANDED.items() if not expired}

    # What the logs of the tables keep.
    logs = "".join(path.read_text(encoding="utf-8") for path in root.rglob("_delta_log/*.json"))
    assert "capture_date" in logs
    assert not [vrm for vrm in MARKS if vrm in logs]

    # Again, the same day: nothing is left to remove.
    _, again = purge(lake, dry_run=False)
    assert [one for one in again if one.rows or one.files] == []
    assert [row.vrm for row in lake.store.read(READS).collect()] == [MARKS[2]]

    _ledger_is_sealed(lake)
    _page_tells(lake, capsys)


def _ledger_is_sealed(night):
    ledger = [row.asDict() for row in night.store.read(RETENTION_LEDGER).orderBy("entry_no").collect()]
    assert [entry["entry_no"] for entry in ledger] == list(range(1, len(ledger) + 1))
    reads = [entry for entry in ledger if entry["table_name"] == "restricted.reads"]
    assert [(entry["rows_removed"], entry["cutoff"], entry["maximum_days"]) for entry in reads] == [
        (2, EXPIRED, 730), (0, EXPIRED, 730),
    ]  # fmt: skip
    assert reads[0]["delete_version"] is not None
    assert reads[1]["delete_version"] is None
    assert not [vrm for vrm in MARKS if vrm in str(ledger)]
    assert chain_is_whole(ledger)
    changed = [dict(entry) for entry in ledger]
    changed[1]["rows_removed"] += 1
    assert not chain_is_whole(changed)
    changed[1]["entry_hash"] = entry_hash(changed[1])  # whoever mends the hash breaks the next entry
    assert not chain_is_whole(changed)
    assert not chain_is_whole(ledger[1:])
    assert not chain_is_whole(ledger[:1] + ledger[2:])


def _page_tells(night, capsys):
    """The same lake is in order on the night, and is not for a night later without a purge."""
    page = Path(write_compliance_page(night)).read_text(encoding="utf-8")
    assert 'class="verdict held"' in page
    assert "No table holds data older than profile acpo_2011 allows." in page
    assert "is unbroken" in page
    late = replace(night, process_date=NIGHT + timedelta(days=1))
    page = Path(write_compliance_page(late)).read_text(encoding="utf-8")
    assert 'class="verdict broken"' in page
    assert "1 table(s) hold data older than allowed: restricted.reads." in page
    assert not [vrm for vrm in MARKS if vrm in page]
    capsys.readouterr()
    show_tables(night.store)
    show_expired(purge(late, dry_run=True)[1], dry_run=True)
    shown = capsys.readouterr().out
    assert "not yet" in shown
    assert "would" in shown


def entry(number, previous, table="restricted.reads", rows=0):
    content = {"entry_no": number, "table_name": table, "rows_removed": rows, "previous_hash": previous}
    return {**content, "entry_hash": entry_hash(content)}


def test_a_ledger_whose_own_first_entries_expired_is_whole_as_long_as_it_says_so():
    first = entry(1, "0" * 64)
    second = entry(2, first["entry_hash"])
    third = entry(3, second["entry_hash"], RETENTION_LEDGER.full_name, rows=1)
    assert chain_is_whole([])
    assert chain_is_whole([first, second, third])
    assert chain_is_whole([second, third])
    assert not chain_is_whole([first, third])
    assert not chain_is_whole([second])


def test_what_was_read_of_footage_goes_with_it_when_it_expires_unread(night):
    working = WorkingFiles(night.store.root, "x")
    for name, day in (("old", date(2026, 8, 1)), ("kept", NIGHT)):
        row = {**known_file(f"{day}/footage/{name}.mp4", day), "footage_id": name, "status": "new"}
        night.store.append_rows(FOOTAGE, [row])
        working.put(name, "range_00000.json", "{}")
    purge(night, dry_run=True)
    assert len(working.finished()) == 2
    purge(night, dry_run=False)
    assert working.finished() == {("kept", "range_00000.json")}


def test_a_file_that_was_replaced_is_another_one_whatever_its_time_says(lake):
    backlog = Path(lake.settings.storage.landing) / "2026-11-20/fixed/backlog.csv"
    before = backlog.stat().st_mtime_ns
    backlog.write_text("six new reads")
    os.utime(backlog, ns=(before, before))
    purge(lake, dry_run=False)
    assert backlog.exists()


def test_a_purge_tells_of_files_of_which_rows_still_wait(night, caplog):
    file = feed_file("2026-11-20/fixed/early.csv", date(2026, 8, 1))
    night.store.append_rows(FEED_FILES, [file | {"needs": ["camera F050 2026-11-20"]}])
    assert purge(night, dry_run=True)[0].notes["files_waiting_purged"] == 1
    assert "1 feed files go of which rows still wait" in caplog.text


def test_a_file_that_was_replaced_in_place_is_another_one_and_stays_with_its_sidecar(lake):
    landing = Path(lake.settings.storage.landing)
    for name in ("fixed/backlog.csv", "footage/backlog.mp4"):
        (landing / "2026-11-20" / name).write_bytes(b"y")
    purge(lake, dry_run=False)
    left = listing(landing).keys()
    assert {
        f"2026-11-20/{name}" for name in ("fixed/backlog.csv", "footage/backlog.mp4", "footage/backlog.json")
    } <= left
