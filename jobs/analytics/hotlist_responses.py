"""What is done about hits: a response finds its hit again when its day is recomputed, and shows before that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyspark.sql.functions as F
from pyspark.sql import DataFrame, SparkSession

from jobs.control.database import open_control
from jobs.control.responses import Response, record
from jobs.domain.errors import LakeError
from jobs.domain.terms import Answer
from jobs.ingest.hotlist.entries import runs_as_formula
from jobs.lake.store import Rows, Store
from jobs.lake.tables import HOTLIST_HITS
from jobs.settings import Settings

_STAFF_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")
_LONGEST_OUTCOME = 1000
"""Characters: of a text that says what came of a stop."""
_FRAME = (
    "response_id STRING, entry_id STRING, sighting_ids ARRAY<STRING>, state STRING, outcome STRING, "
    "recorded_at TIMESTAMP"
)


class ResponseError(LakeError):
    """A response cannot be recorded; the message says why, without the mark."""

    exit_code = 2


@dataclass(frozen=True)
class Given:
    """What a person did about a hit.

    Attributes:
        hit: its hit_id, or enough of the beginning to name one of the day.
        captured_on: the hit's day of capture.
        outcome: what came of it; mandatory when closed.
        person: staff number.
        recorded_at: UTC.
    """

    hit: str
    captured_on: date
    state: Answer
    outcome: str | None
    person: str
    recorded_at: datetime


# A response belongs to the hit of its entry that shares a sighting with it: read_id and hit_id may have changed since,
# sighting ids do not. Of several the newest counts.


def frame_of(spark: SparkSession, responses: Sequence[Response]) -> DataFrame:
    """Responses as `with_responses` takes them."""
    rows = [
        (one.response_id, one.entry_id, list(one.sighting_ids), str(one.state), one.outcome, one.recorded_at)
        for one in responses
    ]
    return spark.createDataFrame(rows, _FRAME)


def with_responses(hits: DataFrame, responses: DataFrame) -> DataFrame:
    """Hits with state and outcome of the response to them.

    Args:
        hits: what `hotlist_hits` gives.
        responses: what `frame_of` gives, of the same days.
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


def answered(hits: Rows, responses: Sequence[Response]) -> Rows:
    """The same of the few rows that are looked at before a night has put the responses in."""
    newest: dict[tuple[str, str], Response] = {}
    for one in sorted(responses, key=_age):
        newest |= {(one.entry_id, name): one for name in one.sighting_ids}
    return [hit | _answer(hit, newest) for hit in hits]


def _age(response: Response) -> tuple[datetime, str]:
    return response.recorded_at, response.response_id


def _answer(hit: dict[str, Any], newest: dict[tuple[str, str], Response]) -> dict[str, Any]:
    given = (newest.get((hit["entry_id"], name)) for name in hit["sighting_ids"])
    response = max((one for one in given if one), key=_age, default=None)
    return {"state": str(response.state), "outcome": response.outcome} if response else {}


def respond(store: Store, settings: Settings, given: Given) -> str:
    """Record a response to a hit; a night puts it into the hit's row.

    Returns:
        The hit's name.

    Raises:
        ResponseError: the hit is not there, or is not the only one so called; a closed hit has no outcome.
        FreeTextError: the outcome might name a vehicle or a place.
    """
    _refuse_incomplete(given)
    hit = _find(store.rows(HOTLIST_HITS, days=[given.captured_on]), given)
    response = Response(
        hit["hit_id"], tuple(hit["sighting_ids"]), hit["entry_id"], given.state, given.outcome, given.person,
        given.recorded_at, given.captured_on,
    )  # fmt: skip
    expires_on = given.captured_on + timedelta(days=settings.retention.limits.reads.days)
    with open_control(settings) as control, control.deciding() as connection:
        record(connection, response, expires_on)
    return response.hit_id


def _refuse_incomplete(given: Given) -> None:
    if not _STAFF_NUMBER.fullmatch(given.person):
        raise ResponseError("person: allowed is a staff number of at most 20 letters, digits and dashes")
    if given.outcome is not None and not 0 < len(given.outcome.strip()) <= _LONGEST_OUTCOME:
        raise ResponseError(f"outcome: allowed are 1 to {_LONGEST_OUTCOME} characters")
    if runs_as_formula(given.outcome or ""):
        raise ResponseError("outcome: a spreadsheet would run it as a formula")
    if given.state is Answer.CLOSED and given.outcome is None:
        raise ResponseError("outcome: a hit is closed with what came of it")


def _find(hits: Rows, given: Given) -> dict[str, Any]:
    name, day = given.hit, given.captured_on
    found = [row for row in hits if name and row["hit_id"].startswith(name.lower())]
    if len(found) != 1:
        what = f"{len(found)} hits are so called" if found else "there is no such hit"
        raise ResponseError(f"on {day} {what}: `anprlake hits --captured-on {day}` lists them")
    return found[0]
