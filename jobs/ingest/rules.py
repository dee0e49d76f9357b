"""The row rules of the feeds: text fields to typed columns, and the first rule that a row breaks."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from jobs.ingest.fields import decimal
from jobs.ingest.register import Register
from jobs.ingest.times import capture_times
from ocr import vrm as marks

Flags = npt.NDArray[np.bool_]

TYPED = pa.schema(
    [
        ("line_no", pa.int64()), ("record_no", pa.int32()), ("reason", pa.string()), ("payload", pa.string()),
        ("schema_version", pa.string()), ("source_id", pa.string()), ("force", pa.string()), ("licence", pa.string()),
        ("camera_id", pa.string()),
        ("captured_at", pa.timestamp("us", "UTC")), ("capture_date", pa.date32()), ("vrm_raw", pa.string()),
        ("vrm", pa.string()), ("vrm_format", pa.string()), ("confidence", pa.float64()), ("direction", pa.string()),
        ("lane", pa.int32()), ("latitude", pa.float64()), ("longitude", pa.float64()), ("patch", pa.binary()),
        ("overview", pa.binary()),
    ]
)  # fmt: skip
"""What `judged` gives: `payload` only of rows with a reason; a row's life counts from its `capture_date`."""

_DIRECTIONS = pa.array(["towards", "away", "unknown"])
_EXPIRED, _FUTURE = "time_expired", "time_future"


@dataclass(frozen=True)
class Limits:
    """What the rows of a feed are held against.

    Attributes:
        register: the cameras of the feed's kind.
        partners: force and licence by source, of those that may send; None where a feed needs no licence.
        needs_camera: the camera must be in the register, and in use on the day of capture.
        needs_position: latitude and longitude must be given.
        max_vrm_chars: the longest mark after normalising.
        oldest: rows captured on this day or earlier have expired on arrival.
        payload_chars: how much of a rejected row is kept.
        max_image_pixels: a larger picture is refused, whatever its file's size.
        max_move_m: how far from its place in the register a camera may say that it stands.
    """

    register: Register
    partners: Mapping[str, tuple[str, str]] | None
    needs_camera: bool
    needs_position: bool
    max_vrm_chars: int
    oldest: date
    payload_chars: int
    max_image_pixels: int
    max_move_m: float


def judged(rows: pa.Table, limits: Limits, arrived_on: date) -> pa.Table:
    """Typed columns of rows as `text_fields` gives them, and the code of the first rule that each breaks, or null.

    A row that has expired on arrival keeps nothing but its place in the file and the reason: it is past its end, and
    its capture date is the day of arrival, as it is where the capture time cannot be believed.
    """
    rows = rows.combine_chunks()
    at, time_fault = capture_times(_text(rows, "captured_text"), _text(rows, "local_clock"))
    vrm = normalised_vrm(_text(rows, "vrm_raw"))
    latitude, longitude = decimal(_text(rows, "latitude_text")), decimal(_text(rows, "longitude_text"))
    confidence = decimal(_text(rows, "confidence_text"))
    images = {name: _jpegs(_text(rows, f"{name}_image"), limits.max_image_pixels) for name in ("plate", "overview")}
    days = at.cast(pa.date32())
    place = limits.register.places(_text(rows, "camera_id"), days, latitude, longitude)
    in_range = pc.and_(_between(latitude, -90, 90), _between(longitude, -180, 180))
    raw = _text(rows, "vrm_raw")
    force, licence = _partner(_text(rows, "source_id"), limits.partners or {})
    rules: list[tuple[str, pa.Array | Flags]] = [
        ("malformed", _text(rows, "malformed")),
        ("vrm_control_characters", pc.match_substring_regex(raw, r"[\x00-\x1f\x7f]")),
        ("vrm_formula", pc.match_substring_regex(raw, "^[=+@-]")),
        ("vrm_missing", pc.equal(pc.coalesce(vrm, ""), "")),
        ("vrm_too_long", pc.greater(pc.binary_length(vrm), limits.max_vrm_chars)),
        *((code, pc.equal(time_fault, code)) for code in pc.unique(time_fault.drop_null()).to_pylist()),
        (_FUTURE, pc.greater(days, pa.scalar(arrived_on))),
        (_EXPIRED, pc.less_equal(days, pa.scalar(limits.oldest))),
        ("confidence_invalid", pc.invert(_between(confidence, 0, 1))),
        *([("position_invalid", pc.invert(in_range))] if limits.needs_position else []),
        *((code, [fault == code for fault in faults]) for _, faults in images.values() for code in _codes(faults)),
        *([("source_unlicensed", pc.is_null(force))] if limits.partners is not None else []),
        *([("camera_unknown", ~place.known), ("camera_not_in_use", ~place.in_use)] if limits.needs_camera else []),
        ("camera_moved", place.moved_m > limits.max_move_m),
    ]  # fmt: skip
    reason = _first_broken(_text(rows, "fault"), rules)
    is_bad = pc.is_valid(reason)
    expired = pc.fill_null(pc.equal(reason, _EXPIRED), False)
    unbelievable = pc.or_(expired, pc.fill_null(pc.equal(reason, _FUTURE), False))
    payload = pc.utf8_slice_codeunits(_text(rows, "payload"), 0, limits.payload_chars)
    day = pc.if_else(pc.or_(unbelievable, pc.is_null(days)), pa.scalar(arrived_on), days)
    columns = {
        "line_no": rows["line_no"], "record_no": rows["record_no"], "reason": reason,
        "payload": pc.if_else(is_bad, pc.if_else(expired, "", payload), None),
        "schema_version": rows["schema_version"], "source_id": rows["source_id"], "force": force,
        "licence": licence, "camera_id": rows["camera_id"],
        "captured_at": at.cast(pa.timestamp("us", "UTC")), "capture_date": day, "vrm_raw": raw, "vrm": vrm,
        "vrm_format": vrm_format(vrm), "confidence": confidence,
        "direction": _one_of(pc.ascii_lower(_text(rows, "direction_text")), _DIRECTIONS, "unknown"),
        "lane": _whole_number(_text(rows, "lane_text")), "latitude": latitude, "longitude": longitude,
        "patch": images["plate"][0], "overview": images["overview"][0],
    }  # fmt: skip
    return pa.table([columns[name] for name in TYPED.names], schema=TYPED)


