"""What purges meant to remove and what is gone, in the control database's log: a killed one accounts for all of it.

Before a place is touched, an intent says what is there; afterwards, an entry says what went. What an intent counted and
nobody accounted for is looked for by the next purge: what of it is no longer there, the killed one had removed.
The ledger is a copy of these entries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from jobs.control.database import Control
from jobs.control.log import Entry, append, entries
from jobs.domain.retention import cutoff, maximum_days
from jobs.lake.tables import RETENTION_LEDGER
from jobs.retention.expired import Expired
from jobs.retention.places import Place
from jobs.runtime.night import Night

INTENT, REMOVED, FAILED = "purge_intent", "purge_removed", "purge_failed"
COUNTS = ("partitions", "rows", "files", "bytes")


@dataclass(frozen=True)
class Removed:
    """What became of a place.

    Attributes:
        what: had expired.
        counts: partitions, rows, files and bytes that went, a killed purge's included.
        error: why it could not be done; None where it was.
    """

    what: Expired
    counts: dict[str, int]
    error: str | None = None


class Journal:
    """The entries of one purge."""

    def __init__(self, control: Control, night: Night) -> None:
        self._control, self._night = control, night
        with control.reading() as connection:
            self._open = _unaccounted(entries(connection, (INTENT, REMOVED, FAILED)))

    def left_over(self, place: Place) -> dict[str, int]:
        """What purges that were ended had removed of what they meant to."""
        intent = self._open.get(place.name)
        if intent is None:
            return dict.fromkeys(COUNTS, 0)
        still = place.look(self._night, date.fromisoformat(intent["cutoff"]))
        return _sum(intent["gone"], went(intent["left"], still))

    def intend(self, found: Expired, gone: dict[str, int]) -> None:
        """Say what is there, and shall go; and what had gone already, unaccounted for."""
        self._write(INTENT, found, {"left": counts_of(found), "gone": gone})

    def account(
        self, found: Expired, removed: dict[str, int] | None, version: int | None = None, error: str | None = None
    ) -> Removed:
        """Say what went, None where the next purge has to tell; with an error, why the rest is still there."""
        told = {"removed": removed, "delete_version": version, "oldest_left": _text(found.oldest_left), "error": error}
        self._write(FAILED if error else REMOVED, found, told)
        return Removed(found, removed or dict.fromkeys(COUNTS, 0), error)

    def _write(self, kind: str, found: Expired, told: dict[str, Any]) -> None:
        night, limits = self._night, self._night.settings.retention.limits
        payload = {
            "run_id": night.run_id, "process_date": str(night.process_date), "place": found.place,
            "class": str(found.retention), "profile": night.settings.retention.profile,
            "maximum_days": maximum_days(limits, found.retention), "cutoff": str(found.cutoff), **told,
        }  # fmt: skip
        kept_until = night.process_date + timedelta(days=limits.governance.days)
        with self._control.deciding() as connection:
            append(connection, [Entry(kind, payload, kept_until)])


def copy_into_ledger(night: Night, control: Control) -> None:
    """A row for each entry that the ledger lacks, a purge's included that failed before it came to this.

    For those who may read tables and not the control database. By run and position: the log of a database that was lost
    has begun anew.
    """
    names = ("run_id", "log_position")
    copied = {tuple(row[name] for name in names) for row in night.store.rows(RETENTION_LEDGER, *names)}
    expired = cutoff(night.settings.retention.limits, RETENTION_LEDGER.retention, night.process_date)
    with control.reading() as connection:
        new = [row for row in accounts(connection) if tuple(row[name] for name in names) not in copied]
    night.store.append_rows(RETENTION_LEDGER, [row for row in new if row["process_date"] > expired])


def accounts(connection: Connection, after: int = -1) -> list[dict[str, Any]]:
    """What became of places by the log, after a position, in the columns of the ledger."""
    found = entries(connection, (REMOVED, FAILED), after)
    return [_ledger_row(position, at, told) for position, at, _, told in found if told]


def _ledger_row(position: int, at: str, told: dict[str, Any]) -> dict[str, Any]:
    left = told["oldest_left"]
    removed = told["removed"] or dict.fromkeys(COUNTS, 0)
    return {
        "run_id": told["run_id"], "log_position": position, "table_name": told["place"],
        "retention_class": told["class"], "profile": told["profile"], "maximum_days": told["maximum_days"],
        "cutoff": date.fromisoformat(told["cutoff"]), **{f"{name}_removed": removed[name] for name in COUNTS},
        "delete_version": told["delete_version"], "oldest_left": left and date.fromisoformat(left),
        "error": told["error"], "recorded_at": datetime.fromisoformat(at).replace(microsecond=0),
        "process_date": date.fromisoformat(told["process_date"]),
    }  # fmt: skip


def counts_of(found: Expired) -> dict[str, int]:
    """Partitions, rows, files and bytes that have expired in a place."""
    return {name: getattr(found, name) for name in COUNTS}


def went(left: dict[str, int], still: Expired) -> dict[str, int]:
    """What of the counts of a place is no longer there."""
    return {name: max(0, left[name] - getattr(still, name)) for name in COUNTS}


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one[name] + other[name] for name in COUNTS}


def _unaccounted(log: Iterable[tuple[int, str, str, dict[str, Any] | None]]) -> dict[str, dict[str, Any]]:
    """The last intent of each place since it was accounted for; what has expired is none."""
    found: dict[str, dict[str, Any]] = {}
    for _, _, kind, payload in log:
        if payload is None:
            continue
        if kind == INTENT:
            found[payload["place"]] = payload
        elif payload["removed"] is not None:
            found.pop(payload["place"], None)
    return found


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)
