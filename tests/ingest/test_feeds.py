"""Feed files to sightings: each row is stored, a duplicate or quarantined, however often and in whatever parts."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.manifest import Manifest
from jobs.lake.tables import CAMERAS, FEED_FILES, PLATE_IMAGES, QUARANTINE, SIGHTINGS
from jobs.runtime.night import NumbersDoNotAddUpError

NIGHT = date(2026, 11, 20)
HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
JPEG = base64.b64encode(cv2.imencode(".jpg", np.zeros((8, 8), np.uint8))[1].tobytes()).decode()


def fixed(*times_and_vrms, camera="F001"):
    return "\n".join([HEADER, *(f"{camera},{at},{vrm},0.9,towards,1" for at, vrm in times_and_vrms), ""])


MORNING, NOON = "2026-11-20T08:00:00Z", "2026-11-20T12:00:00Z"
FILES = {
    # two good rows, one of them twice, one broken line
    "2026-11-20/fixed/a.csv": fixed((MORNING, "AB12CDE"), (NOON, "WX34YZA"), (MORNING, "AB12CDE")) + "nonsense\n",
    # the first row is in the file before
    "2026-11-20/fixed/b.csv": fixed((MORNING, "AB12CDE"), ("2026-11-19T23:00:00Z", "KL56MNO")),
    # the same bytes under another name
    "2026-11-20/fixed/c.csv": fixed((MORNING, "AB12CDE"), ("2026-11-19T23:00:00Z", "KL56MNO")),
    "2026-11-20/fixed/d-wrong-header.csv": "x\n" + fixed((NOON, "AB12CDE")),
    "2026-11-20/fixed/e-empty.csv": "",
    "2026-11-20/fixed/.hidden.csv": fixed((NOON, "ZZ99ZZZ")),
    "2026-11-20/mobile/m.jsonl": json.dumps(
        {"unit": "MOB01", "camera_id": "M01", "captured_at": NOON, "vrm": "AB12CDE", "confidence": 0.8,
         "direction": "away", "latitude": 54.9, "longitude": -1.6}
    ) + "\n" + json.dumps({"unit": "MOB01"}),
    "2026-11-20/partner/p.bof2": "~".join(
        f"{vrm}|11|1|12|{NOON}|54.9|-1.6|||||90|true|{JPEG}|{picture}"
        for vrm, picture in (("AB12CDE", JPEG), ("WX34YZA", "nonsense"))
    ),
    "2026-11-21/fixed/tomorrow.csv": fixed((MORNING, "TM11TMR")),
}  # fmt: skip
EXPECTED = {  # received, stored, duplicate, quarantined
    "2026-11-20/fixed/a.csv": (4, 2, 1, 1),
    "2026-11-20/fixed/b.csv": (2, 1, 1, 0),
    "2026-11-20/fixed/d-wrong-header.csv": (3, 0, 0, 3),
    "2026-11-20/fixed/e-empty.csv": (0, 0, 0, 0),
    "2026-11-20/mobile/m.jsonl": (2, 1, 0, 1),
    "2026-11-20/partner/p.bof2": (2, 1, 0, 1),
}


def land(night, files):
    for path, text in files.items():
        file = Path(night.settings.storage.landing) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def with_cameras(night):
    common = {"site_code": "S", "cordon": "none", "valid_from": date(2026, 1, 1)}
    rows = [{**common, "camera_id": name, "kind": kind} for name, kind in (("F001", "fixed"), ("M01", "mobile"))]
    night.store.replace_rows(CAMERAS, rows)
    return night


def manifest(night):
    return {
        row.landed_path: (
            row.rows_received, row.rows_stored, row.rows_duplicate, row.rows_quarantined,
        )
        for row in night.store.read(FEED_FILES).collect()
    }  # fmt: skip


def contents(night):
    """All that the feeds' tables hold but the columns of runs and when files were changed, in order."""
    stamps = ("run_id", "process_date", "sightings_version", "paths")
    return [
        sorted(map(str, night.store.read(table).drop(*stamps).collect()))
        for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE, FEED_FILES)
    ]


def test_each_row_is_stored_a_duplicate_or_quarantined_in_one_run_or_in_parts(night, spark, tmp_path, monkeypatch):
    land(with_cameras(night), FILES)
    summary = ingest_feeds(night)
    assert manifest(night) == EXPECTED
    counts = (summary.rows_received, summary.rows_stored, summary.rows_duplicate, summary.rows_quarantined)
    assert counts == (13, 5, 2, 6)
    assert summary.files == 6
    stored = {(row.source_kind, row.source_id, row.camera_id, row.vrm) for row in night.store.read(SIGHTINGS).collect()}
    assert stored == {
        ("fixed", "force", "F001", "AB12CDE"), ("fixed", "force", "F001", "WX34YZA"),
        ("fixed", "force", "F001", "KL56MNO"), ("mobile", "MOB01", "M01", "AB12CDE"),
        ("partner", "11-1", "P0012", "AB12CDE"),
    }  # fmt: skip
    assert [row.kind for row in night.store.read(PLATE_IMAGES).orderBy("kind").collect()] == ["overview", "patch"]
    reasons = {(row.source_kind, row.reason, row.line_no) for row in night.store.read(QUARANTINE).collect()}
    assert reasons == {
        ("fixed", "malformed", 5), ("fixed", "wrong_header", 1), ("fixed", "wrong_header", 2),
        ("fixed", "wrong_header", 3), ("mobile", "malformed", 2), ("partner", "image_invalid", 1),
    }  # fmt: skip

    before = contents(night)
    again = ingest_feeds(replace(night, run_id="again"))
    assert (again.files, again.rows_received) == (0, 0)
    assert contents(night) == before

    _a_killed_run_and_late_files_end_in_the_same_tables(night, spark, tmp_path, monkeypatch)

    # The next night brings its own file, and only that.
    tomorrow = ingest_feeds(replace(night, process_date=NIGHT + timedelta(days=1)))
    assert (tomorrow.files, tomorrow.rows_stored) == (1, 1)


def _a_killed_run_and_late_files_end_in_the_same_tables(night, spark, tmp_path, monkeypatch):
    storage = night.settings.storage.model_copy(update={"landing": str(tmp_path / "landing 2")})
    parts = replace(
        night, store=type(night.store)(lambda: spark, str(tmp_path / "lake 2")),
        settings=night.settings.model_copy(update={"storage": storage}),
    )  # fmt: skip
    with_cameras(parts)
    early = [path for path in FILES if "/fixed/a" in path or "/mobile/" in path]
    land(parts, {path: FILES[path] for path in early})

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest_feeds(parts)
    assert parts.store.read(SIGHTINGS).count() == 3
    assert manifest(parts) == {}
    ingest_feeds(parts)
    assert manifest(parts) == {path: EXPECTED[path] for path in early}
    land(parts, FILES)
    ingest_feeds(parts)
    assert contents(parts) == contents(night)


def test_a_good_row_that_the_table_does_not_hold_fails_the_job(night, monkeypatch):
    land(with_cameras(night), {"2026-11-20/fixed/a.csv": FILES["2026-11-20/fixed/a.csv"]})
    monkeypatch.setattr(type(night.store), "add_files", lambda *_: None)
    with pytest.raises(
        NumbersDoNotAddUpError, match="of 2 new rows 0 are stored, of 1 rejected ones 0 are quarantined"
    ):
        ingest_feeds(night)
    assert manifest(night) == {}


def test_a_night_without_files_does_nothing(night):
    assert str(ingest_feeds(night)) == "nothing to do"
