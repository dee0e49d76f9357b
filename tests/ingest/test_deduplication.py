"""What becomes of received rows: the first of equal ones is new, unless the table holds it already."""

from collections import Counter
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.ingest import deduplication
from jobs.ingest.deduplication import OUTCOMES, Deduplicated, Deduplication, by_task, capture_days, groups, held_by_task
from jobs.ingest.rules import TYPED
from jobs.ingest.sightings import sighting_ids
from jobs.lake.data_files import DataFile
from jobs.lake.shuffle import packed, plan_tasks, unpacked
from jobs.lake.tables import PLATE_IMAGES, QUARANTINE, SIGHTINGS

DAY = date(2026, 11, 20)
RECEIVED = pa.schema([*TYPED, ("file_no", pa.int32()), ("source_kind", pa.string())])
HELD = pa.schema(
    [("sighting_id", pa.string()), ("held_file", pa.string()), ("line_no", pa.int64()), ("record_no", pa.int32()),
     ("capture_date", pa.date32()), ("camera_id", pa.string()), ("captured_at", pa.timestamp("us", "UTC"))]
)  # fmt: skip
FILES = [("a" * 64, "a.csv"), ("b" * 64, "b.csv")]


def row(file_no, line_no, vrm="AB12CDE", **changes):
    known = {
        "file_no": file_no, "line_no": line_no, "record_no": 1, "source_kind": "fixed", "source_id": "force",
        "camera_id": "F001", "captured_at": datetime(2026, 11, 20, 8, tzinfo=UTC), "capture_date": DAY,
        "vrm_raw": vrm, "vrm": vrm, "schema_version": "fixed/2",
    }  # fmt: skip
    return known | changes


def received(*rows):
    table = pa.Table.from_pylist(list(rows), RECEIVED)
    return table.append_column("sighting_id", sighting_ids(table))


class Kept:
    """In the place of a table's folder: keeps what is written."""

    def __init__(self):
        self.rows = []

    def write(self, rows, constants):
        self.rows += [SimpleNamespace(**(one | constants)) for one in rows.to_pylist()]
        return [DataFile("p", DAY, rows.num_rows)]


def settle(*tables):
    """Counts by outcome, and what was written into each table."""
    kept = {table.name: Kept() for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE)}
    counts = Counter()
    rows = unpacked([packed(table) for table in tables])
    for deduplicated in Deduplication(FILES, kept, {"process_date": DAY, "run_id": "r"})(rows):
        for count in deduplicated.counts:
            counts[count["outcome"], count["file_id"][0]] += count["rows"]
    return dict(counts), {name: one.rows for name, one in kept.items()}


def held(*rows):
    """The same rows as the table holds them."""
    table = received(*rows)
    files = pa.array([FILES[number][0] for number in table["file_no"].to_pylist()])
    names = [name for name in HELD.names if name != "held_file"]
    return table.select(names).append_column("held_file", files).select(HELD.names).cast(HELD)


def test_of_equal_rows_the_first_file_and_line_is_new():
    counts, written = settle(
        received(row(1, 2), row(0, 9), row(0, 3, flags=["transliterated"]), row(0, 4, "WX34YZA", flags=[]))
    )
    assert counts == {("new", "a"): 2, ("duplicate", "a"): 1, ("duplicate", "b"): 1}
    assert sorted((one.file_id, one.line_no) for one in written["sightings"]) == [("a" * 64, 3), ("a" * 64, 4)]
    assert {one.vrm_rule for one in written["sightings"]} == {"as_received"}
    assert {one.line_no: one.flags for one in written["sightings"]} == {3: ["transliterated"], 4: []}


@pytest.mark.parametrize(
    ("before", "outcome"), [(row(0, 3), "stored"), (row(0, 9), "duplicate"), (row(1, 3), "duplicate")]
)
def test_what_the_table_holds_is_stored_if_it_is_this_very_row_else_a_duplicate(before, outcome):
    counts, written = settle(received(row(0, 3)), held(before))
    assert counts == {(outcome, "a"): 1}
    assert written["sightings"] == []


def test_a_task_with_held_rows_alone_gives_nothing():
    assert settle(held(row(0, 3))) == ({}, {"sightings": [], "plate_images": [], "quarantine": []})


