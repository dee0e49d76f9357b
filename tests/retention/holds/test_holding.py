"""What holds name of a day, and what is kept of it: worked out on its data files, without Spark."""

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from jobs.control.holds import Hold, Scope
from jobs.lake.data_files import DataFiles
from jobs.lake.definition import create
from jobs.lake.tables import HELD_READS, HELD_SIGHTINGS, READS, SIGHTINGS
from jobs.retention.holds.held_files import joined
from jobs.retention.holds.holding import Copy, DayFiles, Keeping, Selection, digest
from jobs.retention.vehicles.marks import VehiclesError, vehicles_of
from jobs.settings import load_settings
from tests.factories import sighting

VRMS = load_settings(environment={}).ingest.vrms

DAY = date(2024, 11, 20)
EIGHT = datetime(2024, 11, 20, 8, tzinfo=UTC)
MINE, OTHER = "AB12CDE", "XY34FGH"


def hold(number, **scope):
    sets = {name: frozenset(values) if isinstance(values, set) else values for name, values in scope.items()}
    return Hold("case", "why", "3", DAY, Scope(**sets), hold_id=f"hold{number}")


def rows(*tuples):
    schema = pa.schema([("vrm", pa.string()), ("camera_id", pa.string()), ("captured_at", pa.timestamp("us", "UTC"))])
    return pa.Table.from_pylist([dict(zip(schema.names, one, strict=True)) for one in tuples], schema=schema)


TABLE = rows((MINE, "F1", EIGHT), (OTHER, "F1", EIGHT + timedelta(minutes=1)), (MINE, "F2", EIGHT + timedelta(hours=1)))


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ({"vehicles": {MINE}}, [0, 2]),
        ({"vehicles": {MINE}, "cameras": {"F2"}}, [2]),
        ({"cameras": {"F1"}}, [0, 1]),
        ({"vehicles": {MINE, OTHER}, "since": EIGHT + timedelta(minutes=1)}, [1, 2]),
        ({"vehicles": {MINE, OTHER}, "until": EIGHT + timedelta(minutes=1)}, [0, 1]),
        ({"since": EIGHT, "until": EIGHT}, [0]),
        ({"everything": True}, [0, 1, 2]),
        ({"findings": {"x"}}, []),
        ({"vehicles": {"ZZ99ZZZ"}}, []),
    ],
)
def test_a_scope_is_of_all_that_it_gives(scope, places):
    assert sorted(Selection([hold(1, **scope)]).pairs(TABLE)) == [(0, place) for place in places]


def test_a_row_may_be_of_several_holds():
    found = Selection([hold(1, vehicles={MINE}), hold(2, vehicles={MINE, OTHER}), hold(3, cameras={"F2"})]).pairs(TABLE)
    assert sorted(found) == [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2), (2, 2)]


@pytest.fixture
def files(tmp_path):
    """A day's sightings and reads, and empty tables that keep them."""
    made = {}
    for table in (SIGHTINGS, READS, HELD_SIGHTINGS, HELD_READS):
        path = str(tmp_path / table.full_name)
        create(table, path)
        schema = pa.schema(DeltaTable(path).schema().to_arrow())
        made[table] = DataFiles(path, schema, table.partition_by, table.sorted_by, table.stats)
    return made


def read(name, sighting_ids, **changes):
    return {
        "read_id": name, "captured_at": EIGHT, "camera_id": "F1", "vrm": MINE, "vrm_format": "current",
        "confidence": 0.9,
        "direction": "towards", "sighting_ids": sighting_ids, "source_kinds": [], "sources": [],
        "readings": {MINE: 1, OTHER: 2}, "flags": [], "process_date": DAY, "run_id": "r", "capture_date": DAY,
    } | changes  # fmt: skip


def write(target, some):
    return target.write(pa.Table.from_pylist(some, schema=target.schema))


def kept(files, holds, findings=None, there=()):
    sightings = [
        sighting(DAY, sighting_id="s1", vrm=MINE, captured_at=EIGHT),
        sighting(DAY, sighting_id="s2", vrm=OTHER, captured_at=EIGHT),
        sighting(DAY, sighting_id="s3", vrm="ZZ99ZZZ", captured_at=EIGHT),
    ]
    reads = [read("r1", ["s1", "s2"]), read("r3", ["s3"], vrm="ZZ99ZZZ")]
    mine = (write(files[SIGHTINGS], sightings), write(files[READS], reads))
    copies = {
        HELD_READS.name: (Copy(files[READS], files[HELD_READS], "read_id", HELD_READS.key), mine[1], there),
        HELD_SIGHTINGS.name: (
            Copy(files[SIGHTINGS], files[HELD_SIGHTINGS], "sighting_id", HELD_SIGHTINGS.key), mine[0], (),
        ),
    }  # fmt: skip
    return Keeping(holds, findings or {}, files[SIGHTINGS], files[READS])(DayFiles(DAY, *mine, copies))


