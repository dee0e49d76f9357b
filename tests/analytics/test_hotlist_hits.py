"""Hot-list hits: an entry names a read exactly, by wildcard or possibly, on the days on which it holds."""

from datetime import date, datetime

from jobs.analytics.hotlist_hits import hotlist_hits
from jobs.lake.tables import HOTLIST_HITS

DAY = date(2026, 11, 20)


def reads(spark, *marks, day=DAY):
    rows = [(f"r-{vrm}", [f"s-{vrm}"], vrm, "F001", datetime(2026, 11, 20, 8), day) for vrm in marks]  # noqa: DTZ001 - UTC
    ddl = (
        "read_id STRING, sighting_ids ARRAY<STRING>, vrm STRING, camera_id STRING, captured_at TIMESTAMP, "
        "capture_date DATE"
    )
    return spark.createDataFrame(rows, ddl)


def entry(vrm, valid_from=DAY, weed_date=DAY, valid_to=None):
    return (f"e-{vrm}", vrm, "intelligence", 1, valid_from, valid_to, weed_date)


def hits(spark, frame, *entries):
    ddl = (
        "entry_id STRING, vrm STRING, purpose STRING, priority INT, valid_from DATE, valid_to DATE, weed_date DATE"
    )  # fmt: skip
    found = hotlist_hits(frame, spark.createDataFrame(list(entries), ddl))
    assert set(found.columns) == set(HOTLIST_HITS.column_names) - {"process_date", "run_id"}
    rows = found.collect()
    assert len({row.hit_id for row in rows}) == len(rows)
    return rows


def matches(rows):
    return sorted((row.vrm, row.entry_id, row.match) for row in rows)


def test_marks_match_exactly_by_wildcard_or_possibly(spark):
    found = hits(
        spark, reads(spark, "AB12CDE", "A812CDE", "AB12CDF", "AB12CD"),
        entry("AB12CDE"), entry("AB12CD?"), entry("AB1*"), entry("*2CDF"), entry("ZZ*"), entry("WX34YZA"),
    )  # fmt: skip
    assert matches(found) == sorted([
        ("A812CDE", "e-AB12CDE", "possible"),
        ("AB12CD", "e-AB1*", "partial"),
        ("AB12CDE", "e-AB12CD?", "partial"), ("AB12CDE", "e-AB12CDE", "exact"), ("AB12CDE", "e-AB1*", "partial"),
        ("AB12CDF", "e-*2CDF", "partial"), ("AB12CDF", "e-AB12CD?", "partial"), ("AB12CDF", "e-AB1*", "partial"),
    ])  # fmt: skip


def test_a_hit_keeps_the_mark_as_read_and_what_the_entry_is_for(spark):
    (hit,) = hits(spark, reads(spark, "A812CDE"), entry("AB12CDE"))
    assert (hit.vrm, hit.read_id, hit.sighting_ids) == ("A812CDE", "r-A812CDE", ["s-A812CDE"])
    assert (hit.purpose, hit.priority, hit.state, hit.outcome) == ("intelligence", 1, "new", None)


def test_an_entry_holds_from_its_first_day_to_its_weed_date_and_until_it_is_replaced(spark):
    before, after = date(2026, 11, 19), date(2026, 11, 21)
    cases = {
        "A1": entry("A1", weed_date=DAY), "B1": entry("B1", before, before), "C1": entry("C1", after, after),
        "D1": entry("D1", before, after, DAY), "E1": entry("E1", before, after, after),
        "F1": entry("F1", DAY, after, DAY),
    }  # fmt: skip
    found = hits(spark, reads(spark, *cases), *cases.values())
    assert sorted(row.vrm for row in found) == ["A1", "E1"]
