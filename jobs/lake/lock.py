"""One writer at a time: a lock on the lake that the kernel releases when its holder dies, however it dies."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from jobs.domain.errors import LakeError

log = logging.getLogger(__name__)

_LOCK = ".writer.lock"
_HOLDER = ".writer"


class LakeBusyError(LakeError):
    """Another process has been writing for longer than the caller may wait; the message says which."""


@contextmanager
def only_writer(root: str, who: str, wait_seconds: float) -> Iterator[None]:
    """Be the only writer of the lake; wait, with one line that says for whom, while another one is.

    Storage without file locks (any URI) is not locked: there Airflow's pool lets one writer at a time.

    Args:
        root: of the lake; made when it is not there.
        who: what the others are told, for example `nightly 2026-11-20`; holds no plate.
        wait_seconds: how long to wait.

    Raises:
        LakeBusyError: it took longer.
    """
    if "://" in root:
        yield
        return
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    # Without its fallback, a file that stays when its holder is killed.
    lock = FileLock(folder / _LOCK, fallback_to_soft=False)
    _acquire(lock, folder / _HOLDER, wait_seconds)
    try:
        # Beside the lock, not in it: it is what others read. A killed holder leaves it, and the next one overwrites it.
        (folder / _HOLDER).write_text(_introduction(who), encoding="utf-8")
        yield
    finally:
        (folder / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, holder: Path, wait_seconds: float) -> None:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.warning("waiting for %s, at most %g s", _named(holder), wait_seconds)
    else:
        return
    try:
        lock.acquire(timeout=wait_seconds, poll_interval=min(1.0, wait_seconds / 10))
    except Timeout:
        raise LakeBusyError(
            f"{_named(holder)} is writing to the lake; waited {wait_seconds:g} s (writers.wait_seconds)"
        ) from None


def _introduction(who: str) -> str:
    return f"{who}, process {os.getpid()} of {socket.gethostname()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _named(holder: Path) -> str:
    """Who holds the lock; it has not said so for an instant after taking it."""
    try:
        return holder.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "another writer"
