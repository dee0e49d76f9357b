"""A lock on an object store: an object that is written on condition alone, and again and again while it is held.

S3 (`If-None-Match`, `If-Match`), Google's and Azure's stores refuse a write whose condition does not hold, so of
writers that come together one gets it. A holder that dies stops writing: who has seen the object unchanged for
`EXPIRES_S` by its own clock takes it over, so clocks need not agree. A holder that finds it taken over stops.
"""

import logging
import os
import signal
import threading
import time
import uuid
from typing import TYPE_CHECKING, Literal

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import from_url

from jobs.domain.errors import LakeError

if TYPE_CHECKING:
    from obstore import UpdateVersion

log = logging.getLogger(__name__)

EXPIRES_S = 60.0
_BEATS = 6
"""How often a holder writes while it would expire."""
_LOCK = ".writer"
_REFUSED = (AlreadyExistsError, PreconditionError, NotFoundError)


class ObjectLock:
    """The lock of a lake behind a URI: who has it stands in the object, which is empty while nobody does."""

    def __init__(self, root: str, expires_s: float = EXPIRES_S) -> None:
        """Touch nothing yet.

        Raises:
            LakeError: storage of this kind knows no write on condition.
        """
        try:
            self._store = from_url(root)
        except (BaseError, ValueError):
            raise LakeError(
                f"storage.root: {root.partition(':')[0]}: has no locks; allowed is a path, s3a://, gs:// or abfs://"
            ) from None
        self._expires_s = expires_s
        self._name, self._beat, self._who = uuid.uuid4().hex, 0, ""
        self._e_tag: str | None = None
        self._seen = ("", 0.0)
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._hold, daemon=True)

    def take(self, who: str) -> bool:
        """Take the lock if it is free, or its holder has not written for so long that it must be dead."""
        self._who = who
        found = self._read()
        if found is None:
            taken = self._write(None)
        else:
            taken = (not found[1] or self._is_dead(found[0])) and self._write(found[0])
        if taken:
            self._heart.start()
        return taken

    def holder(self) -> str:
        """Who has it."""
        found = self._read()
        return (found[1] if found else "").partition("\n")[0] or "another writer"

    def release(self) -> None:
        """Give it back."""
        self._over.set()
        if self._heart.ident:
            self._heart.join()
            self._who = ""
            self._write(self._e_tag)

    def _is_dead(self, e_tag: str) -> bool:
        now = time.monotonic()
        if self._seen[0] != e_tag:
            self._seen = (e_tag, now)
        return now - self._seen[1] > self._expires_s

    def _read(self) -> tuple[str, str] | None:
        """The object's tag and text."""
        try:
            found = obstore.get(self._store, _LOCK)
        except (NotFoundError, FileNotFoundError):
            return None
        return found.meta["e_tag"] or "", bytes(found.bytes()).decode()

    def _write(self, e_tag: str | None) -> bool:
        """Write who has the lock, where the object still has a tag, or, without one, is not there yet."""
        self._beat += 1  # of equal content the tag would be the same
        text = f"{self._who}\n{self._name} {self._beat}" if self._who else ""
        try:
            mode: Literal["create"] | UpdateVersion = {"e_tag": e_tag} if e_tag else "create"
            self._e_tag = obstore.put(self._store, _LOCK, text.encode(), mode=mode)["e_tag"]
        except _REFUSED:
            # Of a write that the network repeats the second is refused: it may be ours that stands there.
            found = self._read()
            if not (found and text and found[1] == text):
                return False
            self._e_tag = found[0]
        return True

    def _hold(self) -> None:
        """Write again and again; end the process when that is refused, or fails until another may take over."""
        written = time.monotonic()
        while not self._over.wait(self._expires_s / _BEATS):
            try:
                if not self._write(self._e_tag):
                    break
                written = time.monotonic()
            except BaseError:
                if time.monotonic() - written > self._expires_s * (_BEATS - 2) / _BEATS:
                    break
        else:
            return
        log.error("the lock of the lake was lost: another one may write now, so this process ends")
        os.kill(os.getpid(), signal.SIGTERM)
