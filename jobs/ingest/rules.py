"""The row rules of the feeds: text fields to typed columns, and the first rule that a row breaks."""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from jobs.domain.cameras import Register
from jobs.domain.suppressed import Suppressed
from jobs.domain.terms import DIRECTIONS
from jobs.ingest.formats.fields import decimal, whole_number
from jobs.ingest.formats.times import capture_times
from jobs.ingest.positions import FLAGS as POSITION_FLAGS
from jobs.ingest.positions import Areas, Positions, believable
from jobs.ingest.reasons import RESTRICTED, SUPPRESSED
from jobs.ingest.vrms import FAULTS as VRM_FAULTS
from jobs.ingest.vrms import TRANSLITERATED, ReadVrms, is_placeholder, read_vrms, vrm_format

Flags = npt.NDArray[np.bool_]
Faults = list[str | None]
"""Why each row has no such value; None where it has one, or needs none."""
Rule = tuple[str, pa.Array | Flags | list[bool]]
"""Code, and which rows break the rule."""

TYPED = pa.schema(
    [
        ("line_no", pa.int64()), ("record_no", pa.int32()), ("reason", pa.string()), ("payload", pa.string()),
        ("schema_version", pa.string()), ("source_id", pa.string()), ("force", pa.string()), ("licence", pa.string()),
        ("camera_id", pa.string()),
        ("captured_at", pa.timestamp("us", "UTC")), ("capture_date", pa.date32()), ("vrm_raw", pa.string()),
        ("vrm", pa.string()), ("vrm_format", pa.string()), ("confidence", pa.float64()), ("direction", pa.string()),
        ("lane", pa.int32()), ("latitude", pa.float64()), ("longitude", pa.float64()),
        ("flags", pa.list_(pa.string())), ("patch", pa.binary()), ("overview", pa.binary()),
    ]
)  # fmt: skip
"""What `apply_rules` gives: `payload` only of rows with a reason; a row's life counts from its `capture_date`."""

