"""The feed of partner forces and organisations, BOF2 style: pipe-delimited records in UTF-8, no header.

A line is a message of 1 to 50 records joined by `~` (an empty one is none); a record is 15 fields joined by `|`, in
this order (version 2; version 1 ends before the pictures, with 13):

| field | what | allowed |
|---|---|---|
| vrm | text as the camera read it, see `jobs/ingest/vrms.py` | 1 to 15 letters and digits, `?` for one not read |
| feedID, sourceID | feed and system; together they name a partner of `conf/partners.yaml` | whole numbers |
| cameraID | the camera; stored as `P` and at least four digits | whole number |
| captureDate | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| latitude, longitude | of the camera, WGS 84 | degrees in the partner's `area`, or empty: see `mobile.py` |
| cameraPresetPosition, pan, tilt, zoom | of the camera | not kept |
| confidencePercentage | of the partner's reader | 0 to 100; 0.93 is refused as `confidence_scale` |
| motionTowardCamera | direction of travel | true, false or empty |
| plateImage, overviewImage | pictures | base64 of a JPEG file, or empty |

Where a value is not known, position, direction and pictures are left empty.
What all feeds have in common stands in `jobs/ingest/formats/__init__.py`.

Files: `<landing>/<date of arrival>/partner/<any name>`, `.bof2` as a rule, also packed with gzip or Zstandard, by
whatever name. A message of at most `ingest.max_message_bytes`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fields import ROW, text_fields

FIELDS = (
    "vrm", "feed_id", "source_id", "camera_number", "capture_date", "latitude", "longitude", "preset", "pan", "tilt",
    "zoom", "confidence_percentage", "motion_toward_camera", "plate_image", "overview_image",
)  # fmt: skip
_WITHOUT_IMAGES = len(FIELDS) - 2
MAX_RECORDS = 50
RECORDS_PARTED_BY = "~"
SAMPLE = "AB12CDE|{feed}|{source}|12|{day}T00:15:03.120Z|{partner_latitude}|{partner_longitude}|||||93|true||\n"


def parse_partner(lines: pa.Table) -> pa.Table:
    """Rows as `text_fields` gives them, one a record, from messages.

    Malformed is a record that has neither 15 nor 13 fields, has an id that is no whole number, or is past the
    fiftieth of its message. The message of a line with a fault is one record.
    """
    rows = _records(lines)
    parts = pc.split_pattern(rows["payload"], "|")
    count = pc.list_value_length(parts)
    images, bare = pc.equal(count, len(FIELDS)), pc.equal(count, _WITHOUT_IMAGES)
    field = {name: _element(parts, pc.or_(images, bare), number) for number, name in enumerate(FIELDS[:-2])}
    field |= {name: _element(parts, images, FIELDS.index(name)) for name in FIELDS[-2:]}
    is_id = [
        pc.match_substring_regex(field[name], "^[0-9]{1,9}$") for name in ("feed_id", "source_id", "camera_number")
    ]
    well_formed = pc.and_(pc.less_equal(rows["record_no"], MAX_RECORDS), pc.and_(pc.and_(is_id[0], is_id[1]), is_id[2]))
    toward = pc.ascii_lower(field["motion_toward_camera"])
    # Without leading zeros, so that a camera has one name.
    number = pc.utf8_lpad(pc.utf8_ltrim(field["camera_number"], "0"), 4, "0")
    return text_fields(
        rows, pc.invert(pc.fill_null(well_formed, False)),
        version=pc.if_else(bare, "partner/1", "partner/2"),
        source_id=pc.binary_join_element_wise(field["feed_id"], field["source_id"], "-"),
        camera_id=pc.binary_join_element_wise("P", number, ""),
        captured_text=field["capture_date"], vrm_raw=field["vrm"],
        confidence_text=pc.replace_substring_regex(field["confidence_percentage"], " *%?$", "%", max_replacements=1),
        direction_text=pc.if_else(
            pc.equal(toward, "true"), "towards", pc.if_else(pc.equal(toward, "false"), "away", "unknown")
        ),
        latitude_text=field["latitude"], longitude_text=field["longitude"],
        plate_image=_unless_empty(field["plate_image"]), overview_image=_unless_empty(field["overview_image"]),
    )  # fmt: skip


def _records(lines: pa.Table) -> pa.Table:
    """The records of messages, numbered from 1 within them; an empty one has a number, and is no row."""
    texts, whole = lines["payload"].combine_chunks(), pc.is_valid(lines["fault"].combine_chunks())
    messages = pc.split_pattern(texts, RECORDS_PARTED_BY)
    if pc.any(whole).as_py():
        broken = [[text] if one else None for text, one in zip(texts.to_pylist(), whole.to_pylist(), strict=True)]
        messages = pc.coalesce(pa.array(broken, messages.type), messages)
    parent = pc.list_parent_indices(messages)
    first = messages.offsets.to_numpy()[:-1] - messages.offsets[0].as_py()
    number = np.arange(len(parent)) - first[parent.to_numpy()] + 1
    columns = [lines["line_no"].take(parent), pa.array(number, pa.int32()), pc.list_flatten(messages)]
    rows = pa.table([*columns, lines["fault"].take(parent)], names=list(ROW))
    return rows.filter(pc.or_(pc.not_equal(rows["payload"], ""), pc.is_valid(rows["fault"])))


def _element(parts: pa.Array, known: pa.Array, number: int) -> pa.Array:
    """The field of that number where a record has it, else null."""
    return pc.list_element(pc.if_else(known, parts, pa.scalar(None, parts.type)), number)


def _unless_empty(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
