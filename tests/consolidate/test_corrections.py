"""Right marks in the table of sightings: in place, with the chain kept, whatever comes again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.consolidate.corrections import apply_corrections
from jobs.consolidate.job import consolidate
from jobs.control import corrections
from jobs.control.corrections import Correction
from jobs.control.database import open_control
from jobs.lake.tables import PLATE_IMAGES, READS_STAGED, SIGHTINGS
from tests.conftest import NIGHT
from tests.factories import sighting, staff

WRONG, RIGHT, LATER = "AB12CDE", "KL56MNO", "WX34YZA"
NAME, OTHER = "1" * 32, "2" * 32


def row(name=NAME, day=NIGHT, **changes):
    plain = {"vrm_raw": "ab12 cde", "vrm": WRONG, "vrm_format": "current", "vrm_rule": "as_received"}
    more = {"vrm_candidates": [], "confidence": 0.9, "camera_id": "F001", "file_id": "f" * 64}
    return sighting(day, sighting_id=name, source_kind="fixed", source_id="force", **plain, **more) | changes


@pytest.fixture
def lake(night):
    """Two sightings under one mark on a day, and one on the day before."""
    with open_control(night.settings) as control, control.deciding() as connection:
        staff(connection)
    assert night.token_key
    rows = [row(), row(OTHER), row("3" * 32, NIGHT - timedelta(days=1))]
    night.store.append_rows(SIGHTINGS, rows)
    return night


def order(night, vrm=RIGHT, name=NAME):
    with open_control(night.settings) as control, control.deciding() as connection:
        one = Correction(name, NIGHT, vrm, "read wrong", "3")
        corrections.place(connection, one, date(2028, 11, 20), datetime.now(UTC))


def rows(night):
    return {one["sighting_id"]: one for one in night.store.rows(SIGHTINGS)}


def is_done(night):
    with open_control(night.settings) as control, control.reading() as connection:
        return corrections.find(connection, NAME).is_done


def test_a_sighting_gets_its_right_mark_and_nothing_else_changes(lake):
    before = rows(lake)
    order(lake, "AB12")
    assert apply_corrections(lake, [NIGHT]) == 1
    chain = [{"vrm": WRONG, "score": 0.9, "rule": "as_received"}]
    changed = {"vrm": "AB12", "vrm_format": "dateless", "vrm_rule": "corrected", "vrm_candidates": chain}
    assert rows(lake) == before | {NAME: before[NAME] | changed}
    assert is_done(lake)


def test_done_once_no_file_is_written_again(lake):
    order(lake)
    apply_corrections(lake, [NIGHT])
    version = lake.store.version(SIGHTINGS)
    assert apply_corrections(lake, [NIGHT]) == 0
    assert lake.store.version(SIGHTINGS) == version


def test_of_two_the_newest_counts_and_the_chain_has_both(lake):
    for vrm in (RIGHT, LATER):
        order(lake, vrm)
        apply_corrections(lake, [NIGHT])
    found = rows(lake)[NAME]
    assert (found["vrm"], found["vrm_raw"]) == (LATER, "ab12 cde")
    assert [(one["vrm"], one["rule"]) for one in found["vrm_candidates"]] == [
        (WRONG, "as_received"), (RIGHT, "corrected"),
    ]  # fmt: skip


def test_a_mark_that_stands_among_the_readings_stands_there_once(lake):
    read = [{"vrm": WRONG, "score": 0.8, "rule": "as_received"}]
    lake.store.replace_rows(SIGHTINGS, [row(vrm_candidates=read)], [NIGHT])
    order(lake)
    apply_corrections(lake, [NIGHT])
    assert rows(lake)[NAME]["vrm_candidates"] == read


def test_one_that_was_ended_before_the_table_had_it_is_finished_by_any_night(lake):
    consolidate(lake)
    order(lake)
    consolidate(replace(lake, run_id="next"))
    assert (rows(lake)[NAME]["vrm"], is_done(lake)) == (RIGHT, True)
    marks = {one["vrm"]: one["sighting_ids"] for one in lake.store.rows(READS_STAGED, days=[NIGHT])}
    assert marks == {RIGHT: [NAME], WRONG: [OTHER]}


def test_a_row_that_comes_again_has_the_right_mark_before_its_reads_are_worked_out(lake):
    order(lake)
    apply_corrections(lake, [NIGHT])
    lake.store.replace_rows(SIGHTINGS, [row(), row(OTHER)], [NIGHT])
    consolidate(replace(lake, run_id="next"))
    assert rows(lake)[NAME]["vrm"] == RIGHT
    assert {one["vrm"] for one in lake.store.rows(READS_STAGED, days=[NIGHT])} == {RIGHT, WRONG}


def test_one_whose_right_vehicle_was_erased_goes_with_its_pictures(lake):
    order(lake)
    with open_control(lake.settings) as control, control.deciding() as connection:
        corrections.forget_vehicles(connection, {RIGHT}, (NIGHT, NIGHT), [], [])
    common = {"kind": "patch", "jpeg": b"x", "sha256": "x", "bytes": 1, "capture_date": NIGHT} | lake.stamp
    lake.store.append_rows(PLATE_IMAGES, [{"sighting_id": name, **common} for name in (NAME, OTHER)])
    assert apply_corrections(lake, [NIGHT]) == 1
    assert rows(lake).keys() == {OTHER, "3" * 32}
    assert [one["sighting_id"] for one in lake.store.rows(PLATE_IMAGES)] == [OTHER]


def test_where_nothing_was_decided_nothing_is_opened(night):
    assert apply_corrections(night, [NIGHT]) == 0
    assert not night.store.exists(SIGHTINGS)
