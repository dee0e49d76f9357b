"""Tokens of columns of Spark's frames; apart from `tokens.py`, which does without Spark."""

from typing import cast

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql.pandas.functions import arrow_udf

from jobs.domain.tokens import site_codes_of, tokens_of


def token_column(key: bytes, kind: str, text: Column) -> Column:
    """`token` of a string column of Spark."""

    @arrow_udf("string")  # type: ignore[call-overload, untyped-decorator] # the stubs know no such function
    def tokens(texts: pa.Array) -> pa.Array:
        return tokens_of(key, kind, texts)

    return cast("Column", tokens(text))


def site_codes_column(key: bytes, camera_ids: Column) -> Column:
    """`site_code` of every element of an array column of Spark."""

    @arrow_udf("array<string>")  # type: ignore[call-overload, untyped-decorator] # the stubs know no such function
    def codes(lists: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(lists.offsets, site_codes_of(key, lists.values))

    return cast("Column", codes(camera_ids))
