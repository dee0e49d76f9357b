"""Hits that came to nothing, by format of the mark, site and list owner: whom the hot-lists stop for no reason.

Clause 8 of the force's policy: the instruction is designed to avoid discrimination. A group with few hits is told among
the others, for it tells of one person, one vehicle or one camera.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import add
from typing import Any

from jobs.analytics.hotlist_responses import answered
from jobs.control.responses import of_days
from jobs.domain.terms import HitState
from jobs.domain.tokens import site_code
from jobs.lake.store import Rows
from jobs.lake.tables import HOTLIST, HOTLIST_HITS
from jobs.runtime.night import Night
from jobs.runtime.redaction import names_a_vehicle_or_place
from ocr.vrm import classify

OTHERS, TOGETHER = "others", "all together"
_MOST = 60
"""Groups that are told, those with the most hits."""
_NO_OWNER, _NOT_TOLD = "not named by the list", "not told: might name a vehicle"
_COLUMNS = ("hit_id", "entry_id", "version", "sighting_ids", "vrm", "camera_id", "state", "outcome")


@dataclass(frozen=True)
class Tally:
    """Hits, those that somebody answered, and of these those that came to nothing."""

    hits: int
    answered: int
    nothing: int

    def __add__(self, other: "Tally") -> "Tally":
        """Of both."""
        return Tally(self.hits + other.hits, self.answered + other.answered, self.nothing + other.nothing)

    def told(self, name: str) -> dict[str, Any]:
        """A line; the share is of the answered ones, None where there are none."""
        share = round(self.nothing / self.answered, 3) if self.answered else None
        return {"name": name, "hits": self.hits, "answered": self.answered, "nothing": self.nothing, "share": share}


def hits_that_came_to_nothing(night: Night) -> dict[str, Any]:
    """Counts of the hits of the days that are open to authorised users, in all and by group.

    Raises:
        DamagedTableError: hits or lists cannot be read.
    """
    last, span = night.process_date, night.settings.retention.limits.access[0].until_days
    days = [last - timedelta(days=number) for number in range(span)]
    hits = night.store.rows(HOTLIST_HITS, *_COLUMNS, days=days)
    with night.look() as connection:
        hits = answered(hits, of_days(connection, days) if connection and hits else [])
    words, smallest = night.settings.report.came_to_nothing, night.settings.report.smallest_group
    tallies = [_tally(hit, words) for hit in hits]
    owners = _owners(night, hits)
    groups = {
        "by_format": [classify(hit["vrm"]) for hit in hits],
        "by_site": [site_code(night.token_key, hit["camera_id"]) for hit in hits],
        "by_owner": [owners.get((hit["version"], hit["entry_id"]), _NO_OWNER) for hit in hits],
    }
    whole = reduce(add, tallies, Tally(0, 0, 0))
    told = {"since": str(days[-1]), "until": str(last), "smallest_group": smallest, "all": whole.told("all")}
    return told | {name: grouped(zip(of_hits, tallies, strict=True), smallest) for name, of_hits in groups.items()}


def _tally(hit: Mapping[str, Any], words: Collection[str]) -> Tally:
    outcome = (hit["outcome"] or "").casefold()
    is_nothing = hit["state"] == HitState.CLOSED and any(word.casefold() in outcome for word in words)
    return Tally(1, int(hit["state"] != HitState.NEW), int(is_nothing))


def _owners(night: Night, hits: Rows) -> dict[tuple[str, str], str]:
    """Force and area of the entries that hits name, as their lists say, by version and entry."""
    entries = {hit["entry_id"] for hit in hits}
    rows = night.store.rows_with(HOTLIST, "entry_id", entries, "version", "entry_id", "force_area")
    return {(row["version"], row["entry_id"]): _owner(row["force_area"]) for row in rows}


def _owner(text: str | None) -> str:
    """Who an entry is of: a supplier's own text, which may hold anything."""
    name = " ".join((text or "").split())
    return _NOT_TOLD if names_a_vehicle_or_place(name) else name or _NO_OWNER


def grouped(hits: Iterable[tuple[str, Tally]], smallest: int) -> list[dict[str, Any]]:
    """A line for each group of at least so many hits, the largest first; then all others together.

    The others are so many too: else the smallest group that could be told goes with them, for what is left of the whole
    would tell of them.
    """
    tallies = defaultdict[str, Tally](lambda: Tally(0, 0, 0))
    for name, tally in hits:
        tallies[name] += tally
    in_order = sorted(tallies.items(), key=lambda one: (-one[1].hits, one[0]))
    shown = [one for one in in_order if one[1].hits >= smallest][:_MOST]
    others = reduce(add, (tally for _, tally in in_order[len(shown) :]), Tally(0, 0, 0))
    while shown and 0 < others.hits < smallest:
        others += shown.pop()[1]
    rest = [others.told(OTHERS if shown else TOGETHER)] if others.hits else []
    return [tally.told(name) for name, tally in shown] + rest
