"""What is done about hits: responses are added, never changed, and find their hit again when its day is recomputed."""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.domain.errors import LakeError
from jobs.ingest.hotlist.entries import runs_as_formula
from jobs.lake.store import Rows
from jobs.lake.tables import HOTLIST_HITS, HOTLIST_RESPONSES
from jobs.runtime.night import Night, RunSummary

_STAFF_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")
_LONGEST_OUTCOME = 1000
"""Characters: of a text that says what came of a stop."""


class ResponseError(LakeError):
    """A response cannot be recorded; the message says why, without the mark."""

    exit_code = 2


@dataclass(frozen=True)
class Response:
    """What a person did about a hit.

    Attributes:
        hit: its hit_id, or enough of the beginning to name one of the day.
        captured_on: the hit's day of capture.
        state: acknowledged or closed.
        outcome: what came of it; mandatory when closed.
        person: staff number.
        recorded_at: UTC.
    """

    hit: str
    captured_on: date
    state: str
    outcome: str | None
    person: str
    recorded_at: datetime


def with_responses(hits: DataFrame, responses: DataFrame) -> DataFrame:
    """Hits with state and outcome of the newest response to them.

    A response belongs to the hit of its entry that shares a sighting with it: read_id and hit_id may have changed
    since, sighting ids do not.

    Args:
        hits: what `hotlist_hits` gives.
        responses: rows of `hotlist_responses` of the same days.
    """
    given = responses.select(
        "entry_id", F.explode("sighting_ids").alias("sighting_id"),
        F.struct("recorded_at", "response_id", "state", "outcome").alias("response"),
    )  # fmt: skip
    asked = hits.select("hit_id", "entry_id", F.explode("sighting_ids").alias("sighting_id"))
    newest = asked.join(given, ["entry_id", "sighting_id"]).groupBy("hit_id").agg(F.max("response").alias("response"))
    answered = hits.join(newest, "hit_id", "left").withColumns(
        {"state": F.coalesce("response.state", "state"), "outcome": F.col("response.outcome")}
    )
    return answered.drop("response")


def respond(night: Night, response: Response) -> RunSummary:
    """Record a response, and put it into the hit's row.

    Raises:
        ResponseError: the hit is not there, or is not the only one so called; a closed hit has no outcome.
    """
    _refuse_incomplete(response)
    day = [response.captured_on]
    hits = night.store.rows(HOTLIST_HITS, days=day)
    hit = _find(hits, response)
    row = {
        "response_id": uuid.uuid4().hex,
        **{name: hit[name] for name in ("hit_id", "sighting_ids", "entry_id", "capture_date")},
        "state": response.state, "outcome": response.outcome, "person": response.person,
        "recorded_at": response.recorded_at, "run_id": night.run_id,
    }  # fmt: skip
    night.store.append_rows(HOTLIST_RESPONSES, [row])
    # Killed in between, the hit's row is behind until its day is recomputed or the response is given again.
    hit.update(state=response.state, outcome=response.outcome)
    hits.sort(key=lambda one: tuple(one[name] for name in HOTLIST_HITS.sorted_by))
    night.store.replace_rows(HOTLIST_HITS, hits, day)
    return RunSummary(tables=(HOTLIST_RESPONSES, HOTLIST_HITS), notes={f"hits_{response.state}": 1})


def _refuse_incomplete(response: Response) -> None:
    if not _STAFF_NUMBER.fullmatch(response.person):
        raise ResponseError("person: allowed is a staff number of at most 20 letters, digits and dashes")
    if response.outcome is not None and not 0 < len(response.outcome.strip()) <= _LONGEST_OUTCOME:
        raise ResponseError(f"outcome: allowed are 1 to {_LONGEST_OUTCOME} characters")
    if runs_as_formula(response.outcome or ""):
        raise ResponseError("outcome: a spreadsheet would run it as a formula")
    if response.state == "closed" and response.outcome is None:
        raise ResponseError("outcome: a hit is closed with what came of it")


def _find(hits: Rows, response: Response) -> dict[str, Any]:
    name, day = response.hit, response.captured_on
    found = [row for row in hits if name and row["hit_id"].startswith(name.lower())]
    if len(found) != 1:
        what = f"{len(found)} hits are so called" if found else "there is no such hit"
        raise ResponseError(f"on {day} {what}: `anprlake hits --captured-on {day}` lists them")
    return found[0]
