"""The log of what people decide and what is deleted: no row can be changed, dropped, swapped or added unseen.

Its rows are the leaves of a Merkle tree (RFC 9162). A leaf is made of a row's position, time, kind, end, and the digest
of a random salt and its payload: when the row expires, salt and payload go, and the leaf stays what it was.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from jobs.control.merkle import Frontier, leaf_hash
from jobs.control.schema import LOG, TREE
from jobs.domain.errors import LakeError

_SALT_BYTES = _HASH_BYTES = 32
_AT_ONCE = 10_000
_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


class LogError(LakeError):
    """The log is not what it was; the message says where, and never what a row holds."""


@dataclass(frozen=True)
class Entry:
    """What is to be written down.

    Attributes:
        kind: of what was done, in the words of the command that did it.
        payload: what there is to know; JSON.
        expires_on: the day from which on the payload may not be there; None keeps it as long as the log.
    """

    kind: str
    payload: Mapping[str, Any]
    expires_on: date | None = None


@dataclass(frozen=True)
class Head:
    """What the log is, in so many rows.

    Attributes:
        size: rows.
        root: of their Merkle tree.
    """

    size: int
    root: bytes


def append(connection: Connection, entries: Sequence[Entry]) -> Head:
    """Write entries in the transaction of what they tell of; others that write wait for its end.

    Returns:
        The log with them.
    """
    frontier, now = _locked(connection), datetime.now(UTC).isoformat(timespec="microseconds")
    rows = [_row(position, now, entry) for position, entry in enumerate(entries, start=frontier.size)]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(LOG), rows[start : start + _AT_ONCE])
    grown = frontier.grown(
        _leaf(row["position"], row["at"], row["kind"], row["expires_on"], row["digest"]) for row in rows
    )
    connection.execute(update(TREE).values(size=grown.size, peaks=b"".join(grown.peaks)))
    return Head(grown.size, grown.root())


def lock(connection: Connection) -> None:
    """Have all others that write wait for the end of this transaction: what it reads from here on stays so."""
    _locked(connection)


def head(connection: Connection) -> Head:
    """What the log is now, as far as it knows itself; `verify` looks at its rows."""
    frontier = _frontier(connection)
    return Head(frontier.size, frontier.root())


def forget(connection: Connection, today: date) -> int:
    """Remove salt and payload of rows that have expired; how many these were."""
    over = (LOG.c.expires_on <= today) & LOG.c.payload.is_not(None)
    return connection.execute(update(LOG).where(over).values(payload=None, salt=None)).rowcount


def entries(
    connection: Connection, kinds: Iterable[str] = (), after: int = -1
) -> Iterator[tuple[int, str, str, dict[str, Any] | None]]:
    """Position, time, kind and payload of rows, all or some kinds; the payload is None once it has expired."""
    columns = (LOG.c.position, LOG.c.at, LOG.c.kind, LOG.c.payload)
    wanted = select(*columns).where(LOG.c.position > after).order_by(LOG.c.position)
    if kinds := list(kinds):
        wanted = wanted.where(LOG.c.kind.in_(kinds))
    for position, at, kind, payload in connection.execute(wanted):
        yield position, at, kind, payload and json.loads(payload)


def last_entry(connection: Connection, kind: str) -> dict[str, Any] | None:
    """The payload of the newest row of a kind; None where there is none, or it has expired."""
    newest = select(LOG.c.payload).where(LOG.c.kind == kind).order_by(LOG.c.position.desc()).limit(1)
    payload = connection.scalar(newest)
    return json.loads(payload) if payload else None


def verify(connection: Connection, kept: Iterable[Head], today: date) -> Head:
    """Work the log out anew from its rows, and hold it against heads that somebody kept.

    What came after the last kept head is protected by nothing: who can write to the database can write it anew.

    Args:
        connection: to the database.
        kept: heads of before.
        today: until which rows may have expired.

    Returns:
        What its rows are.

    Raises:
        LogError: a row is missing, was changed or lost its payload too early, or the log did not begin as a head says.
    """
    roots = sorted({(one.size, one.root) for one in kept}, reverse=True)
    frontier = _held_against(roots, Frontier())
    in_order = select(LOG).order_by(LOG.c.position)
    rows = connection.execute(in_order, execution_options={"yield_per": _AT_ONCE})
    for some in rows.partitions():
        leaves = [_checked(row, place, today) for place, row in enumerate(some, start=frontier.size)]
        while leaves:  # as far as the next head, or to the end
            step = min(len(leaves), roots[-1][0] - frontier.size if roots else len(leaves))
            frontier = _held_against(roots, frontier.grown(leaves[:step]))
            leaves = leaves[step:]
    if roots:
        raise LogError(f"the log ends at row {frontier.size}, and a head of {roots[0][0]} rows was kept")
    if _frontier(connection) != frontier:
        raise LogError("the log's tree is not that of its rows")
    return Head(frontier.size, frontier.root())


def _held_against(roots: list[tuple[int, bytes]], frontier: Frontier) -> Frontier:
    """The same, once it is what the heads of its size say; these are taken from the end of the list."""
    while roots and roots[-1][0] == frontier.size:
        if roots.pop()[1] != frontier.root():
            raise LogError(f"the first {frontier.size} rows of the log are not those of the head that was kept")
    return frontier


def _checked(row: "Row[Any]", place: int, today: date) -> bytes:
    """The leaf of a row that is whole, and stands at its place."""
    position, at, kind, expires_on, digest, salt, payload = row
    if position != place:
        raise LogError(f"row {place} of the log is missing")
    if payload is None or salt is None:
        if expires_on is None or expires_on > today or (payload, salt) != (None, None):
            raise LogError(f"row {place} of the log has lost its payload before its end")
    elif digest != _digest(salt, payload):
        raise LogError(f"row {place} of the log was changed")
    return _leaf(position, at, kind, expires_on, digest)


def sealed(*values: str | Sequence[str]) -> str:
    """What tells whether values are the same still, and not which: one of them must be a key's, or random."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _row(position: int, at: str, entry: Entry) -> dict[str, Any]:
    salt, payload = secrets.token_bytes(_SALT_BYTES), _encoded(entry.payload)
    return {
        "position": position, "at": at, "kind": entry.kind, "expires_on": entry.expires_on,
        "digest": _digest(salt, payload), "salt": salt, "payload": payload,
    }  # fmt: skip


def _leaf(position: int, at: str, kind: str, expires_on: date | None, digest: bytes) -> bytes:
    return leaf_hash(f"{position}\n{at}\n{kind}\n{expires_on or ''}\n{digest.hex()}".encode())


def _digest(salt: bytes, payload: str) -> bytes:
    return hashlib.sha256(salt + payload.encode()).digest()


def _locked(connection: Connection) -> Frontier:
    """The tree, which nobody else can change before this transaction ends."""
    connection.execute(update(TREE).values(size=TREE.c.size))
    return _frontier(connection)


def _frontier(connection: Connection) -> Frontier:
    size, peaks = connection.execute(select(TREE.c.size, TREE.c.peaks)).one()
    return Frontier(size, tuple(peaks[at : at + _HASH_BYTES] for at in range(0, len(peaks), _HASH_BYTES)))
