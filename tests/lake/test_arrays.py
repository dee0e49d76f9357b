"""Columns as numpy sees them: the order of rows by several keys."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.lake.arrays import sorted_places

ROWS = st.lists(st.tuples(*[st.integers(-5, 5) | st.integers(-(2**62), 2**62 - 1)] * 3), min_size=1)


@given(ROWS)
def test_rows_are_sorted_by_the_first_key_then_the_next_whatever_their_size(rows):
    order = sorted_places(*np.array(rows, np.int64).T)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[place] for place in order] == sorted(rows)