def held_rows(files, table, day):
    found = (files[table].read(file, table.column_names) for file in day.files[table.name])
    return [row for rows in found for row in rows.to_pylist(maps_as_pydicts="strict")]


def test_with_a_sighting_its_read_is_kept_and_with_that_all_its_sightings(files):
    day = kept(files, [hold(1, vehicles={OTHER})])
    assert day.reads == {0: {"r1"}}
    assert {one.sighting_id for one in day.sightings[0]} == {"s1", "s2"}
    (row,) = held_rows(files, HELD_READS, day)
    assert (row["hold_id"], row["case_ref"], row["readings"]) == ("hold1", "case", {MINE: 1, OTHER: 2})
    assert row["held_sha256"] == digest({name: row[name] for name in READS.column_names})
    assert [row["sighting_id"] for row in held_rows(files, HELD_SIGHTINGS, day)] == ["s1", "s2"]


def test_a_finding_keeps_its_reads_and_their_sightings(files):
    day = kept(files, [hold(1, findings={"f"})], {0: {"r3"}})
    assert (day.reads, [one.sighting_id for one in day.sightings[0]]) == ({0: {"r3"}}, ["s3"])


def test_what_an_ended_run_has_kept_is_not_kept_twice_and_another_holds_copy_is_its_own(files):
    first = kept(files, [hold(1, vehicles={MINE})])
    there = first.files[HELD_READS.name]
    assert held_rows(files, HELD_READS, kept(files, [hold(1, vehicles={MINE})], there=there)) == []
    both = kept(files, [hold(1, vehicles={MINE}), hold(2, vehicles={MINE})], there=there)
    assert [row["hold_id"] for row in held_rows(files, HELD_READS, both)] == ["hold2"]


def test_a_day_without_anything_held_writes_nothing(files):
    day = kept(files, [hold(1, vehicles={"NO1ONE"})])
    assert (day.reads, day.sightings, day.files) == ({}, {}, {HELD_READS.name: [], HELD_SIGHTINGS.name: []})


def test_a_digest_is_of_the_row_as_json():
    at = datetime(2024, 11, 20, 9, tzinfo=UTC)
    row = {"b": at, "a": DAY, "jpeg": b"x", "n": None, "list": [{"y": 1.5, "x": "é"}]}
    told = {"a": "2024-11-20", "b": "2024-11-20T09:00:00+00:00", "jpeg": digest(b"x"), "n": None}
    told["list"] = [{"x": "é", "y": 1.5}]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert digest(row) == digest(text.encode())


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(100, 110)], [(75, 135)]),
        ([(5, 8)], [(0, 33)]),
        ([(100, 110), (161, 170)], [(75, 195)]),
        ([(100, 110), (162, 170)], [(75, 135), (137, 195)]),
        ([(100, 300), (110, 120)], [(75, 325)]),
    ],
)
def test_ranges_have_a_second_before_and_after_and_those_that_meet_are_one(ranges, expected):
    assert joined(ranges, 25) == expected


def test_a_list_of_vehicles_is_as_the_tables_have_them():
    assert vehicles_of("\ufeffab12 cde\n\n B-TÜ 123\r\n".encode(), VRMS) == {"AB12CDE", "BTUE123"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("AB12CDE\nAB1?CDE", "line 2"),
        ("AB*", "line 1"),
        ("10-Mar", "line 1"),
        ("AB12CDE # suspect", "line 1"),
        ("AB12CDE\nAB12CDE,WX34YZA", "line 2"),
        ("not a mark at all", "line 1"),
        ("AB12CDEFGHJ", "line 1"),
        ("AB12CDE\nUNKNOWN", "line 2"),
        ("no plate", "line 1"),
    ],
)
def test_a_list_with_a_line_that_is_no_whole_mark_is_refused_by_its_number(text, error):
    with pytest.raises(VehiclesError, match=error) as caught:
        vehicles_of(text.encode(), VRMS)
    assert "CDE" not in str(caught.value)


def test_a_list_in_another_encoding_is_refused_in_one_line():
    with pytest.raises(VehiclesError, match="is not in UTF-8"):
        vehicles_of("AB12CDE\nB-TÜ 123".encode("utf-16"), VRMS)
