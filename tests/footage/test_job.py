"""Footage to sightings: a file's outcome, its passages as rows, and what the catalogue keeps of it."""

import os
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import fs
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import _parse_datatype_string

from jobs.control.database import open_control
from jobs.control.suppressions import Suppression, Why, place, suppression_key
from jobs.domain.suppressed import suppressed_token
from jobs.footage import job as reading
from jobs.footage import ranges as range_tasks
from jobs.footage.on_disk import on_disk
from jobs.footage.ranges import FootageFile, Outlined, RangeOutcome, range_name
from jobs.footage.rows import RESULT_DDL, batches, result_schema
from jobs.ingest import landing
from jobs.ingest.pictures import pictures
from jobs.lake.tables import FOOTAGE, PLATE_IMAGES, SIGHTINGS
from jobs.runtime.recover import recover
from jobs.runtime.scratch import own_scratch, remove_dead_scratch
from ocr.range_read import FileOutline, RangeRead
from ocr.video import VideoInfo
from tests.factories import changed, staff
from tests.ocr.stub_child import PASSAGE as READ

NIGHT = date(2026, 11, 20)
PASSAGE = replace(
    READ, first_frame=10, last_frame=30, best_frame=20, first_s=0.4, last_s=1.2, time_s=0.8004, box=(1, 2, 30, 40)
)
OTHER = replace(PASSAGE, vrm="WX34YZA", first_frame=11, time_s=0.1)
FILE = FootageFile("f1", "2026-11-20/footage/f1.mp4", datetime(2026, 11, 20, 23, 59, 59, 500_000))  # noqa: DTZ001 - UTC
OUTLINE = FileOutline(info=VideoInfo(25.0, 640, 360, 50, 2.0), duration_s=2.0)


@pytest.fixture
def tasks(night):
    """What the executors know, with ranges of a second."""
    return replace(reading._reading(night, {}), longest_s=1.0, child="tests.ocr.stub_child")


def keep(tasks, outlined, *outcomes, footage_id="f1"):
    """Put results into the working files, and join them."""
    tasks.working.put(footage_id, "outline.json", outlined.model_dump_json())
    for number, outcome in enumerate(outcomes):
        tasks.working.put(footage_id, range_name(number), outcome.model_dump_json())
    return list(range_tasks.join_file(tasks, footage_id))


def ranges_read(lost_s=0.0):
    return (
        RangeOutcome(read=RangeRead(pieces=(PASSAGE, OTHER), lost_s=lost_s)),
        RangeOutcome(read=RangeRead(pieces=(), lost_s=0.0)),
    )


@pytest.mark.parametrize(("lost_s", "reason"), [(0.0, None), (0.5, "truncated")])
def test_a_read_file_has_its_measures_and_passages(tasks, lost_s, reason):
    *passages, row = keep(tasks, Outlined(outline=OUTLINE), *ranges_read(lost_s))
    assert (row["footage_id"], row["status"], row["reason"], row["lost_seconds"]) == ("f1", "read", reason, lost_s)
    assert (row["frame_rate"], row["width"], row["height"], row["frames"], row["duration_s"]) == (25, 640, 360, 50, 2)
    assert row["passages"] == len(passages) == 2
    passage = passages[0]["passage"]
    assert (passage["vrm_raw"], passage["vrm"], passage["box"]) == (
        "AB12CDE", "AB12CDE", {"x": 1, "y": 2, "w": 30, "h": 40},
    )  # fmt: skip
    assert passage["vrm_candidates"] == [vars(candidate) for candidate in PASSAGE.candidates]


@pytest.mark.parametrize(("reason", "status"), [("not_video", "refused"), ("crashed", "failed")])
def test_a_file_that_cannot_be_opened_has_its_reason(tasks, reason, status):
    (row,) = keep(tasks, Outlined(reason=reason))
    assert row == {"footage_id": "f1", "status": status, "reason": reason, "passages": 0}


