"""Quality over time in `validate`: days are profiled, held against their history, and become history."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.domain.tokens import site_code
from jobs.lake.tables import CAMERA_DAYS, FEED_FILES, QUALITY_RESULTS, READS
from jobs.quality.gate import GateClosedError
from jobs.quality.publish import validate
from jobs.report.quality import show_quality
from tests.factories import changed, feed_file, stage

FRIDAY = date(2026, 11, 20)


def read(day, camera_id="F001", hour=8, **changes):
    name = f"{camera_id}{day:%d}{hour:02d}".ljust(32, "0").lower()
    return {
        "read_id": re.sub("[^0-9a-f]", "a", name), "captured_at": datetime(day.year, day.month, day.day, hour),  # noqa: DTZ001 - UTC
        "camera_id": camera_id, "vrm": "AB12CDE", "vrm_format": "current", "confidence": 0.9, "direction": "towards",
        "sighting_ids": [name], "source_kinds": ["fixed"], "sources": ["fixed:force"], "readings": {"AB12CDE": 1},
        "flags": [], "process_date": FRIDAY, "run_id": "r", "capture_date": day,
    } | changes  # fmt: skip


def profile(day, camera_id="F001", **changes):
    return {
        "camera_id": camera_id, "reads": 240, "reads_by_hour": [10] * 24, "unrecognised": 0, "mean_confidence": 0.9,
        "source_kinds": {"fixed": 240}, "partner_sources": {}, "clock_offset_s": None, "clock_error_s": None,
        "clock_pairs": 0, "process_date": day, "run_id": "r", "capture_date": day,
    } | changes  # fmt: skip


def fed(night, kind):
    return feed_file(f"{night}/{kind}/a", night, source_kind=kind)


@pytest.fixture
def lake(night):
    """Three days of history of F001 and F002; tonight F001 was seen once, F002 not at all, and no mobile file came."""
    history = [FRIDAY - timedelta(days=number) for number in (1, 2, 3)]
    cameras = [profile(day, camera) for day in history for camera in ("F001", "F002")]
    night.store.replace_rows(CAMERA_DAYS, cameras)
    files = [fed(day, kind) for day in history for kind in ("fixed", "mobile")]
    night.store.append_rows(FEED_FILES, [*files, fed(FRIDAY, "fixed")])
    stage(night, read(FRIDAY, vrm="WX34YZA"), read(FRIDAY, hour=9, vrm="WX34YZA", vrm_format="unrecognised"))
    return night


def test_unusual_days_are_told_with_owners_and_published_with_their_profile(lake, capsys):
    assert validate(lake).notes == {"days_published": 1}

    kept = lake.store.rows(CAMERA_DAYS, days=[FRIDAY])
    assert [(row["camera_id"], row["reads"], row["unrecognised"], row["run_id"]) for row in kept] == [
        ("F001", 2, 1, "test-run")
    ]
    assert kept[0]["reads_by_hour"] == [0] * 8 + [1, 1] + [0] * 14
    assert kept[0]["mean_confidence"] == 0.9
    assert kept[0]["source_kinds"] == {"fixed": 2}

    results = [row for row in lake.store.rows(QUALITY_RESULTS) if not row["expectation"].startswith("expect_")]
    found = {
        (row["expectation"], row["subject"], row["observed"], row["expected"], row["owner"], row["severity"])
        for row in results
        if not row["success"]
    }
    key = lake.token_key
    assert found == {
        ("camera_silent", site_code(key, "F001"), 0.0, 140.0, "camera-maintenance", "warning"),
        ("camera_silent", site_code(key, "F002"), 0.0, 240.0, "camera-maintenance", "warning"),
        ("feed_stopped", "mobile", 0.0, 1.0, "data-engineering", "warning"),
    }
    well = {row["expectation"]: row["element_count"] for row in results if row["success"]}
    assert well == {"camera_few_reads": 2, "camera_rubbish": 2, "clock_offset": 2, "clock_jumped": 2}
    assert {row["owner"] for row in lake.store.rows(QUALITY_RESULTS)} == {"camera-maintenance", "data-engineering"}

    page = Path(lake.store.root, "restricted", "quality.html").read_text(encoding="utf-8")
    show_quality(lake.store, 2, None)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert f"camera_silent {site_code(key, 'F002')}: reads_by_hour 0, expected 240" in page
    assert site_code(key, "F002") in shown
    for text in (page, shown, str(lake.store.rows(QUALITY_RESULTS))):
        assert not re.search(r"\b(F001|F002|AB12CDE|WX34YZA)\b", text)


def test_a_critical_check_refuses_the_day_like_an_expectation(lake, capsys):
    night = replace(lake, settings=changed(lake.settings, "quality.checks.camera_silent.severity", "critical"))
    with pytest.raises(GateClosedError, match=r"restricted\.camera_days 2026-11-20: camera_silent S.*not.* published"):
        validate(night)
    assert night.store.rows_by_day(READS) == {}
    assert night.store.rows(CAMERA_DAYS, days=[FRIDAY]) == []
    show_quality(night.store, 1, FRIDAY)
    assert "refused" in capsys.readouterr().out
