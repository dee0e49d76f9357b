"""Publishing: a staged day that passes replaces what is published; nothing else does."""

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from jobs.backfill.job import within
from jobs.backfill.preview import preview
from jobs.consolidate.due import due_days
from jobs.lake.tables import ANALYTIC_READS, QUALITY_RESULTS, READS, READS_STAGED, SIGHTINGS
from jobs.quality.gate import GateClosedError
from jobs.quality.publish import NothingStagedError, validate
from jobs.runtime.recover import recover
from jobs.runtime.stage_names import Stage
from tests.factories import changed, sighting, stage

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


def published(night, table=READS):
    return sorted((row.capture_date, row.confidence) for row in night.store.read(table).collect())


def test_a_day_that_fails_keeps_its_published_data_while_the_other_day_is_published(night):
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
    with pytest.raises(
        GateClosedError, match=r"restricted\.reads 2026-11-20: .* of check_direction_is_known: 1 of 1 rows"
    ) as closed:
        validate(night)
    assert "AB12CDE" not in str(closed.value)
    after = [(THURSDAY, 0.7), (FRIDAY, 0.6)]
    assert published(night) == published(night, ANALYTIC_READS) == after

    # The failed day stays staged for people to look at. It is not tried again as it is by the next night.
    assert [row.capture_date for row in night.store.read(READS_STAGED).collect()] == [FRIDAY]
    later = replace(night, process_date=FRIDAY + timedelta(days=1))
    assert validate(later).notes == {"days_published": 0}
    # But a retry of its own night is not green, before its stage is cleared and after.
    with pytest.raises(GateClosedError, match="2026-11-20"):
        validate(night)
    assert published(night) == after
    assert recover(night).notes["staged_days_removed"] == 1
    with pytest.raises(NothingStagedError, match="2026-11-20"):
        validate(night)
    assert validate(later).notes == {"days_published": 0}

    # A new sighting makes the day due, but nobody consolidated it.
    night.store.append_rows(SIGHTINGS, [sighting(FRIDAY)])
    with pytest.raises(NothingStagedError, match="nothing is staged for 2026-11-20: run consolidate first"):
        validate(later)
    assert published(night) == after

    tokens = night.store.read(ANALYTIC_READS).first()
    assert "AB12CDE" not in str(tokens)
    assert "F001" not in str(tokens)


def test_a_refused_day_is_tried_again_when_the_suite_has_changed(night, tmp_path):
    suites = tmp_path / "suites"
    shutil.copytree(night.settings.quality.suites, suites)
    night = replace(night, settings=changed(night.settings, "quality.suites", str(suites)))
    stage(night, read("b", FRIDAY, vrm="ab12cde"))
    with pytest.raises(GateClosedError):
        validate(night)
    later = replace(night, process_date=FRIDAY + timedelta(days=1))
    assert list(due_days(later, later.lineage())) == []
    suite = suites / "restricted.reads.json"
    suite.write_text(suite.read_text().replace("^[A-Z0-9?]", "^[A-Za-z0-9?]"))
    assert list(due_days(later, later.lineage())) == [FRIDAY]


def test_a_backfill_publishes_and_clears_nothing_outside_its_days(night):
    stage(night, read("a", THURSDAY), read("b", FRIDAY, direction="sideways"))
    with pytest.raises(GateClosedError):
        validate(night)
    assert published(night) == [(THURSDAY, 0.9)]
    stage(night, read("a", THURSDAY, confidence=0.7))
    thursday, friday = (within(night, day, day) for day in (THURSDAY, FRIDAY))
    assert [change.days for change in preview(thursday, Stage.VALIDATE)] == [(THURSDAY,)]
    with pytest.raises(GateClosedError):
        validate(friday)
    assert published(night) == [(THURSDAY, 0.9)]
    assert validate(thursday).notes == {"days_published": 1}
    assert published(night) == [(THURSDAY, 0.7)]
    assert [row.capture_date for row in night.store.read(READS_STAGED).collect()] == [FRIDAY]
