"""Numbers in texts, as senders write them."""

import math

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.ingest.formats.fields import decimal, whole_number

_LIKE_NUMBERS = st.from_regex(r"[+-]{0,2}[0-9]{0,12}[.]?[0-9]{0,4}([eE][+-]?[0-9]{1,4})?\s?", fullmatch=True)


@given(_LIKE_NUMBERS | st.text(max_size=6))
@example("+2")
@example("1e999")
@example("-1e999")
def test_a_text_is_the_number_that_it_says_or_none(text):
    (number,), (whole,) = decimal(pa.array([text])).to_pylist(), whole_number(pa.array([text])).to_pylist()
    if number is not None:
        assert math.isfinite(number)
        assert number == float(text)
    if whole is not None:
        assert whole == int(text)


def test_what_is_a_number():
    texts = ["+2", "-2", "007", "1.", ".5", "1e3", "", " 2", "2 ", "+", "1_0", "nan", "inf", "1e999", "٣", "0x1", "2\n"]
    assert decimal(pa.array(texts)).to_pylist() == [2.0, -2.0, 7.0, 1.0, 0.5, 1000.0, *[None] * 11]
    assert whole_number(pa.array(texts)).to_pylist() == [2, -2, 7, *[None] * 14]
    assert whole_number(pa.array(["999999999", "1000000000"])).to_pylist() == [999_999_999, None]