def test_a_range_that_fails_is_lost_and_the_others_count(tasks):
    first, _ = ranges_read()
    *passages, row = keep(tasks, Outlined(outline=OUTLINE), first, RangeOutcome(reason="timed_out"))
    assert (row["status"], row["reason"], row["lost_seconds"], len(passages)) == ("read", "timed_out", 1.0, 2)


def test_a_file_of_which_every_range_fails_has_failed(tasks):
    outcomes = [RangeOutcome(reason="crashed"), RangeOutcome(reason="timed_out")]
    (row,) = keep(tasks, Outlined(outline=OUTLINE), *outcomes)
    assert (row["status"], row["reason"], row["lost_seconds"]) == ("failed", "crashed", 2.0)


@pytest.mark.usefixtures("spark")  # it parses the types
def test_the_arrow_schema_of_a_result_is_the_one_that_spark_expects(tasks):
    assert from_arrow_schema(result_schema()) == _parse_datatype_string(RESULT_DDL)
    rows = keep(tasks, Outlined(outline=OUTLINE), *ranges_read())
    table = pa.Table.from_batches(batches(rows))
    assert table.column("status").to_pylist() == [None, None, "read"]


def known(footage_id, process_date, status="new"):
    return {
        "footage_id": footage_id, "landed_path": f"2026-11-20/footage/{footage_id}.mp4", "camera_id": "F001",
        "started_at": datetime(2026, 11, 20, 23, 59, 59, 500_000), "bytes": 1, "status": status, "paths": {},  # noqa: DTZ001 - UTC
        "process_date": process_date, "run_id": "earlier", "capture_date": NIGHT,
    }  # fmt: skip


def test_each_passage_is_a_sighting_of_its_own_moment_and_day_with_two_pictures(spark, night, tasks):
    rows = keep(tasks, Outlined(outline=OUTLINE), *ranges_read())
    results = spark.createDataFrame(pa.Table.from_batches(batches(rows)))
    files = night.store.frame(FOOTAGE, [known("f1", NIGHT)]).collect()
    sightings = night.stamped(reading._sightings(results, reading._file_frame(night, files)))
    assert set(SIGHTINGS.column_names) <= set(sightings.columns)
    rows = sightings.orderBy("captured_at").collect()
    assert [row.captured_at.isoformat() for row in rows] == ["2026-11-20T23:59:59.600000", "2026-11-21T00:00:00.300000"]
    assert [row.capture_date for row in rows] == [NIGHT, NIGHT + timedelta(days=1)]
    assert len({row.sighting_id for row in rows}) == 2
    assert {(row.camera_id, row.source_kind, row.source_id, row.file_id) for row in rows} == {
        ("F001", "footage", "f1", "f1")
    }
    images = pictures(sightings)
    assert set(PLATE_IMAGES.column_names) <= set(images.columns)
    sizes = {"patch": len(READ.patch_jpeg), "overview": len(READ.overview_jpeg)}
    assert sorted((row.kind, row.bytes) for row in images.collect()) == sorted([*sizes.items()] * 2)


def test_the_catalogue_tells_what_became_of_each_file_and_other_files_stay(spark, night, tasks):
    yesterday = NIGHT - timedelta(days=1)
    rows = [known("f1", yesterday), known("f2", yesterday), known("old", yesterday, "read")]
    night.store.append_rows(FOOTAGE, rows)
    files = [file for file in night.store.rows(FOOTAGE) if file["status"] == "new"]
    results = [
        *keep(tasks, Outlined(outline=OUTLINE), *ranges_read()),
        *keep(tasks, Outlined(reason="not_video"), footage_id="f2"),
    ]
    table = pa.Table.from_batches(batches(results))
    outcomes = spark.createDataFrame(table).where("status IS NOT NULL").drop("passage").collect()
    reading._update_catalogue(night, files, outcomes, {"detection": "sha"}, {})
    found = {row.footage_id: row for row in night.store.read(FOOTAGE).collect()}
    assert {name: (row.status, row.reason) for name, row in found.items()} == {
        "f1": ("read", None), "f2": ("refused", "not_video"), "old": ("read", None),
    }  # fmt: skip
    assert found["f1"].ended_at.isoformat() == "2026-11-21T00:00:01.500000"
    assert (found["f1"].models, found["f1"].frames, found["old"].models) == ({"detection": "sha"}, 50, None)
    assert (found["old"].process_date, found["f1"].process_date) == (yesterday, NIGHT)


