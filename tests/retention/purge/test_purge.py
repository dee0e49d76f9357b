"""Retention: what has expired is gone from the tables, the disk and the landing folder, and the ledger says so."""

import os
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from jobs.control import by_day, responses
from jobs.control.database import open_control
from jobs.control.heads import sign_now
from jobs.control.log import entries, verify
from jobs.control.responses import Response
from jobs.control.schema import HOTLIST_RESPONSES
from jobs.domain.retention import cutoff, maximum_days
from jobs.domain.terms import Answer
from jobs.footage.working_files import WorkingFiles
from jobs.lake.store import Store
from jobs.lake.tables import FEED_FILES, FOOTAGE, HOTLIST_VERSIONS, QUARANTINE, READS, RETENTION_LEDGER, RetentionClass
from jobs.report.compliance.page import write_compliance_report
from jobs.report.console import show_plan, show_tables
from jobs.retention import expired
from jobs.retention.places import DatedPlace
from jobs.retention.purge.job import PurgeIncompleteError, plan, purge
from jobs.retention.purge.journal import REMOVED, Journal
from jobs.settings import load_settings
from tests.factories import feed_file
from tests.retention.conftest import EXPIRED, LANDED, LAST_KEPT, MARKS, NIGHT, known_file


def limits(profile="acpo_2011"):
    return load_settings(environment={"ANPRLAKE_RETENTION__PROFILE": profile}).retention.limits


def test_a_day_expires_exactly_as_many_days_after_capture_as_its_class_is_kept():
    assert cutoff(limits(), RetentionClass.READS, NIGHT) == date(2024, 11, 20)
    assert cutoff(limits("nasple_12m"), RetentionClass.READS, NIGHT) == date(2025, 11, 20)
    assert cutoff(limits(), RetentionClass.IMAGES, NIGHT) == date(2025, 11, 20)
    assert cutoff(limits(), RetentionClass.FOOTAGE, NIGHT) == date(2026, 8, 22)
    # Over a leap day, days are counted, not years.
    assert cutoff(limits(), RetentionClass.READS, date(2025, 2, 28)) == date(2023, 3, 1)
    assert maximum_days(limits(), RetentionClass.HELD) is None


def ledger_of(night):
    return sorted(night.store.rows(RETENTION_LEDGER), key=lambda row: row["log_position"])


def by_place(ledger):
    name = itemgetter("table_name")
    return [(place, list(rows)) for place, rows in groupby(sorted(ledger, key=name), name)]


def counts_of(row):
    names = ("table_name", "partitions_removed", "rows_removed", "files_removed", "bytes_removed", "oldest_left")
    return tuple(row[name] for name in names)


def listing(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in Path(folder).rglob("*") if path.is_file()
    }


def test_a_purge_takes_whole_days_off_the_disk_accounts_for_them_and_is_told_before(lake, capsys):
    root = Path(lake.store.root).parent
    before = listing(root)
    told = plan(lake)
    assert listing(root) == before

    purge(lake)
    assert [counts_of(row) for row in ledger_of(lake)] == [
        (one.place, one.partitions, one.rows, one.files, one.bytes, one.oldest_left) for one in told
    ]
    by_table = {one.place: one for one in told}
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
    assert [one for one in plan(lake) if one.is_something] == []
    purge(lake)
    assert [row.vrm for row in lake.store.read(READS).collect()] == [MARKS[2]]

    _ledger_is_a_copy_of_the_log(lake)
    _page_tells(lake, capsys)


def _ledger_is_a_copy_of_the_log(night):
    ledger = ledger_of(night)
    reads = [entry for entry in ledger if entry["table_name"] == "restricted.reads"]
    assert [(entry["rows_removed"], entry["cutoff"], entry["maximum_days"]) for entry in reads] == [
        (2, EXPIRED, 730), (0, EXPIRED, 730),
    ]  # fmt: skip
    assert reads[0]["delete_version"] is not None
    assert reads[1]["delete_version"] is None
    assert not [vrm for vrm in MARKS if vrm in str(ledger)]
    with open_control(night.settings) as control, control.reading() as connection:
        log = {position: payload for position, _, kind, payload in entries(connection) if kind == REMOVED}
        verify(connection, [], NIGHT)
    assert {row["log_position"]: (row["table_name"], row["rows_removed"]) for row in ledger} == {
        position: (payload["place"], payload["removed"]["rows"]) for position, payload in log.items()
    }


