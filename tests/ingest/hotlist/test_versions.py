"""Versions of the hot-list: which is in force on which day, and which entries it extends."""

from datetime import date

from jobs.ingest.hotlist.versions import entries_in_force, extensions, in_force, in_order


def november(day):
    return date(2026, 11, day)


def version(name, day, path=None, edition=1, stored=1):
    return {
        "version": name, "valid_from": november(day), "landed_path": path or f"2026-11-{day:02d}/hotlist/a.csv",
        "edition": edition, "rows_stored": stored,
    }  # fmt: skip


def test_a_version_is_in_force_from_its_day_until_the_next_one_comes():
    versions = [version("second", 15), version("first", 10)]
    days = [november(day) for day in (9, 10, 14, 15, 30)]
    assert in_force(versions, days) == {
        november(10): "first", november(14): "first", november(15): "second", november(30): "second",
    }  # fmt: skip


def test_of_one_day_the_last_by_path_counts_and_of_one_path_the_last_edition():
    versions = [
        version("late", 10, "2026-11-10/hotlist/b.csv"), version("again", 10, "2026-11-10/hotlist/b.csv", edition=2),
        version("early", 10, "2026-11-10/hotlist/a.csv", edition=3),
    ]  # fmt: skip
    assert [row["version"] for row in in_order(versions)] == ["early", "late", "again"]


def test_a_list_without_any_entry_does_not_end_the_one_before():
    assert in_force([version("good", 10), version("broken", 12, stored=0)], [november(13)]) == {november(13): "good"}


HOTLIST = "version STRING, entry_id STRING, weed_date DATE, valid_from DATE, force_area STRING, reason STRING"


def hotlist(spark, *rows):
    full = [(name, entry, november(weed), november(day), "NORTH", "why") for name, entry, weed, day in rows]
    return spark.createDataFrame(full, HOTLIST)


def test_an_entry_may_match_up_to_its_weed_date_on_the_days_of_its_version(spark):
    rows = hotlist(spark, ("v1", "a", 20, 10), ("v1", "b", 11, 10), ("v2", "c", 20, 12))
    found = entries_in_force(rows, {november(11): "v1", november(12): "v2", november(13): "v2"}).collect()
    assert sorted((row.capture_date.day, row.entry_id) for row in found) == [(11, "a"), (11, "b"), (12, "c"), (13, "c")]


def test_without_a_list_in_force_nothing_may_match(spark):
    assert entries_in_force(hotlist(spark, ("v1", "a", 20, 10)), {}).collect() == []


def test_a_later_weed_date_than_in_the_newest_older_version_that_had_the_entry_is_an_extension(spark):
    rows = hotlist(
        spark,
        ("v1", "longer", 12, 10), ("v2", "longer", 15, 11),
        ("v1", "same", 12, 10), ("v2", "same", 12, 11),
        ("v1", "shorter", 20, 10), ("v2", "shorter", 15, 11),
        ("v2", "fresh", 20, 11),
        ("v0", "left out once", 9, 8), ("v2", "left out once", 20, 11),
        ("v0", "extended before", 9, 8), ("v1", "extended before", 12, 10),
    )  # fmt: skip
    versions = [version("v2", 11), version("v0", 8), version("v1", 10)]
    found = {row.entry_id: row for row in extensions(rows, versions, ["v2"]).collect()}
    assert set(found) == {"longer", "left out once"}
    longer = found["longer"]
    assert (longer.version, longer.previous_version) == ("v2", "v1")
    assert (longer.previous_weed_date, longer.weed_date) == (november(12), november(15))
    assert (longer.force_area, longer.reason, longer.capture_date) == ("NORTH", "why", november(11))
    assert found["left out once"].previous_version == "v0"


def test_versions_that_come_in_one_night_extend_each_other(spark):
    rows = hotlist(spark, ("v1", "a", 12, 10), ("v2", "a", 15, 11), ("v3", "a", 18, 12))
    found = extensions(rows, [version("v1", 10), version("v2", 11), version("v3", 12)], ["v2", "v3"]).collect()
    assert sorted((row.version, row.previous_version) for row in found) == [("v2", "v1"), ("v3", "v2")]
