"""What a feed's parse function gives: for each row received its fields as text, and whether it is malformed."""

import pyarrow as pa
import pyarrow.compute as pc

ROW = ("line_no", "record_no", "payload", "fault")
FIELDS = (
    "source_id", "camera_id", "captured_text", "vrm_raw", "confidence_text", "direction_text", "lane_text",
    "latitude_text", "longitude_text", "plate_image", "overview_image",
)  # fmt: skip
"""Text as received, null where the format, or the row, has no such field."""


def text_fields(
    rows: pa.Table, malformed: pa.Array, *, version: str | pa.Array, local_clock: bool = False, **fields: pa.Array
) -> pa.Table:
    """The rows with their fields, those that a format does not have as nulls.

    Args:
        rows: columns `ROW`.
        malformed: true where a row has not the form of the feed; its fields may be anything.
        version: name of the feed's schema version, `fixed/2`, for all rows or for each.
        local_clock: whether capture times are those of a clock on the wall in the United Kingdom, without a zone.
        fields: some of `FIELDS`, of the rows' length.

    Raises:
        KeyError: a field is none of `FIELDS`.
    """
    for name in fields:
        if name not in FIELDS:
            raise KeyError(name)
    empty = pa.nulls(rows.num_rows, pa.string())
    columns = {name: rows[name] for name in ROW} | {name: fields.get(name, empty) for name in FIELDS}
    columns |= {
        "malformed": malformed,
        "schema_version": pa.repeat(version, rows.num_rows) if isinstance(version, str) else version,
        "local_clock": pa.repeat(local_clock, rows.num_rows),
    }
    return pa.table(columns)


def one_a_line(lines: pa.Table) -> pa.Table:
    """Lines as rows, for a format with one row a line."""
    return lines.append_column("record_no", pa.repeat(pa.scalar(1, pa.int32()), lines.num_rows))


def decimal(text: pa.Array) -> pa.Array:
    """The number that each text is, as double; null where it is none (so NaN and infinity are none)."""
    number = _number(text, r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$", pa.float64())
    return pc.if_else(pc.is_finite(number), number, pa.scalar(None, pa.float64()))


def whole_number(text: pa.Array) -> pa.Array:
    """The whole number of at most nine digits that each text is; null where it is none."""
    return _number(text, "^[+-]?[0-9]{1,9}$", pa.int32())


def _number(text: pa.Array, pattern: str, kind: pa.DataType) -> pa.Array:
    numbers = pc.if_else(pc.match_substring_regex(text, pattern), text, pa.scalar(None, pa.string()))
    return pc.utf8_ltrim(numbers, "+").cast(kind)  # Arrow reads a plus before doubles only