def _page_tells(night, capsys):
    """The same lake is in order on the night, and is not for a night later without a purge."""
    note = sign_now(night.settings)
    page = Path(write_compliance_report(night, note)).read_text(encoding="utf-8")
    assert 'class="verdict held"' in page
    assert "No table holds data older than profile acpo_2011 allows." in page
    assert "rows is as it was written, by 1 signed head(s)" in page
    assert note.splitlines()[-1] in page
    late = replace(night, process_date=NIGHT + timedelta(days=1))
    page = Path(write_compliance_report(late, note)).read_text(encoding="utf-8")
    assert 'class="verdict broken"' in page
    assert "1 table(s) hold data older than allowed: restricted.reads." in page
    assert not [vrm for vrm in MARKS if vrm in page]
    capsys.readouterr()
    show_tables(night.store)
    show_plan(plan(late))
    shown = capsys.readouterr().out
    assert "not yet" in shown
    assert "would" in shown


def test_a_log_that_was_changed_breaks_the_page(night):
    purge(night)
    note = sign_now(night.settings)
    with open_control(night.settings) as control, control.deciding() as connection:
        connection.exec_driver_sql("UPDATE log SET kind = 'nothing' WHERE position = 1")
    page = Path(write_compliance_report(night, note)).read_text(encoding="utf-8")
    assert 'class="verdict broken"' in page
    assert "The log is BROKEN" in page


def test_what_lies_behind_a_link_is_not_removed_and_its_place_is_named(lake, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.parquet").touch()
    links = [Path(lake.store.path(QUARANTINE), "capture_date=2024-11-14"), Path(lake.store.root, "restricted/_reading")]
    for link in links:
        link.symlink_to(outside)
    with pytest.raises(PurgeIncompleteError, match=r"in restricted\.quarantine: .* working files of footage: ") as told:
        purge(lake)
    assert "the rest is gone" in str(told.value)
    assert [path.name for path in outside.iterdir()] == ["theirs.parquet"]
    assert lake.store.rows_by_day(READS).keys() == {LAST_KEPT}
    assert [row["table_name"] for row in ledger_of(lake) if row["error"]] == ["restricted.quarantine"]
    for link in links:
        link.unlink()
    purge(lake)
    assert [one for one in plan(lake) if one.is_something] == []


def test_a_table_that_is_a_link_is_named(lake, tmp_path):
    folder = Path(lake.store.path(QUARANTINE))
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    moved = replace(lake, store=Store(lambda: lake.store.spark, lake.store.root))
    with pytest.raises(PurgeIncompleteError, match=r"; restricted\.quarantine: .*restricted/quarantine is a link"):
        purge(moved)
    assert moved.store.rows_by_day(READS).keys() == {LAST_KEPT}
    assert any((tmp_path / "moved").rglob("*.parquet"))


def test_what_cannot_be_removed_is_named_and_stands_in_the_way_of_nothing_else(lake, monkeypatch):
    """A landing file that cannot be deleted, and a table whose log is broken; then both are mended."""
    whole = {one.place: one for one in plan(lake)}
    log = Path(lake.store.path(QUARANTINE)) / "_delta_log" / f"{lake.store.version(QUARANTINE):020}.json"
    text = log.read_text()
    log.write_text("{")
    remove = expired.remove_landed

    def stuck(landing, path):
        if path.endswith("backlog.csv"):
            raise PermissionError(13, "Permission denied")
        remove(landing, path)

    with monkeypatch.context() as patch:
        patch.setattr(expired, "remove_landed", stuck)
        with pytest.raises(PurgeIncompleteError, match=r"landing\.feeds: .*1 files.*restricted\.quarantine") as caught:
            purge(lake)
    assert not [vrm for vrm in MARKS if vrm in str(caught.value)]
    failed = [row["table_name"] for row in ledger_of(lake) if row["error"]]
    assert failed == ["landing.feeds", "landing.lines", "restricted.feed_files", "restricted.quarantine"]
    assert lake.store.rows_by_day(READS).keys() == {LAST_KEPT}
    assert [row["capture_date"] for row in lake.store.rows(FEED_FILES)] == [
        date(2026, 8, 1)
    ]  # tells what is left to do
    page = Path(write_compliance_report(lake, sign_now(lake.settings))).read_text(encoding="utf-8")
    assert f"could not remove what has expired in {', '.join(failed)}" in page
    assert "1 table(s) are damaged, and nobody can tell: restricted.quarantine." in page

    log.write_text(text)
    before = lake.store
    lake = replace(lake, store=Store(lambda: before.spark, before.root))
    purge(lake)
    assert [one for one in plan(lake) if one.is_something] == []
    removed = Counter({name: sum(row["rows_removed"] for row in rows) for name, rows in by_place(ledger_of(lake))})
    assert +removed == +Counter({name: one.rows for name, one in whole.items()})
    files = Counter({name: sum(row["files_removed"] for row in rows) for name, rows in by_place(ledger_of(lake))})
    assert files["landing.feeds"] == whole["landing.feeds"].files
    page = Path(write_compliance_report(lake, sign_now(lake.settings))).read_text(encoding="utf-8")
    assert 'class="verdict held"' in page


@pytest.mark.parametrize("table", [FEED_FILES, FOOTAGE])
def test_a_broken_catalogue_of_landing_stands_in_the_way_of_that_alone(lake, table):
    log = Path(lake.store.path(table)) / "_delta_log" / f"{lake.store.version(table):020}.json"
    log.write_text("{")
    with pytest.raises(PurgeIncompleteError, match=table.full_name.replace(".", r"\.")):
        purge(lake)
    assert lake.store.rows_by_day(READS).keys() == {LAST_KEPT}


def test_what_went_before_a_failure_is_accounted_for(lake, monkeypatch):
    whole = {one.place: one.rows for one in plan(lake)}

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "vacuum", full)
        with pytest.raises(PurgeIncompleteError, match=r"restricted\.reads"):
            purge(lake)
    purge(lake)
    told = Counter({place: sum(row["rows_removed"] for row in rows) for place, rows in by_place(ledger_of(lake))})
    assert +told == +Counter(whole)


