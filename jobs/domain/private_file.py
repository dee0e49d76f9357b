"""Files that hold a secret: read only where nobody else can have read or written them; and keys in such files."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from jobs.domain.errors import LakeError

_KEY_BYTES = 32


class PrivateFileError(LakeError):
    """The file of a secret is unusable; the message says what to do, and never holds the secret."""


def read_private(path: str, setting: str, most_bytes: int) -> bytes | None:
    """The first bytes of a secret's file; None where there is no file.

    Args:
        path: of the file.
        setting: that names it, for the errors.
        most_bytes: read at most.

    Raises:
        PrivateFileError: others than its owner can read or write the file, it is somebody else's, a link or no file at
            all.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PrivateFileError(
            f"{setting}: {os.strerror(error.errno or 0)}; allowed is a file of your own, and no link"
        ) from None
    try:
        _require_private(os.fstat(descriptor), setting)
        return os.read(descriptor, most_bytes)
    finally:
        os.close(descriptor)


def _require_private(status: os.stat_result, setting: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PrivateFileError(f"{setting}: it is no file")
    if status.st_uid not in {0, os.geteuid()}:
        raise PrivateFileError(f"{setting}: the file is another user's; give it to the user of the lake (chown)")
    if status.st_mode & 0o077:
        raise PrivateFileError(
            f"{setting}: others can use the file (mode {stat.S_IMODE(status.st_mode):03o}): find out who has read it, "
            "then chmod 600"
        )


def load_key(path: str, setting: str) -> bytes | None:
    """Read a key of 32 bytes; None where there is no file.

    Args:
        path: of the file.
        setting: that names it, for the errors, which never hold the key.

    Raises:
        PrivateFileError: the file is not its owner's alone, or does not hold 32 bytes in hexadecimal digits.
    """
    content = read_private(path, setting, 2 * _KEY_BYTES + 2)
    if content is None:
        return None
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise PrivateFileError(f"{setting}: the file must hold 64 hexadecimal digits")
    return key


def make_key(path: str, setting: str) -> bytes:
    """Make a key that only its owner can read, unless there is one; the key that is there then. Raises as `load_key`.

    A whole key is written beside the file, then linked: of jobs that start together, the first one's key stays.
    """
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(_KEY_BYTES))
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
    key = load_key(path, setting)
    if key is None:
        raise PrivateFileError(f"{setting}: the file was removed as soon as it was made")
    return key
