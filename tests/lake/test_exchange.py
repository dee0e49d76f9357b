"""Packed tables between tasks: every row arrives once, at the task that its group and place name."""

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.lake.exchange import (
    as_frame,
    each_task,
    exchange,
    gathered,
    packed,
    parcelled,
    plan_tasks,
    remove_exchanges,
    spread,
    unpacked,
)

ROWS = pa.table({"day": [1, 2, 1, 3], "mark": ["A", None, "C", "D"]})


def test_what_is_packed_comes_out_as_it_was_and_lacking_columns_are_empty():
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


def pairs(spark):
    """The rows, for tasks of about two of them."""
    plan = plan_tasks({1: 2, 2: 1, 3: 1}, rows_a_task=2)
    return spark.sparkContext.parallelize([ROWS], 1).flatMap(
        lambda rows: spread(rows, plan.of(rows["day"].to_numpy(), np.zeros(rows.num_rows)))
    )


def test_rows_go_to_their_tasks_as_often_as_they_are_asked_for(spark, tmp_path):
    with exchange(str(tmp_path)) as folder:
        parcels = gathered(folder, pairs(spark), pairs(spark))
        for _ in range(2):
            found = each_task(parcels, lambda rows: [sorted(rows["day"].to_pylist())]).collect()
            assert found == [[1, 1, 1, 1], [2, 2, 3, 3]]
        frame = as_frame(spark, parcels, "day BIGINT, mark STRING")
        assert sorted((row.day, row.mark or "") for row in frame.collect()) == sorted(
            2 * [(1, "A"), (1, "C"), (2, ""), (3, "D")]
        )
    assert _files(tmp_path) == []


def test_no_rows_are_no_tasks(spark, tmp_path):
    with exchange(str(tmp_path)) as folder:
        assert each_task(gathered(folder, pairs(spark).filter(lambda _: False)), lambda rows: [rows]).collect() == []


def test_a_job_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="disk full"):
        _failing(tmp_path)
    assert _files(tmp_path) == []


def _failing(root):
    def rows():
        yield 0, ROWS
        assert len(_files(root)) == 1
        raise OSError("disk full")

    with exchange(str(root)) as folder:
        list(parcelled(folder, rows()))


def _files(root):
    return [path for path in root.rglob("*") if path.is_file()]


def test_what_a_killed_job_left_can_be_removed(tmp_path):
    assert remove_exchanges(str(tmp_path)) == 0
    left = tmp_path / "restricted" / "_exchange" / "of a killed job" / "parcels"
    left.parent.mkdir(parents=True)
    left.write_text("AB12CDE")
    assert remove_exchanges(str(tmp_path)) == 1
    assert not left.exists()
    assert remove_exchanges(str(tmp_path)) == 0
