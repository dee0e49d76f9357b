"""A whole night on simulated data, against the truth."""

import shutil
from collections import Counter
from pathlib import Path

import pyspark.sql.functions as F
import pytest

from jobs.lake.tables import (
    CLONES,
    CONVOYS,
    FEED_FILES,
    FOOTAGE,
    HOTLIST_HITS,
    LINEAGE,
    PLATE_IMAGES,
    QUALITY_RESULTS,
    QUARANTINE,
    READS,
    RUNS,
    SIGHTINGS,
)  # fmt: skip
from jobs.report.summary import reading_accuracy
from tests.lake_contents import PROVENANCE, everything, unlike

from .conftest import run_night, settings_for

_FOOTAGE_REASONS = {"no_video": "not_video", "start_in_future": "time_future"}


def rows(night, table, *columns):
    return night.store.read(table).select(*columns).collect()


def test_every_feed_row_is_stored_a_duplicate_or_quarantined_for_the_true_reason(first_night, truth):
    manifest = {row.landed_path: row for row in rows(first_night, FEED_FILES, "*")}
    expected = truth("feed_files.jsonl")
    assert set(manifest) == {row["path"] for row in expected}
    reasons = Counter((row.landed_path, row.reason) for row in rows(first_night, QUARANTINE, "landed_path", "reason"))
    for file in expected:
        found = manifest[file["path"]]
        assert found.rows_received == file["received"]
        assert found.rows_stored + found.rows_duplicate == file["accepted"]
        for reason, count in file["quarantined"].items():
            assert reasons[file["path"], reason] == count, reason


def test_bad_footage_is_recorded_with_its_reason_and_the_rest_is_read(first_night, truth):
    found = {row.landed_path: row for row in rows(first_night, FOOTAGE, "*")}
    for file in truth("footage_files.jsonl"):
        row = found[file["path"]]
        reason = _FOOTAGE_REASONS.get(file["reason"], file["reason"])
        if file["reason"] is None:
            assert (row.status, row.frames) == ("read", file["frames"])
            assert row.models
        elif reason == "truncated":
            assert row.reason in ("truncated", "not_video")
        else:
            assert (row.status, row.reason) == ("refused", reason)


def test_the_footage_is_read_right(first_night, simulated):
    right, wrong, true = reading_accuracy(first_night.store, simulated / "truth")
    assert true >= 2
    assert right >= true - 1
    assert wrong <= 1


def test_every_footage_sighting_has_a_patch_and_an_overview(first_night):
    footage = {
        row.sighting_id
        for row in rows(first_night, SIGHTINGS, "sighting_id", "source_kind")
        if row.source_kind == "footage"
    }
    kinds = Counter((row.sighting_id, row.kind) for row in rows(first_night, PLATE_IMAGES, "sighting_id", "kind"))
    assert footage
    assert all(kinds[sighting, kind] == 1 for sighting in footage for kind in ("patch", "overview"))


def test_reports_of_one_passage_become_one_read(first_night, truth):
    reported = [row for row in truth("passages.jsonl") if row["reported_by"]]
    found = first_night.store.read(READS).count()
    # Misread marks make a few passages two, and a vehicle in a queue may pass twice within the gap.
    assert found == pytest.approx(len(reported), rel=0.03)
    sightings = first_night.store.read(SIGHTINGS).count()
    supported = first_night.store.read(READS).select(F.sum(F.size("sighting_ids"))).first()[0]
    assert supported == sightings


def test_a_passage_seen_by_a_camera_and_on_its_footage_names_both(first_night):
    both = first_night.store.read(READS).where(
        F.array_contains("source_kinds", "footage") & (F.size("source_kinds") > 1)
    )
    assert both.count() >= 1


def test_hits_are_the_true_ones(first_night, truth):
    passages = {row["passage_id"]: row for row in truth("passages.jsonl")}
    expected = Counter()
    for entry in truth("hotlist.jsonl"):
        for passage_id in entry["hits"]:
            passage = passages[passage_id]
            if passage["reported_by"] and not passage["misread_by"]:
                expected[passage["vrm"], passage["camera_id"]] += 1
    sure = [row for row in rows(first_night, HOTLIST_HITS, "*") if row.match != "possible"]
    found = Counter((row.vrm, row.camera_id) for row in sure)
    assert expected
    assert not expected - found, "a true hit was missed"


def test_planted_convoys_and_clones_are_found(first_night, truth):
    convoys = {tuple(row.members) for row in rows(first_night, CONVOYS, "members")}
    clones = {row.vrm for row in rows(first_night, CLONES, "vrm")}
    assert {row["vrm"] for row in truth("clones.jsonl")} <= clones
    planted = {tuple(sorted(row["vrms"])) for row in truth("convoys.jsonl")}
    assert convoys <= planted, "a convoy was found that is none"


def test_the_run_log_has_every_stage_with_numbers_that_add_up(first_night):
    runs = {row.job: row for row in rows(first_night, RUNS, "*")}
    assert {row.status for row in runs.values()} == {"succeeded"}
    assert set(runs) == {"ingest", "ocr", "consolidate", "validate", "analyse"}
    assert runs["ocr"].notes["seconds_of_footage"] > 0
    for row in runs.values():
        assert row.rows_received == row.rows_stored + row.rows_duplicate + row.rows_quarantined


def test_every_suite_was_run(first_night):
    suites = Path(first_night.settings.quality.suites).glob("*.json")
    assert {path.stem for path in suites} <= {row.suite for row in rows(first_night, QUALITY_RESULTS, "suite")}


def test_the_same_night_run_twice_and_then_with_late_files_ends_as_one_run_with_everything(
    spark, simulated, first_night, tmp_path
):
    landing = tmp_path / "landing"
    shutil.copytree(simulated / "landing", landing)
    late = sorted(path for kind in ("fixed", "mobile", "partner") for path in landing.glob(f"*/{kind}/*"))[::3]
    for path in late:
        path.rename(tmp_path / f"{path.parts[-3]}_{path.parts[-2]}_{path.name}")
    settings = settings_for(tmp_path, landing, STORAGE__TOKEN_KEY=first_night.settings.storage.token_key)
    night = run_night(spark, settings, "without")
    before = everything(settings.storage.root)
    run_night(spark, settings, "again")
    assert unlike(everything(settings.storage.root), before) == []
    for path in late:
        (tmp_path / f"{path.parts[-3]}_{path.parts[-2]}_{path.name}").rename(path)
    run_night(spark, settings, "with late files")
    expected, found = (
        everything(lake.store.root, without=(FEED_FILES, LINEAGE), ignoring=PROVENANCE) for lake in (first_night, night)
    )
    assert unlike(found, expected) == []


def test_an_empty_night_succeeds_and_says_so(spark, tmp_path):
    night = run_night(spark, settings_for(tmp_path, tmp_path / "landing"))
    runs = rows(night, RUNS, "status", "rows_received")
    assert len(runs) == 5
    assert all(row.status == "succeeded" and row.rows_received == 0 for row in runs)
