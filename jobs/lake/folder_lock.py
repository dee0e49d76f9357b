"""A lock on a local folder itself, which the kernel releases when its holder dies, however it dies.

There is no lock file that somebody could remove while the lock is held.
"""

import fcntl
import os
from pathlib import Path

from jobs.domain.errors import LakeError

_HOLDER = ".writer"


class FolderLock:
    """The lock of a folder; its holder is named in a file there, for others to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def take(self, who: str) -> bool:
        """Take the lock if it is free; the folder is made when it is not there.

        Raises:
            LakeError: the file system locks no folders.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.path.samestat(os.fstat(descriptor), self._folder.stat())  # and not one that was moved away
        except (BlockingIOError, FileNotFoundError):
            ours = False
        except OSError as error:
            os.close(descriptor)
            raise LakeError(
                f"storage.root: its file system locks no folders ({os.strerror(error.errno or 0)}); allowed is a disk "
                "of this machine, or an object store"
            ) from None
        if not ours:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        # A killed holder leaves it, and the next one overwrites it.
        (self._folder / _HOLDER).write_text(who, encoding="utf-8")
        return True

    def holder(self) -> str:
        """Who has it."""
        try:
            return (self._folder / _HOLDER).read_text(encoding="utf-8") or "another writer"
        except FileNotFoundError:
            return "another writer"

    def release(self) -> None:
        """Give it back."""
        (self._folder / _HOLDER).unlink(missing_ok=True)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