def steps():
    """Where a purge may be ended: what is replaced, and after how many calls of it."""
    yield from (("intend", Journal, "intend", calls) for calls in (1, 4))
    yield from (("landing", expired, "remove_landed", calls) for calls in (1, 3, 6))
    yield from (("delete", Store, "delete_until", calls) for calls in (1, 2))
    yield from (("vacuum", Store, "vacuum", calls) for calls in (1, 2))
    yield from (("account", Journal, "account", calls) for calls in (1, 5))


@pytest.mark.parametrize(
    ("target", "name", "calls"), [pytest.param(*step[1:], id=f"{step[0]}-{step[3]}") for step in steps()]
)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ended_anywhere_the_next_purge_accounts_for_all_that_went(lake, monkeypatch, target, name, calls, after):
    whole = plan(lake)
    real, left = getattr(target, name), [calls]

    def ended(*arguments, **options):
        left[0] -= 1
        if left[0]:
            return real(*arguments, **options)
        if after:
            real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target, name, ended)
        with pytest.raises(KeyboardInterrupt):
            purge(lake)
    purge(lake)
    assert [one for one in plan(lake) if one.is_something] == []
    with open_control(lake.settings) as control, control.reading() as connection:
        told = Counter()
        for _, _, kind, payload in entries(connection):
            if kind == REMOVED:
                told.update({(payload["place"], name): count for name, count in payload["removed"].items()})
    names = ("partitions", "rows", "files", "bytes")
    assert +told == +Counter({(one.place, name): getattr(one, name) for one in whole for name in names})


