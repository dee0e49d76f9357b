"""Rows that break a rule, each made from a good one, with the reason code that ingest must give."""

import base64
import json
from datetime import date, timedelta

import numpy as np

LONG_LINE_BYTES = 70_000
"""Longer than the 64 KiB that a line of a fixed or mobile feed may have."""
_COMMON = (
    "not_utf8",
    "malformed",
    "vrm_missing",
    "vrm_control_characters",
    "vrm_too_long",
    "time_malformed",
    "time_no_zone",
    "time_future",
    "time_expired",
    "confidence_invalid",
)
REASONS: dict[str, tuple[str, ...]] = {
    "fixed": (*_COMMON, "line_too_long", "camera_unknown"),
    "mobile": (*_COMMON, "line_too_long", "camera_unknown"),
    "partner": (*_COMMON, "image_invalid"),
}
"""Reason codes that rows of each feed are broken by; a fixed file's header gives `wrong_header`."""
WRONG_HEADER = "camera;time;plate;score;direction;lane"

_KEYS: dict[str, tuple[str, ...]] = {
    "fixed": ("camera_id", "captured_at", "vrm", "confidence", "direction", "lane"),
    "mobile": (
        "unit",
        "camera_id",
        "captured_at",
        "vrm",
        "confidence",
        "direction",
        "latitude",
        "longitude",
    ),
    "partner": (
        "vrm",
        "feed_id",
        "source_id",
        "camera_number",
        "captured_at",
        "latitude",
        "longitude",
        "preset",
        "pan",
        "tilt",
        "zoom",
        "confidence",
        "motion",
        "plate_image",
        "overview_image",
    ),
}
_YEARS_AGO = 9
_NO_CONTROL = "@CTRL@"
_NO_UTF8 = "@BYTES@"


def break_row(source: str, good: str, reason: str, arrival: date, random: np.random.Generator) -> bytes:
    """A broken row of a feed (`fixed`, `mobile` or `partner`) made from a good one.

    Args:
        source: which feed.
        good: a good line, or a good record of a partner.
        reason: the code that ingest must give, one of `REASONS[source]`.
        arrival: the day on which the row will arrive.
        random: chooses among the ways in which the rule can be broken.
    """
    fields = _parse(source, good)
    if reason == "malformed":
        return _malformed(source, fields, random)
    fields |= _broken_field(source, reason, fields, arrival, random)
    control = b"\x07" if source != "mobile" else b"\\u0007"
    text = _serialise(source, fields).encode()
    return text.replace(_NO_CONTROL.encode(), control).replace(_NO_UTF8.encode(), b"\xff\xfe")


def _parse(source: str, good: str) -> dict[str, str]:
    if source == "mobile":
        return {key: str(value) for key, value in json.loads(good).items()}
    return dict(zip(_KEYS[source], good.split("," if source == "fixed" else "|"), strict=True))


def _serialise(source: str, fields: dict[str, str]) -> str:
    if source == "fixed":
        return ",".join(fields.values())
    if source == "partner":
        return "|".join(fields.values())
    numbers = {"confidence", "latitude", "longitude"}
    return json.dumps({key: _number(value) if key in numbers else value for key, value in fields.items()})


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _broken_field(
    source: str, reason: str, fields: dict[str, str], arrival: date, random: np.random.Generator
) -> dict[str, str]:
    """The field that breaks the rule, with its new value."""
    if reason in {"time_future", "time_expired", "time_malformed", "time_no_zone"}:
        return {"captured_at": _broken_time(reason, fields["captured_at"], arrival, random)}
    vrm = fields["vrm"]
    ways: dict[str, list[dict[str, str]]] = {
        "not_utf8": [{"vrm": vrm[:2] + _NO_UTF8 + vrm[2:]}],
        "vrm_missing": [{"vrm": ""}, {"vrm": "  "}, {"vrm": "---"}],
        "vrm_control_characters": [{"vrm": vrm[:3] + _NO_CONTROL + vrm[3:]}],
        "vrm_too_long": [{"vrm": "A1" * 100}, {"vrm": "AB12CDEAB12CDEAB"}],
        "confidence_invalid": [{"confidence": text} for text in ("170", "-3", "high")],
        "camera_unknown": [{"camera_id": "F999" if source == "fixed" else "M99"}],
        "line_too_long": [{"direction": "x" * LONG_LINE_BYTES}],
        "image_invalid": [
            {"plate_image": base64.b64encode(b"this is no picture").decode()},
            {"plate_image": "%%%not base64%%%"},
        ],
    }
    chosen = ways[reason]
    return chosen[int(random.integers(len(chosen)))]


def _broken_time(reason: str, good: str, arrival: date, random: np.random.Generator) -> str:
    if reason == "time_future":
        return f"{arrival + timedelta(days=int(random.integers(2, 30)))}T10:00:00.000Z"
    if reason == "time_expired":
        return f"{arrival.year - _YEARS_AGO}-03-01T10:00:00.000Z"
    if reason == "time_no_zone":
        return good[: len("2011-02-28T10:00:00.000")]
    return ("2011-02-30T10:00:00.000Z", f"{arrival}T24:61:00.000Z", "yesterday")[int(random.integers(3))]


def _malformed(source: str, fields: dict[str, str], random: np.random.Generator) -> bytes:
    """A field too few or too many, broken JSON, or a key left out."""
    whole = _serialise(source, fields)
    if source == "mobile":
        missing = {key: value for key, value in fields.items() if key != "captured_at"}
        return (whole[: len(whole) // 2] if random.integers(2) else _serialise(source, missing)).encode()
    separator = "," if source == "fixed" else "|"
    return (whole.rsplit(separator, 1)[0] if random.integers(2) else whole + separator + "1").encode()
