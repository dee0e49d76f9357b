"""The row rules of the feeds: text fields to typed columns, and the first rule that a row breaks."""

from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from jobs.lake.tables import capture_date
from ocr import vrm as marks

_ISO = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
_ISO_WITH_ZONE = _ISO + r"(Z|[+-]\d\d:\d\d)$"
_ISO_WITHOUT_ZONE = _ISO + "$"
_JPEG_START = "FFD8FF"
_DIRECTIONS = ("towards", "away", "unknown")


def normalised_vrm(raw: Column) -> Column:
    """Upper-case letters and digits of a text; the same as `ocr.vrm.normalise`."""
    return F.regexp_replace(F.upper(raw), "[^A-Z0-9]", "")


def vrm_format(vrm: Column) -> Column:
    """Name of the first format that a normalised mark fits; the same as `ocr.vrm.classify`."""
    found = [F.when(vrm.rlike(pattern), name) for name, pattern in marks.FORMATS.items()]
    return F.coalesce(*found, F.lit(marks.UNRECOGNISED))


def typed(rows: DataFrame) -> DataFrame:
    """Typed columns beside the text fields of `feeds.FIELDS`; null where the text is none of the type.

    Adds captured_at (UTC, milliseconds), vrm, vrm_format, confidence, direction, lane, latitude, longitude, and the
    pictures as binary.
    """
    with_zone = F.when(F.col("captured_text").rlike(_ISO_WITH_ZONE), F.col("captured_text"))
    vrm = normalised_vrm(F.col("vrm_raw"))
    direction = F.lower(F.coalesce("direction_text", F.lit("")))
    return rows.withColumns(
        {
            "captured_at": F.date_trunc("millisecond", with_zone.try_cast("timestamp")),
            "vrm": vrm,
            "vrm_format": vrm_format(vrm),
            "confidence": F.col("confidence_text").try_cast("double"),
            "direction": F.when(direction.isin(*_DIRECTIONS), direction).otherwise("unknown"),
            "lane": F.col("lane_text").try_cast("int"),
            "latitude": F.col("latitude_text").try_cast("double"),
            "longitude": F.col("longitude_text").try_cast("double"),
            "patch": F.try_to_binary("plate_image", F.lit("base64")),
            "overview": F.try_to_binary("overview_image", F.lit("base64")),
        }
    )


def first_broken_rule(
    *, needs_camera: bool, needs_position: bool, max_vrm_chars: int, reads_days: int, process_date: date
) -> Column:
    """Code of the first rule that a typed row breaks, or null.

    Args:
        needs_camera: the camera must be in the register (column `camera_known`).
        needs_position: latitude and longitude must be given.
        max_vrm_chars: the longest mark after normalising.
        reads_days: rows captured this many days before `process_date`, or earlier, have expired on arrival.
        process_date: the night.
    """
    oldest = process_date - timedelta(days=reads_days)
    rules: list[tuple[str, Column]] = [
        ("malformed", F.col("malformed")),
        ("vrm_control_characters", F.col("vrm_raw").rlike(r"[\x00-\x1f\x7f]")),
        ("vrm_missing", F.coalesce(F.length("vrm"), F.lit(0)) == 0),
        ("vrm_too_long", F.length("vrm") > max_vrm_chars),
        ("time_no_zone", F.col("captured_text").rlike(_ISO_WITHOUT_ZONE)),
        ("time_malformed", F.col("captured_at").isNull()),
        ("time_future", F.col("captured_at") >= F.date_add("arrived_on", 1)),
        ("time_expired", capture_date(F.col("captured_at")) <= F.lit(oldest)),
        ("confidence_invalid", ~F.coalesce(F.col("confidence").between(0, 1), F.lit(False))),
        ("image_invalid", _not_jpeg("plate_image", "patch") | _not_jpeg("overview_image", "overview")),
    ]
    if needs_position:
        valid = F.col("latitude").between(-90, 90) & F.col("longitude").between(-180, 180)
        rules.insert(-1, ("position_invalid", ~F.coalesce(valid, F.lit(False))))
    if needs_camera:
        rules.append(("camera_unknown", ~F.col("camera_known")))
    return F.coalesce(F.col("fault"), *(F.when(broken, code) for code, broken in rules))


def _not_jpeg(text: str, jpeg: str) -> Column:
    starts_as_jpeg = F.hex(F.substring(jpeg, 1, 3)) == _JPEG_START
    return F.col(text).isNotNull() & ~F.coalesce(starts_as_jpeg, F.lit(False))
