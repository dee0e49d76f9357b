"""The process that opens footage: started by `ocr.reader_process`, it may crash, swell or hang without harm.

Requests come as lines of JSON on its standard input, answers go to its standard output: a letter, the length in 8
bytes, and that many bytes. `+` is an answer, `-` the reason why the file gives none, `!` why this process ends.
"""

import json
import os
import resource
import select
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2

from ocr.range_read import FileOutline, RangeRead
from ocr.ranges import TimeRange
from ocr.reader_process import FRAME
from ocr.video import Footage, FootageError

_IDLE_S = 120.0
"""A worker that has no more footage keeps the models in memory no longer than this."""
_WATCH_S = 1.0

if TYPE_CHECKING:
    from ocr.reader import PlateReader

Request = dict[str, Any]


class Reader:
    """Answers requests; the models are loaded with the first that needs them, and a file is listed once."""

    def __init__(self, models: Path | None, model_cache: Path) -> None:
        self._models, self._model_cache = models, model_cache

    @cached_property
    def _plates(self) -> "PlateReader":
        from ocr.models import find_models
        from ocr.reader import PlateReader

        return PlateReader(find_models(self._models, self._model_cache))

    def answer(self, request: Request) -> str:
        """Return the answer to a request as JSON.

        Raises:
            FootageError: the file gives none.
            KeyError: the request is unknown.
        """
        return {"load": self._load, "outline": self._outline, "read": self._read}[request["do"]](request)

    def _load(self, _: Request) -> str:
        assert self._plates  # noqa: S101 - made by looking at it
        return "{}"

    def _outline(self, request: Request) -> str:
        footage = _footage(request["path"])
        return FileOutline(info=footage.info, duration_s=footage.times.duration_s).model_dump_json()

    def _read(self, request: Request) -> str:
        footage = _footage(request["path"])
        part = TimeRange(request["start_s"], float("inf") if request["end_s"] is None else request["end_s"])
        seen_on = date.fromisoformat(request["seen_on"]) if request["seen_on"] else None
        pieces = self._plates.read_range(footage, part, seen_on)
        return RangeRead(pieces=tuple(pieces), lost_s=footage.lost_between(part.start_s, part.end_s)).model_dump_json()


@lru_cache(maxsize=1)
def _footage(path: str) -> Footage:
    return Footage(Path(path))


def serve(answer: Callable[[Request], str], memory_mb: int) -> None:
    """Answer requests until there are no more for a while, the parent is gone, or something breaks."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit(memory_mb)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    sys.excepthook = lambda kind, error, trace: _tell_end(replies, kind, error, trace)
    _reply(replies, b"+", "{}")
    while select.select([sys.stdin.buffer], [], [], _IDLE_S)[0] and (line := sys.stdin.buffer.readline()):
        try:
            text, letter = answer(json.loads(line)), b"+"
        except FootageError as error:
            text, letter = error.reason, b"-"
        _reply(replies, letter, text)


def _limit(memory_mb: int) -> None:
    """Let no more memory be had than this: data, heap and private maps, but not the code of libraries."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold plates


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(0)


def _reply(replies: BinaryIO, letter: bytes, text: str) -> None:
    content = text.encode()
    replies.write(FRAME.pack(letter, len(content)) + content)
    replies.flush()


def _tell_end(replies: BinaryIO, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell what ends this process by its kind and place: the error's text may hold a plate."""
    if _is_memory(error):
        _reply(replies, b"!", "out_of_memory")
        return
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    _reply(replies, b"!", f"crashed {kind.__name__} {place}")


def _is_memory(error: BaseException) -> bool:
    """Say whether memory ran out: each library says so in its own way."""
    if isinstance(error, cv2.error):
        return bool(error.code == cv2.Error.STS_NO_MEM)
    text = str(error).lower()
    return (
        isinstance(error, MemoryError) or "bad_alloc" in text or "allocate memory" in text or "bad allocation" in text
    )


def main() -> None:
    """Serve with the models, the cache and the memory limit in MiB that the arguments name; no models: the bundled."""
    models, model_cache, memory_mb = sys.argv[1:]
    reader = Reader(Path(models) if models else None, Path(model_cache))
    serve(reader.answer, int(memory_mb))


if __name__ == "__main__":
    main()