def test_pictures_go_with_new_rows_and_with_those_that_a_killed_run_stored():
    picture = {"patch": b"jpeg"}
    new, stored, again = row(0, 1, **picture), row(0, 2, "WX34YZA", **picture), row(0, 3, **picture)
    counts, written = settle(received(new, stored, again), held(stored))
    assert counts == {("new", "a"): 1, ("stored", "a"): 1, ("duplicate", "a"): 1}
    assert [(one.kind, one.jpeg, one.bytes) for one in written["plate_images"]] == [("patch", b"jpeg", 4)] * 2
    names = received(new, stored)["sighting_id"].to_pylist()
    assert {one.sighting_id for one in written["plate_images"]} == set(names)


def test_a_row_with_a_reason_is_quarantined_and_never_a_duplicate():
    bad = {"reason": "vrm_missing", "payload": "p"}
    counts, written = settle(received(row(0, 1, **bad), row(0, 2, **bad), row(1, 1)), held(row(1, 9, "WX34YZA")))
    assert counts == {("quarantined", "a"): 2, ("new", "b"): 1}
    assert len(written["quarantine"]) == 2
    assert {(one.landed_path, one.payload) for one in written["quarantine"]} == {("a.csv", "p")}


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4), st.sampled_from("ABC"), st.booleans()), max_size=12))
def test_every_received_row_has_one_outcome_whatever_the_order(rows):
    rows = [row(file_no, number, vrm, reason="bad" if bad else None, payload="p" if bad else None)
            for number, (file_no, _, vrm, bad) in enumerate(rows)]  # fmt: skip
    if not rows:
        return
    counts, written = settle(received(*rows))
    assert sum(counts.values()) == len(rows)
    assert settle(received(*reversed(rows)))[0] == counts
    assert len(written["sightings"]) == len({one["vrm"] for one in rows if not one["reason"]})


def test_equal_rows_go_to_one_task_with_what_the_table_holds_of_them():
    cameras = [row(0, number, camera_id=f"F{number:03d}") for number in range(200)]
    table = received(*cameras, *cameras)
    plan = plan_tasks({int(groups(table)[0]): 1000}, rows_a_task=100)
    sent = [(task, name) for task, rows, _ in by_task(table, plan)
            for name in rows["sighting_id"].to_pylist()]  # fmt: skip

    class Source:
        def read(self, _, columns):
            return held(*cameras).rename_columns({"held_file": "file_id"}).select(columns)

    met = [(task, name) for task, rows, _ in held_by_task(Source(), None, plan)
           for name in rows["sighting_id"].to_pylist()]  # fmt: skip
    assert sorted(set(sent)) == sorted(met)
    assert len({task for task, _ in sent}) > 5
    assert capture_days([int(groups(table)[0])]) == {DAY}


def test_days_of_rejected_rows_alone_are_no_days_of_capture():
    assert capture_days(groups(received(row(0, 1, reason="bad")))) == set()


def test_what_tasks_tell_is_added_up():
    one = Deduplicated([{"outcome": "new", "rows": 2}], {"sightings": ["a"]}, {"f": {"x"}})
    other = Deduplicated([{"outcome": "quarantined", "rows": 3}], {"quarantine": ["b"]}, {"f": {"y"}, "g": {"z"}})
    both = one + other
    assert {outcome: both.rows(outcome) for outcome in OUTCOMES} == {
        "new": 2, "stored": 0, "duplicate": 0, "quarantined": 3,
    }  # fmt: skip
    assert both.files == {"sightings": ["a"], "quarantine": ["b"]}
    assert both.needs == {"f": {"x", "y"}, "g": {"z"}}


def test_of_what_a_file_needs_so_much_is_kept(monkeypatch):
    monkeypatch.setattr(deduplication, "_MOST_NEEDS", 2)
    unknown = {"reason": "camera_unknown", "payload": "p"}
    rows = received(*(row(0, number, camera_id=f"F{number}", **unknown) for number in range(3)))
    kept = {table.name: Kept() for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE)}
    (found,) = Deduplication(FILES, kept, {})(rows)
    assert len(found.needs["a" * 64]) == 2
