"""Hot-lists: each file is a version that ends the one before; each line is an entry, a duplicate or quarantined."""

import gzip
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.ingest.hotlist import job as hotlist
from jobs.ingest.hotlist.entries import FIELDS
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.hotlist.versions import in_force
from jobs.lake.tables import HOTLIST, HOTLIST_EXTENSIONS, HOTLIST_VERSIONS, QUARANTINE
from jobs.runtime.night import NumbersDoNotAddUpError
from tests.factories import changed

NIGHT = date(2026, 11, 20)
HEADER = ",".join(FIELDS)


def line(vrm="AB12 CDE", weed_date="2026-12-01", reason="INTEL: drugs", **more):
    given = {"vrm": vrm, "weed_date": weed_date, "reason": reason, "force_area": "NORTH"} | more
    return ",".join((dict.fromkeys(FIELDS, "") | given).values())


def land(night, day, name, *lines, header=HEADER, encoding="utf-8-sig"):
    folder = Path(night.settings.storage.landing) / day / "hotlist"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
    return folder / name


def numbers(summary):
    return (summary.rows_received, summary.rows_stored, summary.rows_duplicate, summary.rows_quarantined)


def held(night, day):
    """Marks of the list that is in force on a day of November."""
    when = date(2026, 11, day)
    version = in_force(night.store.rows(HOTLIST_VERSIONS), [when]).get(when)
    return sorted(row["vrm"] for row in night.store.rows(HOTLIST) if row["version"] == version)


def reasons(night):
    return [
        (row.line_no, row.reason) for row in night.store.read(QUARANTINE).orderBy("landed_path", "line_no").collect()
    ]


def test_versions_end_each_other_and_every_line_is_accounted_for(night):
    land(
        night, "2026-11-10", "a.csv", line(), line(vrm="wx34*", reason="POST: theft"),
        line(vrm="KL56MNO", reason="ROADS other"), line(vrm="*"), "broken", "y" * 200_000 + line(),
        line(vrm="ab12cde", colour="RED"), line(reason="POST: theft"),
    )  # fmt: skip
    summary = ingest_hotlist(night)
    assert numbers(summary) == (8, 4, 1, 3)
    assert held(night, 10) == ["AB12CDE", "AB12CDE", "KL56MNO", "WX34*"]
    purposes = {(one.vrm, one.purpose, one.priority) for one in night.store.read(HOTLIST).collect()}
    assert purposes == {
        ("AB12CDE", "intelligence", 1), ("AB12CDE", "post_incident", 2), ("WX34*", "post_incident", 2),
        ("KL56MNO", "roads_policing", 3),
    }  # fmt: skip
    assert reasons(night) == [(5, "vrm_matches_everything"), (6, "malformed"), (7, "line_too_long")]
    payloads = [row.payload for row in night.store.read(QUARANTINE).collect()]
    assert max(map(len, payloads)) == night.settings.ingest.payload_chars
    assert ingest_hotlist(night).files == 0

    # Two corrections on one day, of which the last stays; then the first of them once more.
    land(night, "2026-11-15", "a.csv", line(vrm="B2"))
    land(night, "2026-11-15", "b.csv", line(vrm="C3"))
    land(night, "2026-11-18", "back.csv", line(vrm="B2"))
    land(night, "2026-11-21", "tomorrow.csv", line(vrm="D4"))
    assert ingest_hotlist(night).files == 3
    assert [held(night, day) for day in (9, 15, 17, 18, 20, 21)] == [[], ["C3"], ["C3"], ["B2"], ["B2"], ["B2"]]
    assert len(held(night, 14)) == 4
    assert ingest_hotlist(replace(night, process_date=NIGHT + timedelta(days=1))).rows_stored == 1
    assert [held(night, day) for day in (20, 21)] == [["B2"], ["D4"]]


def test_an_extension_is_logged_with_both_dates_the_night_and_who_and_why(night):
    land(night, "2026-11-10", "a.csv", line(), line(vrm="B2"))
    assert ingest_hotlist(night).notes == {"hotlist_extensions": 0}
    land(night, "2026-11-15", "a.csv", line(weed_date="2026-12-10", reason="INTEL: still"), line(vrm="B2"))
    assert ingest_hotlist(night).notes == {"hotlist_extensions": 1}
    (logged,) = night.store.rows(HOTLIST_EXTENSIONS)
    assert (logged["previous_weed_date"], logged["weed_date"]) == (date(2026, 12, 1), date(2026, 12, 10))
    assert (logged["process_date"], logged["run_id"]) == (NIGHT, "test-run")
    assert (logged["force_area"], logged["reason"]) == ("NORTH", "INTEL: still")
    assert "AB12CDE" not in str(logged)


