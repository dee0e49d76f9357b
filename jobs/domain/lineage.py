"""What a derived day was built from, and whether that still holds: the rule of nights, backfills and status.

A day (or a window of days, by its last one) of a derived table has a record of its inputs as digests. Where an input
has changed the day is stale, and the next night builds it anew; where settings or rules have changed it is stale by
rules, and only a backfill does. Nothing else says what is to be done: no night that a file came with, no run before.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

_DIGITS = 32

Inputs = dict[str, str]
"""Digest of each input by its name; an input that is not there has the digest ''."""


class State(StrEnum):
    """What a record says became of its day."""

    BUILT = "built"
    EMPTY = "empty"
    REFUSED = "refused"


class Status(StrEnum):
    """What a day is now."""

    FRESH = "fresh"
    STALE = "stale"
    STALE_BY_RULES = "stale by rules"
    REFUSED = "refused"
    MISSING = "missing"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Record:
    """A row of `restricted.lineage`, but for the columns of the night.

    Attributes:
        day: of capture; of a window its last one.
        rests_from: the earliest day that it rests on: the record ends with that.
        inputs: what it was built from, or refused.
        settings: digest of the settings that bear on it.
        rules: number of the rules, raised by hand.
        files: digest of the paths of its data files.
        content: keyed digest of what is published, whatever the order of rows.
    """

    table_name: str
    day: date
    rests_from: date
    inputs: Inputs
    settings: str
    rules: int
    files: str
    content: str
    rows: int
    state: State


def digest(texts: Iterable[str]) -> str:
    """A digest of texts in their order: of names and settings, which nobody need hide."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:_DIGITS]


def keyed_digest(key: bytes, texts: Iterable[str]) -> str:
    """The same under a key, of what could be guessed from its bare digest: the places of cameras, a day of one read."""
    return hmac.digest(key, ("lineage|" + "\n".join(texts)).encode(), "sha256").hex()[:_DIGITS]


def status(records: Iterable[Record | None], inputs: Inputs, settings: str, rules: int) -> Status:
    """What a day or window is, by the records of all tables of its unit."""
    found = [_status(one, inputs, settings, rules) for one in records]
    return next(one for one in _GRAVEST_FIRST if one in found)


_GRAVEST_FIRST = (Status.MISSING, Status.STALE, Status.REFUSED, Status.STALE_BY_RULES, Status.FRESH)


def _status(record: Record | None, inputs: Inputs, settings: str, rules: int) -> Status:
    if record is None:
        return Status.MISSING
    same_rules = (record.settings, record.rules) == (settings, rules)
    same_inputs = record.inputs == inputs
    if record.state is State.REFUSED:  # what refused it may have been a setting or the suite
        return Status.REFUSED if same_inputs and same_rules else Status.STALE
    if not same_rules and record.inputs.keys() != inputs.keys():  # it is they that have it rest on other things
        return Status.STALE_BY_RULES
    if not same_inputs:
        return Status.STALE
    return Status.FRESH if same_rules else Status.STALE_BY_RULES


def refused(before: Record | None, attempt: Record) -> Record:
    """The record of an attempt that was refused: what is published stays as it was, and so does its content."""
    if before is None:
        return replace(attempt, state=State.REFUSED, files="", content="", rows=0)
    return replace(attempt, state=State.REFUSED, files=before.files, content=before.content, rows=before.rows)
