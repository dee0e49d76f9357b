"""What an executor does with footage: outline a file, read a range of it, join what was read of a file.

The three hand over to each other through working files, so each is done once, however often a run is killed.
"""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from jobs.footage.rows import passage_row
from jobs.footage.working_files import WorkingFiles
from jobs.ingest.landing import open_landed
from jobs.lake.plain_files import NotPlainError
from jobs.runtime.scratch import own_scratch
from ocr.range_read import FileOutline, RangeRead
from ocr.ranges import TimeRange, join, split
from ocr.reader_process import ReaderLimits, ReaderProcess
from ocr.video import FootageError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocr.passage import Passage

_OUTLINE = "outline.json"
_BLOCK = 4 << 20
_FAILURES: frozenset[Reason] = frozenset({"crashed", "out_of_memory", "timed_out"})
"""Reasons that are not the file's alone: it failed, where others are refused."""


class Outlined(BaseModel):
    """A file's outline, or the reason why there is none."""

    reason: Reason | None = None
    outline: FileOutline | None = None


class RangeOutcome(BaseModel):
    """What was read of a range, or the reason why nothing could be."""

    reason: Reason | None = None
    read: RangeRead | None = None


class FootageFile(NamedTuple):
    """A file to read: its id, its path below the landing folder, when it begins (UTC)."""

    footage_id: str
    landed_path: str
    started_at: datetime


class RangeTask(NamedTuple):
    """A range to read: number and times of it."""

    file: FootageFile
    number: int
    part: TimeRange


@dataclass(frozen=True)
class Reading:
    """What every executor must know: where things lie, the models, the limits, the longest range in seconds."""

    landing: str
    scratch: str
    working: WorkingFiles
    models: Path | None
    model_cache: Path
    limits: ReaderLimits
    longest_s: float
    child: str

    def ranges(self, duration_s: float) -> list[TimeRange]:
        """The ranges of a file."""
        return split(duration_s, self.longest_s)


def range_name(number: int) -> str:
    """The name of a range's working file."""
    return f"range_{number:05d}.json"


def outline(reading: Reading, file: FootageFile) -> float | None:
    """Look at a file, unless a run did before; its length in seconds, or None where it cannot be read."""
    known = reading.working.get(file.footage_id, _OUTLINE)
    if known:
        outlined = Outlined.model_validate_json(known)
    else:
        try:
            with _on_disk(reading, file) as path:
                outlined = Outlined(outline=_process(reading).outline(path))
        except FootageError as error:
            outlined = Outlined(reason=error.reason)
        reading.working.put(file.footage_id, _OUTLINE, outlined.model_dump_json())
    return outlined.outline.duration_s if outlined.outline else None


def read_range(reading: Reading, task: RangeTask) -> None:
    """Read a range; one that cannot be read gets its reason, and the others go on."""
    file = task.file
    try:
        with _on_disk(reading, file) as path:
            outcome = RangeOutcome(read=_process(reading).read(path, task.part, file.started_at.date()))
    except FootageError as error:
        outcome = RangeOutcome(reason=error.reason)
    reading.working.put(file.footage_id, range_name(task.number), outcome.model_dump_json())


def join_file(reading: Reading, footage_id: str) -> Iterator[dict[str, Any]]:
    """Rows of RESULT_DDL for a file of which every range has its outcome.

    What could be read counts where other ranges of the file failed: their length is lost, and the reason told.
    """
    outlined = Outlined.model_validate_json(reading.working.get(footage_id, _OUTLINE) or b"")
    if not outlined.outline:
        status = "failed" if outlined.reason in _FAILURES else "refused"
        yield {"footage_id": footage_id, "status": status, "reason": outlined.reason, "passages": 0}
        return
    info, duration_s = outlined.outline.info, outlined.outline.duration_s
    parts = reading.ranges(duration_s)
    reasons: list[Reason] = []
    lost_s, passages = 0.0, 0

    def pieces() -> "Iterable[tuple[TimeRange, tuple[Passage, ...]]]":
        nonlocal lost_s
        for number, part in enumerate(parts):
            outcome = RangeOutcome.model_validate_json(reading.working.get(footage_id, range_name(number)) or b"")
            if outcome.reason:
                reasons.append(outcome.reason)
            lost_s += outcome.read.lost_s if outcome.read else min(part.end_s, duration_s) - part.start_s
            yield part, outcome.read.pieces if outcome.read else ()

    for passage in join(pieces()):
        passages += 1
        yield {"footage_id": footage_id, "passage": passage_row(passage)}
    nothing = len(reasons) == len(parts)
    yield {
        "footage_id": footage_id, "status": "failed" if nothing else "read",
        "reason": reasons[0] if reasons else "truncated" if lost_s else None,
        "frame_rate": info.frame_rate, "width": info.width, "height": info.height, "frames": info.frames,
        "duration_s": duration_s, "lost_seconds": lost_s, "passages": passages,
    }  # fmt: skip


@cache
def _process(reading: Reading) -> ReaderProcess:
    """This worker's reading process."""
    return ReaderProcess(reading.models, reading.model_cache, reading.limits, reading.child)


@contextmanager
def _on_disk(reading: Reading, file: FootageFile) -> Iterator[Path]:
    """A name by which OpenCV can open the file while a task is at it, below this worker's own working folder.

    A local file is reached through its open descriptor, so that it is the file that was looked at; of one behind a
    URI it is a copy. The task removes it: Spark ends its workers without letting them clear up.

    Raises:
        FootageError: since it was catalogued it went, or became something that is not opened.
    """
    place = own_scratch(reading.scratch) / (file.footage_id + PurePosixPath(file.landed_path).suffix)
    with ExitStack() as stack:
        try:
            source = stack.enter_context(open_landed(reading.landing, file.landed_path))
        except (FileNotFoundError, NotPlainError):
            raise FootageError("not_video", "it is no file any more") from None
        place.parent.mkdir(parents=True, exist_ok=True)
        stack.callback(place.unlink, missing_ok=True)
        if isinstance(source, io.BufferedReader):
            place.symlink_to(f"/proc/{os.getpid()}/fd/{source.fileno()}")
        else:
            with place.open("xb") as copy:
                shutil.copyfileobj(source, copy, _BLOCK)
        yield place
