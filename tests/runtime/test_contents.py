"""What a day holds, as one digest: any row counts, in any order, and who wrote it does not."""

from datetime import date

import pytest

from jobs.lake.tables import CAMERA_DAYS, Table
from jobs.lake.tables.model import CAPTURE_DATE, PROCESS_DATE, Column, Zone
from jobs.runtime.lineage import contents

DAY, OTHER = date(2026, 11, 19), date(2026, 11, 20)
MARKS = Table(
    "marks", Zone.RESTRICTED, "of this test",
    (
        Column("vrm", "STRING", "mark", required=True), Column("lane", "INT", "lane"), Column("way", "STRING", "way"),
        Column("readings", "MAP<STRING, BIGINT>", "marks read"), PROCESS_DATE, CAPTURE_DATE,
    ),
    CAMERA_DAYS.retention, key=("vrm",),
)  # fmt: skip
ROWS = [
    ("A1", 1, None, {"A1": 2, "A7": 1}, DAY, DAY),
    ("B2", None, "in", {}, DAY, DAY),
    ("B2", 2, "in", None, DAY, DAY),
]


@pytest.fixture
def digests(spark):
    def of(rows, key=b"k"):
        found = contents(spark.createDataFrame(rows, MARKS.frame_ddl), MARKS, "capture_date", key)
        return {day: (one.rows, one.digest) for day, one in found.items()}

    return of


def test_equal_rows_in_any_order_and_of_any_run_have_one_digest(digests):
    turned = [(vrm, lane, way, dict(reversed(read.items())) if read else read, OTHER, day)
              for vrm, lane, way, read, _, day in reversed(ROWS)]  # fmt: skip
    assert digests(turned) == digests(ROWS)
    assert digests(ROWS)[DAY][0] == 3


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:2], [*ROWS, ROWS[0]], [("A2", *ROWS[0][1:]), *ROWS[1:]], [("A1", None, *ROWS[0][2:]), *ROWS[1:]],
        [("A1", 1, None, {"A1": 1, "A7": 2}, DAY, DAY), *ROWS[1:]],
        [ROWS[0], ("B2", None, "in", None, DAY, DAY), ("B2", 2, "in", {}, DAY, DAY)],
        [("A1", None, "1", *ROWS[0][3:]), *ROWS[1:]],
    ],
    ids=["less", "twice", "another mark", "no lane", "other counts", "values of two rows changed places", "moved"],
)  # fmt: skip
def test_whatever_is_not_equal_has_another(digests, rows):
    assert digests(rows)[DAY][1] != digests(ROWS)[DAY][1]


def test_each_day_has_its_own_and_nobody_without_the_key_can_make_it(digests):
    both = digests([*ROWS, ("A1", 1, None, {}, DAY, OTHER)])
    assert both[DAY] == digests(ROWS)[DAY]
    assert both[OTHER] != both[DAY]
    assert digests(ROWS, key=b"other") != digests(ROWS)
