"""The catalogue: every table has an end, and statistics that name nobody."""

import re

import pytest
from pyspark.sql.types import StructType

from jobs.lake.definition import delta_type
from jobs.lake.store import Store
from jobs.lake.tables import (
    ACCESS_REGISTER,
    CAMERAS,
    CATALOGUE,
    CONVOYS,
    HELD_READS,
    HOTLIST,
    SIGHTINGS,
    RetentionClass,
    Zone,
)
from jobs.lake.tables.model import Subject
from jobs.settings import load_settings

SENSITIVE = {
    "vrm", "vrm_raw", "vrm_candidates", "readings", "members", "payload", "jpeg", "box", "scope", "latitude",
    "longitude", "road", "camera_id", "cameras", "entry_camera", "exit_camera", "legs", "landed_path", "held_path",
}  # fmt: skip
"""Columns that name a vehicle or a place, or are a picture of one."""

tables = pytest.mark.parametrize("table", CATALOGUE, ids=lambda table: table.full_name)


def test_names_are_unique():
    assert len({table.full_name for table in CATALOGUE}) == len(CATALOGUE)


@tables
def test_a_table_ends_by_a_class_of_both_profiles_or_with_the_hold_that_keeps_it(table):
    kinds = {column.name: (column.type, column.required) for column in table.columns}
    if table.retention is RetentionClass.HELD:
        assert (kinds["hold_id"], table.zone) == (("STRING", True), Zone.EVIDENCE)
        return
    # A camera in use has no last day yet.
    assert kinds[table.dated_by] == ("DATE", table is not CAMERAS)
    # Whole days go by their partition; a small table without partitions is rewritten.
    assert table.partition_by[:1] in {(), (table.dated_by,)}
    # Governance rows have no capture; their lives begin with their night, a grant's with its end.
    assert (table.retention is RetentionClass.GOVERNANCE) == (table.zone is Zone.GOVERNANCE)
    assert (table.dated_by == "process_date") == (table.zone is Zone.GOVERNANCE and table is not ACCESS_REGISTER)
    for profile in ("acpo_2011", "nasple_12m"):
        limits = load_settings(environment={"ANPRLAKE_RETENTION__PROFILE": profile}).retention.limits
        assert getattr(limits, table.retention).days > 0


@tables
def test_partitions_keys_order_and_statistics_name_columns_of_the_table(table):
    assert len(set(table.column_names)) == len(table.column_names)
    for names in (table.partition_by, table.key, table.sorted_by, table.stats):
        assert set(names) <= set(table.column_names)
    assert table.key


@tables
def test_no_plate_or_place_has_statistics_or_names_a_folder(table):
    assert not SENSITIVE & {*table.stats, *table.partition_by}
    kinds = {column.name: column.type for column in table.columns}
    # Strings in statistics or folder names: only what a case is called.
    assert {name for name in {*table.stats, *table.partition_by} if kinds[name] == "STRING"} <= {"case_ref"}


@tables
def test_only_the_restricted_and_evidence_zones_name_vehicles_and_places(table):
    if table.zone in {Zone.ANALYTIC, Zone.GOVERNANCE}:
        assert not SENSITIVE & set(table.column_names)
        assert not any(re.search(r"\bvrm\b|camera", column.type) for column in table.columns)


@tables
def test_every_reader_of_delta_can_read_the_table(table):
    assert table.properties["delta.enableDeletionVectors"] == "false"
    harmful = {
        "delta.columnMapping.mode",
        "delta.checkpointPolicy",
        "delta.enableChangeDataFeed",
        "delta.enableRowTracking",
    }
    assert not harmful & table.properties.keys()
    assert table.properties["delta.dataSkippingStatsColumns"] == ",".join(table.stats)


@tables
def test_sparks_delta_sees_the_columns_that_the_catalogue_states(spark, tmp_path, table):
    store = Store(lambda: spark, str(tmp_path))
    store.ensure(table)
    made = spark.read.format("delta").load(store.path(table))
    assert [(field.name, field.nullable, field.metadata) for field in made.schema] == [
        (column.name, not column.required, {"comment": column.comment}) for column in table.columns
    ]
    types = [field.dataType for field in StructType.fromDDL(table.frame_ddl)]
    assert [field.dataType for field in made.schema] == types


@pytest.mark.parametrize("table", [SIGHTINGS, CONVOYS, HELD_READS], ids=lambda table: table.full_name)
def test_sparks_delta_sees_the_properties_and_rules_that_the_catalogue_states(spark, tmp_path, table):
    store = Store(lambda: spark, str(tmp_path))
    store.ensure(table)
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{store.path(table)}`").first()
    assert detail.description == table.comment
    assert tuple(detail.partitionColumns) == table.partition_by
    assert table.properties.items() <= detail.properties.items()
    assert not set(detail.tableFeatures) & {
        "deletionVectors",
        "columnMapping",
        "v2Checkpoint",
        "rowTracking",
        "variantType",
    }
    constraints = {key for key in detail.properties if key.startswith("delta.constraints.")}
    assert constraints == {f"delta.constraints.{name}" for name, _ in table.rules}


@pytest.mark.parametrize(
    "text",
    [
        "", "TEXT", "ARRAY<", "ARRAY<STRING", "ARRAY STRING", "MAP<STRING>", "STRUCT<", "STRUCT<a STRING>",
        "STRUCT<a: INT", "STRUCT<a: INT,", "INT INT",
    ],
)  # fmt: skip
def test_a_type_that_is_none_is_an_error(text):
    with pytest.raises(ValueError, match=r"no type|a type wants"):
        delta_type(text)


_NAMES_A_VEHICLE = {
    "vrm": Subject.VRM, "members": Subject.VRM, "readings": Subject.VRM, "vehicle_token": Subject.CODED,
    "vehicle_tokens": Subject.CODED, "sighting_ids": Subject.SIGHTING, "payload": Subject.TEXT,
    "vrm_candidates": Subject.ALTERNATIVE,
}  # fmt: skip


@tables
def test_a_column_that_names_a_vehicle_says_so_and_how(table):
    """Else an erasure would not find its rows; the hot-list is the business of its owners, a held row of its hold."""
    if table.zone is Zone.EVIDENCE or table is HOTLIST:
        return
    expected = {name: kind for name, kind in _NAMES_A_VEHICLE.items() if name in table.column_names}
    if "sighting_id" in table.column_names and "vrm" not in table.column_names:
        expected["sighting_id"] = Subject.SIGHTING
    assert table.subjects == expected
    assert not SENSITIVE & {"jpeg", "box"} & set(table.column_names) or expected
