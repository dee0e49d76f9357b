"""Packed tables between tasks: every row arrives once, at the task that its group and place name."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from jobs.lake.exchange import each_task, gathered, packed, plan_tasks, spread, unpacked

ROWS = pa.table({"day": [1, 2, 1, 3], "mark": ["A", None, "C", "D"]})


def test_what_is_packed_comes_out_as_it_was_and_lacking_columns_are_empty():
    assert unpacked([]) is None
    assert unpacked([packed(ROWS)]).equals(ROWS)
    both = unpacked([packed(ROWS), packed(ROWS.select(["day"]))])
    assert both["mark"].to_pylist() == ["A", None, "C", "D", None, None, None, None]
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


def test_rows_go_to_their_tasks(spark):
    plan = plan_tasks({1: 2, 2: 1, 3: 1}, rows_a_task=2)
    pairs = spark.sparkContext.parallelize([ROWS, ROWS], 2).flatMap(
        lambda rows: spread(rows, plan.of(rows["day"].to_numpy(), np.zeros(rows.num_rows)))
    )
    found = each_task(gathered(pairs, plan), lambda rows: [sorted(rows["day"].to_pylist())]).collect()
    assert sorted(found) == [[1, 1, 1, 1], [2, 2, 3, 3]]
