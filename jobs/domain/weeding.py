"""What is decided about hot-list entries, and what that does to them.

Lists come from their owners, each a full one, and so bring back whatever was taken out here. An entry that was weeded
matches again only where both have happened since: an authoriser has extended it, and a list has it with a newer weed
date than it had when it was weeded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any


class Kind(StrEnum):
    """What is decided about an entry: it is still relevant, its case is closed, it goes, it may stay longer."""

    CONFIRM = "confirm"
    CLOSE = "close"
    WEED = "weed"
    EXTEND = "extend"


@dataclass(frozen=True)
class Listed:
    """What the lists say of an entry.

    Attributes:
        first_on: the day from which on a list had it first.
        weed_date: the last day on which it may match, by the newest list that has it.
    """

    entry_id: str
    first_on: date
    weed_date: date


@dataclass(frozen=True)
class Decision:
    """What was decided about an entry.

    Attributes:
        person: staff number.
        decided_on: the day from which on it counts.
        weed_date: that of the entry then.
        until: the last day of an extension.
    """

    entry_id: str
    kind: Kind
    person: str
    reason: str
    decided_on: date
    weed_date: date
    until: date | None = None


def last_day(first_on: date, maximum_days: int) -> date:
    """The last day on which an entry may match, whatever its lists and its extensions say."""
    return first_on + timedelta(days=maximum_days)


def is_weeded(decisions: Sequence[Decision], weed_date: date, day: date) -> bool:
    """Whether an entry matches nothing on a day, although a list has it.

    Args:
        decisions: all about the entry, in their order.
        weed_date: by the list in force on the day.
        day: of capture.
    """
    weeded, extended = since_weeded([one for one in decisions if one.decided_on <= day])
    if weeded is None:
        return False
    return not (extended and extended.until and weed_date > weeded.weed_date and day <= extended.until)


def since_weeded(decisions: Sequence[Decision]) -> tuple[Decision | None, Decision | None]:
    """The last decision to weed, and the last extension since."""
    weeded = extended = None
    for one in decisions:
        if one.kind is Kind.WEED:
            weeded, extended = one, None
        elif one.kind is Kind.EXTEND:
            extended = one
    return weeded, extended


def is_confirmed(decisions: Sequence[Decision], day: date) -> bool:
    """Whether somebody has said that it is still relevant, and nobody since that its case is closed."""
    last = _of_relevance(decisions)
    return last is not None and last.kind is Kind.CONFIRM and last.decided_on <= day <= last.weed_date


def is_closed(decisions: Sequence[Decision]) -> bool:
    """Whether its case is closed, by the last who said so or the contrary."""
    last = _of_relevance(decisions)
    return last is not None and last.kind is Kind.CLOSE


def _of_relevance(decisions: Sequence[Decision]) -> Decision | None:
    return next((one for one in reversed(decisions) if one.kind in {Kind.CONFIRM, Kind.CLOSE}), None)


@dataclass(frozen=True)
class Weeding:
    """Entries about which something was decided.

    Attributes:
        decisions: all about each, in their order.
        listed: what versions of the list have of them: entry_id, version, weed_date.
    """

    decisions: Mapping[str, Sequence[Decision]]
    listed: Iterable[Mapping[str, Any]]

    def taken_out(self, version: str, day: date) -> list[str]:
        """Entries of a version that decisions take out on a day, in order; of those that it ends itself none."""
        return sorted(
            row["entry_id"] for row in self._of_version.get(version, ())
            if row["weed_date"] >= day and is_weeded(self.decisions[row["entry_id"]], row["weed_date"], day)
        )  # fmt: skip

    @cached_property
    def _of_version(self) -> Mapping[str, list[Mapping[str, Any]]]:
        found = defaultdict[str, list[Mapping[str, Any]]](list)
        for row in self.listed:
            found[row["version"]].append(row)
        return found
