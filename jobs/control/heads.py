"""Signed heads of the log: notes as C2SP's tlog-checkpoint has them, so that other tools check them too.

Three lines say what the log is: its name, its rows, the root of their tree in base64; a fourth when that was. Below
them the signature, by Ed25519, of these lines. Who keeps one off the machine can show any change of what came before.
"""

import base64
import hashlib
import sys
from binascii import Error
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyarrow import fs
from sqlalchemy import Connection, insert, select

from jobs.control.database import open_control
from jobs.control.log import Entry, Head, LogError, append, entries, head, verify
from jobs.control.merkle import EMPTY
from jobs.control.schema import HEADS
from jobs.domain.errors import LakeError
from jobs.domain.private_file import load_key, make_key
from jobs.lake.storage import open_folder
from jobs.settings import Settings

ORIGIN = "anprlake.control"
_SETTING = "control.signing_key"
_TAKEN = "log_key"
"""What the log calls a new key."""
_ED25519 = b"\1"
_DASH = "\N{EM DASH}"


def signing_key(connection: Connection, path: str) -> Ed25519PrivateKey:
    """The key of the log's heads; made with the log's first row, which says so.

    Args:
        connection: a transaction that writes.
        path: of the key's file.

    Raises:
        LogError: the log has another key, or has lost it.
        PrivateFileError: the file is unusable.
    """
    seed, known = load_key(path, _SETTING), public_keys(connection)
    if seed is None and known:
        raise LogError(f"{_SETTING}: the file is missing: put it back from its backup, or take a new key (log new-key)")
    if seed is None:
        seed = make_key(path, _SETTING)
    key = Ed25519PrivateKey.from_private_bytes(seed)
    own = public_text(key.public_key())
    if known and own != known[-1]:
        which = "a key that was given up" if own in known else "not the key of this log"
        raise LogError(f"{_SETTING}: {which}: put the right one back, or take a new key (log new-key)")
    if not known:
        take_key(connection, key, "owner of the machine")
    return key


def take_key(connection: Connection, key: Ed25519PrivateKey, by: str) -> None:
    """Have heads signed by a key from now on; the log says who did that."""
    append(connection, [Entry(_TAKEN, {"public_key": public_text(key.public_key()), "by": by})])


def replace_key(connection: Connection, path: str, by: str) -> None:
    """Have heads signed by another key, where the one of before is lost or known to somebody.

    Heads of before stay true under their own key.

    Raises:
        LogError: a key of the log lies there: nobody loses one by mistake.
        PrivateFileError: the file is unusable.
    """
    if load_key(path, _SETTING) is not None:
        raise LogError(f"{_SETTING}: there is a key: move it away first")
    take_key(connection, Ed25519PrivateKey.from_private_bytes(make_key(path, _SETTING)), by)


def public_keys(connection: Connection) -> list[str]:
    """All keys that heads were signed under."""
    return list(signers(connection))


def signers(connection: Connection) -> dict[str, range]:
    """All keys of the log, and how many rows a head may have that each has signed: up to the row of the next key."""
    taken = [(payload["public_key"], at) for at, _, _, payload in entries(connection, [_TAKEN]) if payload]
    return {
        key: range(at + 1, (taken[number][1] if number < len(taken) else sys.maxsize) + 1)
        for number, (key, at) in enumerate(taken, start=1)
    }


def heads_of(connection: Connection) -> list[str]:
    """The heads that the database keeps itself."""
    return list(connection.scalars(select(HEADS.c.note).order_by(HEADS.c.size)))


def sign_now(settings: Settings) -> str:
    """Sign the log as it is now, and put the head where others keep it.

    Raises:
        LogError: the key is missing, or another one.
        OlderCopyError: the database is an older one than heads that are kept.
        OSError: `control.heads` cannot be written; the database has the head.
    """
    with open_control(settings) as control, control.deciding() as connection:
        require_newest_log(connection, settings)
        note = keep_head(connection, signing_key(connection, settings.control.signing_key))
    put_away(note, settings.control.heads)
    return note


class OlderCopyError(LakeError):
    """The lake or its control database is a copy of before; the message says which, and what to do."""


@dataclass(frozen=True)
class Verified:
    """What a log is by its rows.

    Attributes:
        head: of all its rows.
        heads: that were kept away from the database, or by hand; those that it keeps itself protect nothing.
        protected: rows of the newest of them; whoever can write to the database can write those after them anew.
    """

    head: Head
    heads: int
    protected: int


def verify_log(settings: Settings, notes: Iterable[str] = ()) -> Verified:
    """Work the log out anew, and hold it against every head that is kept.

    Args:
        settings: of the lake.
        notes: heads that somebody has besides.

    Raises:
        LogError: it is not what it was.
    """
    with open_control(settings) as control, control.reading() as connection:
        keys = signers(connection)
        away = {checked(note, keys) for note in (*kept_away(settings.control.heads), *notes)}
        heads = away | {checked(note, keys) for note in heads_of(connection)}
        found = verify(connection, heads, datetime.now(UTC).date())
    return Verified(found, len(away), max((one.size for one in away), default=0))


