"""Publishing: a staged day that passes replaces what is published; nothing else does."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from jobs.lake.tables import ANALYTIC_READS, FEED_FILES, QUALITY_RESULTS, READS, READS_STAGED, SIGHTINGS
from jobs.quality.gate import GateClosedError
from jobs.quality.publish import NothingStagedError, validate
from jobs.runtime.recover import recover

FRIDAY = date(2026, 11, 20)
THURSDAY = FRIDAY - timedelta(days=1)


def read(name, day, vrm="AB12CDE", **changes):
    return {
        "read_id": name * 32, "captured_at": datetime(day.year, day.month, day.day, 8), "camera_id": "F001",  # noqa: DTZ001 - UTC
        "vrm": vrm, "vrm_format": "current", "confidence": 0.9, "direction": "towards", "sighting_ids": [name * 32],
        "source_kinds": ["fixed"], "sources": ["fixed:force"],
        "readings": {vrm: 1}, "flags": [], "process_date": FRIDAY, "run_id": "r",
        "capture_date": day,
    } | changes  # fmt: skip


def stage(night, *rows):
    days = {row["capture_date"] for row in rows}
    night.store.replace_days(READS_STAGED, night.store.frame(READS_STAGED, rows), days)


def touch(night, *days):
    """A feed file of this night that brought rows of these days, and a sighting on each."""
    file = {
        "file_id": str(night.process_date), "landed_path": "p", "source_kind": "fixed", "arrived_on": FRIDAY,
        "bytes": 1, "rows_received": 1, "rows_stored": 1, "rows_duplicate": 0, "rows_quarantined": 0,
        "reasons": {}, "schema_versions": {}, "sightings_version": 1,
        "capture_days": list(days), "process_date": night.process_date, "run_id": "r", "capture_date": min(days),
    }  # fmt: skip
    night.store.append_rows(FEED_FILES, [file])
    texts = ("sighting_id", "camera_id", "source_kind", "source_id", "vrm_raw", "vrm", "vrm_format", "vrm_rule")
    sightings = [
        dict.fromkeys((*texts, "direction", "file_id"), "x")
        | {
            "captured_at": datetime.fromisoformat(str(day)),
            "capture_date": day,
            "process_date": FRIDAY,
            "run_id": "r",
        }
        for day in days
    ]
    night.store.append_rows(SIGHTINGS, sightings)


def published(night, table=READS):
    return sorted((row.capture_date, row.confidence) for row in night.store.read(table).collect())


def test_a_day_that_fails_keeps_its_published_data_while_the_other_day_is_published(night):
    touch(night, THURSDAY, FRIDAY)
    stage(night, read("a", THURSDAY, confidence=0.6), read("b", FRIDAY, confidence=0.6))
    assert validate(night).notes == {"days_published": 2}
    before = [(THURSDAY, 0.6), (FRIDAY, 0.6)]
    assert published(night) == published(night, ANALYTIC_READS) == before
    assert night.store.read(READS_STAGED).count() == 0

    # Run again, with nothing staged: what is published stays, and no result is written.
    results = night.store.read(QUALITY_RESULTS).count()
    assert validate(night).notes == {"days_published": 0}
    assert published(night) == before
    assert night.store.read(QUALITY_RESULTS).count() == results

    stage(night, read("a", THURSDAY, confidence=0.7), read("b", FRIDAY, direction="sideways", confidence=0.7))
    with pytest.raises(GateClosedError, match=r"restricted\.reads 2026-11-20: .* of direction: 1 of 1 rows") as closed:
        validate(night)
    assert "AB12CDE" not in str(closed.value)
    after = [(THURSDAY, 0.7), (FRIDAY, 0.6)]
    assert published(night) == published(night, ANALYTIC_READS) == after

    # The failed day stays staged until the night is cleared away; validating then is an error no more than before.
    assert [row.capture_date for row in night.store.read(READS_STAGED).collect()] == [FRIDAY]
    assert recover(night).notes["staged_days_removed"] == 1
    validate(night)
    assert published(night) == after

    # Another night touches a day, but did not consolidate.
    later = replace(night, process_date=FRIDAY + timedelta(days=1))
    touch(later, FRIDAY)
    with pytest.raises(NothingStagedError, match="nothing is staged for 2026-11-20: run consolidate first"):
        validate(later)
    assert published(night) == after

    tokens = night.store.read(ANALYTIC_READS).first()
    assert "AB12CDE" not in str(tokens)
    assert "F001" not in str(tokens)


def test_a_touched_day_without_any_sighting_needs_no_stage(night, monkeypatch):
    monkeypatch.setattr("jobs.quality.publish.touched_days", lambda _: [FRIDAY])
    assert validate(night).notes == {"days_published": 0}