_DIRECTIONS = pa.array(DIRECTIONS)
_ISO_DATE = re.compile("(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


@dataclass(frozen=True)
class Limits:
    """What the rows of a feed are held against.

    Attributes:
        register: the cameras of the feed's kind.
        partners: force and licence by source, of those that may send; None where a feed needs no licence.
        needs_camera: the camera must be in the register, and in use on the day of capture.
        areas: where reads may come from; None where a feed states no positions.
        local_zone: the time zone of clocks on the wall, `Europe/London`.
        max_vrm_chars: the longest mark after normalising.
        unread: what cameras write for a character that they could not read.
        placeholders: what cameras write for a mark that they could not read, normalised.
        oldest: rows captured on this day or earlier have expired on arrival.
        payload_chars: how much of a rejected row is kept.
        max_image_pixels: a larger picture is refused, whatever its file's size.
        max_move_m: how far from its place in the register a camera may say that it stands.
        suppressed: vehicles of which nothing may come back.
    """

    register: Register
    partners: Mapping[str, tuple[str, str]] | None
    needs_camera: bool
    areas: Areas | None
    local_zone: str
    max_vrm_chars: int
    unread: str
    placeholders: AbstractSet[str]
    oldest: date
    payload_chars: int
    max_image_pixels: int
    max_move_m: float
    suppressed: Suppressed | None = None


def apply_rules(rows: pa.Table, limits: Limits, arrived_on: date) -> pa.Table:
    """Typed columns of rows as `text_fields` gives them, and the code of the first rule that each breaks, or null.

    A row that has expired on arrival keeps nothing but its place in the file and the reason: it is past its end, and
    its capture date is the day of arrival, as it is where the capture time cannot be believed. A rejected row whose
    time cannot be read is of the first date that stands in it. A row of a vehicle that was erased, or is restricted,
    keeps nothing either.
    """
    rows = rows.combine_chunks()
    columns, time_fault, image_faults = _typed(rows, limits)
    days = columns["captured_at"].cast(pa.date32())
    erased, restricted = _suppressed(columns["vrm"], days, limits)
    rules: list[Rule] = [(SUPPRESSED, erased), (RESTRICTED, restricted), ("malformed", _text(rows, "malformed"))]
    columns["is_percentage"] = _is_percentage(_text(rows, "confidence_text"))
    rules += _rules(columns, time_fault, image_faults, limits, arrived_on)
    reason = _first_broken(_text(rows, "fault"), rules)
    days = _believed(days, _text(rows, "payload"), reason)
    payload = pc.utf8_slice_codeunits(_text(rows, "payload"), 0, limits.payload_chars)
    # Whatever the first broken rule was: what has expired keeps nothing, and no row lives longer by a wrong date.
    is_expired = pc.fill_null(_expired(days, limits), False)
    is_suppressed = pc.or_(erased, restricted)
    unbelievable = pc.or_(pc.fill_null(_future(days, arrived_on), True), is_expired)
    columns |= {
        "reason": reason,
        "payload": pc.if_else(pc.is_valid(reason), pc.if_else(pc.or_(is_expired, is_suppressed), "", payload), None),
        "capture_date": pc.if_else(unbelievable, pa.scalar(arrived_on), days),
    }
    return pa.table([columns[name] for name in TYPED.names], schema=TYPED)


def _believed(days: pa.Array, payload: pa.Array, reason: pa.Array) -> pa.Array:
    """Days of capture; of rejected rows whose time cannot be read, the first date that stands in the row."""
    untold = pc.and_(pc.is_null(days), pc.is_valid(reason))
    if not pc.any(untold).as_py():
        return days
    stated = [stated_date(text or "") for text in payload.filter(untold).to_pylist()]
    return pc.replace_with_mask(days, untold, pa.array(stated, pa.date32()))


def stated_date(text: str) -> date | None:
    """The first date that a text states as ISO 8601 has it."""
    for found in _ISO_DATE.findall(text):
        try:
            return date.fromisoformat(found)
        except ValueError:
            continue
    return None


def _suppressed(vrm: pa.Array, days: pa.Array, limits: Limits) -> tuple[pa.Array, pa.Array]:
    """Rows of vehicles that were erased, and of those that are restricted."""
    if limits.suppressed is None:
        return (pa.repeat(pa.scalar(False), len(vrm)),) * 2
    erased, restricted = limits.suppressed.masks(vrm, days)
    return pa.array(erased), pa.array(restricted)


def _typed(rows: pa.Table, limits: Limits) -> tuple[dict[str, pa.Array], pa.Array, list[Faults]]:
    """The columns that follow from the texts alone; and why a row's time, its patch and its overview are none."""
    at, time_fault = capture_times(_text(rows, "captured_text"), _text(rows, "local_clock"), limits.local_zone)
    raw = _text(rows, "vrm_raw")
    found = read_vrms(raw, limits.unread)
    places = _positions(rows, limits.areas)
    force, licence = _partner(_text(rows, "source_id"), limits.partners or {})
    patch, patch_faults = _jpegs(_text(rows, "plate_image"), limits.max_image_pixels)
    overview, overview_faults = _jpegs(_text(rows, "overview_image"), limits.max_image_pixels)
    as_they_are = ("line_no", "record_no", "schema_version", "source_id", "camera_id")
    columns = {name: _text(rows, name) for name in as_they_are} | {
        "force": force, "licence": licence, "captured_at": at.cast(pa.timestamp("us", "UTC")), "vrm_raw": raw,
        "vrm": found.vrm, "vrm_fault": pa.array(found.fault), "vrm_format": vrm_format(found.vrm),
        "confidence": _confidence(_text(rows, "confidence_text")),
        "direction": _one_of(pc.ascii_lower(_text(rows, "direction_text")), _DIRECTIONS, "unknown"),
        "lane": whole_number(_text(rows, "lane_text")), "latitude": places.latitude, "longitude": places.longitude,
        "flags": _flags(found, places), "patch": patch,
        "overview": overview,
    }  # fmt: skip
    return columns, time_fault, [patch_faults, overview_faults]


def _rules(
    columns: Mapping[str, pa.Array], time_fault: pa.Array, image_faults: Sequence[Faults], limits: Limits,
    arrived_on: date,
) -> list[Rule]:  # fmt: skip
    """The rules of typed rows in the order in which they are told."""
    vrm, days = columns["vrm"], columns["captured_at"].cast(pa.date32())
    place = limits.register.places(columns["camera_id"], days, columns["latitude"], columns["longitude"])
    return [
        *((code, pc.equal(columns["vrm_fault"], place)) for place, code in enumerate(VRM_FAULTS, start=1)),
        ("vrm_placeholder", is_placeholder(vrm, limits.placeholders)),
        ("vrm_too_long", pc.greater(pc.binary_length(vrm), limits.max_vrm_chars)),
        *((code, pc.equal(time_fault, code)) for code in pc.unique(time_fault.drop_null()).to_pylist()),
        ("time_future", _future(days, arrived_on)),
        ("time_expired", _expired(days, limits)),
        ("confidence_scale", _is_other_scale(columns["confidence"], columns["is_percentage"])),
        ("confidence_invalid", pc.invert(_between(columns["confidence"], 0, 1))),
        *((code, [fault == code for fault in faults]) for faults in image_faults for code in _codes(faults)),
        *([("source_unlicensed", pc.is_null(columns["force"]))] if limits.partners is not None else []),
        *([("camera_unknown", ~place.known), ("camera_not_in_use", ~place.in_use)] if limits.needs_camera else []),
        ("camera_moved", place.moved_m > limits.max_move_m),
    ]


def _positions(rows: pa.Table, areas: Areas | None) -> Positions:
    """The places that rows state; none, and nothing to flag, where their feed states none."""
    if areas is None:
        none = pa.nulls(rows.num_rows, pa.float64())
        return Positions(none, none, np.zeros(rows.num_rows, np.int64))
    latitude, longitude = _text(rows, "latitude_text"), _text(rows, "longitude_text")
    return believable(latitude, longitude, _text(rows, "source_id"), areas)


def _flags(vrms: ReadVrms, places: Positions) -> pa.Array:
    """What is to be known of each row that is taken."""
    combinations = [
        [*letters, *position]
        for letters in ([], [TRANSLITERATED])
        for position in ([], *([one] for one in POSITION_FLAGS))
    ]
    number = places.flag + (len(POSITION_FLAGS) + 1) * vrms.is_transliterated
    return pa.array(combinations, pa.list_(pa.string())).take(pa.array(number))


def _is_percentage(text: pa.Array) -> pa.Array:
    return pc.ends_with(text, "%")


def _confidence(text: pa.Array) -> pa.Array:
    """Confidences from 0 to 1; `93%` is 0.93."""
    is_percentage = _is_percentage(text)
    if not pc.any(is_percentage).as_py():
        return decimal(text)
    number = decimal(pc.replace_substring_regex(text, " *%$", ""))
    return pc.if_else(is_percentage, pc.divide(number, 100.0), number)


def _is_other_scale(confidence: pa.Array, is_percentage: pa.Array) -> pa.Array:
    """Whether a number reads as a percentage where it should be a share, or the other way round."""
    as_share = pc.and_(pc.greater(confidence, 0), pc.less(confidence, 0.01))
    as_percentage = pc.and_(pc.greater(confidence, 1), pc.less_equal(confidence, 100))
    return pc.if_else(is_percentage, as_share, as_percentage)


def _future(days: pa.Array, arrived_on: date) -> pa.Array:
    return pc.greater(days, pa.scalar(arrived_on))


def _expired(days: pa.Array, limits: Limits) -> pa.Array:
    return pc.less_equal(days, pa.scalar(limits.oldest))


def _partner(source_id: pa.Array, partners: Mapping[str, tuple[str, str]]) -> tuple[pa.Array, pa.Array]:
    """Force and licence of each row's source, null where there are none."""
    place = pc.index_in(source_id, pa.array(list(partners), pa.string()))
    forces, licences = zip(*partners.values(), strict=True) if partners else ((), ())
    return pa.array(forces, pa.string()).take(place), pa.array(licences, pa.string()).take(place)


def _first_broken(fault: pa.Array, rules: Sequence[Rule]) -> pa.Array:
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


def _codes(faults: Faults) -> list[str]:
    return sorted({fault for fault in faults if fault})


def _jpegs(text: pa.Array, max_pixels: int) -> tuple[pa.Array, Faults]:
    """Pictures from their base64 texts, and why one is none; most rows have no picture."""
    found: list[bytes | None] = [None] * len(text)
    faults: Faults = [None] * len(text)
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
