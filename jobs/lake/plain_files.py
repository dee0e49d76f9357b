"""Plain files below a folder of this machine, reached without following a link: others put there what they like.

Each folder on the way is opened from within the one before, and a file is judged by its open descriptor, so nothing
that is exchanged between a look and the opening gets through. The root itself may be a link of its owner's.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from jobs.domain.errors import LakeError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NotPlainError(LakeError):
    """There is something else than a plain file; its path is not told, for it may hold a plate."""

    def __init__(self) -> None:
        super().__init__("a landed file is a link, has two names, or is no file: it is not touched")


@dataclass(frozen=True)
class Found:
    """What lies below a folder and is no folder itself.

    Attributes:
        path: below the folder.
        changed_ns: when its content was last changed, nanoseconds since 1970; its sender may have set it.
        placed_ns: when it was put or last renamed there, by the storage's own clock.
        plain: whether it is a regular file, under no second name (a hard link), and its own name is UTF-8.
    """

    path: str
    bytes: int
    changed_ns: int
    placed_ns: int
    plain: bool


def walk(root: str) -> Iterator[Found]:
    """All that is no folder below a folder, in no order; nothing where there is no such folder."""
    root = os.path.realpath(root)
    if not os.path.isdir(root):  # noqa: PTH112 - as all here, by name or descriptor
        return
    for folder, folders, files, descriptor in os.fwalk(root, onerror=_fail):
        for name in folders + files:
            try:
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:  # it went, or got its final name, while this looks
                continue
            path = os.path.relpath(os.path.join(folder, name), root)  # noqa: PTH118 - may be no UTF-8
            if not stat.S_ISDIR(status.st_mode):
                plain = _is_plain(status) and _is_text(path)
                yield Found(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, plain)


def _fail(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def open_plain(root: str, path: str) -> int:
    """A descriptor to read a plain file.

    Args:
        root: the folder; a link there is followed.
        path: of the file below it, as `walk` gives it.

    Raises:
        NotPlainError: it is something else.
        OSError: it is not there, or cannot be read.
    """
    with _folder_of(root, path) as (folder, name):
        _require_plain(os.stat(name, dir_fd=folder, follow_symlinks=False))  # opening a device may set it going
        try:
            file = os.open(name, _FILE, dir_fd=folder)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise NotPlainError from None
            raise
    try:
        _require_plain(os.fstat(file))
    except NotPlainError:
        os.close(file)
        raise
    return file


def remove_plain(root: str, path: str) -> None:
    """Remove a plain file; raises as `open_plain`."""
    with _folder_of(root, path) as (folder, name):
        _require_plain(os.stat(name, dir_fd=folder, follow_symlinks=False))
        os.unlink(name, dir_fd=folder)


@contextmanager
def _folder_of(root: str, path: str) -> Iterator[tuple[int, str]]:
    """A descriptor of the folder that holds a file, and the file's name in it."""
    *folders, name = PurePosixPath(path).parts
    if PurePosixPath(path).is_absolute() or ".." in (*folders, name):
        raise NotPlainError
    here = os.open(os.path.realpath(root), _FOLDER)
    try:
        for folder in folders:
            try:
                below = os.open(folder, _FOLDER, dir_fd=here)
            except NotADirectoryError:  # what a link is, too
                raise NotPlainError from None
            os.close(here)
            here = below
        yield here, name
    finally:
        os.close(here)


def _require_plain(status: os.stat_result) -> None:
    if not _is_plain(status):
        raise NotPlainError


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
