"""Rows of the three feeds as text: fixed CSV, mobile JSON Lines, partner records of fifteen fields."""

import base64
from collections.abc import Iterator

import cv2
import numpy as np

from jobs.simulate.cameras import FORCES, Cameras
from jobs.simulate.options import SimulationOptions
from jobs.simulate.plates import Image, PlateStyle, draw_plate
from jobs.simulate.reports import Reports
from jobs.simulate.roads import FloatArray, IntArray
from jobs.simulate.traffic import DAY_S, Passages
from jobs.simulate.vehicles import StrArray

FIXED_HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
RECORDS_PER_MESSAGE = 50
_IMAGES_PER_DAY = 40
_IMAGE_SHARE = 0.02
_HOUR_MS = 3_600_000
_UNKNOWN = 0.02


def capture_times(at_ms: IntArray, camera: IntArray) -> StrArray:
    """ISO 8601 with milliseconds; every third camera writes summer time's offset, the others Z or +00:00."""
    zone = camera % 3
    local = at_ms + np.where(zone == 1, _HOUR_MS, 0)
    text = np.datetime_as_string(local.astype("datetime64[ms]"), unit="ms")
    return np.char.add(text, np.array(["Z", "+01:00", "+00:00"])[zone])


def fixed_rows(rows: Reports, passages: Passages, cameras: Cameras, seed: int) -> list[str]:
    """Lines of a fixed feed, without header, one for each report."""
    random = np.random.default_rng([seed, 51])
    camera = passages.camera[rows.passage]
    lane = np.where(random.random(len(rows)) < 0.05, "", passages.lane[rows.passage].astype("U1"))  # noqa: PLR2004 - some know no lane
    columns = (
        cameras.camera_id[camera],
        capture_times(rows.at_ms, camera),
        rows.raw,
        rows.confidence,
        _directions(rows, passages, random),
        lane,
    )
    return [f"{i},{t},{v},{c},{d},{n}" for i, t, v, c, d, n in _as_lists(columns)]


def mobile_rows(rows: Reports, passages: Passages, cameras: Cameras, places: FloatArray, seed: int) -> list[str]:
    """JSON lines of a mobile feed; the position is that of the unit's lay-by, some metres off."""
    random = np.random.default_rng([seed, 52])
    camera = passages.camera[rows.passage]
    place = places[passages.site[rows.passage]] + random.normal(0, 5e-5, (len(rows), 2))
    columns = (
        rows.feed,
        cameras.camera_id[camera],
        capture_times(rows.at_ms, camera),
        rows.raw,
        rows.confidence,
        _directions(rows, passages, random),
        np.round(place[:, 0], 6),
        np.round(place[:, 1], 6),
    )
    return [
        f'{{"unit": "{u}", "camera_id": "{i}", "captured_at": "{t}", "vrm": "{v}", "confidence": {c},'
        f' "direction": "{d}", "latitude": {y}, "longitude": {x}}}'
        for u, i, t, v, c, d, y, x in _as_lists(columns)
    ]


def partner_records(
    rows: Reports, passages: Passages, cameras: Cameras, places: FloatArray, options: SimulationOptions
) -> list[str]:
    """Records of a partner's feed; a few of each day carry a plate patch and an overview."""
    random = np.random.default_rng([options.seed, 53])
    camera = passages.camera[rows.passage]
    force = np.array([FORCES.index(str(name)) for name in rows.feed], np.int64)
    place = places[passages.site[rows.passage]]
    pictures = _pictures(rows, random)
    direction = _directions(rows, passages, random)
    motion = np.select([direction == "towards", direction == "away"], ["true", "false"], "")
    columns = (
        rows.raw,
        11 + force,
        1 + force,
        cameras.number[camera],
        capture_times(rows.at_ms, camera),
        np.round(place[:, 0], 6),
        np.round(place[:, 1], 6),
        camera % 3,
        camera * 17 % 360,
        camera * 5 % 30,
        1 + camera % 4,
        np.round(rows.confidence * 100).astype(np.int64),
        motion,
        pictures[0],
        pictures[1],
    )
    return ["|".join(map(str, fields)) for fields in _as_lists(columns)]


def _as_lists(
    columns: tuple[np.ndarray[tuple[int, ...], np.dtype[np.generic]], ...],
) -> Iterator[tuple[object, ...]]:
    """Rows of columns, as Python objects: far quicker to format than numpy scalars."""
    return zip(*(column.tolist() for column in columns), strict=True)


def _directions(rows: Reports, passages: Passages, random: np.random.Generator) -> StrArray:
    known = np.where(passages.towards[rows.passage], "towards", "away")
    return np.where(random.random(len(rows)) < _UNKNOWN, "unknown", known)


def _pictures(rows: Reports, random: np.random.Generator) -> tuple[StrArray, StrArray]:
    """Base64 JPEG of patch and overview for some rows; else empty."""
    patch, overview = np.full(len(rows), "", object), np.full(len(rows), "", object)
    chosen = np.flatnonzero((random.random(len(rows)) < _IMAGE_SHARE) & ~rows.misread)
    day = rows.at_ms[chosen] // (DAY_S * 1000)
    for one_day in np.unique(day):
        for index in chosen[day == one_day][:_IMAGES_PER_DAY]:
            patch[index], overview[index] = encoded_pictures(str(rows.raw[index]))
    return patch, overview


def encoded_pictures(raw: str) -> tuple[str, str]:
    """Plate patch and overview of a read as base64 JPEG."""
    vrm = "".join(character for character in raw.upper() if character.isalnum())
    plate = draw_plate(vrm, PlateStyle("yellow"), px_per_mm=0.35)
    overview: Image = np.full((108, 192, 3), 96, np.uint8)
    cv2.rectangle(overview, (36, 18), (156, 96), (70, 52, 44), -1)
    small = cv2.resize(plate, (40, 9), interpolation=cv2.INTER_AREA)
    overview[76:85, 76:116] = small
    return _jpeg(plate), _jpeg(overview)


def _jpeg(picture: Image) -> str:
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return base64.b64encode(encoded.tobytes()).decode("ascii")


def messages(records: list[bytes], random: np.random.Generator) -> bytes:
    """Join records into messages of 1 to 50, one a line; a record that is not UTF-8 stands alone."""
    lines: list[bytes] = []
    message: list[bytes] = []
    size = int(random.integers(1, RECORDS_PER_MESSAGE + 1))
    for record in records:
        alone = not _is_utf8(record)
        if message and (alone or len(message) == size):
            lines.append(b"~".join(message))
            message = []
            size = int(random.integers(1, RECORDS_PER_MESSAGE + 1))
        if alone:
            lines.append(record)
        else:
            message.append(record)
    if message:
        lines.append(b"~".join(message))
    return b"".join(line + b"\n" for line in lines)


def _is_utf8(record: bytes) -> bool:
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
