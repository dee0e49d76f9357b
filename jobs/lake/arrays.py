"""Columns of Arrow as numpy sees them."""

import math
from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_EPOCH = date(1970, 1, 1).toordinal()
_MOST = np.iinfo(np.int64).max
_LANE = 8
"""Characters that go into one number."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def numbers(column: pa.Array) -> Ints:
    """Whole numbers of a column without nulls: times as milliseconds, dates as days since 1970."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz)).cast(pa.int64())
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    found: Ints = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def day_number(day: date) -> int:
    """A day as `numbers` has it."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day of a number."""
    return date.fromordinal(number + _EPOCH)


def alphabet(texts: pa.StringArray) -> tuple[Ints, Ints]:
    """Places of distinct texts in alphabetical order, and the rank of each text in it."""
    order: Ints = pc.sort_indices(texts).to_numpy().astype(np.int64)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return order, rank


def ranks(texts: pa.StringArray) -> Ints:
    """The rank of each text among the distinct ones of the column, which has no nulls."""
    codes = texts.dictionary_encode()
    return alphabet(codes.dictionary)[1][numbers(codes.indices)]


def sorted_places(*keys: Ints) -> Ints:
    """Places of rows, at least one, by the first key, then the next; rows that are equal in all come in any order.

    Keys that fit into one number together, as nearly all do, are sorted as such: twice as quick as one by one.
    """
    least = [int(key.min()) for key in keys]
    spans = [int(key.max()) - low + 1 for key, low in zip(keys, least, strict=True)]
    if math.prod(spans) > _MOST:
        found: Ints = np.lexsort(keys[::-1])
        return found
    whole = np.zeros(len(keys[0]), np.int64)
    for key, low, span in zip(keys, least, spans, strict=True):
        whole *= span
        whole += key - low
    return np.argsort(whole)


def of_distinct(texts: pa.StringArray, function: Callable[[str], float]) -> Floats:
    """The number of each text, worked out once for equal ones; the column has no nulls."""
    codes = texts.dictionary_encode()
    found: Floats = np.array([function(text) for text in codes.dictionary.to_pylist()], np.float64)
    return found[numbers(codes.indices)]


def characters(texts: pa.StringArray, width: int) -> npt.NDArray[np.uint8]:
    """ASCII texts of at most `width` characters as rows of codes, filled up with zeros."""
    padded = pc.ascii_rpad(texts, width, "\0")
    return np.frombuffer(padded.buffers()[2], np.uint8, count=len(texts) * width).reshape(-1, width)


def prefixes(texts: pa.StringArray) -> npt.NDArray[np.uint64]:
    """The first eight bytes of each ASCII text as a number: the numbers are in the order of the texts."""
    first = pc.binary_slice(texts.cast(pa.binary()), 0, 8).cast(pa.string())
    return characters(first, 8).view(">u8").ravel().astype(np.uint64)


def mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Numbers that look drawn by chance, equal for equal ones (SplitMix64)."""
    found = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))


def text_keys(texts: pa.StringArray) -> npt.NDArray[np.uint64]:
    """A number for each ASCII text, the same for equal ones in whatever column; of a million texts no two share one."""
    width = -(-(pc.max(pc.binary_length(texts)).as_py() or 1) // _LANE) * _LANE
    lanes = np.ascontiguousarray(characters(texts, width)).view(np.uint64)
    keys = np.zeros(len(texts), np.uint64)
    for place, salt in enumerate(mixed(np.arange(1, lanes.shape[1] + 1, dtype=np.uint64))):
        lane = lanes[:, place]
        # A lane past the end adds nothing: a text has one key, however long the others of its column are.
        keys += np.where(lane == 0, np.uint64(0), mixed(lane ^ salt))
    return keys


def one_chunk(rows: pa.Table, name: str) -> pa.Array:
    """A column as one array."""
    column = rows[name]
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
