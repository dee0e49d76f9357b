"""The store: each write is one commit that changes what it names, and nothing else."""

from datetime import date, datetime

import pytest
from deltalake import DeltaTable as PlainDeltaTable

from jobs.lake.store import Store
from jobs.lake.tables import ACCESS_REGISTER, FEED_FILES, FLOWS, Table

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (16, 17, 18))


def flow(day: date, site: str, vehicles: int = 1) -> dict[str, object]:
    return {
        "hour": datetime(day.year, day.month, day.day, 8), "from_site": site, "to_site": "S2", "movement": "in",  # noqa: DTZ001 - Spark's session is UTC
        "vehicles": vehicles, "passages": vehicles, "process_date": day, "run_id": "r", "capture_date": day,
    }  # fmt: skip


def feed_file(file_id: str, received: int, stored: int) -> dict[str, object]:
    return {
        "file_id": file_id, "landed_path": "p", "source_kind": "fixed", "arrived_on": MONDAY, "bytes": 1,
        "rows_received": received, "rows_stored": stored, "rows_duplicate": 0, "rows_quarantined": 0,
        "capture_days": [MONDAY], "process_date": MONDAY, "run_id": "r", "capture_date": MONDAY,
    }  # fmt: skip


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory) -> Store:
    return Store(spark, str(tmp_path_factory.mktemp("store")))


def held(store: Store, table: Table, *columns: str) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in store.read(table).select(*columns).collect())


def test_days_are_replaced_read_and_appended_each_without_touching_the_others(lake):
    def write(days: list[date], *rows: dict[str, object]) -> None:
        lake.replace_days(FLOWS, lake.frame(FLOWS, list(rows)), days)

    assert held(lake, FLOWS, "from_site") == []
    write([MONDAY, TUESDAY], flow(MONDAY, "S1"), flow(TUESDAY, "S1"))
    version = lake.version(FLOWS)
    write([TUESDAY], flow(TUESDAY, "S8"), flow(TUESDAY, "S9"))
    assert lake.version(FLOWS) == version + 1
    assert held(lake, FLOWS, "capture_date", "from_site") == [(MONDAY, "S1"), (TUESDAY, "S8"), (TUESDAY, "S9")]
    assert [row.from_site for row in lake.read_days(FLOWS, [MONDAY]).collect()] == ["S1"]

    with pytest.raises(Exception, match="DELTA_REPLACE_WHERE_MISMATCH"):
        write([TUESDAY], flow(WEDNESDAY, "S1"))
    with pytest.raises(ValueError, match=r"analytic\.flows: no day to replace"):
        write([], flow(MONDAY, "S1"))
    assert lake.version(FLOWS) == version + 1

    fresh = lake.frame(FLOWS, [flow(TUESDAY, "S9", vehicles=5), flow(WEDNESDAY, "S1")])
    for _ in range(2):
        lake.append_new(FLOWS, fresh, [TUESDAY, WEDNESDAY])
        assert held(lake, FLOWS, "capture_date", "from_site", "vehicles") == [
            (MONDAY, "S1", 1), (TUESDAY, "S8", 1), (TUESDAY, "S9", 1), (WEDNESDAY, "S1", 1),
        ]  # fmt: skip

    write([MONDAY])
    assert held(lake, FLOWS, "capture_date") == [(TUESDAY,), (TUESDAY,), (WEDNESDAY,)]
    # What a reader without Spark sees is the same.
    assert PlainDeltaTable(lake.path(FLOWS)).to_pyarrow_table().num_rows == 3


def test_a_row_that_breaks_a_constraint_leaves_the_table_as_it_was(lake):
    lake.append(FEED_FILES, lake.frame(FEED_FILES, [feed_file("good", 2, 2)]))
    version = lake.version(FEED_FILES)
    with pytest.raises(Exception, match="numbers_add_up"):
        lake.append(FEED_FILES, lake.frame(FEED_FILES, [feed_file("fine", 1, 1), feed_file("lost", 2, 1)]))
    assert lake.version(FEED_FILES) == version
    with pytest.raises(Exception, match="NOT_NULL"):
        lake.append(FEED_FILES, lake.frame(FEED_FILES, [{**feed_file("x", 1, 1), "landed_path": None}]))
    assert held(lake, FEED_FILES, "file_id") == [("good",)]


def test_a_small_table_is_overwritten_whole_even_from_itself(lake):
    def grant(name: str) -> dict[str, object]:
        texts = dict.fromkeys(("person", "role", "purpose", "granted_by"), "x")
        return {"grant_id": name, **texts, "granted_at": datetime(2026, 11, 16), "ends_on": MONDAY}  # noqa: DTZ001 - UTC

    lake.overwrite(ACCESS_REGISTER, lake.frame(ACCESS_REGISTER, [grant("a"), grant("b")]))
    lake.overwrite(ACCESS_REGISTER, lake.read(ACCESS_REGISTER).where("grant_id = 'b'"))
    assert held(lake, ACCESS_REGISTER, "grant_id") == [("b",)]


def test_a_store_that_did_not_make_a_table_finds_it(lake, spark):
    lake.ensure(FLOWS)
    other = Store(spark, lake.root)
    assert other.exists(FLOWS)
    assert not other.exists(
        FEED_FILES.__class__("never_made", FLOWS.zone, "", FLOWS.columns, FLOWS.retention, FLOWS.key)
    )


def test_a_frame_has_the_tables_columns_and_a_key_left_out_is_empty(lake):
    row = lake.frame(FLOWS, [{"from_site": "S1", "vehicles": 3}]).first()
    assert row.asDict() == dict.fromkeys(FLOWS.column_names) | {"from_site": "S1", "vehicles": 3}
    assert lake.frame(FLOWS, []).columns == FLOWS.column_names
