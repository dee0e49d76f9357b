"""Hot-list hits: which entry names a read on its day, and what a hit is called."""

from datetime import date, datetime

from jobs.analytics.hotlist_hits import hotlist_hits
from jobs.lake.tables import HOTLIST_HITS

DAY = date(2026, 11, 20)
READS = (
    "read_id STRING, sighting_ids ARRAY<STRING>, vrm STRING, camera_id STRING, captured_at TIMESTAMP, capture_date DATE"
)
ENTRIES = "entry_id STRING, version STRING, vrm STRING, purpose STRING, priority INT, capture_date DATE"


def read(vrm, day=DAY, read_id="r", sightings=("s1",)):
    return (read_id, list(sightings), vrm, "F001", datetime(day.year, day.month, day.day, 8), day)  # noqa: DTZ001 - UTC


def entry(vrm, day=DAY, version="v1"):
    return (f"e-{vrm}", version, vrm, "intelligence", 1, day)


def hits(spark, reads, entries):
    found = hotlist_hits(spark.createDataFrame(reads, READS), spark.createDataFrame(entries, ENTRIES))
    assert set(found.columns) == set(HOTLIST_HITS.column_names) - {"process_date", "run_id"}
    rows = found.collect()
    assert len({row.hit_id for row in rows}) == len(rows)
    return sorted(rows, key=lambda row: (row.capture_date, row.read_id, row.entry_id))


def test_a_hit_keeps_the_mark_as_read_and_what_the_entry_is_for(spark):
    (hit,) = hits(spark, [read("A812CDE")], [entry("AB12CDE")])
    assert (hit.vrm, hit.match, hit.read_id, hit.sighting_ids) == ("A812CDE", "possible", "r", ["s1"])
    assert (hit.entry_id, hit.version, hit.purpose, hit.priority) == ("e-AB12CDE", "v1", "intelligence", 1)
    assert (hit.state, hit.outcome) == ("new", None)


def test_an_entry_matches_only_on_the_days_for_which_it_is_given(spark):
    other = date(2026, 11, 21)
    reads = [read("AB12CDE", read_id="a"), read("AB12CDE", other, "b", ["s2"])]
    found = hits(spark, reads, [entry("AB12CDE"), entry("AB1*", other)])
    assert [(row.read_id, row.entry_id, row.match) for row in found] == [
        ("a", "e-AB12CDE", "exact"), ("b", "e-AB1*", "partial"),
    ]  # fmt: skip


def test_every_read_of_a_mark_and_every_entry_that_names_it_is_a_hit(spark):
    reads = [read("AB12CDE", read_id="a"), read("AB12CDE", read_id="b", sightings=["s2"])]
    found = hits(spark, reads, [entry("AB12CDE"), entry("*CDE")])
    assert [(row.read_id, row.match) for row in found] == [
        ("a", "partial"), ("a", "exact"), ("b", "partial"), ("b", "exact"),
    ]  # fmt: skip


def test_a_later_anchor_and_a_newer_version_of_the_list_leave_a_hit_its_name(spark):
    (before,) = hits(spark, [read("AB12CDE", read_id="a", sightings=["s1", "s2"])], [entry("AB12CDE")])
    (after,) = hits(
        spark, [read("AB12CDE", read_id="b", sightings=["s1", "s2", "s3"])], [entry("AB12CDE", version="v2")]
    )  # fmt: skip
    (other,) = hits(spark, [read("AB12CDE", read_id="a", sightings=["s1", "s2"])], [entry("AB12CD?")])
    assert before.hit_id == after.hit_id != other.hit_id
