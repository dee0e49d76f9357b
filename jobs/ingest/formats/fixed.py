"""The feed of the force's fixed cameras: CSV in UTF-8, one read a line; the header line tells the schema's version.

Version 2, `camera_id,captured_at,vrm,confidence,direction,lane`:

| field | what | allowed |
|---|---|---|
| camera_id | the camera in the register | a known fixed camera, `F001` |
| captured_at | time of capture with its zone | ISO 8601, `2026-11-20T08:15:03.120Z` or `…+01:00` |
| vrm | text as the camera read it, see `jobs/ingest/vrms.py` | 1 to 15 letters and digits, `?` for one not read |
| confidence | of the camera's reader | 0 to 1, or a percentage with its sign, `93%` |
| direction | of travel, seen from the camera | towards, away, unknown or empty |
| lane | from the kerb | whole number; anything else is not known |

Version 1, `camera_id,captured_local,vrm,confidence`, of cameras whose clocks keep the time on the wall: captured_local
is in the time of `ingest.local_time_zone` without a zone, `2026-07-20T08:15:03.120`. In the night on which summer time
ends an hour comes twice: its reads are quarantined as `time_ambiguous`, for no rule can say which hour it was.

Where a value is not known, direction and lane are left empty; confidence is required.
What all feeds have in common stands in `jobs/ingest/formats/__init__.py`.

Files: `<landing>/<date of arrival>/fixed/<any name>`, `.csv` as a rule, also packed with gzip or Zstandard, by whatever
name. A line of at most `ingest.max_line_bytes`.
"""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fields import one_a_line, text_fields

HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
LOCAL_HEADER = "camera_id,captured_local,vrm,confidence"
_VRM = 2
SAMPLE = f"""{HEADER}
F001,{{day}}T00:15:03.120Z,AB12 CDE,0.93,towards,2
F001,{{day}}T01:15:03.120+01:00,AB1? CDE,0.41,,
"""


def parse_fixed(lines: pa.Table) -> pa.Table:
    """Rows of version 2, as `text_fields` gives them, from lines; malformed is a line that has not six fields."""
    camera_id, captured, vrm, confidence, direction, lane, malformed = _columns(lines, 6)
    force = pa.repeat("force", lines.num_rows)
    return text_fields(
        one_a_line(lines), malformed, version="fixed/2", source_id=force, camera_id=camera_id, captured_text=captured,
        vrm_raw=vrm, confidence_text=confidence, direction_text=direction, lane_text=lane,
    )  # fmt: skip


def parse_fixed_local(lines: pa.Table) -> pa.Table:
    """Rows of version 1, as `text_fields` gives them, from lines; malformed is a line that has not four fields."""
    camera_id, captured, vrm, confidence, malformed = _columns(lines, 4)
    return text_fields(
        one_a_line(lines), malformed, version="fixed/1", local_clock=True, source_id=pa.repeat("force", lines.num_rows),
        camera_id=camera_id, captured_text=captured, vrm_raw=vrm, confidence_text=confidence,
    )  # fmt: skip


def _columns(lines: pa.Table, count: int) -> list[pa.Array]:
    """So many fields of each line, null where it has another number of them, then whether that is so."""
    texts = lines["payload"].combine_chunks()
    quoted = pc.match_substring(texts, '"')
    parts = pc.split_pattern(texts, ",")
    whole = pc.and_(pc.equal(pc.list_value_length(parts), count), pc.invert(quoted))
    if pc.any(quoted).as_py():
        parts = _with_quoted(texts, parts, quoted)
        whole = pc.equal(pc.list_value_length(parts), count)
    kept = pc.if_else(whole, parts, pa.scalar(None, parts.type))
    columns = [pc.list_element(kept, number) for number in range(count)]
    # Blanks beside the commas are no part of a field; a mark stays as it was received.
    columns = [one if number == _VRM else pc.ascii_trim_whitespace(one) for number, one in enumerate(columns)]
    return [*columns, pc.invert(whole)]


def _with_quoted(texts: pa.Array, parts: pa.Array, quoted: pa.Array) -> pa.Array:
    """The parts, those of lines with quotes as the csv module reads them; none where a quote does not close."""
    found = parts.to_pylist()
    for number in np.flatnonzero(quoted.to_numpy(zero_copy_only=False)):
        try:
            found[number] = next(csv.reader([texts[number].as_py()], strict=True, skipinitialspace=True), [])
        except csv.Error:
            found[number] = []
    return pa.array(found, parts.type)
