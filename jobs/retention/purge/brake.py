"""The brake: a purge that would take a large part of the lake, or under other maximum ages, needs two people.

One asks for it and says why, another one approves. What they agree on is a plan: places, cutoffs, and at most so many
days and rows of each. A purge that was killed goes on under it; one that would remove anything more does not.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append, entries, last_entry
from jobs.control.people import Role, deciding, may_decide
from jobs.control.schema import PURGE_REQUESTS
from jobs.domain.errors import LakeError
from jobs.domain.retention import RetentionClass, all_maximum_days, maximum_days
from jobs.lake.store import Rows
from jobs.lake.tables import RUNS
from jobs.retention.expired import Expired
from jobs.retention.purge.journal import REMOVED
from jobs.runtime.night import Night

PROFILE, APPROVAL = "retention_profile", "purge_approval"
_BOUNDS = ("partitions", "rows")
_JUDGED_ON_ARRIVAL = (RetentionClass.READS, RetentionClass.FOOTAGE)


class BrakeError(LakeError):
    """A purge that nobody has approved; the message says what to do."""


@dataclass(frozen=True)
class Plan:
    """What a purge would remove.

    Attributes:
        as_of: the day as of which ages are counted.
        profile: retention profile.
        places: cutoff, days and rows of each in which something has expired.
        share: of the rows of all tables, those that would go.
        reasons: why it needs approval; none where it does not.
    """

    as_of: date
    profile: str
    places: dict[str, dict[str, Any]]
    share: float
    reasons: tuple[str, ...]

    @property
    def name(self) -> str:
        """The hash of it, 16 hexadecimal digits: what people agree on."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]

    def text(self) -> str:
        """All of it that is agreed on, as JSON."""
        return json.dumps({"as_of": str(self.as_of), "profile": self.profile, "places": self.places}, sort_keys=True)

    def beyond(self, agreed: str) -> list[str] | None:
        """Places of which it removes more than another one's text has; None where that is of another day or profile."""
        other = json.loads(agreed)
        if (str(self.as_of), self.profile) != (other["as_of"], other["profile"]):
            return None
        return [
            name for name, found in sorted(self.places.items())
            if (bound := other["places"].get(name)) is None or bound["cutoff"] != found["cutoff"]
            or any(found[count] > bound[count] for count in _BOUNDS)
        ]  # fmt: skip


def plan_of(night: Night, connection: Connection, expired: list[Expired]) -> Plan:
    """The plan of a purge of what has expired.

    Args:
        night: whose process date is the day as of which ages are counted.
        connection: to the control database.
        expired: of all places that can be looked into.
    """
    places = {
        one.place: {"cutoff": str(one.cutoff), **{name: getattr(one, name) for name in _BOUNDS}}
        for one in expired if one.is_something
    }  # fmt: skip
    held, going = sum(one.held for one in expired), sum(one.rows for one in expired)
    share = going / held if held else 0.0
    reasons = []
    if share > night.settings.retention.brake_share:
        reasons.append(f"it would remove {share:.1%} of all rows (retention.brake_share)")
    reasons += [
        f"it would remove {one.files} of {one.lying} files of {one.place} (retention.brake_files_share)"
        for one in expired if one.lying and one.files > night.settings.retention.brake_files_share * one.lying
    ]  # fmt: skip
    runs = night.store.rows(RUNS, "job", "status", "started_at", "profile", "maximum_days")
    nights = [row for row in runs if row["job"] != "purge"]
    if changed := _with_other_ages(night, connection, [one for one in expired if one.is_something], nights):
        reasons.append(f"maximum ages are other ones than before: {', '.join(changed)}")
    purges = [row["started_at"] for row in runs if (row["job"], row["status"]) == ("purge", "succeeded")]
    if shorter := _shorter_since(night, max(purges, default=None), nights):
        reasons.append(f"since the last purge something ran under {shorter}, and refused as expired what may be kept")
    return Plan(night.process_date, night.settings.retention.profile, places, share, tuple(reasons))


def _with_other_ages(night: Night, connection: Connection, expired: list[Expired], nights: Rows) -> list[str]:
    """Places in which something expires under another maximum age than before.

    Before is at the purge that last removed something there; where none has, since the lake began, by its log and runs.
    """
    known = {
        payload["place"]: payload["maximum_days"] for *_, payload in entries(connection, [REMOVED])
        if payload and any((payload["removed"] or {}).values())  # one that removed nothing settles nothing
    }  # fmt: skip
    first = next((payload for *_, payload in entries(connection, [PROFILE]) if payload), {})
    logged = {name: limit.get("days") for name, limit in first.items() if isinstance(limit, dict)}
    since = [logged, *(row["maximum_days"] for row in nights)]
    limits = night.settings.retention.limits
    now = {one.place: (one.retention, maximum_days(limits, one.retention)) for one in expired}
    before = {
        place: {known[place]} if place in known else {one.get(retention, days) for one in since}
        for place, (retention, days) in now.items()
    }  # fmt: skip
    return sorted(place for place, (_, days) in now.items() if before[place] - {days})