def require_newest_log(connection: Connection | None, settings: Settings) -> None:
    """Nobody decides, signs or purges by a database that has forgotten what was decided: holds would be unknown.

    Args:
        connection: to it; None where there is none.
        settings: of the lake.

    Raises:
        OlderCopyError: a head that is kept elsewhere has more rows than its log, or is of another log.
    """
    note = newest_away(settings.control.heads)
    if note is None:
        return
    try:
        kept = checked(note, signers(connection) if connection else {})
        rows = head(connection).size if connection else 0
    except LogError:
        told = "control.heads has a head that is of no log of this database"
    else:
        if kept.size <= rows:
            return
        told = f"the control database has {rows} rows of its log, a head in control.heads is of {kept.size}"
    raise OlderCopyError(
        f"{told}: it was lost, or is an older copy, and knows no hold or erasure since: put back its newest one; "
        "where there is none, name another place in control.heads, and place the holds again"
    )


def put_away(note: str, place: str) -> None:
    """Write a head where others keep it; one that is there is never written over."""
    filesystem, folder = open_folder(place)
    _, size, _, at, *_ = note.split("\n")
    folder = f"{folder}/{at.removeprefix('at ')[:7]}"  # of a month: the newest is found without listing years
    filesystem.create_dir(folder, recursive=True)
    path = f"{folder}/{int(size):012d}-{hashlib.sha256(note.encode()).hexdigest()[:16]}.head"
    if filesystem.get_file_info(path).type == fs.FileType.NotFound:
        with filesystem.open_output_stream(path, compression=None) as stream:
            stream.write(note.encode())


def kept_away(place: str) -> list[str]:
    """The heads that lie there."""
    filesystem, folder = open_folder(place)
    selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
    return [_read(filesystem, info) for info in filesystem.get_file_info(selector) if info.extension == "head"]


def newest_away(place: str) -> str | None:
    """The head of the most rows of the newest month in which some were put there; None where there is none."""
    filesystem, folder = open_folder(place)
    months = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    for month in sorted((one.path for one in months if one.type == fs.FileType.Directory), reverse=True):
        heads = [one for one in filesystem.get_file_info(fs.FileSelector(month)) if one.extension == "head"]
        if heads:
            return _read(filesystem, max(heads, key=lambda one: one.base_name))
    return None


def _read(filesystem: fs.FileSystem, head: fs.FileInfo) -> str:
    with filesystem.open_input_stream(head.path, compression=None) as stream:
        return bytes(stream.read()).decode(errors="replace")


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as 64 hexadecimal digits."""
    return key.public_bytes_raw().hex()


def keep_head(connection: Connection, key: Ed25519PrivateKey) -> str:
    """Sign the log as it is now; one of the same size is kept already."""
    now = head(connection)
    held: str | None = connection.scalar(select(HEADS.c.note).where(HEADS.c.size == now.size))
    if held is not None:
        return held
    note = signed(now, key, datetime.now(UTC))
    connection.execute(insert(HEADS).values(size=now.size, note=note))
    return note


def signed(told: Head, key: Ed25519PrivateKey, at: datetime) -> str:
    """A head as a note that is signed."""
    root = base64.b64encode(told.root).decode()
    text = f"{ORIGIN}\n{told.size}\n{root}\nat {at.isoformat(timespec='seconds')}\n"
    signature = base64.b64encode(_key_id(key.public_key()) + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH} {ORIGIN} {signature}\n"


def checked(note: str, keys: Mapping[str, range]) -> Head:
    """The head that a note tells, signed by one of some keys.

    Args:
        note: the head as it was signed.
        keys: public keys, with the rows that heads of each may have: one that was given up signs nothing later.

    Raises:
        LogError: it is no such note, or none of the keys has signed it.
    """
    text, _, signature = note.partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        seal = base64.b64decode(signature.removeprefix(f"{_DASH} {ORIGIN} ").rstrip("\n"), validate=True)
    except (IndexError, ValueError, Error):
        raise LogError("this is no head of a log") from None
    if origin != ORIGIN or size < 0 or str(size) != lines[1] or len(root) != len(EMPTY):
        raise LogError("this is no head of this log")
    for public, sizes in keys.items():
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        if size in sizes and seal.startswith(_key_id(key)) and _has_signed(key, seal[4:], f"{text}\n".encode()):
            return Head(size, root)
    raise LogError("the head is signed by no key of this log")


def _has_signed(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _key_id(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(f"{ORIGIN}\n".encode() + _ED25519 + key.public_bytes_raw()).digest()[:4]
