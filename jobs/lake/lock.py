"""One writer at a time, on local disks and object stores: a lock that is free again when its holder has died."""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pyarrow import fs

from jobs.domain.errors import LakeError
from jobs.lake.folder_lock import FolderLock
from jobs.lake.storage import open_folder

log = logging.getLogger(__name__)


class LakeBusyError(LakeError):
    """Another process has been writing for longer than the caller may wait; the message says which."""


class Lock(Protocol):
    """What keeps writers apart on some storage."""

    def take(self, who: str) -> bool:
        """Take the lock if it is free, and say who has it."""

    def holder(self) -> str:
        """Who has it; it has not said so for an instant after taking it."""

    def release(self) -> None:
        """Give it back."""


@contextmanager
def only_writer(root: str, who: str, wait_seconds: float) -> Iterator[None]:
    """Be the only writer of the lake; wait, with one line that says for whom, while another one is.

    Args:
        root: of the lake; made when it is not there.
        who: what the others are told, for example `nightly 2026-11-20`; holds no plate.
        wait_seconds: how long to wait.

    Raises:
        LakeBusyError: it took longer.
        LakeError: the storage knows no locks.
    """
    lock = _lock_of(root)
    _take(lock, _introduction(who), wait_seconds)
    try:
        yield
    finally:
        lock.release()


def _lock_of(root: str) -> Lock:
    if root.startswith("file:") or "://" not in root:
        filesystem, folder = open_folder(root)
        assert isinstance(filesystem, fs.LocalFileSystem)  # noqa: S101 - of a path, and of a file: URI
        return FolderLock(Path(folder))
    from jobs.lake.object_lock import ObjectLock  # a third of a second, and only this storage needs it

    return ObjectLock(root)


def _take(lock: Lock, who: str, wait_seconds: float) -> None:
    if lock.take(who):
        return
    log.warning("waiting for %s, at most %g s", lock.holder(), wait_seconds)
    end = time.monotonic() + wait_seconds
    while not lock.take(who):
        if time.monotonic() > end:
            raise LakeBusyError(
                f"{lock.holder()} is writing to the lake; waited {wait_seconds:g} s (writers.wait_seconds)"
            )
        time.sleep(min(1.0, wait_seconds / 10))


def _introduction(who: str) -> str:
    return f"{who}, process {os.getpid()} of {socket.gethostname()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
