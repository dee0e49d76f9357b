"""What every sighting has, whatever brought it: a name, and all the columns of the table."""

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from jobs.lake.tables import SIGHTINGS

_DIGITS = 32


def sighting_id(*natural_key: str | Column) -> Column:
    """128 bits of the sha256 of a natural key, as hexadecimal digits: no two alike at a nation's scale.

    The same row, received twice, has the same name.
    """
    return F.substring(F.sha2(F.concat_ws("|", *natural_key), 256), 1, _DIGITS)


def with_empty_columns(rows: DataFrame) -> DataFrame:
    """Rows with those columns of `sightings` that their source does not know, empty; what is required must be there."""
    missing = [column for column in SIGHTINGS.columns if not column.required and column.name not in rows.columns]
    return rows.withColumns({column.name: F.lit(None).cast(column.type) for column in missing})
