"""What people did about hot-list hits: responses are added and never changed, and end as the reads that they are about.

They are here and not in the lake, so that nobody who answers a hit waits for a night.
"""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from jobs.control.free_text import require_free_text
from jobs.control.log import Entry, append
from jobs.control.schema import HOTLIST_RESPONSES
from jobs.domain.terms import Answer

PLACE = f"control.{HOTLIST_RESPONSES.name}"
"""What digests of inputs, purges and their ledger call it."""


@dataclass(frozen=True)
class Response:
    """What a person did about a hit.

    Attributes:
        hit_id: the hit, as it was named then.
        sighting_ids: of the hit then: they find it again when its day is computed anew.
        entry_id: the entry of the hot-list.
        outcome: what came of it.
        person: staff number.
        recorded_at: UTC; of several responses to a hit the newest counts.
        capture_date: the hit's day of capture.
        response_id: its name; given when it is recorded.
    """

    hit_id: str
    sighting_ids: tuple[str, ...]
    entry_id: str
    state: Answer
    outcome: str | None
    person: str
    recorded_at: datetime
    capture_date: date
    response_id: str = ""


def record(connection: Connection, response: Response, expires_on: date) -> None:
    """Write a response down, and that it was given.

    Args:
        connection: a transaction that writes.
        response: without a name.
        expires_on: the day from which on the log may not have it any more: that on which its reads expire.

    Raises:
        FreeTextError: the outcome might name a vehicle or a place.
    """
    if response.outcome is not None:
        require_free_text(outcome=response.outcome)
    name = uuid.uuid4().hex
    values = vars(response) | {
        "response_id": name, "sighting_ids": json.dumps(response.sighting_ids), "state": str(response.state),
        "recorded_at": response.recorded_at.isoformat(),
    }  # fmt: skip
    connection.execute(insert(HOTLIST_RESPONSES).values(**values))
    told = {"hit": response.hit_id, "state": str(response.state), "outcome": response.outcome, "by": response.person}
    append(connection, [Entry("hit_response", {"response": name, **told}, expires_on)])


def of_days(connection: Connection, days: Collection[date]) -> list[Response]:
    """The responses to hits of some days of capture, the oldest first."""
    columns, ordered = HOTLIST_RESPONSES.c, (HOTLIST_RESPONSES.c.recorded_at, HOTLIST_RESPONSES.c.response_id)
    found = connection.execute(select(HOTLIST_RESPONSES).where(columns.capture_date.in_(days)).order_by(*ordered))
    return [
        Response(
            row.hit_id, tuple(json.loads(row.sighting_ids)), row.entry_id, Answer(row.state), row.outcome, row.person,
            datetime.fromisoformat(row.recorded_at), row.capture_date, row.response_id,
        )
        for row in found
    ]  # fmt: skip
