"""Repair: what is damaged comes again from sightings or landing, as it was; what cannot is named and stays."""

import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from jobs.lake.damage import DamagedTableError
from jobs.lake.doctor import examine
from jobs.lake.store import Store
from jobs.lake.tables import (
    ANALYTIC_READS,
    CAMERAS,
    CATALOGUE,
    CONVOYS,
    FEED_FILES,
    HOTLIST,
    HOTLIST_HITS,
    JOURNEYS,
    LINEAGE,
    QUARANTINE,
    READS,
    SIGHTINGS,
)  # fmt: skip
from jobs.runtime.repair import Remedy, repair
from tests.factories import feed, land, sighting
from tests.lake_contents import everything, unlike

from .conftest import FRIDAY, THURSDAY, WEDNESDAY, on, run_stages


def files_of(night, table, day=None):
    """Paths of the table's live data files, of one day or of all."""
    files = DeltaTable(night.store.path(table)).file_uris()
    return [Path(file) for file in files if day is None or f"={day}" in file]


def contents_of(night):
    return everything(night.store.root)


def given_up(night):
    """What comes of a lost file of sightings of which landing has not all: it stays, until a person gives it up."""
    (file,) = files_of(night, SIGHTINGS, THURSDAY)
    file.unlink()
    _, stays = repair(night, deep=False, give_up=False)
    assert list(stays.remedies.values()) == [Remedy.NONE]
    _, found = repair(night, deep=False, give_up=True)
    assert found.lost == {("restricted.sightings", THURSDAY): 2}
    return found


def damaged(night):
    return [one for table in CATALOGUE for one in examine(night.store, table)]


def test_what_is_damaged_comes_again_as_it_was(three_nights):
    before = contents_of(three_nights)
    gone = [
        *files_of(three_nights, SIGHTINGS, THURSDAY), *files_of(three_nights, READS, WEDNESDAY),
        *files_of(three_nights, HOTLIST_HITS, FRIDAY), *files_of(three_nights, FEED_FILES, WEDNESDAY),
        *files_of(three_nights, CAMERAS),
    ]  # fmt: skip
    for file in gone:
        file.unlink()
    for table in (JOURNEYS, ANALYTIC_READS):
        newest = DeltaTable(three_nights.store.path(table)).version()
        (Path(three_nights.store.path(table)) / "_delta_log" / f"{newest:020}.json").write_text("{")
    summary, found = repair(three_nights, deep=False, give_up=False)
    assert set(found.remedies.values()) == {Remedy.LANDING, Remedy.NIGHT}
    assert len(found.remedies) == len(gone) + 2
    assert found.is_whole
    assert summary.notes["repaired"] == len(gone) + 2
    assert damaged(three_nights) == []
    run_stages(three_nights)
    assert contents_of(three_nights) == before


@pytest.mark.parametrize("what", ["file", "log"])
def test_a_lost_lineage_is_built_anew_with_all_that_it_is_of(three_nights, what):
    before = contents_of(three_nights)
    (file,) = files_of(three_nights, LINEAGE)
    file = file if what == "file" else max(file.parent.glob("_delta_log/*.json"))
    file.write_bytes(b"")
    if what == "log":
        file.write_bytes(b"{")
    assert repair(three_nights, deep=False, give_up=False)[1].is_whole
    run_stages(three_nights)
    assert contents_of(three_nights) == before
    assert three_nights.store.rows_by_day(LINEAGE)


def test_rows_that_landing_no_longer_has_stay_damaged_until_a_person_gives_them_up(three_nights):
    night, old = three_nights, FRIDAY - timedelta(days=100)
    night.store.append_rows(SIGHTINGS, [sighting(old), sighting(old)])
    (file,) = files_of(night, SIGHTINGS, old)
    file.unlink()
    _, found = repair(night, deep=False, give_up=False)
    assert list(found.remedies.values()) == [Remedy.NONE]
    assert not found.is_whole
    assert len(damaged(night)) == 1
    _, found = repair(night, deep=False, give_up=True)
    assert list(found.remedies.values()) == [Remedy.GIVEN_UP]
    assert found.lost == {("restricted.sightings", old): 2}
    assert not found.is_whole
    assert damaged(night) == []
    run_stages(night)