@pytest.mark.parametrize(("why", "shown"), [(Why.ERASED, False), (Why.RESTRICTED, True)])
def test_a_vehicle_that_may_not_come_back_is_in_no_row_nor_erased_in_another_ones_overview(
    spark, night, tasks, why, shown
):
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection)
        key = suppression_key(connection, night.settings.control.suppression_key)
        one = Suppression(suppressed_token(key, "WX34YZA"), NIGHT, NIGHT, why, "the owner asked for it", "3")
        place(connection, one, key, NIGHT + timedelta(days=730), datetime.now(UTC))
    results = spark.createDataFrame(
        pa.Table.from_batches(batches(keep(tasks, Outlined(outline=OUTLINE), *ranges_read())))
    )
    files = night.store.frame(FOOTAGE, [known("f1", NIGHT)]).collect()
    sightings = reading._sightings(results, reading._file_frame(night, files))
    kept, reasons = reading._kept(night, sightings, {"f1": 25.0})
    assert [(row.vrm, row.overview is not None, row.patch is not None) for row in kept.collect()] == [
        ("AB12CDE", shown, True)
    ]
    assert reasons == {"f1": {Why.ERASED: "suppressed", Why.RESTRICTED: "restricted"}[why]}


@pytest.fixture
def stubbed(night, monkeypatch):
    """A lake whose footage a stub reads, 60 seconds a file in ranges of 20; what it does is in the files' names."""
    monkeypatch.setattr(reading, "READER_CHILD", "tests.ocr.stub_child")
    monkeypatch.setattr(reading, "check", lambda *_: None)  # it has its own tests, and wants ids that are hashes
    settings = changed(changed(night.settings, "ocr.minutes_per_task", 1 / 3), "ocr.reader.seconds", 5.0)
    night = replace(night, settings=settings)
    (Path(night.settings.storage.landing) / "2026-11-20/footage").mkdir(parents=True)
    return night


def land(night, *names):
    """Put files of footage, catalogued and not read, into the landing folder."""
    night.store.append_rows(FOOTAGE, [known(name, NIGHT) for name in names])
    for name in names:
        Path(night.settings.storage.landing, f"2026-11-20/footage/{name}.mp4").write_bytes(b"x")


def asked(night, name):
    """The ranges that were read of a file, by their first second, in the order in which they were."""
    path = Path(night.settings.storage.landing, f"2026-11-20/footage/{name}.asked")
    return sorted(path.read_text().split()) if path.exists() else []


def working_files(night):
    return {path.name for path in Path(night.store.root, "restricted/_reading").rglob("*.json")}


def test_a_poison_file_leaves_its_neighbours_unharmed(stubbed):
    names = ["a", "b_segfault", "c", "d_swell_at_20", "e_still", "f", "g_hang_at_40"]
    land(stubbed, *names)
    summary = reading.read_footage(stubbed)
    found = {row["footage_id"]: row for row in stubbed.store.rows(FOOTAGE)}
    fields = ("status", "reason", "lost_seconds", "passages")
    assert {name: tuple(row[field] for field in fields) for name, row in found.items()} == {
        "a": ("read", None, 0.0, 3), "c": ("read", None, 0.0, 3), "f": ("read", None, 0.0, 3),
        "b_segfault": ("failed", "crashed", None, 0), "e_still": ("refused", "not_video", None, 0),
        "d_swell_at_20": ("read", "out_of_memory", 20.0, 2), "g_hang_at_40": ("read", "timed_out", 20.0, 2),
    }  # fmt: skip
    assert stubbed.store.read(SIGHTINGS).count() == 3 * 3 + 2 * 2
    assert (summary.notes["footage_failed"], summary.notes["seconds_lost"]) == (1, 40)
    assert working_files(stubbed) == set()


