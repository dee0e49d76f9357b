"""Weeding for relevance: the entries of hot-lists that their owners are asked about.

An entry ends by its weed date at the latest, and by the maximum. Before that somebody has to say whether it is still
needed where it is about to end, has led to nothing for long, or its case is closed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from jobs.control.database import Control
from jobs.control.log import Entry, append
from jobs.control.weeding import WeedingError
from jobs.domain.weeding import Decision, Listed, is_closed, is_confirmed, last_day, since_weeded
from jobs.ingest.hotlist.versions import in_force, in_order
from jobs.lake.store import Store
from jobs.lake.tables import HOTLIST, HOTLIST_HITS, HOTLIST_VERSIONS
from jobs.runtime.night import Night
from jobs.runtime.weeding import weeding

_NAME = re.compile(r"[0-9a-f]{8,64}")
_SHOWN = ("entry_id", "vrm", "force_area", "reason", "nim_code", "weed_date")


class Why(StrEnum):
    """Why an owner is asked about an entry."""

    ENDS = "ends soon"
    NO_HIT = "no hit"
    CLOSED = "case closed"


@dataclass(frozen=True)
class Asked:
    """An entry that its owner is asked about.

    Attributes:
        owner: force and area, as the list says; '' where it does not.
        reason: of the entry, as the list says.
        nim_code: the same.
        ends: the last day on which it may match.
        why: what the owner is asked for; at least one.
    """

    owner: str
    entry_id: str
    vrm: str
    reason: str
    nim_code: str
    ends: date
    why: tuple[Why, ...]


def find_entry(store: Store, name: str) -> Listed:
    """What the lists say of an entry, by its name or at least eight digits of its beginning.

    Raises:
        WeedingError: there is no such entry, or several.
    """
    known = {row["version"]: row for row in store.rows(HOTLIST_VERSIONS)}
    found = []
    if _NAME.fullmatch(name):
        columns = ("entry_id", "version", "valid_from", "weed_date")
        found = [row for row in store.rows_named(HOTLIST, "entry_id", name, *columns) if row["version"] in known]
    names = {row["entry_id"] for row in found}
    if len(names) != 1:
        what = f"{len(names)} entries are so called" if names else "there is no such entry"
        raise WeedingError(f"{what}: `anprlake hotlist review` lists those to look at")
    order = {row["version"]: place for place, row in enumerate(in_order([*known.values()]))}
    newest = max(found, key=lambda row: order[row["version"]])
    return Listed(newest["entry_id"], min(row["valid_from"] for row in found), newest["weed_date"])


def entries_to_review(night: Night) -> list[Asked]:
    """The entries in force on the night that their owners are asked about, by owner, the first to end first."""
    asked = _Review(night).asked()
    return sorted(asked, key=lambda one: (one.owner, one.ends, one.entry_id))


def ask_owners(night: Night, control: Control) -> int:
    """Make the night's list of them, and say in the log of how many; `anprlake hotlist review` shows which."""
    asked = entries_to_review(night)
    told = {
        "run_id": night.run_id, "as_of": str(night.process_date), "entries": len(asked),
        "owners": len({one.owner for one in asked}), "why": Counter(str(why) for one in asked for why in one.why),
    }  # fmt: skip
    kept_until = night.process_date + timedelta(days=night.settings.retention.limits.governance.days)
    with control.deciding() as connection:
        append(connection, [Entry("weeding_review", told, kept_until)])
    return len(asked)


class _Review:
    """The list in force on a night, held against hits, decisions and limits."""

    def __init__(self, night: Night) -> None:
        self._store, self._today, self._settings = night.store, night.process_date, night.settings.retention
        self._weeding = weeding(night.store, night.look)
        self._version = in_force(self._store.rows(HOTLIST_VERSIONS), [self._today]).get(self._today)

    def asked(self) -> Iterator[Asked]:
        if self._version is None:
            return
        weeded = set(self._weeding.taken_out(self._version, self._today))
        first, hit = self._store.earliest(HOTLIST, "entry_id", "valid_from"), self._hit()
        for row in self._store.rows_with(HOTLIST, "version", {self._version}, *_SHOWN):
            name = row["entry_id"]
            ends = self._ends(row, first[name])
            if name in weeded or ends < self._today or is_confirmed(self._decisions(name), self._today):
                continue
            if why := tuple(self._why(name, ends, is_idle=name not in hit and first[name] <= self._idle_since)):
                yield Asked(
                    row["force_area"] or "", name, row["vrm"], row["reason"], row["nim_code"] or "", ends, why
                )  # fmt: skip

    @property
    def _idle_since(self) -> date:
        return self._today - timedelta(days=self._settings.weeding_no_hit_days)

    def _hit(self) -> set[str]:
        """Entries that gave a hit lately."""
        since = self._idle_since + timedelta(days=1)
        return set(self._store.earliest(HOTLIST_HITS, "entry_id", "capture_date", since=since))

    def _decisions(self, name: str) -> Sequence[Decision]:
        return self._weeding.decisions.get(name, ())

    def _ends(self, row: dict[str, Any], first_on: date) -> date:
        _, extended = since_weeded(self._decisions(row["entry_id"]))
        weed_date: date = row["weed_date"]
        extended_until = extended.until if extended and extended.until else date.max
        return min(weed_date, last_day(first_on, self._settings.hotlist_maximum_days), extended_until)

    def _why(self, name: str, ends: date, *, is_idle: bool) -> Iterator[Why]:
        if ends <= self._today + timedelta(days=self._settings.weeding_notice_days):
            yield Why.ENDS
        if is_idle:
            yield Why.NO_HIT
        if is_closed(self._decisions(name)):
            yield Why.CLOSED
