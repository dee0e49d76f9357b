"""Data files that executors write: in order, one a day, and part of the table only when they are committed."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.lake.store import Store
from jobs.lake.tables import READS, READS_STAGED

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
STAMP = {"process_date": TUESDAY, "run_id": "r", "flags": [], "source_kinds": ["fixed"]}


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory) -> Store:
    return Store(lambda: spark, str(tmp_path_factory.mktemp("data_files")))


def reads(*rows):
    """Rows of `reads`: name, mark, day, hour."""
    columns = {
        "read_id": [name for name, *_ in rows],
        "vrm": [vrm for _, vrm, *_ in rows],
        "capture_date": [day for *_, day, _ in rows],
        "captured_at": [datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for *_, day, hour in rows],
        **{name: ["x"] * len(rows) for name in ("camera_id", "vrm_format", "direction")},
        **{name: [["x"]] * len(rows) for name in ("sighting_ids", "sources")},
        "readings": pa.array([[("x", 1)]] * len(rows), pa.map_(pa.string(), pa.int64())),
        "of_no_table": [1] * len(rows),
    }
    return pa.table(columns)


def held(lake, table):
    return sorted((row.read_id, row.vrm, row.capture_date) for row in lake.read(table).collect())


def test_what_repeats_has_a_dictionary_and_names_have_none(lake):
    rows = reads(*((f"{number:032x}", f"A{number}", MONDAY, 9) for number in range(100)))
    target = lake.data_files(READS_STAGED)
    (file,) = target.write(rows, STAMP)
    group = pq.ParquetFile(Path(target.folder) / file.path).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    found = {one.path_in_schema: "RLE_DICTIONARY" in one.encodings for one in columns}
    told = ("read_id", "vrm", "captured_at", "camera_id", "sources.list.element", "readings.key_value.key", "run_id")
    assert [found[name] for name in told] == [False, False, True, True, True, True, True]


def test_each_day_is_judged_by_its_own_values(lake):
    rows = reads(*((f"{number:032x}", "A1", day, 9) for day in (MONDAY, TUESDAY) for number in range(100)))
    vrms = [[(vrm, 1)] for vrm in ["A1"] * 100 + [f"A{number}" for number in range(100)]]
    readings = pa.array(vrms, pa.map_(pa.string(), pa.int64()))
    target = lake.data_files(READS_STAGED)
    files = target.write(rows.set_column(rows.column_names.index("readings"), "readings", readings), STAMP)
    groups = [pq.ParquetFile(Path(target.folder) / file.path).metadata.row_group(0) for file in files]
    keys = [one.column(number) for one in groups for number in range(one.num_columns)]
    keys = [one.encodings for one in keys if one.path_in_schema == "readings.key_value.key"]
    assert ["RLE_DICTIONARY" in encodings for encodings in keys] == [True, False]


def test_files_are_sorted_one_a_day_and_count_once_they_are_committed(lake):
    rows = reads(("c", "B2", TUESDAY, 9), ("a", "B2", MONDAY, 9), ("b", "B2", TUESDAY, 8), ("d", "A1", TUESDAY, 10))
    target = lake.data_files(READS)
    monday, tuesday = target.write(rows, STAMP)
    assert [(file.day, file.rows) for file in (monday, tuesday)] == [(MONDAY, 1), (TUESDAY, 3)]
    assert held(lake, READS) == []
    assert [row.read_id for row in lake.read_files(READS, [tuesday]).collect()] == ["d", "b", "c"]
    told = json.loads(tuesday.stats)
    assert told["maxValues"] == {"captured_at": "2026-11-17T10:00:00.000Z"}
    assert "B2" not in tuesday.stats

    lake.add_files(READS, [monday, tuesday])
    assert held(lake, READS) == [
        ("a", "B2", MONDAY), ("b", "B2", TUESDAY), ("c", "B2", TUESDAY), ("d", "A1", TUESDAY),
    ]  # fmt: skip
    assert lake.rows_by_day(READS) == {MONDAY: 1, TUESDAY: 3}
    (again,) = lake.files_of_days(READS, {MONDAY})
    assert target.read(again, ["read_id", "capture_date"]).to_pylist() == [{"read_id": "a", "capture_date": MONDAY}]

    (other,) = target.write(reads(("e", "A1", TUESDAY, 8)), STAMP)
    with pytest.raises(ValueError, match=r"restricted\.reads: files of other days than are replaced"):
        lake.replace_files(READS, [other], {MONDAY})
    lake.replace_files(READS, [other], {TUESDAY})
    assert held(lake, READS) == [("a", "B2", MONDAY), ("e", "A1", TUESDAY)]
    lake.replace_files(READS, [], {MONDAY})
    assert held(lake, READS) == [("e", "A1", TUESDAY)]


def test_a_copy_is_the_same_file_and_can_be_committed(lake):
    (staged,) = lake.data_files(READS_STAGED).write(reads(("s", "C3", MONDAY, 9)), STAMP)
    copy = lake.data_files(READS).copy_from(lake.data_files(READS_STAGED), staged)
    places = [Path(lake.path(table)) / staged.path for table in (READS, READS_STAGED)]
    assert places[0].read_bytes() == places[1].read_bytes()
    assert copy == staged
    lake.replace_files(READS, [copy], {MONDAY})
    assert ("s", "C3", MONDAY) in held(lake, READS)


def test_a_required_column_without_a_value_is_refused(lake):
    with pytest.raises(ValueError, match="read_id"):
        lake.data_files(READS).write(reads((None, "A1", MONDAY, 9)), STAMP)


def test_what_was_not_committed_can_be_taken_away(lake):
    (file,) = lake.data_files(READS).write(reads(("z", "Z9", MONDAY, 9)), STAMP)
    place = Path(lake.path(READS)) / file.path
    assert pq.ParquetFile(place).metadata.num_rows == 1
    lake.discard(READS, [file])
    assert not place.exists()
