"""How far reading is: files, hours of footage done of all, times real time, time left; watched by working files."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from jobs.footage.ranges import RangeTask, range_name
from jobs.footage.working_files import WorkingFiles

log = logging.getLogger(__name__)

_EVERY_S = 15.0


@dataclass(frozen=True)
class Progress:
    """Of a run: all its ranges in seconds of footage by file and name, and those that earlier runs had finished."""

    seconds: dict[tuple[str, str], float]
    before: frozenset[tuple[str, str]]

    def line(self, finished: set[tuple[str, str]], elapsed_s: float) -> str:
        """One line for the console, of what is finished after so many seconds."""
        done = self.seconds.keys() & finished
        open_files = {footage_id for footage_id, _ in self.seconds.keys() - done}
        files = {footage_id for footage_id, _ in self.seconds}
        hours, of = (sum(self.seconds[key] for key in keys) / 3600 for keys in (done, self.seconds))
        text = f"{len(files - open_files)} of {len(files)} files, {hours:.2f} of {of:.2f} hours of footage"
        speed = self.speed(finished, elapsed_s)
        if speed:
            text += f", {speed:.1f} times real time, {(of - hours) * 60 / speed:.0f} min left"
        return text

    def speed(self, finished: set[tuple[str, str]], elapsed_s: float) -> float:
        """Seconds of footage that this run read in a second."""
        done = (self.seconds.keys() & finished) - self.before
        return sum(self.seconds[key] for key in done) / max(elapsed_s, 0.001)


def progress_of(tasks: list[RangeTask], ends: dict[str, float], finished: set[tuple[str, str]]) -> Progress:
    """The progress of tasks, of files that end at such times in seconds, of which some are finished before."""
    seconds = {
        (task.file.footage_id, range_name(task.number)): min(task.part.end_s, ends[task.file.footage_id])
        - task.part.start_s
        for task in tasks
    }
    return Progress(seconds, frozenset(seconds.keys() & finished))


@contextmanager
def shown(progress: Progress, working: WorkingFiles) -> Iterator[None]:
    """Log the progress every now and then while something else reads, and at its end."""
    began, over = time.monotonic(), Event()

    def show() -> None:
        log.info("footage: %s", progress.line(working.finished(), time.monotonic() - began))

    def watch() -> None:
        while not over.wait(_EVERY_S):
            show()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    show()
