"""Capture times as feeds write them, to UTC."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.lake.arrays import characters

MALFORMED, NO_ZONE, AMBIGUOUS, NONEXISTENT = "time_malformed", "time_no_zone", "time_ambiguous", "time_nonexistent"

_ISO = (
    r"^(?P<clock>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?$"
)
_WITHOUT_SECONDS = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
_CLOCK_CHARS = 19
_MAX_OFFSET_MIN = 18 * 60
_MS = pa.timestamp("ms")
_UTC_MS = pa.timestamp("ms", "UTC")


def capture_times(text: pa.Array, local_clock: pa.Array, local_zone: str) -> tuple[pa.Array, pa.Array]:
    """Times of ISO 8601 texts in UTC to the millisecond (the rest is cut off), and why there is none.

    Args:
        text: `2026-11-20T08:15:03.120Z`, or with an offset; without either where `local_clock` is true.
        local_clock: whether the text is the time on the wall.
        local_zone: of which zone, `Europe/London`.

    Returns:
        Timestamps, null where there is a fault; and the faults: time_malformed, time_no_zone, and of local times
        time_ambiguous (the hour that comes twice when summer time ends) and time_nonexistent (the one left out when
        it begins).
    """
    parts = pc.extract_regex(text, pattern=_ISO)
    clock, fraction, zone = (pc.struct_field(parts, number) for number in range(3))
    clock_ms = _clock_ms(clock)
    milliseconds = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, 3, "0"), 0, 3)
    milliseconds = pc.if_else(pc.equal(milliseconds, "000"), "0", milliseconds).cast(pa.int64())
    clock_ms = pc.add(clock_ms, milliseconds)
    zoned = pc.subtract(clock_ms, _offset_ms(zone)).cast(_UTC_MS)
    has_zone = pc.fill_null(pc.not_equal(zone, ""), False)
    bare = pc.or_(
        pc.fill_null(pc.equal(zone, ""), False),
        pc.fill_null(pc.match_substring_regex(text, _WITHOUT_SECONDS), False),
    )
    at = pc.if_else(has_zone, zoned, None)
    fault = pc.if_else(bare, NO_ZONE, pc.if_else(pc.is_null(at), MALFORMED, None))
    if pc.any(local_clock).as_py():
        local, local_fault = _from_local(pc.if_else(has_zone, None, clock_ms).cast(_MS), local_zone)
        at, fault = pc.if_else(local_clock, local, at), pc.if_else(local_clock, local_fault, fault)
    return at, fault


def _from_local(clock: pa.Array, zone: str) -> tuple[pa.Array, pa.Array]:
    """UTC of times on the wall, and why there is none."""
    earliest, latest = (
        pc.assume_timezone(clock, zone, ambiguous=one, nonexistent="earliest") for one in ("earliest", "latest")
    )
    left_out = pc.not_equal(earliest, pc.assume_timezone(clock, zone, ambiguous="earliest", nonexistent="latest"))
    odd = pc.if_else(pc.not_equal(earliest, latest), AMBIGUOUS, pc.if_else(left_out, NONEXISTENT, None))
    fault = pc.if_else(pc.is_null(clock), MALFORMED, odd)
    return pc.if_else(pc.is_valid(fault), None, earliest.cast(_UTC_MS)), fault


def _clock_ms(clock: pa.Array) -> pa.Array:
    """Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS`, null where the calendar or the clock has no such time."""
    texts = pc.if_else(pc.equal(clock, ""), None, clock)
    known = pc.is_valid(texts).to_numpy(zero_copy_only=False)
    texts = pc.drop_null(texts)
    digits = characters(texts, _CLOCK_CHARS).astype(np.int16) - ord("0")

    def number(*places: int) -> npt.NDArray[np.int64]:
        value = np.zeros(len(digits), np.int64)
        for place in places:
            value = value * 10 + digits[:, place]
        return value

    year, month, day = number(0, 1, 2, 3), number(5, 6), number(8, 9)
    hour, minute, second = number(11, 12), number(14, 15), number(17, 18)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    valid = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length) & (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004 - the calendar
    seconds = (first + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    found = np.zeros(len(known), np.int64)
    found[known] = seconds * 1000
    missing = ~known
    missing[known] = ~valid
    return pa.array(found, mask=missing)


def _offset_ms(zone: pa.Array) -> pa.Array:
    """Offsets from UTC in milliseconds, null where a zone is none."""
    zones = zone.dictionary_encode()
    known = [_offset_of(text) for text in zones.dictionary.to_pylist()]
    return pa.array(known, pa.int64()).take(zones.indices)


def _offset_of(zone: str) -> int | None:
    if zone in {"", "Z"}:
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    if minutes > _MAX_OFFSET_MIN or int(zone[4:]) >= 60:  # noqa: PLR2004 - minutes of an hour
        return None
    return (-1 if zone[0] == "-" else 1) * minutes * 60_000
