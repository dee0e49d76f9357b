"""A backfill: what it tells before, what it does after a late file, and how it goes on after a failure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from jobs.analytics.hotlist_responses import Response, respond
from jobs.backfill import job
from jobs.backfill.job import NoNightError, backfill, nights, stages_from
from jobs.backfill.preview import preview
from jobs.ingest.hotlist.entries import FIELDS
from jobs.lake.store import Store
from jobs.lake.tables import CATALOGUE, HOTLIST_HITS, HOTLIST_RESPONSES, READS, RUNS
from jobs.runtime.night import Night, run_job
from jobs.runtime.stages import STAGES
from jobs.settings import load_settings

FRIDAY = date(2026, 11, 20)
WEDNESDAY, THURSDAY = FRIDAY - timedelta(days=2), FRIDAY - timedelta(days=1)
DAYS = (WEDNESDAY, THURSDAY, FRIDAY)
HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
CAMERAS = (
    "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to\n"
    "F001,fixed,54.9,-1.6,,,none,2026-01-01,\n"
)


def land(night, path, text):
    file = Path(night.settings.storage.landing) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def feed(*rows):
    return "\n".join([HEADER, *(f"F001,{at}Z,{vrm},0.9,towards,1" for at, vrm in rows), ""])


def run(night, name, stage):
    run_job(night, name, stage)


def versions(night):
    """The Delta version of every table that there is."""
    paths = {table.full_name: night.store.path(table) for table in CATALOGUE}
    return {name: DeltaTable(path).version() for name, path in paths.items() if DeltaTable.is_deltatable(path)}


def told(first, last, stage):
    return [(change.night, change.what, change.days, change.counts) for change in preview(nights(first, last), stage)]


@pytest.fixture(scope="module")
def three_nights(spark, tmp_path_factory):
    """The first of three nights that have run: two reads each; Thursday's were looked at, and its one hit answered."""
    folder = tmp_path_factory.mktemp("three_nights")
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "token.key"}
    settings = load_settings(
        environment={f"ANPRLAKE_STORAGE__{key}": str(folder / name) for key, name in places.items()}
    )
    first = Night(Store(lambda: spark, settings.storage.root), settings, WEDNESDAY, "first")
    land(first, f"{WEDNESDAY}/cameras/cameras.csv", CAMERAS)
    entry = dict.fromkeys(FIELDS, "") | {"vrm": "WX34YZA", "weed_date": "2026-12-01", "reason": "INTEL: x"}
    land(first, f"{WEDNESDAY}/hotlist/list.csv", f"{','.join(FIELDS)}\n{','.join(entry.values())}\n")
    for day in DAYS:
        land(first, f"{day}/fixed/a.csv", feed((f"{day}T08:00:00", "AB12CDE"), (f"{day}T09:00:00", "WX34YZA")))
    assert [change[1] for change in told(first, FRIDAY, "ingest")] == [
        f"{WEDNESDAY}/fixed/a.csv", f"{WEDNESDAY}/hotlist/list.csv", f"{THURSDAY}/fixed/a.csv", f"{FRIDAY}/fixed/a.csv",
    ]  # fmt: skip
    assert versions(first) == {}
    with pytest.MonkeyPatch.context() as patch:  # two nights do without the stages that take longest
        patch.setattr(job, "STAGES", {name: STAGES[name] for name in ("ingest", "consolidate", "validate")})
        backfill(first, FRIDAY, "ingest", run)
    thursday = replace(first, process_date=THURSDAY)
    backfill(thursday, THURSDAY, "analyse", run)
    (hit,) = first.store.rows(HOTLIST_HITS, "hit_id", days=[THURSDAY])
    answer = Response(hit["hit_id"], THURSDAY, "closed", "stopped", "PC1", datetime(2026, 11, 21, tzinfo=UTC))
    respond(thursday, answer)
    return first


