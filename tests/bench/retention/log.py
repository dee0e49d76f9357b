"""The log: a million rows built and verified, and whatever is done to rows of it found."""

import random
import time
from collections import Counter
from datetime import date
from pathlib import Path

from jobs.control.database import Control, open_control
from jobs.control.log import Entry, Head, LogError, append, verify
from tests.bench.figures import Figure, Report
from tests.control.test_log import WAYS, Tampering
from tests.factories import lake_settings

_TODAY, _END = date(2026, 11, 28), date(2033, 11, 28)
_AT_ONCE = 1_000
_MILLION, _SMALL = 1_000_000, 10_000
_OF_SMALL, _OF_MILLION = 980, 20
_REACH_S = 60


def log(work: Path, report: Report) -> None:
    """Both sizes; tamperings are taken back, so that each meets a whole log."""
    missed = Counter[str]()
    for size, tamperings in ((_SMALL, _OF_SMALL), (_MILLION, _OF_MILLION)):
        with open_control(lake_settings(work / str(size))) as control:
            begun = time.monotonic()
            head = _built(control, size)
            built = time.monotonic() - begun
            with control.reading() as connection:
                verify(connection, [head], _TODAY)
            whole = time.monotonic() - begun
            missed += _missed(control, head, tamperings, random.Random(size))
    report.figures += [
        Figure(
            f"log: {_MILLION:,} rows built and verified", f"{whole:.0f} s", f"built alone: {built:.0f} s",
            f"{whole / built:.2f}", f"{_REACH_S} s", whole <= _REACH_S,
        ),
        Figure(
            f"log: {_OF_SMALL} tamperings at {_SMALL:,} rows, {_OF_MILLION} at {_MILLION:,}, not found",
            f"{missed.total()}", "", "", "0", not missed,
        ),
    ]  # fmt: skip


def _built(control: Control, size: int) -> Head:
    for start in range(0, size, _AT_ONCE):
        entries = [
            Entry("purge_removed", {"place": "restricted.reads", "removed": {"rows": number}}, _END)
            for number in range(start, start + _AT_ONCE)
        ]
        with control.deciding() as connection:
            head = append(connection, entries)
    return head


def _missed(control: Control, head: Head, count: int, draw: random.Random) -> Counter[str]:
    """By its name, how often a way to tamper with a row drawn by chance was not found."""
    missed = Counter[str]()
    for _ in range(count):
        way, at = draw.choice(WAYS), draw.randrange(head.size)
        missed[way] += not _is_found(control, head, way, at)
    return +missed


def _is_found(control: Control, head: Head, way: str, at: int) -> bool:
    """Whether it is found; the transaction is taken back in any case."""
    with control.deciding() as connection:
        getattr(Tampering(connection, at, head.size), way)()
        try:
            verify(connection, [head], _TODAY)
        except LogError:
            found = True
        else:
            found = False
        connection.rollback()
    return found
