"""Feed files of a day at any size, quickly: columns of numpy and Arrow, no world behind them.

Not the simulation: nothing here travels. It has what costs time in ingest and consolidation: all three formats, marks
that come again and again, rows sent twice, late, misread, and broken.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.fixed import HEADER

READS_A_CAMERA = 3_550
"""Of a day: 4,225 cameras brought the nation of 2011 its 15 million."""
_SHARES = {"fixed": 0.85, "mobile": 0.05, "partner": 0.10}
_REPEATED, _MISREAD, _BROKEN, _LATE = 0.01, 0.03, 0.004, 0.01
_ROWS_A_FILE = 250_000
_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNOPRSTUVWXYZ", np.uint8)
_PARTNERS = ("11|1", "12|2")

Ints = npt.NDArray[np.int64]


def write_many_feeds(landing: Path, day: date, rows: int, rows_a_file: int = _ROWS_A_FILE, seed: int = 1) -> int:
    """Write the day's feed files and the camera register; the same arguments give the same bytes.

    Returns:
        Number of rows written: `rows` and those sent twice or broken.
    """
    random = np.random.default_rng(seed)
    written = 0
    vehicles = vrms(max(rows // 3, 100), random)
    register = ["camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"]
    for source, share in _SHARES.items():
        wanted = round(rows * share)
        cameras = max(1, wanted // READS_A_CAMERA)
        register += [_register_line(source, number) for number in range(1, cameras + 1)]
        for number, start in enumerate(range(0, wanted, rows_a_file), start=1):
            count = min(rows_a_file, wanted - start)
            lines = _lines(source, day, count, cameras, vehicles, random)
            written += _write(landing / str(day) / source, f"{number:03d}", source, lines, random)
    folder = landing / str(day) / "cameras"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cameras.csv").write_text("\n".join(register) + "\n")
    return written


def vrms(count: int, random: np.random.Generator) -> pa.StringArray:
    """So many marks of the current format, nearly all different."""
    letters = _LETTERS[random.integers(len(_LETTERS), size=(count, 5))]
    age = np.concatenate([np.arange(2, 27), np.arange(51, 76)])[random.integers(50, size=count)]
    digits = np.stack([age // 10, age % 10], axis=1).astype(np.uint8) + ord("0")
    text = np.ascontiguousarray(np.concatenate([letters[:, :2], digits, letters[:, 2:]], axis=1))
    return pa.Array.from_buffers(
        pa.string(), count, [None, pa.py_buffer(np.arange(0, 7 * count + 1, 7, dtype=np.int32)), pa.py_buffer(text)]
    )


def _register_line(source: str, number: int) -> str:
    place = "," if source == "mobile" else f"{54.5 + number % 100 / 200:.4f},{-2 + number // 100 / 200:.4f}"
    return f"{_camera(source, number)},{source},{place},A1,0,none,2020-01-01,"


def _camera(source: str, number: int) -> str:
    return {"fixed": f"F{number:04d}", "mobile": f"M{number:04d}", "partner": f"P{number:04d}"}[source]


def _lines(
    source: str, day: date, count: int, cameras: int, vehicles: pa.StringArray, random: np.random.Generator
) -> pa.Array:
    camera = random.integers(1, cameras + 1, count)
    vrm = vehicles.take(pa.array(random.integers(len(vehicles), size=count)))
    vrm = pc.if_else(pa.array(random.random(count) < _MISREAD), pc.utf8_replace_slice(vrm, 6, 7, "8"), vrm)
    hour = np.clip(random.normal(13, 4.5, count), 0, 23.999)
    late = random.random(count) < _LATE
    midnight = np.datetime64(day, "ms").astype(np.int64) - late * 86_400_000
    at = pa.array(midnight + (hour * 3_600_000).astype(np.int64), pa.timestamp("ms"))
    captured = pc.strftime(at, "%Y-%m-%dT%H:%M:%SZ")
    confidence = pa.array(np.round(random.normal(0.93, 0.03, count).clip(0.4, 0.99), 3)).cast(pa.string())
    way = random.random(count) < 0.5
    names = pa.array([_camera(source, number) for number in range(cameras + 1)]).take(pa.array(camera))
    direction = pc.if_else(pa.array(way), "towards", "away")
    if source == "fixed":
        lane = pa.array(random.integers(1, 4, count)).cast(pa.string())
        return _joined(names, ",", captured, ",", vrm, ",", confidence, ",", direction, ",", lane)
    latitude = pa.array(np.round(54.5 + camera % 100 / 200, 4)).cast(pa.string())
    longitude = pa.array(np.round(-2 + camera // 100 / 200, 4)).cast(pa.string())
    if source == "mobile":
        return _joined(
            '{"unit": "MOB01", "camera_id": "', names, '", "captured_at": "', captured, '", "vrm": "', vrm,
            '", "confidence": ', confidence, ', "direction": "', direction, '", "latitude": ', latitude,
            ', "longitude": ', longitude, "}",
        )  # fmt: skip
    partner = pa.array(_PARTNERS).take(pa.array(camera % 2))
    share = pa.array(random.integers(60, 100, count)).cast(pa.string())
    toward = pc.if_else(pa.array(way), "true", "false")
    number = pa.array(camera).cast(pa.string())
    return _joined(
        vrm, "|", partner, "|", number, "|", captured, "|", latitude, "|", longitude, "|1|0|0|1|", share, "|", toward,
        "||",
    )  # fmt: skip


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _write(folder: Path, name: str, source: str, lines: pa.Array, random: np.random.Generator) -> int:
    """Write a file; some of its rows come twice, and some are cut in half."""
    count = len(lines)
    again = random.integers(count, size=round(count * _REPEATED))
    broken = pc.utf8_slice_codeunits(lines.take(pa.array(random.integers(count, size=round(count * _BROKEN)))), 0, 20)
    every = pa.concat_arrays([lines, lines.take(pa.array(again)), broken])
    every = every.take(pa.array(random.permutation(len(every))))
    suffix = {"fixed": "csv", "mobile": "jsonl", "partner": "bof2"}[source]
    folder.mkdir(parents=True, exist_ok=True)
    text = every.to_pylist()
    if source == "partner":
        text = ["~".join(text[start : start + 20]) for start in range(0, len(text), 20)]
    with (folder / f"{name}.{suffix}").open("w") as file:
        file.write("\n".join([HEADER, *text] if source == "fixed" else text) + "\n")
    return len(every)


def late_day(day: date) -> date:
    """The day to which the late rows of a day's files belong."""
    return day - timedelta(days=1)
