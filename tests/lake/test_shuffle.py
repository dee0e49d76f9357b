"""Packed tables between tasks: every row arrives once, at the task that its group and place name."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark import StorageLevel

from jobs.lake.shuffle import (
    ForTask,
    as_frame,
    each_table,
    each_task,
    gathered,
    packed,
    persisted,
    plan_tasks,
    rows_of_items,
    split,
    told,
    told_by_task,
    unpacked,
)

ROWS = pa.table({"day": [1, 2, 1, 3], "vrm": ["A", None, "C", "D"]})


def test_what_is_packed_comes_out_as_it_was_and_lacking_columns_are_empty():
    assert unpacked([packed(ROWS)]).equals(ROWS)
    both = unpacked([packed(ROWS), packed(ROWS.select(["day"]))])
    assert both["vrm"].to_pylist() == ["A", None, "C", "D", None, None, None, None]
    assert [column.num_chunks for column in both.columns] == [1, 1]


def test_small_groups_share_a_task_and_a_large_one_has_several():
    plan = plan_tasks({10: 40, 11: 50, 12: 350, 13: 20, 14: 0}, rows_a_task=100)
    assert plan.count == 6
    assert plan.of(np.array([10, 11, 13, 14]), np.array([0.0, 0.99, 0.5, 0.5])).tolist() == [0, 0, 5, 5]
    shares = np.array([0.0, 0.24, 0.25, 0.5, 0.999])
    assert plan.of(np.full(5, 12), shares).tolist() == [1, 1, 2, 3, 4]


@given(st.dictionaries(st.integers(-5, 5), st.integers(0, 1000), min_size=1), st.floats(0, 0.999))
def test_every_task_is_one_of_the_plan_and_two_large_groups_never_meet(rows_of, share):
    plan = plan_tasks(rows_of, rows_a_task=100)
    keys = np.array(sorted(rows_of))
    tasks = plan.of(keys, np.full(len(keys), share))
    assert ((tasks >= 0) & (tasks < plan.count)).all()
    load = defaultdict(int)
    for key, task in zip(keys, tasks, strict=True):
        load[task] += rows_of[key] / max(1, round(rows_of[key] / 100))
    assert max(load.values()) <= 150


PLAN = plan_tasks({1: 2, 2: 1, 3: 1}, rows_a_task=2)


def by_task(rows):
    return split(rows, PLAN.of(rows["day"].to_numpy(), np.zeros(rows.num_rows)))


def days(rows):
    return [sorted(rows["day"].to_pylist())]


def test_rows_go_to_their_tasks_as_often_as_they_are_asked_for(spark):
    rows = rows_of_items(spark, [ROWS, ROWS], by_task)
    with persisted(gathered(PLAN.count, rows, rows)) as of_tasks:
        for _ in range(2):
            assert told_by_task(of_tasks, days) == [[1, 1, 1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 3, 3, 3, 3]]
        found = as_frame(of_tasks, "day BIGINT, vrm STRING").collect()
        assert Counter((row.day, row.vrm) for row in found) == {
            (1, "A"): 4, (1, "C"): 4, (2, None): 4, (3, "D"): 4,
        }  # fmt: skip
        again = each_task(of_tasks, by_task)
        assert told_by_task(gathered(PLAN.count, again), days) == told_by_task(of_tasks, days)
    assert of_tasks.storageLevel == StorageLevel.NONE


def test_what_is_told_of_tables_comes_to_the_driver_beside_them(spark):
    rows = rows_of_items(spark, [1, 2, 3], lambda item: [ForTask(0, ROWS, {"item": item}), ForTask(1, ROWS)])
    assert sorted(one["item"] for one in told(rows)) == [1, 2, 3]


def test_rows_as_they_lie_come_some_hundred_thousand_at_a_time(spark):
    many = pa.table({"day": np.ones(100_000, np.int64)})
    rows = rows_of_items(spark, [0], lambda _: [ForTask(0, many)] * 7)
    sizes = told(each_table(rows, lambda some: [ForTask(0, some.slice(0, 0), some.num_rows)]))
    assert sizes == [300_000, 300_000, 100_000]


def test_no_rows_are_no_tasks(spark):
    assert told_by_task(gathered(0, rows_of_items(spark, [], by_task)), days) == []
    assert told_by_task(gathered(2, rows_of_items(spark, [ROWS], lambda _: [])), days) == []


def test_what_is_kept_for_several_passes_goes_when_one_of_them_fails(spark):
    with pytest.raises(ZeroDivisionError), persisted(rows_of_items(spark, [ROWS], by_task)) as kept:
        raise ZeroDivisionError
    assert kept.storageLevel == StorageLevel.NONE


def test_what_spark_writes_and_sends_is_enciphered(spark):
    conf = spark.sparkContext.getConf()
    for key in ("spark.io.encryption.enabled", "spark.network.crypto.enabled", "spark.authenticate"):
        assert conf.get(key) == "true"


def test_no_row_lies_readable_on_a_working_disk(spark):
    """Looked for in the blocks themselves, so that a setting that Spark does not heed is found too."""
    vrm = "QX77ZZQ" * 400
    rows = rows_of_items(spark, [0], lambda _: [ForTask(0, pa.table({"vrm": [vrm]}))])
    with persisted(gathered(1, rows)) as kept:
        assert told_by_task(kept, lambda table: [table.num_rows]) == [1]
        folder = Path(spark.sparkContext.getConf().get("spark.local.dir"))
        blocks = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        assert blocks
        assert not [block for block in blocks if b"ARROW" in block or b"vrm" in block]
