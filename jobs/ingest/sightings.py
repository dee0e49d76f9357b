"""What every sighting has, whatever brought it: a name, and all the columns of the table."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from jobs.lake.arrays import one_chunk
from jobs.lake.tables import SIGHTINGS

_DIGITS = 32


def sighting_id(*natural_key: str | Column) -> Column:
    """128 bits of the sha256 of a natural key, as hexadecimal digits: no two alike at a nation's scale.

    The same row, received twice, has the same name.
    """
    return F.substring(F.sha2(F.concat_ws("|", *natural_key), 256), 1, _DIGITS)


def sighting_ids(rows: pa.Table) -> pa.Array:
    """The same of rows of feeds as columns; null where a row has a reason.

    The natural key of a feed's row is its source, camera, time in milliseconds and mark as received.
    """
    at = one_chunk(rows, "captured_at").cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).cast(pa.string())
    source = [one_chunk(rows, name) for name in ("source_kind", "source_id", "camera_id")]
    keys = pc.binary_join_element_wise(*source, at, one_chunk(rows, "vrm_raw"), "|", null_handling="skip")
    keys = pc.if_else(pc.is_null(one_chunk(rows, "reason")), keys, None)
    names = [None if key is None else hashlib.sha256(key.encode()).hexdigest()[:_DIGITS] for key in keys.to_pylist()]
    return pa.array(names, pa.string())


def with_empty_columns(rows: DataFrame) -> DataFrame:
    """Rows with those columns of `sightings` that their source does not know, empty; what is required must be there."""
    missing = [column for column in SIGHTINGS.columns if not column.required and column.name not in rows.columns]
    return rows.withColumns({column.name: F.lit(None).cast(column.type) for column in missing})
