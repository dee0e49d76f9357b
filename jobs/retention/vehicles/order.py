"""What is ordered of vehicles, what went, and what the log says of both: the next run makes good one that was ended."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from jobs.control.database import open_control
from jobs.control.lake_state import note_state
from jobs.control.log import Entry, append, entries
from jobs.control.suppressions import finish
from jobs.runtime.night import Night

LANDING, EVIDENCE = "landing", "evidence"
"""Places that are no tables."""
_ERASURE, _INTENT = "erasure", "erasure_intent"
_COUNTED = ("rows", "changed", "files")


@dataclass(frozen=True)
class Request:
    """What somebody orders.

    Attributes:
        vehicles: marks as the tables have them.
        first: first day of capture.
        last: last day of capture.
        by: staff number of an authoriser.
        hold_id: of a restriction: the hold that has kept it.
    """

    vehicles: frozenset[str]
    first: date
    last: date
    reason: str
    by: str
    hold_id: str | None = None


@dataclass
class Outcome:
    """What went, with all that runs of the same order had removed that were ended on the way.

    Attributes:
        rows: that were removed, by table.
        changed: rows that stay without it, by table.
        files: data files that were written anew, or went, by table.
        lines: of feed files as received.
        videos: that showed it.
        elsewhere: files in landing that are of no feed, and may name it.
        in_evidence: pictures and ranges of footage that holds keep of other vehicles, and that show it too.
        names: of the suppressions.
    """

    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    changed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lines: int = 0
    videos: int = 0
    elsewhere: int = 0
    in_evidence: int = 0
    names: list[str] = field(default_factory=list)


def intend(night: Night, outcome: Outcome, place: str, counts: dict[str, int]) -> None:
    """Say what is there, and is about to go: a run that is ended on the way is made good by the next one's count."""
    with open_control(night.settings) as control, control.deciding() as connection:
        append(connection, [Entry(_INTENT, {"suppressions": outcome.names, "place": place, **counts})])


def _with_earlier(connection: Connection, outcome: Outcome) -> None:
    """Count what runs of the same order meant to remove and did not tell of: the first one had all of it before it."""
    most = defaultdict[str, Counter[str]](Counter)
    for *_, kind, told in entries(connection, [_INTENT, _ERASURE]):
        if told and told["suppressions"] == outcome.names:
            if kind == _ERASURE:
                most.clear()
            else:
                most[told["place"]] |= Counter({name: told.get(name, 0) for name in _COUNTED})
    landing = most.pop(LANDING, Counter[str]())
    outcome.lines, outcome.videos = max(outcome.lines, landing["rows"]), max(outcome.videos, landing["files"])
    outcome.in_evidence = max(outcome.in_evidence, most.pop(EVIDENCE, Counter[str]())["rows"])
    for table_name, counts in most.items():
        for name in _COUNTED:
            of_tables = getattr(outcome, name)
            of_tables[table_name] = max(of_tables[table_name], counts[name])


def tell(night: Night, request: Request, outcome: Outcome) -> None:
    """Say that all is gone, with what runs of the same order removed before this one; nothing is left to be done."""
    with open_control(night.settings) as control, control.deciding() as connection:
        _with_earlier(connection, outcome)
        counts = {name: dict(getattr(outcome, name)) for name in _COUNTED}
        told = {
            "suppressions": outcome.names, "lines": outcome.lines, "videos": outcome.videos,
            "elsewhere": outcome.elsewhere, "in_evidence": outcome.in_evidence, "by": request.by, **counts,
        }  # fmt: skip
        for name in outcome.names:
            finish(connection, name, datetime.now(UTC))
        append(connection, [Entry(_ERASURE, told)])
        note_state(connection, night.store)
