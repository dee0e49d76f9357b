"""Two states of the reads of a day: what was added, removed and changed."""

from datetime import date, datetime

import pytest

from jobs.backfill.comparison import OUTCOMES, compare_reads
from jobs.lake.tables import READS

DAY = date(2026, 11, 20)


def read(name, **changes):
    row = {
        "read_id": name, "captured_at": datetime(2026, 11, 20, 8), "camera_id": "F001", "vrm": "AB12CDE",  # noqa: DTZ001 - UTC
        "vrm_format": "current", "confidence": None, "direction": "towards", "sighting_ids": ["s1"],
        "source_kinds": ["fixed"], "sources": ["fixed:force"], "readings": {"AB12CDE": 2, "A812CDE": 1}, "flags": [],
        "process_date": DAY, "run_id": "r", "capture_date": DAY,
    } | changes  # fmt: skip
    return [row.get(name) for name in READS.column_names]


def compared(spark, published, anew):
    frames = [spark.createDataFrame(rows, READS.frame_ddl) for rows in (published, anew)]
    return {row.capture_date: tuple(row[name] for name in OUTCOMES) for row in compare_reads(*frames).collect()}


def test_reads_are_added_removed_and_same_by_their_name_whichever_run_wrote_them(spark):
    published = [read("gone"), read("stays")]
    anew = [read("stays", run_id="later", readings={"A812CDE": 1, "AB12CDE": 2}), read("new")]
    assert compared(spark, published, anew) == {DAY: (1, 1, 0, 1)}


@pytest.mark.parametrize(
    "changes",
    [{"vrm": "A812CDE"}, {"confidence": 0.5}, {"sighting_ids": ["s1", "s2"]}, {"readings": {"AB12CDE": 2}}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_read_with_another_content_is_changed(spark, changes):
    assert compared(spark, [read("a")], [read("a", **changes)]) == {DAY: (0, 0, 1, 0)}


def test_each_day_is_told_apart(spark):
    thursday = date(2026, 11, 19)
    found = compared(spark, [read("a")], [read("a"), read("b", capture_date=thursday)])
    assert found == {DAY: (0, 0, 0, 1), thursday: (1, 0, 0, 0)}