def test_a_stage_runs_with_all_after_it_and_nights_in_order_each_with_its_own_run(night):
    assert list(stages_from("ingest")) == list(STAGES)
    assert list(stages_from("consolidate")) == ["consolidate", "validate", "analyse"]
    assert list(stages_from("analyse")) == ["analyse"]
    found = nights(replace(night, process_date=WEDNESDAY), FRIDAY)
    assert [one.process_date for one in found] == list(DAYS)
    assert len({one.run_id for one in found}) == 3
    with pytest.raises(NoNightError, match="--to 2026-11-19 lies before --from 2026-11-20"):
        nights(night, THURSDAY)


def test_a_dry_run_of_any_stage_moves_no_version_and_tells_that_nothing_would_change(three_nights):
    before = versions(three_nights)
    assert told(three_nights, FRIDAY, "ingest") == told(three_nights, FRIDAY, "ocr") == []
    assert told(three_nights, FRIDAY, "validate") == []
    same = {"added": 0, "removed": 0, "changed": 0, "same": 2}
    assert told(three_nights, FRIDAY, "consolidate") == [(day, "restricted.reads", (day,), same) for day in DAYS]
    replaced = {(night, what): (days, counts) for night, what, days, counts in told(three_nights, FRIDAY, "analyse")}
    assert replaced[THURSDAY, "restricted.hotlist_hits"] == ((THURSDAY,), {"replaced": 1})
    around = (THURSDAY, FRIDAY, FRIDAY + timedelta(days=1))
    assert replaced[FRIDAY, "restricted.journeys"] == (around, {"replaced": 4})
    assert replaced[FRIDAY, "restricted.clones"][1] == {"replaced": 0}
    assert versions(three_nights) == before


def test_a_late_file_is_taken_in_by_a_backfill_that_goes_on_where_it_was_stopped(three_nights, monkeypatch, caplog):
    first, store = three_nights, three_nights.store
    (before,) = store.rows(HOTLIST_HITS, days=[THURSDAY])
    # One passage of Thursday that was never reported, and an earlier sighting of the one that hit.
    late = feed((f"{THURSDAY}T07:00:00", "KL56MNO"), (f"{THURSDAY}T08:59:58", "WX34YZA"))
    land(first, f"{THURSDAY}/fixed/late.csv", late)
    assert [change[:2] for change in told(first, FRIDAY, "ingest")] == [(THURSDAY, f"{THURSDAY}/fixed/late.csv")]

    def full_disk(_):
        raise OSError

    stopped = replace(first, process_date=THURSDAY, run_id="stopped")
    with monkeypatch.context() as patch:
        patch.setattr(job, "STAGES", {**STAGES, "validate": full_disk})
        with pytest.raises(OSError):  # noqa: PT011 - ours, without a text
            backfill(stopped, FRIDAY, "ingest", run)
    assert "go on with: anprlake backfill --from 2026-11-19 --to 2026-11-20 --stage ingest --execute" in caplog.text
    assert store.read_days(READS, [THURSDAY]).count() == 2

    (change,) = told(replace(first, process_date=THURSDAY), THURSDAY, "consolidate")
    assert change == (THURSDAY, "restricted.reads", (THURSDAY,), {"added": 2, "removed": 1, "changed": 0, "same": 1})
    assert told(replace(first, process_date=THURSDAY), THURSDAY, "validate") == [change]

    backfill(replace(first, process_date=THURSDAY, run_id="on"), FRIDAY, "ingest", run)
    assert store.read_days(READS, [THURSDAY]).count() == 3
    assert told(first, FRIDAY, "ingest") == []
    jobs = [row["job"] for row in store.rows(RUNS, "job", "run_id") if row["run_id"].startswith("on_")]
    assert sorted(jobs) == sorted([*STAGES, *STAGES])

    # The hit's read has another name now; what was done about it is still known.
    (after,) = store.rows(HOTLIST_HITS, days=[THURSDAY])
    assert after["read_id"] != before["read_id"]
    assert set(before["sighting_ids"]) < set(after["sighting_ids"])
    assert (after["state"], after["outcome"]) == ("closed", "stopped")
    assert len(store.rows(HOTLIST_RESPONSES)) == 1
