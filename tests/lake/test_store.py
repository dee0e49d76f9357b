"""The store: each write is one commit that changes what it names, and nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import DeltaError

from jobs.lake.storage import LinkError
from jobs.lake.store import Store
from jobs.lake.tables import ACCESS_REGISTER, CAMERA_DAYS, CLONES, FEED_FILES, FLOWS, PLATE_IMAGES, READS, RUNS, Table
from jobs.runtime.redaction import describe
from tests import factories
from tests.lake_contents import rows_at
from tests.retention.conftest import read

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (16, 17, 18))


def flow(day: date, site: str, vehicles: int = 1) -> dict[str, object]:
    return {
        "hour": datetime(day.year, day.month, day.day, 8), "from_site": site, "to_site": "S2", "movement": "in",  # noqa: DTZ001 - Spark's session is UTC
        "vehicles": vehicles, "passages": vehicles, "process_date": day, "run_id": "r", "capture_date": day,
    }  # fmt: skip


def feed_file(file_id: str, received: int, stored: int) -> dict[str, object]:
    return factories.feed_file(file_id, MONDAY, rows_received=received, rows_stored=stored)


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory) -> Store:
    return Store(lambda: spark, str(tmp_path_factory.mktemp("store")))


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

    for days in ([TUESDAY], []):
        with pytest.raises(ValueError, match=r"analytic\.flows: files of other days than are replaced"):
            write(days, flow(WEDNESDAY, "S1"))
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
    assert len(rows_at(lake.path(FLOWS))) == 3


LOST = [feed_file("fine", 1, 1), feed_file("lost", 2, 1)]
NAMELESS = [{**feed_file("x", 1, 1), "landed_path": None}]


def test_a_row_that_breaks_a_constraint_leaves_the_table_as_it_was(lake):
    lake.append_rows(FEED_FILES, [feed_file("good", 2, 2)])
    version = lake.version(FEED_FILES)
    with pytest.raises(DeltaError, match="1 rows failed validation check") as refused:
        lake.append_rows(FEED_FILES, LOST)
    assert describe(refused.value) == "DeltaError"  # its text shows the row
    with pytest.raises(DeltaError, match="non-nullable"):
        lake.append_rows(FEED_FILES, NAMELESS)
    with pytest.raises(Exception, match="non-nullable"):
        lake.replace_days(FEED_FILES, lake.frame(FEED_FILES, NAMELESS), [MONDAY])
    assert lake.version(FEED_FILES) == version
    assert held(lake, FEED_FILES, "file_id") == [("good",)]


def test_few_rows_are_read_appended_once_and_replaced_by_day(lake):
    empty = {"blanked": None, "lies_as": None}
    rows = [feed_file(name, 1, 1) | empty | {"capture_date": day} for name, day in (("m", MONDAY), ("t", TUESDAY))]
    lake.replace_rows(FEED_FILES, rows)
    assert lake.rows(FEED_FILES, days=[TUESDAY]) == [rows[1]]
    for _ in range(2):
        lake.append_new_rows(FEED_FILES, [rows[0], {**rows[1], "file_id": "u"}])
        assert lake.rows_by_day(FEED_FILES) == {MONDAY: 1, TUESDAY: 2}
    lake.replace_rows(FEED_FILES, [{**rows[1], "file_id": "w"}], [TUESDAY])
    assert held(lake, FEED_FILES, "file_id") == [("m",), ("w",)]
    lake.replace_rows(FEED_FILES, [], [TUESDAY])
    assert lake.rows_by_day(FEED_FILES) == {MONDAY: 1}

    # By the log alone, and without a session of Spark.
    def no_session():
        raise AssertionError

    assert Store(no_session, lake.root).rows_by_day(FEED_FILES) == {MONDAY: 1}


def test_a_small_table_is_overwritten_whole_even_from_itself(lake):
    def grant(name: str) -> dict[str, object]:
        texts = dict.fromkeys(("person", "role", "purpose", "granted_by"), "x")
        return {"grant_id": name, **texts, "granted_at": datetime(2026, 11, 16), "ends_on": MONDAY}  # noqa: DTZ001 - UTC

    lake.replace_rows(ACCESS_REGISTER, [grant("a"), grant("b")])
    lake.replace_rows(ACCESS_REGISTER, [row for row in lake.rows(ACCESS_REGISTER) if row["grant_id"] == "b"])
    assert held(lake, ACCESS_REGISTER, "grant_id") == [("b",)]


def test_what_was_deleted_leaves_no_file_and_no_folder(lake):
    findings = [
        {**dict.fromkeys(("finding_id", "vrm", "parameters", "run_id"), "x"), "cameras": [], "days": [], "read_ids": [],
         **dict.fromkeys(("hops", "data_version"), 3), **dict.fromkeys(("max_speed_kmh", "expected"), 1.0),
         "window_end": WEDNESDAY, "process_date": WEDNESDAY, "capture_date": day}
        for day in (MONDAY, TUESDAY)
    ]  # fmt: skip
    lake.append_rows(CLONES, findings)
    version = lake.delete_until(CLONES, MONDAY)
    assert version == lake.version(CLONES)
    lake.vacuum(CLONES)
    left = {path.relative_to(lake.path(CLONES)).parts[:2] for path in Path(lake.path(CLONES)).glob("[!_]*/**/*")}
    assert left == {(f"capture_date={TUESDAY}", f"window_end={WEDNESDAY}")}
    assert lake.rows_by_day(CLONES) == {TUESDAY: 1}


def test_rows_are_removed_by_a_text_which_neither_log_nor_types_tell(lake):
    rows = [read(f"{day} {vrm}", day, vrm) for day in (MONDAY, TUESDAY) for vrm in ("AB12CDE", "WX34YZA")]
    lake.replace_days(READS, lake.frame(READS, rows), [MONDAY, TUESDAY])
    lake.delete_rows(READS, "vrm", ["AB12CDE", "nobody's"])
    lake.delete_rows(READS, "vrm", ["nobody's"])
    assert held(lake, READS, "capture_date", "vrm") == [(MONDAY, "WX34YZA"), (TUESDAY, "WX34YZA")]
    log = Path(lake.path(READS), "_delta_log")
    assert not [path for path in log.glob("*.json") if "AB12CDE" in path.read_text()]
    types = lake.data_files(READS)
    files = [file for some in lake.files_by_day(READS).values() for file in some]
    stored = [pq.read_schema(Path(lake.path(READS), file.path)) for file in files]
    assert {schema.field("vrm").type for schema in stored} == {types.schema.field("vrm").type} == {pa.string()}
    lake.delete_rows(READS, "vrm", ["WX34YZA"])
    assert (held(lake, READS, "vrm"), lake.files_by_day(READS)) == ([], {})


def test_a_link_in_a_table_leads_nobody_away(lake, tmp_path):
    lake.replace_days(READS, lake.frame(READS, [read("r", WEDNESDAY, "AB12CDE")]), [WEDNESDAY])
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs.parquet").write_text("theirs")
    link = Path(lake.path(READS), "capture_date=2026-11-01")
    link.symlink_to(outside)
    with pytest.raises(LinkError, match=r"^restricted/reads has a link in it"):
        lake.vacuum(READS)
    assert (outside / "theirs.parquet").exists()
    link.unlink()
    lake.vacuum(READS)

    whole = Path(lake.path(READS))
    whole.rename(tmp_path / "elsewhere")
    whole.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LinkError, match=r"^restricted/reads is a link"):
        Store(lambda: lake.spark, lake.root).rows_by_day(READS)
    whole.unlink()
    (tmp_path / "elsewhere").rename(whole)


def test_a_store_that_did_not_make_a_table_finds_it(lake, spark):
    lake.ensure(FLOWS)
    other = Store(lambda: spark, lake.root)
    assert other.exists(FLOWS)
    assert not other.exists(
        FEED_FILES.__class__("never_made", FLOWS.zone, "", FLOWS.columns, FLOWS.retention, FLOWS.key)
    )


def test_a_table_whose_maker_was_killed_is_made_anew(spark, tmp_path):
    lake = Store(lambda: spark, str(tmp_path))
    log = Path(lake.path(FLOWS)) / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.crc").write_text("{}")
    assert not lake.exists(FLOWS)
    assert lake.rows(FLOWS) == []
    lake.append_rows(FLOWS, [flow(MONDAY, "S1")])
    assert lake.rows_by_day(FLOWS) == {MONDAY: 1}


def test_a_frame_has_the_tables_columns_and_a_key_left_out_is_empty(lake):
    row = lake.frame(FLOWS, [{"from_site": "S1", "vehicles": 3}]).first()
    assert row.asDict() == dict.fromkeys(FLOWS.column_names) | {"from_site": "S1", "vehicles": 3}
    assert lake.frame(FLOWS, []).columns == FLOWS.column_names


def test_rows_have_pythons_types_whatever_their_columns_are_and_texts_are_taken_as_they_are(lake):
    at = datetime(2026, 11, 16, 8, tzinfo=UTC)
    run = {
        "run_id": "r", "job": "it's", "started_at": at, "ended_at": at, "status": "failed", "error": None, "files": 3,
        "notes": {"a": 1}, "table_versions": {}, "software_version": "1", "profile": "p",
        "maximum_days": {"reads": 730}, "process_date": MONDAY,
        **dict.fromkeys(("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined")),
    }  # fmt: skip
    picture = {
        "sighting_id": "s", "kind": "patch", "jpeg": b"\x00\xff", "sha256": "x", "bytes": 2, "process_date": MONDAY,
        "run_id": "r", "capture_date": MONDAY,
    }  # fmt: skip
    camera_day = {
        "camera_id": "F001", "reads": 1, "reads_by_hour": [0] * 23 + [1], "unrecognised": 0, "mean_confidence": 0.5,
        "source_kinds": {"fixed": 1}, "partner_sources": {}, "clock_offset_s": None, "clock_error_s": None,
        "clock_pairs": 0, "process_date": MONDAY, "run_id": "r", "capture_date": MONDAY,
    }  # fmt: skip
    for table, row in ((RUNS, run), (PLATE_IMAGES, picture), (CAMERA_DAYS, camera_day)):
        lake.append_rows(table, [row])
        assert lake.rows(table) == [row]
    lake.append_rows(RUNS, [run | {"job": "other", "process_date": TUESDAY}])
    assert lake.rows(RUNS, "job", process_date=TUESDAY) == [{"job": "other"}]
    assert lake.count_by(RUNS, "job", ["it's", "no ' OR 'a' = 'a"]) == {"it's": 1}
    assert lake.count_by(RUNS, "job", []) == {}
    assert lake.count_by(PLATE_IMAGES, "kind", ["patch"], [TUESDAY]) == {}
