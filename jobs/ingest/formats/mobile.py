"""The feed of mobile units: JSON Lines in UTF-8, one read a line, every key but the position required.

| key | what | allowed |
|---|---|---|
| unit | the unit that carries the camera | text, `MOB01` |
| camera_id | the camera in the register | a known mobile camera, `M01` |
| captured_at | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| vrm | text as the camera read it, see `jobs/ingest/vrms.py` | 1 to 15 letters and digits, `?` for one not read |
| confidence | of the camera's reader | 0 to 1, or a text with its sign, `"93%"` |
| direction | of travel, seen from the camera | towards, away, unknown |
| latitude, longitude | of the unit at capture, WGS 84 | degrees in `ingest.area`; null, or left out, where not known |

That is version 2. Version 1 knows no `direction`; units may send both in one file.

Where a value is not known, direction is `unknown`, the position null.
What all feeds have in common stands in `jobs/ingest/formats/__init__.py`.

Files: `<landing>/<date of arrival>/mobile/<any name>`, `.jsonl` as a rule, also packed with gzip or Zstandard, by
whatever name. A line of at most `ingest.max_line_bytes`.
"""

import json

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fields import one_a_line, text_fields

KEYS = ("unit", "camera_id", "captured_at", "vrm", "confidence", "latitude", "longitude")
LATER_KEY = "direction"
POSITION = ("latitude", "longitude")
SAMPLE = """\
{{"unit": "MOB01", "camera_id": "M01", "captured_at": "{day}T00:15:03.120Z", "vrm": "AB12CDE", "confidence": 0.93, \
"direction": "away", "latitude": {latitude}, "longitude": {longitude}}}
{{"unit": "MOB01", "camera_id": "M01", "captured_at": "{day}T00:16:03.120Z", "vrm": "AB12CDE", "confidence": 0.93, \
"direction": "unknown", "latitude": null, "longitude": null}}
"""


def parse_mobile(lines: pa.Table) -> pa.Table:
    """Rows as `text_fields` gives them, from lines.

    Malformed is a line that is no JSON object, or where a key is missing or has a value that is neither text nor
    number. The position may be missing or null: an empty text.
    """
    found = [_values(text) for text in lines["payload"].to_pylist()]
    fields = dict(zip((*KEYS, LATER_KEY), map(_texts, zip(*found, strict=True)), strict=True))
    lacks_key = pa.array([None in values[: len(KEYS)] for values in found])
    return text_fields(
        one_a_line(lines), lacks_key, version=pc.if_else(pc.is_valid(fields[LATER_KEY]), "mobile/2", "mobile/1"),
        source_id=fields["unit"], camera_id=fields["camera_id"], captured_text=fields["captured_at"],
        vrm_raw=fields["vrm"], confidence_text=fields["confidence"], direction_text=fields["direction"],
        latitude_text=fields["latitude"], longitude_text=fields["longitude"],
    )  # fmt: skip


def _texts(values: tuple[str | None, ...]) -> pa.Array:
    return pa.array(values, pa.string())


def _values(text: str) -> list[str | None]:
    """The keys' values as the line has them, numbers in their own digits; None where there is no such value."""
    try:
        row = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):  # a line may nest as deep as it is long
        row = None
    if not isinstance(row, dict):
        return [None] * (len(KEYS) + 1)
    return [_text(row.get(key), "" if key in POSITION else None) for key in (*KEYS, LATER_KEY)]


def _text(value: object, if_null: str | None) -> str | None:
    if value is None:
        return if_null
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return None
    return value