def normalised_vrm(raw: pa.Array) -> pa.Array:
    """Upper-case letters and digits of texts; the same as `ocr.vrm.normalise`."""
    return pc.replace_substring_regex(pc.ascii_upper(raw), "[^A-Z0-9]", "")


def vrm_format(vrm: pa.Array) -> pa.Array:
    """Name of the first format that each normalised mark fits; the same as `ocr.vrm.classify`."""
    names = [*marks.FORMATS, marks.UNRECOGNISED]
    found = np.full(len(vrm), len(marks.FORMATS), np.int8)
    left = np.arange(len(vrm))
    for number, pattern in enumerate(marks.FORMATS.values()):
        fits = pc.match_substring_regex(vrm.take(pa.array(left)), pattern).fill_null(False)
        fits = fits.to_numpy(zero_copy_only=False)
        found[left[fits]] = number
        left = left[~fits]
        if not len(left):
            break
    return pa.DictionaryArray.from_arrays(pa.array(found), pa.array(names)).cast(pa.string())


def _partner(source_id: pa.Array, partners: Mapping[str, tuple[str, str]]) -> tuple[pa.Array, pa.Array]:
    """Force and licence of each row's source, null where there are none."""
    place = pc.index_in(source_id, pa.array(list(partners), pa.string()))
    forces, licences = zip(*partners.values(), strict=True) if partners else ((), ())
    return pa.array(forces, pa.string()).take(place), pa.array(licences, pa.string()).take(place)


def _first_broken(fault: pa.Array, rules: Sequence[tuple[str, pa.Array | Flags | list[bool]]]) -> pa.Array:
    """The fault of each row's line, else the code of the first rule that it breaks, else null."""
    broken = [np.asarray(pc.fill_null(pa.array(one), False)) for _, one in rules]
    first = np.select(broken, list(range(len(rules))), -1)
    codes = pa.array([code for code, _ in rules]).take(pa.array(first, mask=first < 0))
    return pc.coalesce(fault, codes)


def _text(rows: pa.Table, name: str) -> pa.Array:
    return rows[name].chunk(0) if rows[name].num_chunks else pa.nulls(0, rows.schema.field(name).type)


def _between(number: pa.Array, low: float, high: float) -> pa.Array:
    """False where there is no number."""
    within = pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high))
    return pc.fill_null(within, False)


def _one_of(text: pa.Array, allowed: pa.Array, other: str) -> pa.Array:
    return pc.if_else(pc.is_in(text, allowed), text, other)


def _whole_number(text: pa.Array) -> pa.Array:
    is_number = pc.match_substring_regex(text, r"^[+-]?[0-9]{1,9}$")
    return pc.if_else(is_number, text, pa.scalar(None, pa.string())).cast(pa.int32())


def _codes(faults: Sequence[str | None]) -> list[str]:
    return sorted({fault for fault in faults if fault})


def _jpegs(text: pa.Array, max_pixels: int) -> tuple[pa.Array, list[str | None]]:
    """Pictures from their base64 texts, and why one is none; most rows have no picture."""
    found: list[bytes | None] = [None] * len(text)
    faults: list[str | None] = [None] * len(text)
    for number in np.flatnonzero(pc.is_valid(text).to_numpy(zero_copy_only=False)):
        try:
            found[number] = b64decode(text[number].as_py(), validate=True)
        except ValueError:  # of base64, or of characters that are not ASCII
            faults[number] = "image_invalid"
        else:
            faults[number] = _jpeg_fault(found[number], max_pixels)
    return pa.array(found, pa.binary()), faults


def _jpeg_fault(content: bytes, max_pixels: int) -> str | None:
    """Why a file is no picture that may be kept: only its head is read, so a bomb stays unopened."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG"]) as picture:
            width, height = picture.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):  # what Pillow raises for broken heads
        return "image_invalid"
    return "image_too_large" if width * height > max_pixels else None
