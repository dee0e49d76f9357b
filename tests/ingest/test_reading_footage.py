"""Footage to sightings: a file's outcome, its passages as rows, and what the catalogue keeps of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import _parse_datatype_string

from jobs.consolidate.job import touched_days
from jobs.ingest import reading
from jobs.ingest.pictures import pictures
from jobs.lake.tables import FOOTAGE, PLATE_IMAGES, SIGHTINGS
from ocr.passage import Passage
from ocr.video import FootageError, VideoInfo
from ocr.vrm import Candidate

NIGHT = date(2026, 11, 20)
PASSAGE = Passage(
    raw_text="AB12 CDE", vrm="AB12CDE", vrm_format="current", vrm_rule="as_read",
    candidates=(Candidate("AB12CDE", 1.0, "as_read"), Candidate("AB12CDF", 0.5, "x")), confidence=0.9, looks=5,
    flags=("disagreeing",), direction="towards", first_frame=10, last_frame=30, best_frame=20, first_s=0.4, last_s=1.2,
    time_s=0.8004, box=(1, 2, 30, 40), readings={"AB12CDE": 5}, patch_jpeg=b"\xff\xd8\xffpatch",
    overview_jpeg=b"\xff\xd8\xffoverview", patch_size=(45, 60), overview_size=(640, 360),
)  # fmt: skip
FILE = {"footage_id": "f1", "landed_path": "2026-11-20/footage/a.mp4", "started_at": "2026-11-20T23:59:59.500000"}


@dataclass
class Read:
    """What the stub reads, in the shape of `ocr.reader`'s result."""

    info: VideoInfo
    passages: tuple[Passage, ...]
    lost_s: float


class Reader:
    def __init__(self, lost_s: float = 0.0, error: FootageError | None = None) -> None:
        self.lost_s, self.error, self.asked = lost_s, error, []

    def read_video(self, path: Path, seen_on: date) -> Read:
        self.asked.append((path, seen_on))
        if self.error:
            raise self.error
        later = replace(PASSAGE, first_frame=11, time_s=0.1)
        return Read(VideoInfo(25.0, 640, 360, 50, 2.0), (PASSAGE, later), self.lost_s)


@pytest.mark.parametrize(("lost_s", "reason"), [(0.0, None), (1.5, "truncated")])
def test_a_read_file_has_its_measures_and_passages(tmp_path, lost_s, reason):
    reader = Reader(lost_s)
    row = reading._read_file(reader, str(tmp_path), FILE)
    assert reader.asked == [(tmp_path / FILE["landed_path"], NIGHT)]
    assert (row["footage_id"], row["status"], row["reason"], row["lost_seconds"]) == ("f1", "read", reason, lost_s)
    assert (row["frame_rate"], row["width"], row["height"], row["frames"], row["duration_s"]) == (25, 640, 360, 50, 2)
    passage = row["passages"][0]
    assert (passage["vrm_raw"], passage["vrm"], passage["box"]) == (
        "AB12 CDE", "AB12CDE", {"x": 1, "y": 2, "w": 30, "h": 40},
    )  # fmt: skip
    assert passage["vrm_candidates"][1] == {"vrm": "AB12CDF", "score": 0.5, "rule": "x"}


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(tmp_path):
    row = reading._read_file(Reader(error=FootageError("not_video", "x")), str(tmp_path), FILE)
    assert row == {"footage_id": "f1", "status": "refused", "reason": "not_video", "passages": []}


@pytest.mark.usefixtures("spark")  # it parses the types
def test_the_arrow_schema_of_a_result_is_the_one_that_spark_expects(tmp_path):
    found = reading._arrow_schema()
    assert from_arrow_schema(found) == _parse_datatype_string(reading.RESULT_DDL)
    rows = [
        reading._read_file(Reader(), str(tmp_path), FILE),
        reading._read_file(Reader(error=FootageError("empty", "x")), str(tmp_path), FILE),
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=found)
    assert batch.column("status").to_pylist() == ["read", "refused"]
    assert [len(passages) for passages in batch.column("passages").to_pylist()] == [2, 0]


def known(footage_id, process_date, status="new"):
    return {
        "footage_id": footage_id, "landed_path": f"2026-11-20/footage/{footage_id}.mp4", "camera_id": "F001",
        "started_at": datetime(2026, 11, 20, 23, 59, 59, 500_000), "bytes": 1, "status": status,  # noqa: DTZ001 - UTC
        "process_date": process_date, "run_id": "earlier", "capture_date": NIGHT,
    }  # fmt: skip


def test_each_passage_is_a_sighting_of_its_own_moment_and_day_with_two_pictures(spark, night, tmp_path):
    outcome = reading._read_file(Reader(), str(tmp_path), FILE)
    table = pa.Table.from_pylist([outcome], schema=reading._arrow_schema())
    results = spark.createDataFrame(table)
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
    assert sorted((row.kind, row.bytes) for row in images.collect()) == [
        ("overview", 11), ("overview", 11), ("patch", 8), ("patch", 8),
    ]  # fmt: skip


def test_the_catalogue_tells_what_became_of_each_file_and_other_files_stay(spark, night, tmp_path):
    yesterday = NIGHT - timedelta(days=1)
    rows = [known("f1", yesterday), known("f2", yesterday), known("old", yesterday, "read")]
    night.store.append_rows(FOOTAGE, rows)
    files = [file for file in night.store.rows(FOOTAGE) if file["status"] == "new"]
    error = FootageError("not_video", "x")
    results = [
        {**reading._read_file(reader, str(tmp_path), {**FILE, "footage_id": name}), "passages": 2}
        for name, reader in (("f1", Reader()), ("f2", Reader(error=error)))
    ]
    empty = dict.fromkeys(reading._arrow_schema().names)
    outcomes = spark.createDataFrame(
        [tuple((empty | row).values()) for row in results],
        reading.RESULT_DDL.split("passages ARRAY")[0] + "passages INT",
    ).collect()
    reading._update_catalogue(night, files, outcomes, {"detection": "sha"})
    found = {row.footage_id: row for row in night.store.read(FOOTAGE).collect()}
    assert {name: (row.status, row.reason) for name, row in found.items()} == {
        "f1": ("read", None), "f2": ("refused", "not_video"), "old": ("read", None),
    }  # fmt: skip
    assert found["f1"].ended_at.isoformat() == "2026-11-21T00:00:01.500000"
    assert (found["f1"].models, found["f1"].frames, found["old"].models) == ({"detection": "sha"}, 50, None)
    # Catalogued by a night that failed, read by this one: this night consolidates its days.
    assert found["old"].process_date == yesterday
    assert touched_days(night) == [NIGHT, NIGHT + timedelta(days=1)]