def test_a_killed_run_goes_on_where_it_was(stubbed, monkeypatch):
    land(stubbed, "a", "b")

    def killed(*_):
        raise KeyboardInterrupt(signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(reading, "_joined", killed)
        with pytest.raises(KeyboardInterrupt):
            reading.read_footage(stubbed)
    assert asked(stubbed, "a") == asked(stubbed, "b") == ["0.0", "20.0", "40.0"]
    lost = next(Path(stubbed.store.root, "restricted/_reading").rglob("b/range_00001.json"))
    lost.rename(lost.with_name("unfinished_range"))
    assert recover(stubbed).notes["working_folders_removed"] == 0
    summary = reading.read_footage(stubbed)
    assert asked(stubbed, "a") == ["0.0", "20.0", "40.0"]
    assert asked(stubbed, "b") == ["0.0", "20.0", "20.0", "40.0"]
    assert (summary.notes["ranges_read"], summary.notes["ranges_read_before"]) == (1, 5)
    assert stubbed.store.read(SIGHTINGS).count() == 6
    assert working_files(stubbed) == set()


def test_what_was_read_with_other_weights_is_not_used(stubbed):
    land(stubbed, "a")
    tasks = reading._reading(stubbed, {"detection": "other weights"})
    keep(tasks, Outlined(reason="not_video"), footage_id="a")
    reading.read_footage(stubbed)
    assert [row["status"] for row in stubbed.store.rows(FOOTAGE)] == ["read"]


def test_footage_that_became_a_link_or_went_since_it_was_catalogued_is_refused_and_not_opened(stubbed):
    land(stubbed, "a", "b", "c")
    folder = Path(stubbed.settings.storage.landing, "2026-11-20/footage")
    (folder / "a.mp4").rename(folder / "elsewhere.mp4")
    (folder / "a.mp4").symlink_to("elsewhere.mp4")
    (folder / "b.mp4").unlink()
    reading.read_footage(stubbed)
    found = {row["footage_id"]: (row["status"], row["reason"]) for row in stubbed.store.rows(FOOTAGE)}
    assert found == {"a": ("refused", "not_video"), "b": ("refused", "not_video"), "c": ("read", None)}
    assert asked(stubbed, "elsewhere") == []


def working_folders(night):
    return [path for path in Path(night.settings.storage.scratch).rglob("*") if not path.is_dir()]


def test_a_task_removes_the_name_under_which_footage_is_read(stubbed):
    land(stubbed, "a")
    reading.read_footage(stubbed)
    assert asked(stubbed, "a") == ["0.0", "20.0", "40.0"]
    assert working_folders(stubbed) == []


def test_of_footage_behind_a_uri_there_is_a_copy_as_long_as_the_task_is_at_it(stubbed, tasks, monkeypatch):
    land(stubbed, "f1")
    monkeypatch.setattr(landing, "open_folder", lambda uri: (fs.SubTreeFileSystem(uri, fs.LocalFileSystem()), ""))
    with on_disk(tasks.landing, tasks.scratch, FILE.landed_path, FILE.footage_id) as path:
        assert path.read_bytes() == b"x"
        assert not path.is_symlink()
        assert working_folders(stubbed) == [path]
    assert working_folders(stubbed) == []
    with pytest.raises(KeyError), on_disk(tasks.landing, tasks.scratch, FILE.landed_path, FILE.footage_id):
        raise KeyError  # whatever ends the task
    assert working_folders(stubbed) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_not(tmp_path):
    mine = own_scratch(str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = mine.with_name(mine.name.replace(str(os.getpid()), str(ended.pid)))
    other_host = tmp_path / f"elsewhere-{ended.pid}"
    for folder in (mine, dead, other_host):
        folder.mkdir()
        (folder / "copy.mp4").write_bytes(b"x")
    assert remove_dead_scratch(str(tmp_path)) == 1
    assert set(tmp_path.iterdir()) == {mine, other_host}
