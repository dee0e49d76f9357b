"""Columns as numpy sees them: the order of rows by several keys, numbers that stand for texts."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from jobs.lake.arrays import sorted_places, text_keys

ROWS = st.lists(st.tuples(*[st.integers(-5, 5) | st.integers(-(2**62), 2**62 - 1)] * 3), min_size=1)


@given(ROWS)
def test_rows_are_sorted_by_the_first_key_then_the_next_whatever_their_size(rows):
    order = sorted_places(*np.array(rows, np.int64).T)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[place] for place in order] == sorted(rows)


MARKS = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20)


@given(st.lists(MARKS, min_size=1), st.lists(MARKS, min_size=1))
def test_a_text_has_one_key_whatever_stands_beside_it_and_other_texts_have_others(some, others):
    keys = dict(zip(some, text_keys(pa.array(some)).tolist(), strict=True))
    more = zip([*others, *some], text_keys(pa.array([*others, *some])).tolist(), strict=True)
    assert keys.items() <= (both := dict(more)).items()
    assert len(set(both.values())) == len(both)


def test_characters_that_change_places_change_the_key():
    keys = text_keys(pa.array(["ABCDEFGHIJKLMNOP", "IJKLMNOPABCDEFGH", "ABCDEFGH", "HGFEDCBA"])).tolist()
    assert len(set(keys)) == 4