def broken_files(night):
    """Files that are no list of this format, and what is to become of their lines."""
    folder = land(night, "2026-11-12", "1-utf16.csv", line(), encoding="utf-16").parent
    land(night, "2026-11-12", "2-header.csv", line(), header="vrm,make")
    land(night, "2026-11-12", "3-nul.csv", line(make="a\0b"), line(vrm="N1"))
    land(night, "2026-11-12", "4-quotes.csv", line(spare_2='"never closed'), line(vrm="Q1"))
    (folder / "5-half.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, line(), line(vrm="H1")]).encode())[:-9])
    (folder / "6-empty.csv").write_bytes(b"")
    (folder / "7-packed.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, line(vrm="P1")]).encode()))
    return [
        (1, "not_utf8"), (2, "not_utf8"), (3, "not_utf8"),
        (1, "wrong_header"), (2, "wrong_header"),
        (2, "not_utf8"),
        (2, "malformed"),
        (2, "file_broken"), (3, "file_broken"),  # a whole line, and where it breaks
    ]  # fmt: skip


def test_broken_files_are_quarantined_line_by_line_and_fail_no_night(night):
    land(night, "2026-11-10", "a.csv", line())
    expected = broken_files(night)
    summary = ingest_hotlist(night)
    assert summary.files == 8
    assert summary.rows_received == summary.rows_stored + summary.rows_quarantined
    found = reasons(night)
    assert found == expected
    versions = {row["landed_path"][19:]: row["rows_stored"] for row in night.store.rows(HOTLIST_VERSIONS)}
    assert versions == {
        "a.csv": 1, "1-utf16.csv": 0, "2-header.csv": 0, "3-nul.csv": 1, "4-quotes.csv": 1, "5-half.csv.gz": 0,
        "6-empty.csv": 0, "7-packed.csv.gz": 1,
    }  # fmt: skip
    assert held(night, 12) == ["P1"]
    # Files of which nothing was stored are known too.
    assert ingest_hotlist(night).files == 0


def test_half_a_list_does_not_replace_a_whole_one(night):
    land(night, "2026-11-10", "a.csv", line())
    small = replace(night, settings=changed(night.settings, "ingest.hotlist.max_bytes", 300))
    land(night, "2026-11-12", "large.csv", *(line(vrm=f"A{number}") for number in range(20)))
    summary = ingest_hotlist(small)
    assert summary.rows_stored == 1
    assert {reason for _, reason in reasons(night)} == {"file_too_large"}
    assert held(night, 12) == ["AB12CDE"]


_READ_ONE_LINE = """
import resource, sys
from datetime import date
from jobs.ingest.hotlist import job as hotlist
from jobs.ingest.landing import LandedFile
from datetime import datetime
from jobs.runtime.night import Night
from jobs.settings import load_settings
settings = load_settings(environment={"ANPRLAKE_STORAGE__LANDING": sys.argv[1]})
night = Night(None, settings, date(2026, 11, 20), "r")  # reading a file touches no table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read = hotlist._read(night, "v", LandedFile("endless.csv", "hotlist", date(2026, 11, 20), 0, datetime(2026, 11, 20)))
print([row["reason"] for row in read.rejected], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_line_of_two_gigabytes_is_read_in_little_memory(tmp_path):
    with (tmp_path / "endless.csv").open("wb") as file:
        file.truncate(2 << 30)  # a sparse file: one line of NUL bytes
    program = [sys.executable, "-c", _READ_ONE_LINE, str(tmp_path)]
    told = subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()
    faults, _, kilobytes = told.rpartition(" ")
    assert faults == "['line_too_long', 'file_too_large']"
    assert int(kilobytes) < 200_000


def test_a_killed_run_is_simply_run_again(night, monkeypatch):
    land(night, "2026-11-10", "a.csv", line(), line(vrm="*"))
    ingest_hotlist(night)
    land(night, "2026-11-15", "a.csv", line(weed_date="2026-12-10"), line(vrm="B2"), line(vrm="*"))

    def killed(*_):
        raise KeyboardInterrupt

    for step in ("_manifest", "_store_extensions"):
        with monkeypatch.context() as patch:
            patch.setattr(hotlist, step, killed)
            with pytest.raises(KeyboardInterrupt):
                ingest_hotlist(night)
    assert numbers(ingest_hotlist(night)) == (3, 2, 0, 1)
    assert len(night.store.rows(HOTLIST)) == 3
    assert len(night.store.rows(HOTLIST_EXTENSIONS)) == 1
    assert len(reasons(night)) == 2


def test_a_line_that_no_table_holds_fails_the_job(night, monkeypatch):
    land(night, "2026-11-10", "a.csv", line(), line(vrm="B2"), line(vrm="*"))
    monkeypatch.setattr(hotlist, "_store_entries", lambda *_: None)
    with pytest.raises(NumbersDoNotAddUpError, match="received 3, stored 0, duplicate 0, quarantined 1") as failed:
        ingest_hotlist(night)
    assert "AB12CDE" not in str(failed.value)
    assert night.store.rows(HOTLIST_VERSIONS) == []
