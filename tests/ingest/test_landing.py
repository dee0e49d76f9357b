"""The landing folder: only plain files are taken in, whatever is put between them, and the purge touches no other."""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.footage.catalogue import catalogue_footage
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.job import ingest
from jobs.ingest.landing import list_held, list_landed, list_refused
from jobs.ingest.register import ingest_cameras
from jobs.lake.tables import FOOTAGE, HOTLIST_VERSIONS, QUARANTINE
from jobs.report.console import show_refused
from jobs.retention.purge.job import purge

NIGHT = date(2026, 11, 20)
KEY = "5e" * 32


@pytest.fixture
def landing(night):
    """A landing folder in which every kind of file is a link to one outside, which holds a key."""
    landing, outside = Path(night.settings.storage.landing), Path(night.settings.storage.landing).parent / "outside"
    outside.mkdir()
    (outside / "token.key").write_text(KEY)
    (outside / "folder").mkdir()
    (outside / "folder/x.csv").write_text(KEY)
    for kind, name in [("fixed", "AB12CDE.csv"), ("mobile", "a.jsonl"), ("cameras", "a.csv"), ("hotlist", "a.csv"),
                       ("footage", "a.mp4")]:  # fmt: skip
        (landing / "2020-01-01" / kind).mkdir(parents=True)
        (landing / "2020-01-01" / kind / name).symlink_to(outside / "token.key")
    (landing / "2020-01-02").symlink_to(outside)
    (landing / "2020-01-01/fixed/in").symlink_to(outside)
    (landing / "2020-01-01/fixed/two.csv").hardlink_to(outside / "folder/x.csv")
    return landing


def test_nothing_is_taken_in_through_a_link_and_all_of_it_is_told(night, landing, capsys, caplog):
    assert list(list_held(str(landing), NIGHT)) == []
    assert ingest(night).notes["landing_refused"] == 8
    assert "8 files in landing are not taken in where they lie: `anprlake summary` names them" in caplog.messages
    assert "AB12CDE" not in caplog.text
    assert night.store.rows(QUARANTINE) == night.store.rows(HOTLIST_VERSIONS) == night.store.rows(FOOTAGE) == []
    show_refused(night)
    shown = capsys.readouterr().out.splitlines()
    assert "not a plain file, never taken in or removed: '2020-01-01/fixed/AB12CDE.csv'" in shown
    assert len(shown) == 8
    assert not any(KEY in path.read_text("latin-1") for path in Path(night.store.root).rglob("*") if path.is_file())


def test_the_purge_removes_nothing_through_a_link(night, landing):
    (landing / "2020-01-01/fixed/plain.csv").write_text("x")
    before = {path for path in landing.parent.rglob("*") if "lake" not in path.parts}
    assert purge(night).notes["landing_refused"] == 8
    after = {path for path in landing.parent.rglob("*") if "lake" not in path.parts}
    assert before - after == {landing / "2020-01-01/fixed/plain.csv"}


def test_the_landing_folder_itself_may_be_a_link(landing):
    (landing / "2020-01-01/fixed/plain.csv").write_text("x")
    link = landing.with_name("link")
    link.symlink_to(landing)
    assert [file.path for file in list_held(str(link), NIGHT)] == ["2020-01-01/fixed/plain.csv"]
    assert len(list_refused(str(link), NIGHT)) == 8


MISPLACED = (
    "2026-11-20/Fixed/x.csv", "2026-11-20/x.csv", "fixed/x.csv", "x.csv", "2026-1-1/fixed/x.csv", "old/2026-11-20/x",
    "2099-01-01/fixed/x.csv", "2026-11-19/fixed/.x.csv.part",
)  # fmt: skip


def test_a_file_where_no_night_looks_is_told_with_its_reason(night, capsys):
    landing = Path(night.settings.storage.landing)
    for path in (*MISPLACED, "2026-11-20/fixed/x.csv", "2026-11-20/fixed/_on_its_way.csv", "2026-11-21/fixed/soon.csv"):
        (landing / path).parent.mkdir(parents=True, exist_ok=True)
        (landing / path).write_text("x")
    assert {refused.path for refused in list_refused(str(landing), NIGHT)} == set(MISPLACED)
    assert [file.path for file in list_landed(str(landing), NIGHT, ["fixed"])] == ["2026-11-20/fixed/x.csv"]
    show_refused(night)
    told = dict(line.rsplit(": ", 1)[::-1] for line in capsys.readouterr().out.splitlines())
    assert "below a day that has not come" in told["'2099-01-01/fixed/x.csv'"]
    assert "hidden" in told["'2026-11-19/fixed/.x.csv.part'"]
    assert "not below <YYYY-MM-DD>/<fixed|mobile|partner|footage|cameras|hotlist>/" in told["'2026-11-20/Fixed/x.csv'"]


@pytest.mark.parametrize("path", MISPLACED)
def test_a_file_where_no_night_looks_is_purged_by_the_day_on_which_it_was_put_there(night, path):
    file = Path(night.settings.storage.landing, path)
    file.parent.mkdir(parents=True)
    file.write_text("x")
    os.utime(file, (0, 0))  # its sender may say what it likes
    days = night.settings.retention.limits.landing.days
    today = datetime.now(UTC).date()
    purge(replace(night, process_date=today + timedelta(days=days - 1)))
    assert file.exists() or path.startswith("2026-11-")  # lies below a day, by which it goes
    purge(replace(night, process_date=today + timedelta(days=days)))
    assert not file.exists()


def test_a_sidecar_is_not_read_through_a_link(night):
    folder = Path(night.settings.storage.landing, "2026-11-20/footage")
    folder.mkdir(parents=True)
    (folder / "a.mp4").write_bytes(b"x")
    outside = folder.parents[2] / "outside.json"
    outside.write_text(json.dumps({"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}))
    (folder / "a.json").symlink_to(outside)
    catalogue_footage(night)
    assert [(row["reason"], row["camera_id"]) for row in night.store.rows(FOOTAGE)] == [("no_sidecar", None)]


def test_a_register_or_list_that_is_a_link_leaves_the_one_before_in_force(night, landing):
    header = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"
    (landing / "2020-01-01/cameras/0.csv").write_text(f"{header}\nF001,fixed,54.9,-1.6,A1,90,none,2026-01-01,\n")
    assert ingest_cameras(night).notes == {"cameras": 1}  # a.csv, which is a link, would be the newer one
    assert ingest_hotlist(night).files == 0


def test_the_purge_counts_what_it_leaves_only_where_something_is_left(night):
    summary = purge(night)
    assert summary.notes["landing_refused"] == 0
    assert "landing_refused" not in str(summary)
