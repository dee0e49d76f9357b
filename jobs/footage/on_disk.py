"""A name on this host's disk by which OpenCV can open landed footage."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from jobs.ingest.landing import open_landed
from jobs.lake.plain_files import NotPlainError
from jobs.runtime.scratch import own_scratch
from ocr.video import FootageError

_BLOCK = 4 << 20


@contextmanager
def on_disk(landing: str, scratch: str, path: str, footage_id: str) -> Iterator[Path]:
    """A name by which OpenCV can open a file while a task is at it, below this worker's own working folder.

    A local file is reached through its open descriptor, so that it is the file that was looked at; of one behind a
    URI it is a copy. The task removes it: Spark ends its workers without letting them clear up.

    Raises:
        FootageError: since it was catalogued it went, or became something that is not opened.
    """
    place = own_scratch(scratch) / (footage_id + PurePosixPath(path).suffix)
    with ExitStack() as stack:
        try:
            source = stack.enter_context(open_landed(landing, path))
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
