"""Whether the tables of decisions say what the log says was decided: who edits a table by hand cannot edit that."""

from collections.abc import Container, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from jobs.control.corrections import CORRECTED, EMPTIED, ENDED, seals
from jobs.control.holds import Scope, holds
from jobs.control.log import LogError, entries
from jobs.control.people import people
from jobs.control.schema import LOG, SUPPRESSIONS
from jobs.control.suppressions import suppressions

_OF_HOLDS = {"hold_add": True, "hold_release": False, "hold_withdrawn": False}
_OF_SUPPRESSIONS = {"suppression_add": True, "suppression_lift": False}
_OF_CORRECTIONS = {CORRECTED: True, EMPTIED: True, ENDED: False}
_OF_PEOPLE = ("people_add", "people_review", "people_end")


class DisagreementError(LogError):
    """A table of the control database was changed by hand; the message says about what."""


def require_agreement(connection: Connection, today: date) -> None:
    """Nothing is decided or purged by tables that were edited.

    Args:
        connection: to the database.
        today: what has expired by then is compared no more: the purge that removes it may have been ended on the way.

    Raises:
        DisagreementError: people, holds in force, suppressions or corrections are others than the log says. What of
            one or of an entry has expired is not compared; of what names vehicles the seals are, for the log has none.
    """
    of_vehicles = (*_of_suppressions(connection), *_of_corrections(connection, today))
    wrong = sorted({*_of_people(connection), *_of_holds(connection), *of_vehicles})
    if wrong:
        raise DisagreementError(f"the control database says otherwise than its log of {', '.join(wrong)}")


def _of_people(connection: Connection) -> Iterator[str]:
    known: dict[str, dict[str, Any]] = {}
    for _, at, kind, payload in entries(connection, _OF_PEOPLE):
        if payload is None:
            continue
        told = {name: payload[name] for name in ("rank", "role", "until") if name in payload}
        before = {} if kind == "people_add" else known.get(payload["staff_no"], {})
        ended = {"ended": at[:10]} if kind == "people_end" else {}
        known[payload["staff_no"]] = before | told | ended
    there = {one.staff_no: one for one in people(connection)}
    yield from known.keys() ^ there.keys()
    for name in known.keys() & there.keys():
        one, log = there[name], known[name]
        told = {"rank": one.rank, "role": str(one.role), "until": str(one.until)}
        if told != {key: log.get(key) for key in told} or bool(one.ended_on) != ("ended" in log):
            yield name


def _of_holds(connection: Connection) -> Iterator[str]:
    scopes = {name: payload["scope"] for name, (_, payload) in _open(connection, _OF_HOLDS, "hold").items()}
    there = {one.hold_id: one.scope for one in holds(connection, in_force=True)}
    told = {name: scope.told() for name, scope in there.items()}
    yield from (name for name in scopes.keys() | told.keys() if scopes.get(name) != told.get(name))
    sightings = _open(connection, {"hold_sightings": True}, "hold")
    for name, scope in there.items():
        none = {"hold": name, **Scope(salt=scope.salt).sightings_told()}
        if sightings.get(name, (0, none))[1] != {"hold": name, **scope.sightings_told()}:
            yield name


def _of_suppressions(connection: Connection) -> Iterator[str]:
    known = _open(connection, _OF_SUPPRESSIONS, "suppression")
    there = {one.suppression_id: one for one in suppressions(connection)}
    yield from known.keys() ^ there.keys()
    ends = _days(connection, select(SUPPRESSIONS.c.suppression_id, SUPPRESSIONS.c.expires_on))
    logged = _days(connection, select(LOG.c.position, LOG.c.expires_on).where(LOG.c.kind.in_(_OF_SUPPRESSIONS)))
    for name in known.keys() & there.keys():
        position, payload = known[name]
        if not there[name].told().items() <= payload.items() or ends[name] != logged[position]:
            yield name


def _of_corrections(connection: Connection, today: date) -> Iterator[str]:
    """Sightings whose correction is not the newest that the log has, or is of another day or mark."""
    ended = LOG.c.kind.in_(_OF_CORRECTIONS) & (LOG.c.expires_on <= today)
    over = set(connection.scalars(select(LOG.c.position).where(ended)))
    found = _open(connection, _OF_CORRECTIONS, "sighting", over).items()
    known = {name: (position, payload["captured_on"], payload.get("seal")) for name, (position, payload) in found}
    there = {name: told for name, told in seals(connection).items() if told[0] not in over}
    yield from (name for name in known.keys() | there.keys() if known.get(name) != there.get(name))


def _days(connection: Connection, columns: Select[tuple[Any, date]]) -> dict[Any, date]:
    return dict(connection.execute(columns).tuples().all())


def _open(
    connection: Connection, kinds: Mapping[str, bool], name: str, over: Container[int] = ()
) -> dict[str, tuple[int, dict[str, Any]]]:
    """What the log says has begun and not ended: position and payload of the newest beginning, by what it names.

    Args:
        connection: to the database.
        kinds: of entries, and whether they begin something.
        name: under which the payload says what that is.
        over: positions of entries that count no more: what they began has ended.
    """
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for position, _, kind, payload in entries(connection, kinds):
        if payload and kinds[kind] and position not in over:
            found[payload[name]] = (position, payload)
        elif payload:
            found.pop(payload[name], None)
    return found
