"""Days know what they were built from: whatever broke a night, the next one heals it, and touches nothing else."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from deltalake import DeltaTable, write_deltalake

from jobs.analytics.hotlist_responses import Given, respond
from jobs.analytics.job import windows_due
from jobs.domain.lineage import Status
from jobs.domain.terms import Answer
from jobs.lake.small_rows import select
from jobs.lake.store import Store
from jobs.lake.tables import (
    ANALYTIC_READS,
    CATALOGUE,
    CLONES,
    CONVOYS,
    FEED_FILES,
    HOTLIST_HITS,
    JOURNEYS,
    LINEAGE,
    READS,
    READS_STAGED,
    SIGHTINGS,
    Zone,
)  # fmt: skip
from jobs.quality import publish
from jobs.report.status import statuses
from jobs.retention.purge.job import purge
from jobs.runtime.recover import recover
from tests.factories import changed, feed, land
from tests.lake_contents import everything, unlike

from .conftest import DAYS, FRIDAY, THURSDAY, WEDNESDAY, on, run_stages

SATURDAY = FRIDAY + timedelta(days=1)


def versions(night):
    """The Delta version of every table of the lake but the logs of runs."""
    paths = {table.full_name: night.store.path(table) for table in CATALOGUE if table.zone is not Zone.GOVERNANCE}
    return {name: DeltaTable(path).version() for name, path in paths.items() if DeltaTable.is_deltatable(path)}


def reads_of(night, day, table=READS):
    return night.store.rows_by_day(table).get(day, 0)


def built_by(night, run_id):
    """What a run built: table and day."""
    return {(row["table_name"], row["day"]) for row in night.store.rows(LINEAGE) if row["run_id"] == run_id}


def _no_spark():
    pytest.fail("Spark was started")


def test_a_night_with_nothing_stale_builds_nothing_starts_no_spark_and_says_so(three_nights):
    before = versions(three_nights)
    night = replace(on(three_nights, SATURDAY), store=Store(_no_spark, three_nights.store.root))
    summaries = run_stages(night)
    assert {str(summaries[name]) for name in ("consolidate", "analyse")} == {"nothing to do"}
    assert summaries["validate"].notes == {"days_published": 0}
    assert versions(three_nights) == before
    assert {status for days in statuses(night).values() for status in days.values()} == {Status.FRESH}


@pytest.mark.parametrize("ended_after", ["ingest", "consolidate", "validate"])
def test_what_a_night_left_undone_is_done_by_the_next(three_nights, ended_after):
    night = on(three_nights, SATURDAY, "ended early")
    land(night, f"{SATURDAY}/fixed/a.csv", feed((f"{SATURDAY}T08:00:00", "WX34YZA")))
    names = ("ingest", "consolidate", "validate")
    run_stages(night, *names[: names.index(ended_after) + 1])
    recover(night)  # as the DAG does
    after = on(three_nights, SATURDAY + timedelta(days=1))
    run_stages(after)
    assert [reads_of(after, SATURDAY, table) for table in (READS, ANALYTIC_READS, HOTLIST_HITS, JOURNEYS)] == [1] * 4
    assert ("restricted.convoys", SATURDAY) in built_by(after, "later")


def test_a_purge_between_ingest_and_consolidate_loses_no_read(three_nights):
    old = FRIDAY - timedelta(days=200)  # older than the manifest is kept, younger than reads are
    land(three_nights, f"{FRIDAY}/fixed/old.csv", feed((f"{old}T08:00:00", "KL56MNO")))
    run_stages(three_nights, "ingest")
    purge(three_nights)
    assert reads_of(three_nights, old, FEED_FILES) == 0
    run_stages(three_nights, "consolidate", "validate")
    assert reads_of(three_nights, old) == 1


def killed_when_it_has_days(whole):
    """What is called in the place of a step of publishing: it ends the run, unless it has nothing to do."""

    def killed(*arguments):
        if arguments[-1]:
            raise KeyboardInterrupt
        whole(*arguments)

    return killed


@pytest.mark.parametrize("commit", ["replace_files", "keep", "write_records", "_unstage", "forget"])
def test_a_kill_between_the_commits_of_publishing_hides_nothing(three_nights, commit, monkeypatch):
    land(three_nights, f"{FRIDAY}/fixed/b.csv", feed((f"{FRIDAY}T10:00:00", "KL56MNO")))
    run_stages(three_nights, "ingest", "consolidate")
    with monkeypatch.context() as patch:
        if commit == "replace_files":  # after the reads, before their tokens
            whole = type(three_nights.store).replace_files

            def killed(store, table, files, days):
                if table is ANALYTIC_READS:
                    raise KeyboardInterrupt
                whole(store, table, files, days)

            patch.setattr(type(three_nights.store), "replace_files", killed)
        else:
            patch.setattr(publish, commit, killed_when_it_has_days(getattr(publish, commit)))
        with pytest.raises(KeyboardInterrupt):
            run_stages(three_nights, "validate")
    after = on(three_nights, SATURDAY)
    run_stages(after, "ingest", "consolidate", "validate")
    assert reads_of(after, FRIDAY) == reads_of(after, FRIDAY, ANALYTIC_READS) == 3
    assert statuses(after)["reads"][FRIDAY] is Status.FRESH
    assert after.store.rows(READS_STAGED) == []
    assert after.lineage().days(READS_STAGED) == set()


def test_a_late_file_makes_stale_exactly_what_rests_on_its_day(three_nights):
    night = on(three_nights, SATURDAY)
    land(night, f"{SATURDAY}/fixed/late.csv", feed((f"{THURSDAY}T10:00:00", "KL56MNO")))
    run_stages(night)
    built = built_by(night, "later")
    assert {day for name, day in built if name == "restricted.reads"} == {THURSDAY}
    assert {day for name, day in built if name == "restricted.hotlist_hits"} == {THURSDAY}
    assert {day for name, day in built if name == "restricted.journeys"} == set(DAYS)
    # The windows that hold Thursday; that of Wednesday does not.
    assert {day for name, day in built if name == "restricted.convoys"} == {THURSDAY, FRIDAY}
    assert {day for name, day in built if name == "restricted.clones"} == {THURSDAY, FRIDAY}
    assert {status for days in statuses(night).values() for status in days.values()} == {Status.FRESH}


def test_a_night_builds_so_many_windows_the_newest_first_and_tells_how_many_wait(three_nights):
    settings = changed(three_nights.settings, "analytics.windows_a_night", 2)
    night = replace(on(three_nights, SATURDAY), settings=settings)
    land(night, f"{SATURDAY}/fixed/late.csv", feed((f"{WEDNESDAY}T10:00:00", "KL56MNO")))
    notes = run_stages(night)["analyse"].notes
    assert (notes["windows_built"], notes["windows_waiting"]) == (2, 1)
    assert list(windows_due(night, night.lineage())) == [WEDNESDAY]
    assert run_stages(night)["analyse"].notes["windows_built"] == 1
    assert windows_due(night, night.lineage()) == {}


def test_a_changed_register_makes_stale_what_needs_places(three_nights):
    night = on(three_nights, SATURDAY)
    text = (
        "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to\n"
        f"F001,fixed,54.9,-1.6,A1,0,none,2024-01-01,{WEDNESDAY}\nF001,fixed,54.9,-1.5,A1,0,none,{THURSDAY},\n"
    )
    land(night, f"{SATURDAY}/cameras/cameras.csv", text)
    run_stages(night, "ingest")
    found = statuses(night)
    assert {day for day, status in found["clones"].items() if status is Status.STALE} == {THURSDAY, FRIDAY, WEDNESDAY}
    assert set(found["convoys"].values()) == set(found["hits"].values()) == {Status.FRESH}


def test_changed_settings_are_stale_by_rules_and_no_night_heals_that(three_nights):
    settings = changed(three_nights.settings, "analytics.convoys.min_days", 3)
    night = replace(three_nights, settings=settings)
    assert set(statuses(night)["convoys"].values()) == {Status.STALE_BY_RULES}
    before = versions(night)
    run_stages(night)
    assert versions(night) == before


def test_data_files_written_anew_with_the_same_rows_make_nothing_stale(three_nights):
    path = three_nights.store.path(READS)
    rows = select(DeltaTable(path), (), ())
    write_deltalake(path, rows, mode="overwrite")
    assert set(statuses(three_nights)["journeys"].values()) == {Status.FRESH}
    write_deltalake(path, select(DeltaTable(path), (), ["vrm <> 'AB12CDE'"]), mode="overwrite")
    assert set(statuses(three_nights)["journeys"].values()) == {Status.STALE}


def test_days_whose_data_files_were_written_anew_are_digested_by_one_night_alone(three_nights, monkeypatch):
    for table in (READS, JOURNEYS):
        path = three_nights.store.path(table)
        write_deltalake(path, select(DeltaTable(path), (), ()), mode="overwrite")
    before = versions(three_nights)
    run_stages(three_nights, "consolidate", "analyse")
    assert {name for name, version in versions(three_nights).items() if version != before[name]} == {LINEAGE.full_name}
    monkeypatch.setattr("jobs.runtime.lineage.contents", pytest.fail)
    assert {status for days in statuses(three_nights).values() for status in days.values()} == {Status.FRESH}


@pytest.mark.parametrize(
    ("table", "lost"),
    [
        (ANALYTIC_READS, None), (JOURNEYS, None), (READS, f"capture_date = '{THURSDAY}'"),
        (HOTLIST_HITS, f"capture_date = '{FRIDAY}'"), (ANALYTIC_READS, "date_part('hour', captured_at) = 8"),
    ],
)  # fmt: skip
def test_what_is_no_longer_as_it_was_built_is_missing_and_comes_again(spark, three_nights, table, lost):
    whole = everything(three_nights.store.root)
    if lost is None:
        shutil.rmtree(three_nights.store.path(table))
    else:
        DeltaTable(three_nights.store.path(table)).delete(lost)
    night = replace(on(three_nights, SATURDAY), store=Store(lambda: spark, three_nights.store.root))
    assert Status.MISSING in {status for days in statuses(night).values() for status in days.values()}
    run_stages(night)
    assert unlike(whole, everything(night.store.root)) == []
    assert {status for days in statuses(night).values() for status in days.values()} == {Status.FRESH}


def test_a_response_makes_stale_the_hits_of_its_day_alone(three_nights):
    (hit,) = three_nights.store.rows(HOTLIST_HITS, days=[THURSDAY])
    answer = Given(hit["hit_id"], THURSDAY, Answer.CLOSED, "stopped", "PC1", datetime(2026, 11, 21, tzinfo=UTC))
    respond(three_nights.store, three_nights.settings, answer)
    assert {day for day, status in statuses(three_nights)["hits"].items() if status is Status.STALE} == {THURSDAY}
    run_stages(three_nights, "analyse")
    (hit,) = three_nights.store.rows(HOTLIST_HITS, days=[THURSDAY])
    assert (hit["state"], hit["outcome"]) == ("closed", "stopped")


def test_a_window_that_holds_an_expired_day_is_expired_and_stays_as_it_is(three_nights):
    # Thursday has expired: what rests on it, and on no younger reads alone, is never built again.
    late = on(three_nights, THURSDAY + timedelta(days=three_nights.settings.retention.limits.reads.days))
    found = statuses(late)
    assert found["reads"] == {WEDNESDAY: Status.EXPIRED, THURSDAY: Status.EXPIRED, FRIDAY: Status.FRESH}
    assert set(found["convoys"].values()) == set(found["clones"].values()) == {Status.EXPIRED}
    assert found["journeys"][FRIDAY] is Status.EXPIRED
    purge(late)
    before = versions(late)
    run_stages(late)
    assert versions(late) == before
    assert reads_of(late, FRIDAY, JOURNEYS) == 2
    assert reads_of(late, FRIDAY, CONVOYS) == reads_of(late, FRIDAY, CLONES) == 0


def test_a_day_whose_sightings_have_all_gone_is_emptied(three_nights):
    three_nights.store.replace_files(SIGHTINGS, [], {THURSDAY})
    run_stages(three_nights)
    assert reads_of(three_nights, THURSDAY) == reads_of(three_nights, THURSDAY, ANALYTIC_READS) == 0
    assert reads_of(three_nights, THURSDAY, JOURNEYS) == 0
    assert {status for days in statuses(three_nights).values() for status in days.values()} == {Status.FRESH}
