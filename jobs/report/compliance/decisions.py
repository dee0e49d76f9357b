"""What people decided, from the control database: who may, holds and reviews, weeding, what two people agreed on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from jobs.control import corrections, weeding
from jobs.control.holds import Hold, holds
from jobs.control.log import entries
from jobs.control.people import Person, overdue, people
from jobs.control.suppressions import suppressions
from jobs.report.holds import scope_of, state_of

_MOST = 50
"""Approvals that the report lists, the newest; the log has all."""
_ASKED = {"purge_request": ("purge", "plan"), "hold_release_asked": ("release of a hold", "hold")}
_AGREED = {"purge_approval": ("purge", "plan"), "hold_release": ("release of a hold", "hold")}


def decisions(connection: Connection | None, review_days: int) -> dict[str, Any]:
    """All of it; each part is empty where nobody has decided anything yet.

    Args:
        connection: to the database; None where there is none.
        review_days: within which people are to be looked at again.
    """
    if connection is None:
        return {"holds": [], "people": [], "approvals": [], "vehicles": {}, "weeding": {"decisions": {}, "asked": None}}
    today = datetime.now(UTC).date()
    return {
        "holds": list(_holds(connection, today)),
        "people": list(_people(people(connection), review_days, today)),
        "approvals": list(_approvals(connection))[-_MOST:][::-1],
        "vehicles": _vehicles(connection),
        "weeding": _weeding(connection),
    }


def _holds(connection: Connection, today: date) -> Iterator[dict[str, Any]]:
    """A line for each hold: scope in counts, reviews, and whether one is overdue, which ends nothing."""
    reviews = Counter[str]()
    for *_, payload in entries(connection, ["hold_review"]):
        reviews[payload["hold"] if payload else ""] += 1
    for one in holds(connection):
        yield _hold(one, today) | {"reviews": reviews[one.hold_id]}


def _hold(one: Hold, today: date) -> dict[str, Any]:
    return {
        "hold": one.hold_id, "case": one.case_ref, "keeps": scope_of(one),
        "by": [name for name in (one.authoriser, one.second_authoriser) if name],
        "placed_on": one.placed_at and str(one.placed_at.date()), "review_on": str(one.review_on),
        "state": state_of(one, today), "overdue": one.is_overdue(today),
    }  # fmt: skip


def _people(everybody: list[Person], review_days: int, today: date) -> Iterator[dict[str, Any]]:
    """A line for each role: how many may decide, who was looked at longest ago, and whose time ends first."""
    for role in sorted({one.role for one in everybody}):
        now = [one for one in everybody if one.role is role and one.may_decide(today)]
        yield {
            "role": str(role), "may_decide": len(now), "ended": sum(one.role is role for one in everybody) - len(now),
            "longest_since_review": str(min((one.reviewed_on for one in now), default="")),
            "overdue": sum(1 for _ in overdue(now, review_days, today)),
            "first_to_end": str(min((one.until for one in now), default="")),
        }  # fmt: skip


def _approvals(connection: Connection) -> Iterator[dict[str, Any]]:
    """What one person asked for and another agreed to, or has not yet; by when it was asked."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for _, at, kind, payload in entries(connection, [*_ASKED, *_AGREED]):
        if payload is None:  # it has expired
            continue
        what, named = (_ASKED | _AGREED)[kind]
        if kind in _ASKED:
            asked = {"asked_by": payload["by"], "asked_on": at[:10], "agreed_by": None, "agreed_on": None}
            found[what, payload[named]] = {"what": what, "name": payload[named], **asked}
        elif (what, payload[named]) in found:
            found[what, payload[named]] |= {"agreed_by": payload["by"], "agreed_on": at[:10]}
    yield from found.values()


def _vehicles(connection: Connection) -> dict[str, Any]:
    """Erasures, restrictions and corrections in force, in counts, and those that were ended on the way."""
    found = suppressions(connection)
    not_done = [one.suppression_id for one in found if not one.is_done]
    orders = corrections.known(connection)
    return {
        "in_force": dict(Counter(str(one.why) for one in found)), "not_done": not_done,
        "corrected": sum(one.is_done for one in orders), "corrections_not_done": sum(not one.is_done for one in orders),
    }  # fmt: skip


def _weeding(connection: Connection) -> dict[str, Any]:
    """Decisions about entries by kind, and what the last purge asked owners about."""
    kinds = Counter(str(one.kind) for found in weeding.decisions(connection).values() for one in found)
    asked: Mapping[str, Any] | None = None
    for *_, payload in entries(connection, ["weeding_review"]):
        asked = payload or asked
    return {"decisions": dict(sorted(kinds.items())), "asked": asked}
