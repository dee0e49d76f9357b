"""Video files broken at random, and what the reading process makes of them: for the tests and the long fuzzing run."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from ocr.reader_process import ReaderLimits, ReaderProcess
from ocr.video import FootageError
from tests.ocr import containers

CHILD = "tests.ocr.decoding_child"
KINDS = {
    "a.mp4": "mp4v", "mjpeg.avi": "MJPG", "mpeg4.avi": "XVID", "ffv1.avi": "FFV1", "vp8.webm": "VP80", "b.mkv": "mpg2",
    "b.ts": "mpg2",
}  # fmt: skip


def seeds(folder):
    """One whole file of each kind, two seconds long."""
    return [containers.write_numbered(folder / name, 24, fourcc) for name, fourcc in KINDS.items()]


def mutate(data, chance):
    """Break a file: bytes, a stretch, a length field, its end, its order, or nothing but its first bytes."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(max(1, len(data)))
        length = min(len(data) - at, chance.choice((1, 2, 4, 16, 256, 4096)))
        match chance.randrange(8):
            case 0:
                data[at : at + length] = chance.randbytes(length)
            case 1:
                data[at : at + length] = bytes(length)
            case 2:
                data[at : at + length] = b"\xff" * length
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case 5:  # the headers, where sizes and counts are
                at = chance.choice((chance.randrange(min(512, len(data) or 1)), max(0, len(data) - 1 - at % 1500)))
                data[at : at + 4] = chance.choice((b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\1"))
            case 6:
                del data[at:]
            case _:
                other = chance.randrange(max(1, len(data)))
                data[at : at + length], data[other : other + length] = (
                    data[other : other + length],
                    data[at : at + length],
                )
    return bytes(data)


@dataclass
class Found:
    """Outcomes by reason or "read", the slowest file in seconds, and what each file that broke a process was."""

    outcomes: Counter = field(default_factory=Counter)
    slowest_s: float = 0.0
    poison: list[tuple[str, str]] = field(default_factory=list)


def fuzz(folder, files, seed=1, memory_mb=600, seconds=20.0):
    """Decode so many broken files in a process that is kept for all of them, and count what came of each."""
    chance, whole, found = random.Random(seed), seeds(folder), Found()
    process = ReaderProcess(None, folder, ReaderLimits(memory_mb, seconds), CHILD)
    for number in range(files):
        source = chance.choice(whole)
        path = folder / f"mutant_{number}{source.suffix}"
        path.write_bytes(mutate(source.read_bytes(), chance))
        began = time.monotonic()
        try:
            process.outline(path)
            found.outcomes["read"] += 1
            path.unlink()
        except FootageError as error:
            found.outcomes[error.reason] += 1
            if error.reason in {"crashed", "out_of_memory", "timed_out"}:
                found.poison.append((path.name, error.reason))
            else:
                path.unlink()
        found.slowest_s = max(found.slowest_s, time.monotonic() - began)
    process.close()
    return found
