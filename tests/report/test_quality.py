"""Quality of the last days, on the console and as a page: of each day its newest run, and no camera on the page."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from jobs.cli import main
from jobs.domain.tokens import site_code
from jobs.lake.store import Store
from jobs.lake.tables import CAMERA_DAYS, CAMERAS, QUALITY_RESULTS, RUNS
from jobs.report.quality import show_quality
from jobs.report.quality_days import NothingCheckedError, quality_days
from jobs.report.quality_page import write_quality_page

FRIDAY = date(2026, 11, 20)
THURSDAY = FRIDAY - timedelta(days=1)
CAMERA_IDS = ("F001", "F002", "P0042")


def result(day, run, *, success, severity="critical", subject=None):
    return {
        "run_id": run, "suite": "restricted.camera_days", "checked_date": day, "expectation": "clock_offset",
        "column_name": "clock_offset_s", "severity": severity, "success": success, "owner": "camera-maintenance",
        "subject": subject, "observed": 45.0, "expected": 0.0, "process_date": FRIDAY,
    }  # fmt: skip


def ended(run, hour):
    at = datetime(2026, 11, 21, hour, tzinfo=UTC)
    return {
        "run_id": run, "job": "validate", "started_at": at, "ended_at": at, "status": "succeeded",
        "software_version": "0", "profile": "acpo_2011", "maximum_days": {"reads": 730}, "process_date": FRIDAY,
    }  # fmt: skip


def profile(day, camera_id, offset):
    return {
        "camera_id": camera_id, "reads": 24, "reads_by_hour": [1] * 24, "unrecognised": 0,
        "source_kinds": {"fixed": 24}, "partner_sources": {}, "clock_offset_s": offset, "clock_error_s": 1.0,
        "clock_pairs": 50, "process_date": FRIDAY, "run_id": "second", "capture_date": day,
    }  # fmt: skip


@pytest.fixture
def lake(night):
    """Thursday was refused, then passed; on Friday F002's clock was told of, by the run that is still at work."""
    code = site_code(night.token_key, "F002")
    results = [
        result(THURSDAY, "first", success=False),
        result(THURSDAY, "second", success=True),
        result(None, "second", success=True),
        result(FRIDAY, "test-run", success=False, severity="warning", subject=code),
    ]
    store = night.store
    store.append_rows(QUALITY_RESULTS, results)
    store.append_rows(RUNS, [ended("first", 2), ended("second", 3)])
    offsets = dict(zip(CAMERA_IDS, (0.0, 45.0, None), strict=True))
    store.replace_rows(CAMERA_DAYS, [profile(day, *one) for day in (THURSDAY, FRIDAY) for one in offsets.items()])
    register = {"camera_id": "F002", "site_code": code, "kind": "fixed", "cordon": "none", "valid_from": THURSDAY}
    store.replace_rows(CAMERAS, [register])
    return night


def test_the_newest_run_of_a_day_counts_and_its_findings_have_an_owner_and_a_camera(lake, capsys):
    thursday, friday = quality_days(lake.store, 2)
    assert (thursday.day, thursday.gate, thursday.failed) == (THURSDAY, "passed", [])
    assert (friday.gate, friday.by_severity, friday.by_check["clock_offset"]) == ("passed", {"warning": 1}, 1)
    assert quality_days(lake.store, 1, THURSDAY, running="first")[0].gate == "refused"

    show_quality(lake.store, 3, None)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "2026-11-18  0     unchecked" in shown
    assert "(F002)" in shown
    assert "camera-maintenance" in shown


def test_the_page_shows_site_codes_and_neither_camera_nor_place(lake):
    page = Path(write_quality_page(lake)).read_text(encoding="utf-8")
    key = lake.token_key
    assert f"clock_offset {site_code(key, 'F002')}: clock_offset_s 45, expected 0" in page
    assert page.count("<svg") == 4
    for label in (
        "20 Nov",
        "reads",
        "ahead of its neighbours, seconds",
        *(site_code(key, one) for one in CAMERA_IDS[:2]),
    ):
        assert f">{label}</text>" in page
    assert not re.search(rf"\b({'|'.join(CAMERA_IDS)})\b", page)
    assert not re.search(r"\d\.\d{3}", page), "as exact as a coordinate"


def test_a_lake_without_results_says_what_makes_them(tmp_path, monkeypatch, capsys):
    store = Store(lambda: pytest.fail("Spark is not needed"), str(tmp_path))
    with pytest.raises(
        NothingCheckedError, match="no quality results of these days: they come with `anprlake validate`"
    ):
        show_quality(store, 14, None)
    monkeypatch.setenv("ANPRLAKE_STORAGE__ROOT", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["quality"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("anprlake: there are no quality results")