def _shorter_since(night: Night, last: datetime | None, nights: Rows) -> str:
    """A profile under which something ran since the last purge, and took in less than may be kept now."""
    now = all_maximum_days(night.settings.retention.limits)
    shorter = [
        row for row in nights
        if (last is None or row["started_at"] > last)
        and any(row["maximum_days"].get(one, now[one]) < now[one] for one in _JUDGED_ON_ARRIVAL)
    ]  # fmt: skip
    return max((row["profile"] for row in shorter), default="")


def note_profile(connection: Connection, night: Night) -> None:
    """Have the log say which profile is in force, whenever it is not the one of the last purge."""
    now = {"profile": night.settings.retention.profile, **night.settings.retention.limits.model_dump(mode="json")}
    if last_entry(connection, PROFILE) != now:
        append(connection, [Entry(PROFILE, now)])


def request(connection: Connection, plan: Plan, by: str, reason: str) -> None:
    """Ask for a purge.

    Raises:
        PeopleError: who asks may not.
        BrakeError: it needs no approval, or is asked for already.
        FreeTextError: the reason is none.
    """
    now = datetime.now(UTC)
    require_free_text(reason=reason)
    deciding(connection, by, None, now.date())
    if not plan.reasons:
        raise BrakeError(f"the purge as of {plan.as_of} needs no approval")
    asked = _asked_for(connection, plan.name)
    if asked and (asked[1] or may_decide(connection, asked[0], now.date())):
        raise BrakeError(f"plan {plan.name} is asked for already")
    connection.execute(delete(PURGE_REQUESTS).where(PURGE_REQUESTS.c.plan == plan.name))  # of one who may no more
    connection.execute(insert(PURGE_REQUESTS).values(plan=plan.name, text=plan.text(), requested_by=by))
    told = {"plan": plan.name, "by": by, "reason": reason, "as_of": str(plan.as_of), "because": list(plan.reasons)}
    append(connection, [Entry("purge_request", told)])


def approve(connection: Connection, name: str, by: str) -> None:
    """Let a purge that was asked for be done.

    Raises:
        PeopleError: who approves may not, or is nobody with that role.
        BrakeError: there is no such request, it is approved, or who approves has asked for it.
    """
    today = datetime.now(UTC).date()
    deciding(connection, by, Role.AUTHORISER, today)
    asked = _asked_for(connection, name)
    if asked is None:
        raise BrakeError("nobody has asked for a plan of that name")
    requested_by, approved_by = asked
    if approved_by:
        raise BrakeError(f"plan {name} is approved already, by {approved_by}")
    if requested_by == by:
        raise BrakeError(f"{by} has asked for plan {name}: it takes another person to approve it")
    if not may_decide(connection, requested_by, today):
        raise BrakeError(f"{requested_by}, who has asked for plan {name}, may decide no more: ask for it anew")
    connection.execute(update(PURGE_REQUESTS).where(PURGE_REQUESTS.c.plan == name).values(approved_by=by))
    append(connection, [Entry(APPROVAL, {"plan": name, "by": by, "requested_by": requested_by})])


def _asked_for(connection: Connection, name: str) -> tuple[str, str | None] | None:
    columns = select(PURGE_REQUESTS.c.requested_by, PURGE_REQUESTS.c.approved_by)
    row = connection.execute(columns.where(PURGE_REQUESTS.c.plan == name)).one_or_none()
    return None if row is None else (row.requested_by, row.approved_by)


def waits(connection: Connection, plan: Plan) -> bool:
    """Whether a purge needs approval and nobody has approved it, or only something that it goes beyond."""
    return bool(plan.reasons) and [] not in _agreed(connection, plan).values()


def _agreed(connection: Connection, plan: Plan) -> dict[str, list[str]]:
    """The approved plans of the same day and profile, and the places of which the purge would remove more."""
    logged = {(told["plan"], told["by"]) for *_, told in entries(connection, [APPROVAL]) if told}
    approved = connection.execute(select(PURGE_REQUESTS).where(PURGE_REQUESTS.c.approved_by.is_not(None)))
    # By the log too: who edits the table by hand has approved nothing.
    found = {row.plan: plan.beyond(row.text) for row in approved if (row.plan, row.approved_by) in logged}
    return {name: places for name, places in found.items() if places is not None}


def require_approval(connection: Connection, plan: Plan) -> None:
    """Stop a purge that needs approval and has none.

    Raises:
        BrakeError: nobody has approved it, or something that goes beyond.
    """
    if waits(connection, plan):
        beyond = [
            f"{name}, which is approved, has less of {', '.join(places)}"
            for name, places in _agreed(connection, plan).items()
        ]
        raise BrakeError(
            f"the purge as of {plan.as_of} (plan {plan.name}) needs the approval of a second person: "
            f"{'; '.join([*plan.reasons, *beyond])}: anprlake retention request, then retention approve"
        )
