"""A backfill: what it tells before, what it does after late files or other settings, how it goes on after a failure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from deltalake import DeltaTable

from jobs.analytics.hotlist_responses import Given, respond
from jobs.backfill import job
from jobs.backfill.job import NoDayError, backfill, stages_from, within
from jobs.backfill.preview import preview
from jobs.domain.lineage import Status
from jobs.domain.terms import Answer
from jobs.lake.tables import CATALOGUE, CONVOYS, HOTLIST_HITS, READS
from jobs.report.status import statuses
from jobs.runtime.night import run_job
from jobs.runtime.stage_names import Stage
from jobs.runtime.stages import STAGES
from tests.factories import changed, feed, land

from .conftest import FRIDAY, THURSDAY, WEDNESDAY


def run(night, name, stage):
    run_job(night, name, stage)


def versions(night):
    """The Delta version of every table that there is."""
    paths = {table.full_name: night.store.path(table) for table in CATALOGUE}
    return {name: DeltaTable(path).version() for name, path in paths.items() if DeltaTable.is_deltatable(path)}


def told(night, stage):
    return [(change.what, change.days, change.counts) for change in preview(night, stage)]


def test_a_stage_runs_with_all_after_it_within_its_days(night):
    assert list(stages_from(Stage.INGEST)) == list(STAGES)
    assert list(stages_from(Stage.CONSOLIDATE)) == ["consolidate", "validate", "analyse"]
    assert list(stages_from(Stage.ANALYSE)) == ["analyse"]
    with pytest.raises(NoDayError, match="--to 2026-11-19 lies before --from 2026-11-20"):
        within(night, FRIDAY, THURSDAY)


def test_before_anything_was_taken_in_a_dry_run_lists_the_files_and_makes_no_table(night):
    land(night, f"{FRIDAY}/fixed/a.csv", feed((f"{FRIDAY}T08:00:00", "AB12CDE")))
    land(night, f"{FRIDAY + timedelta(days=1)}/fixed/a.csv", feed())
    assert [what for what, *_ in told(within(night, WEDNESDAY, FRIDAY), Stage.INGEST)] == [f"{FRIDAY}/fixed/a.csv"]
    assert versions(night) == {}


def test_a_dry_run_of_any_stage_moves_no_version_and_tells_that_nothing_would_change(three_nights):
    before = versions(three_nights)
    scoped = within(three_nights, WEDNESDAY, FRIDAY)
    assert [told(scoped, stage) for stage in Stage] == [[]] * len(Stage)
    assert versions(three_nights) == before


def test_what_other_settings_built_is_told_and_built_anew_within_the_days_alone(three_nights):
    settings = changed(three_nights.settings, "consolidate.passage_gap_seconds", 4000.0)
    night = within(replace(three_nights, settings=settings, run_id="anew"), THURSDAY, THURSDAY)
    same = {"added": 0, "removed": 0, "changed": 0, "same": 2}
    assert told(night, Stage.CONSOLIDATE) == [("restricted.reads", (THURSDAY,), same)]
    backfill(night, Stage.CONSOLIDATE, run)
    found = statuses(replace(night, scope=None))["reads"]
    assert found == {WEDNESDAY: Status.STALE_BY_RULES, THURSDAY: Status.FRESH, FRIDAY: Status.STALE_BY_RULES}


def test_a_backfill_builds_all_windows_of_its_days_however_many_a_night_would(three_nights):
    settings = changed(three_nights.settings, "analytics.convoys.window_days", 2)
    settings = changed(settings, "analytics.windows_a_night", 1)
    night = replace(three_nights, settings=settings, run_id="anew")
    assert set(statuses(night)["convoys"].values()) == {Status.STALE_BY_RULES}
    assert str(STAGES[Stage.ANALYSE](night)) == "nothing to do"
    scoped = within(night, THURSDAY, FRIDAY)
    (windows,) = {days for what, days, _ in told(scoped, Stage.ANALYSE) if what == CONVOYS.full_name}
    assert windows == (THURSDAY, FRIDAY)
    assert STAGES[Stage.ANALYSE](scoped).notes["windows_built"] == 2
    assert statuses(night)["convoys"] == {
        WEDNESDAY: Status.STALE_BY_RULES, THURSDAY: Status.FRESH, FRIDAY: Status.FRESH
    }  # fmt: skip


def test_a_late_file_is_taken_in_by_a_backfill_that_goes_on_where_it_was_stopped(three_nights, monkeypatch):
    store = three_nights.store
    (before,) = store.rows(HOTLIST_HITS, days=[THURSDAY])
    answer = Given(before["hit_id"], THURSDAY, Answer.CLOSED, "stopped", "PC1", datetime(2026, 11, 21, tzinfo=UTC))
    respond(store, three_nights.settings, answer)
    # One passage of Thursday that was never reported, and an earlier sighting of the one that hit.
    late = feed((f"{THURSDAY}T07:00:00", "KL56MNO"), (f"{THURSDAY}T08:59:58", "WX34YZA"))
    land(three_nights, f"{THURSDAY}/fixed/late.csv", late)
    scoped = within(replace(three_nights, run_id="first"), THURSDAY, FRIDAY)
    assert [what for what, *_ in told(scoped, Stage.INGEST)] == [f"{THURSDAY}/fixed/late.csv"]

    def full_disk(_):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(job, "STAGES", {**STAGES, Stage.VALIDATE: full_disk})
        with pytest.raises(OSError):  # noqa: PT011 - ours, without a text
            backfill(scoped, Stage.INGEST, run)
    assert store.read_days(READS, [THURSDAY]).count() == 2

    change = ("restricted.reads", (THURSDAY,), {"added": 2, "removed": 1, "changed": 0, "same": 1})
    assert told(scoped, Stage.VALIDATE) == [change]
    backfill(replace(scoped, run_id="on"), Stage.INGEST, run)
    assert store.read_days(READS, [THURSDAY]).count() == 3
    assert told(scoped, Stage.INGEST) == []

    # The hit's read has another name now; what was done about it is still known.
    (after,) = store.rows(HOTLIST_HITS, days=[THURSDAY])
    assert after["read_id"] != before["read_id"]
    assert set(before["sighting_ids"]) < set(after["sighting_ids"])
    assert (after["state"], after["outcome"]) == ("closed", "stopped")
