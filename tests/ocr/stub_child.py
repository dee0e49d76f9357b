"""A reading process that does what the file's name says: crash, swell, hang, fail, be refused, or read one piece."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from ocr.passage import settle
from ocr.range_read import FileOutline, RangeRead
from ocr.reader_child import serve
from ocr.video import FootageError, VideoInfo
from tests.ocr.looks import look, track_of

PASSAGE = settle(track_of(*(look(i * 0.2, 50, 50 + 40 * i, "AB12CDE", 20 + 2 * i) for i in range(4))), None)
_SECONDS = 60.0


def answer(request):
    if request["do"] == "load":
        return "{}"
    path = Path(request["path"]).resolve()  # of a landed file, where it lies
    _misbehave(path)
    if request["do"] == "outline":
        return FileOutline(info=VideoInfo(25.0, 640, 480, 1500, _SECONDS), duration_s=_SECONDS).model_dump_json()
    with path.with_suffix(".asked").open("a") as log:
        log.write(f"{request['start_s']}\n")
    _misbehave(path, f"_at_{request['start_s']:.0f}")
    at = request["start_s"] + 1.0
    piece = replace(PASSAGE, first_s=at, last_s=at + 1, time_s=at, first_frame=round(at * 25))
    # Pieces of neighbouring ranges must not be joined.
    piece = replace(piece, vrm=f"AB{request['start_s']:02.0f}CDE")
    return RangeRead(pieces=(piece,), lost_s=0.0).model_dump_json()


def _misbehave(path, where=""):
    name = path.stem
    if name.endswith(f"segfault{where}"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.endswith(f"killed{where}"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.endswith(f"swell{where}"):
        bytearray(4 * 2**30)
    if name.endswith(f"hang{where}"):
        time.sleep(600)
    if name.endswith(f"bug{where}"):
        raise ValueError("AB12CDE")
    if name.endswith("still"):
        raise FootageError("not_video", "x")
    if name.endswith(f"once{where}") and not path.with_suffix(".tried").exists():
        path.with_suffix(".tried").touch()
        os.kill(os.getpid(), signal.SIGSEGV)


if __name__ == "__main__":
    serve(answer, int(sys.argv[3]))