def test_rows_of_a_file_that_is_gone_are_told_as_lost(three_nights):
    (Path(three_nights.settings.storage.landing) / str(THURSDAY) / "fixed" / "a.csv").unlink()
    found = given_up(three_nights)
    assert list(found)[-1] == f"restricted.sightings {THURSDAY}: 2 rows did not come back"
    assert not found.is_whole


def test_bytes_that_were_copied_into_landing_anew_are_read_again(three_nights):
    before = contents_of(three_nights)
    for path in Path(three_nights.settings.storage.landing).rglob("*.csv"):
        os.utime(path, (1, 1))
    for file in files_of(three_nights, SIGHTINGS, THURSDAY):
        file.unlink()
    assert repair(three_nights, deep=False, give_up=False)[1].is_whole
    run_stages(three_nights)
    assert unlike(contents_of(three_nights), before) == [FEED_FILES.full_name]  # which notes the time of the change


def test_the_same_bytes_in_the_folder_of_another_feed_are_no_remedy(three_nights):
    landing = Path(three_nights.settings.storage.landing)
    (landing / str(WEDNESDAY) / "mobile").mkdir(exist_ok=True)
    shutil.move(landing / str(THURSDAY) / "fixed/a.csv", landing / str(WEDNESDAY) / "mobile/zzz.csv")
    given_up(three_nights)
    assert three_nights.store.rows(QUARANTINE) == []


def test_what_the_manifest_loses_with_its_files_is_told(three_nights):
    (Path(three_nights.settings.storage.landing) / str(THURSDAY) / "fixed" / "a.csv").unlink()
    for file in files_of(three_nights, FEED_FILES, THURSDAY):
        file.unlink()
    _, found = repair(three_nights, deep=False, give_up=False)
    assert found.lost == {(FEED_FILES.full_name, THURSDAY): 1}
    assert not found.is_whole


def test_sightings_that_are_gone_with_their_folder_empty_no_reads(spark, three_nights):
    shutil.rmtree(three_nights.store.path(SIGHTINGS))
    night = replace(on(three_nights, FRIDAY + timedelta(days=1)), store=Store(lambda: spark, three_nights.store.root))
    assert [str(one) for one in damaged(night)] == ["restricted.sightings: gone"]
    with pytest.raises(DamagedTableError, match="sightings is gone"):
        run_stages(night, "consolidate")
    _, found = repair(night, deep=False, give_up=False)
    assert list(found.remedies.values()) == [Remedy.NONE]
    assert sum(night.store.rows_by_day(READS).values()) == 6


def test_whole_files_of_a_damaged_day_keep_their_rows(three_nights):
    night = on(three_nights, FRIDAY + timedelta(days=1))
    land(night, f"{night.process_date}/fixed/late.csv", feed((f"{THURSDAY}T10:00:00", "KL56MNO")))
    run_stages(night, "ingest")
    first, second = files_of(night, SIGHTINGS, THURSDAY)
    first.write_bytes(b"PAR1")
    before = second.stat()
    assert repair(night, deep=False, give_up=False)[1].is_whole
    assert second in files_of(night, SIGHTINGS, THURSDAY)
    assert second.stat().st_mtime_ns == before.st_mtime_ns
    assert night.store.rows_by_day(SIGHTINGS)[THURSDAY] == 3


def test_what_people_entered_is_never_taken_out(three_nights):
    file = files_of(three_nights, HOTLIST)[0]
    file.unlink()
    assert list(repair(three_nights, deep=False, give_up=True)[1].remedies.values()) == [Remedy.NONE]
    assert len(damaged(three_nights)) == 1


@pytest.mark.parametrize("step", ["remove_files", "forget"])
def test_killed_while_it_takes_out_a_damage_it_can_be_run_again(three_nights, step, monkeypatch):
    from jobs.runtime import repair as module

    before = contents_of(three_nights)
    for table in (SIGHTINGS, CONVOYS, READS):
        for file in files_of(three_nights, table, THURSDAY):
            file.unlink()
    with monkeypatch.context() as patch:
        where = three_nights.store if step == "remove_files" else module
        patch.setattr(where, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            repair(three_nights, deep=False, give_up=False)
    assert damaged(three_nights)
    assert repair(three_nights, deep=False, give_up=False)[1].is_whole
    run_stages(three_nights)
    assert contents_of(three_nights) == before
