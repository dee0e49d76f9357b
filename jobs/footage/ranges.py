"""What an executor does with footage: outline a file, read a range of it, join what was read of a file.

The three hand over to each other through working files, so each is done once, however often a run is killed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

from jobs.footage.on_disk import on_disk
from jobs.footage.rows import passage_row
from jobs.footage.working_files import WorkingFiles
from ocr.range_read import FileOutline, RangeRead
from ocr.ranges import TimeRange, join, split
from ocr.reader_process import ReaderLimits, ReaderProcess
from ocr.video import FootageError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocr.passage import Passage

_OUTLINE = "outline.json"
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
            with on_disk(reading.landing, reading.scratch, file.landed_path, file.footage_id) as path:
                outlined = Outlined(outline=_process(reading).outline(path))
        except FootageError as error:
            outlined = Outlined(reason=error.reason)
        reading.working.put(file.footage_id, _OUTLINE, outlined.model_dump_json())
    return outlined.outline.duration_s if outlined.outline else None


def read_range(reading: Reading, task: RangeTask) -> None:
    """Read a range; one that cannot be read gets its reason, and the others go on."""
    file = task.file
    try:
        with on_disk(reading.landing, reading.scratch, file.landed_path, file.footage_id) as path:
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
