"""Reads footage in a process of its own, with limits of memory and time: a poison file ends that process alone.

The process is kept for the next file: the models are loaded once. It is replaced when it ends.
"""

import json
import logging
import os
import select
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from signal import SIGKILL
from typing import Any, get_args

from ocr.range_read import FileOutline, RangeRead
from ocr.ranges import TimeRange
from ocr.video import FootageError, Reason

log = logging.getLogger(__name__)

READER_CHILD = "ocr.reader_child"
FRAME = struct.Struct(">cQ")
"""What precedes an answer: a letter, and its length in bytes."""
_LOADING_S = 300.0
"""Starting and loading the models may take so long on a machine with other work."""


class ReaderStartError(Exception):
    """The reader's process does not start: no file is to blame."""


@dataclass(frozen=True)
class ReaderLimits:
    """Of one request: MiB of memory, and seconds of wall-clock time."""

    memory_mb: int
    seconds: float


class _EndedError(Exception):
    """The process ended, or had to be ended, with this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class ReaderProcess:
    """One reading process; make one for each worker."""

    def __init__(self, models: Path | None, model_cache: Path, limits: ReaderLimits, child: str = READER_CHILD) -> None:
        """Start nothing yet. `child` is the module that answers, another one in tests."""
        arguments = [str(models or ""), str(model_cache), str(limits.memory_mb)]
        self._command = [sys.executable, "-m", child, *arguments]
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded = False

    def outline(self, path: Path) -> FileOutline:
        """Look at a file without reading it.

        Raises:
            FootageError: it cannot be read, or `crashed`, `out_of_memory`, `timed_out`: it breaks who tries.
            ReaderStartError: the process does not start.
        """
        return FileOutline.model_validate_json(self._ask({"do": "outline", "path": str(path)}, load=False))

    def read(self, path: Path, part: TimeRange, seen_on: date | None) -> RangeRead:
        """Read a range of a file; raises as `outline`."""
        request = {
            "do": "read", "path": str(path), "start_s": part.start_s,
            "end_s": part.end_s if part.end_s < float("inf") else None,
            "seen_on": seen_on.isoformat() if seen_on else None,
        }  # fmt: skip
        return RangeRead.model_validate_json(self._ask(request, load=True))

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, request: dict[str, Any], *, load: bool) -> bytes:
        fresh = self._ready(load=load)
        try:
            return self._answer(request, self._limits.seconds)
        except _EndedError as ended:
            if fresh or ended.reason == "timed_out":
                raise FootageError(ended.reason, "the reading process ended") from None
        # It had read other files before, which may have left their mark: only a fresh one tells whose fault it was.
        self._ready(load=load)
        try:
            return self._answer(request, self._limits.seconds)
        except _EndedError as ended:
            raise FootageError(ended.reason, "the reading process ended") from None

    def _ready(self, *, load: bool) -> bool:
        """Have a process, with its models where they are needed; say whether it was started now."""
        fresh = self._process is None or self._process.poll() is not None
        try:
            if fresh:
                self.close()
                self._start()
            if load and not self._loaded:
                self._answer({"do": "load"}, _LOADING_S)
                self._loaded = True
        except _EndedError as ended:
            raise ReaderStartError(f"the reader's process does not start: {ended.reason}") from None
        return fresh

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._loaded = False
        self._receive(time.monotonic() + _LOADING_S)

    def _answer(self, request: dict[str, Any], seconds: float) -> bytes:
        assert self._process is not None  # noqa: S101 - `_ready` comes first
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return self._receive(time.monotonic() + seconds)

    def _receive(self, deadline: float) -> bytes:
        header = self._bytes(FRAME.size, deadline)
        letter, length = FRAME.unpack(header)
        content = self._bytes(length, deadline)
        if letter == b"+":
            return content
        reason, _, detail = content.decode().partition(" ")
        assert reason in get_args(Reason)  # noqa: S101 - the child is our own
        if letter == b"-":
            raise FootageError(reason, "told by the reading process")  # type: ignore[arg-type]
        if detail:
            log.warning("the reading process ended by %s", detail)
        self.close()
        raise _EndedError(reason)  # type: ignore[arg-type]

    def _bytes(self, count: int, deadline: float) -> bytes:
        assert self._process is not None  # noqa: S101 - it was asked
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        received = bytearray()
        while len(received) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                self.close()
                raise _EndedError("timed_out")
            # Past Python's buffer, of which select knows nothing.
            some = os.read(self._process.stdout.fileno(), min(count - len(received), 2**20))
            if not some:
                raise self._ended()
            received += some
        return bytes(received)

    def _ended(self) -> _EndedError:
        """Tell why the process ended by itself: the system's way to say that memory is short is SIGKILL."""
        assert self._process is not None  # noqa: S101 - it ended
        killed = self._process.wait() == -SIGKILL
        self.close()
        return _EndedError("out_of_memory" if killed else "crashed")
