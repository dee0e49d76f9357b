"""A reading process that decodes every frame of a file, and a range of it, and reads no plates."""

import sys
from pathlib import Path

from ocr.range_read import FileOutline
from ocr.reader_child import serve
from ocr.video import Footage


def answer(request):
    footage = Footage(Path(request["path"]))
    numbers = []
    for frame in footage:
        frame.image()
        numbers.append(frame.index)
        assert frame.time_s >= 0.0
    assert numbers == sorted(set(numbers))
    half = footage.times.duration_s / 2
    for frame in footage.frames(half, half + 0.5):
        frame.image()
        assert half - 1e-3 <= frame.time_s < half + 0.5
    assert footage.lost_s >= 0.0
    return FileOutline(info=footage.info, duration_s=footage.times.duration_s).model_dump_json()


if __name__ == "__main__":
    serve(answer, int(sys.argv[3]))
