"""What names a sighting: the same row, received twice, has the same name."""

import pyspark.sql.functions as F
from pyspark.sql import Column

_DIGITS = 32


def sighting_id(*natural_key: str | Column) -> Column:
    """128 bits of the sha256 of a natural key, as hexadecimal digits: no two alike at a nation's scale."""
    return F.substring(F.sha2(F.concat_ws("|", *natural_key), 256), 1, _DIGITS)