def answer(night, day):
    """A response to a hit of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    response = Response("h" * 64, ("s",), "e" * 64, Answer.CLOSED, "stopped", "PC1", at, day)
    with open_control(night.settings) as control, control.deciding() as connection:
        responses.record(connection, response, day + timedelta(days=730))


def test_responses_expire_with_the_reads_and_are_accounted_for_as_every_place(night):
    for day in (EXPIRED - timedelta(days=1), EXPIRED, LAST_KEPT):
        answer(night, day)
    (told,) = (one for one in plan(night) if one.place == "control.hotlist_responses")
    assert (told.partitions, told.rows, told.oldest_left, told.held) == (2, 2, LAST_KEPT, 3)
    purge(night)
    purge(night)
    assert [(row["rows_removed"], row["partitions_removed"], row["oldest_left"]) for row in ledger_of(night)
            if row["table_name"] == "control.hotlist_responses"] == [(2, 2, LAST_KEPT), (0, 0, LAST_KEPT)]  # fmt: skip
    with open_control(night.settings) as control, control.reading() as connection:
        assert by_day.names_by_day(connection, HOTLIST_RESPONSES).keys() == {LAST_KEPT}
        # What the log has of them goes too, and the log stays whole.
        assert [payload is None for *_, payload in entries(connection, ["hit_response"])] == [True, True, False]
        verify(connection, [], NIGHT)


def test_of_responses_a_purge_that_was_ended_accounts_for_all_that_went(night, monkeypatch):
    answer(night, EXPIRED)
    remove = DatedPlace.remove

    def ended(*arguments):
        remove(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DatedPlace, "remove", ended)
        with pytest.raises(KeyboardInterrupt):
            purge(night)
    purge(night)
    purge(night)
    rows = [row["rows_removed"] for row in ledger_of(night) if row["table_name"] == "control.hotlist_responses"]
    assert rows == [1, 0]


def test_what_was_read_of_footage_goes_with_it_when_it_expires_unread(night):
    working = WorkingFiles(night.store.root, "x")
    for name, day in (("old", date(2026, 8, 1)), ("kept", NIGHT)):
        row = {**known_file(f"{day}/footage/{name}.mp4", day), "footage_id": name, "status": "new"}
        night.store.append_rows(FOOTAGE, [row])
        working.put(name, "range_00000.json", "{}")
    plan(night)
    assert len(working.finished()) == 2
    purge(night)
    assert working.finished() == {("kept", "range_00000.json")}


def test_a_file_that_was_replaced_is_another_one_whatever_its_time_says(lake):
    backlog = Path(lake.settings.storage.landing) / "2026-11-20/fixed/backlog.csv"
    before = backlog.stat().st_mtime_ns
    backlog.write_text("six new reads")
    os.utime(backlog, ns=(before, before))
    purge(lake)
    assert backlog.exists()


def test_a_purge_tells_of_files_of_which_rows_still_wait(night, caplog):
    file = feed_file("2026-11-20/fixed/early.csv", date(2026, 8, 1))
    night.store.append_rows(FEED_FILES, [file | {"needs": ["camera F050 2026-11-20"]}])
    assert purge(night).notes["files_waiting_purged"] == 1
    assert "1 feed files go of which rows still wait" in caplog.text


def test_a_file_that_was_replaced_in_place_is_another_one_and_stays_with_its_sidecar(lake):
    landing = Path(lake.settings.storage.landing)
    for name in ("fixed/backlog.csv", "footage/backlog.mp4"):
        (landing / "2026-11-20" / name).write_bytes(b"y")
    purge(lake)
    left = listing(landing).keys()
    assert {
        f"2026-11-20/{name}" for name in ("fixed/backlog.csv", "footage/backlog.mp4", "footage/backlog.json")
    } <= left


def test_what_was_written_before_the_clock_was_set_back_goes_all_the_same(lake):
    """Data files, orphans and what the log says of removed ones are an hour ahead."""
    ahead_s = 3600
    for path in Path(lake.store.root).rglob("_delta_log/*.json"):
        later = re.sub(r'("(?:deletionTimestamp|modificationTime|timestamp)":\s*)(\d+)', _an_hour_on, path.read_text())
        path.write_text(later)
    for path in Path(lake.store.root).rglob("*.parquet"):
        os.utime(path, (path.stat().st_mtime + ahead_s,) * 2)
    purge(lake)
    table = Path(lake.store.path(READS))
    assert len([path for path in table.rglob("*.parquet") if "_delta_log" not in path.parts]) == 1
    assert not (table / f"capture_date={EXPIRED}").exists()
    assert [one for one in plan(lake) if one.is_something] == []


def _an_hour_on(found):
    return f"{found[1]}{int(found[2]) + 3_600_000}"
