"""One vehicle, or a few, taken out of a lake: all tables, days and files, and kept from coming back.

What is derived loses its rows at once, and is worked out anew from what is left by the next night, for its inputs have
changed. Sightings and rejected rows go last: by them all else is found, so a run that was ended is simply run again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from jobs.control.corrections import forget_vehicles
from jobs.control.database import open_control
from jobs.control.holds import Hold, holds
from jobs.control.log import lock
from jobs.control.suppressions import Suppression, SuppressionError, Why, place, suppression_key
from jobs.domain.errors import LakeError
from jobs.domain.suppressed import Suppressed, suppressed_token
from jobs.domain.tokens import token
from jobs.lake.data_files import DataFile, DataFiles
from jobs.lake.tables import (
    CATALOGUE,
    FEED_FILES,
    HELD_SIGHTINGS,
    HOTLIST,
    QUARANTINE,
    SIGHTINGS,
    Table,
    Zone,
)
from jobs.lake.tables.model import Subject
from jobs.retention.holds.held_days import held_of_days
from jobs.retention.vehicles.erasing import Erased, Eraser, Wanted
from jobs.retention.vehicles.filmed import frames_showing, keep_pictures, seen_beside, shown_in_evidence
from jobs.retention.vehicles.landed import LandedVehicles, erase_landed
from jobs.retention.vehicles.order import EVIDENCE, LANDING, Outcome, Request, intend, tell
from jobs.runtime.night import Night

_SCALAR = (Subject.VRM, Subject.CODED)


class HeldError(SuppressionError):
    """What is to be erased is under a hold; the message says how much, and of which holds."""


def erase(night: Night, request: Request) -> Outcome:
    """Take vehicles out, and keep them from coming back for the same days.

    Args:
        night: `process_date` is today.
        request: what is ordered.

    Raises:
        HeldError: a hold keeps, or has kept, some of it: restrict it instead.
        PeopleError: who orders it may not.
    """
    found = _sightings(night, request)
    days, sightings = {one.file.day for one in found}, frozenset(name for one in found for name in one.sightings)
    try:
        outcome = Outcome(names=_suppressed(night, request, days, sightings))
    except LakeError:
        night.store.discard(SIGHTINGS, [file for one in found for file in one.anew])
        raise
    _take_all(night, request, found, outcome)
    tell(night, request, outcome)
    return outcome


def still_there(night: Night, request: Request) -> list[str]:
    """Tables that have rows of vehicles that were erased, looked at anew as if they still were to be."""
    wanted = _wanted(night, request)
    looked = {SIGHTINGS: _files_within(night, SIGHTINGS, request)}
    looked |= {table: _files_of(night, table, wanted, set(), request) for table in _derived()}
    looked |= {QUARANTINE: _files_within(night, QUARANTINE, request)}
    return [
        table.full_name for table, files in looked.items()
        if files and any(night.store.each(files, Eraser(table, night.store.data_files(table), wanted).has_some))
    ]  # fmt: skip


def erase_again(night: Night, suppression: Suppression) -> Outcome:
    """Take out what a copy of the lake has brought back, whose marks nobody gives again: its rows' tokens tell."""
    suppressed = night.suppressed
    spans = {suppression.token: [(suppression.first, suppression.last)]}
    request = Request(
        frozenset(), suppression.first, suppression.last, suppression.reason, suppression.by, suppression.hold_id
    )
    if suppressed is None or not (files := _files_within(night, SIGHTINGS, request)):
        return Outcome()
    marks = _MarksOf(night.store.data_files(SIGHTINGS), Suppressed(suppressed.key, spans))
    request = replace(request, vehicles=frozenset[str]().union(*night.store.each(files, marks)))
    outcome = Outcome(names=[suppression.suppression_id])
    if request.vehicles:
        _take_all(night, request, _sightings(night, request), outcome)
        tell(night, request, outcome)
    return outcome


@dataclass(frozen=True)
class _MarksOf:
    """The marks in a data file of which nothing may come back."""

    files: DataFiles
    suppressed: Suppressed

    def __call__(self, file: DataFile) -> list[str]:
        marks = pc.unique(self.files.read(file, ["vrm"])["vrm"])
        found = self.suppressed.mask(marks, pa.array([file.day] * len(marks), pa.date32()))
        same: list[str] = marks.filter(pa.array(found)).to_pylist()
        return same


def _wanted(night: Night, request: Request) -> Wanted:
    tokens = frozenset(token(night.token_key, "vehicle", one) for one in request.vehicles)
    return Wanted(request.vehicles, tokens)


def _sightings(night: Night, request: Request) -> list[Erased]:
    return _found(night, SIGHTINGS, _wanted(night, request), _files_within(night, SIGHTINGS, request))


def _take_all(night: Night, request: Request, found: Sequence[Erased], outcome: Outcome) -> None:
    """What derives from sightings, what landing has of them, and at last themselves."""
    days = {one.file.day for one in found}
    wanted = replace(_wanted(night, request), sightings=frozenset(name for one in found for name in one.sightings))
    if request.hold_id is None:  # what is restricted may come back, and is then what it was corrected to
        _forget_corrections(night, request, found)
        frames = frames_showing(night, found)
        beside = seen_beside(night, found, frames)
        wanted = replace(wanted, seen_beside=frozenset[str]().union(*beside.values()))
        days |= beside.keys()
        keep_pictures(night, beside.keys())
    for table in _derived():
        _take_out(night, table, _found(night, table, wanted, _files_of(night, table, wanted, days, request)), outcome)
    if request.hold_id is None:  # what is restricted is kept: as received it is in nobody's use
        rejected = _found(night, QUARANTINE, wanted, _files_within(night, QUARANTINE, request))
        origins = [origin for one in (*found, *rejected) for origin in one.origins]
        look = LandedVehicles(night.settings, request.vehicles, request.first, request.last, night.process_date)

        def before(lines: int, videos: int) -> None:
            intend(night, outcome, LANDING, {"rows": lines, "files": videos})

        outcome.lines, outcome.videos, outcome.elsewhere = erase_landed(night, look, origins, before)
        outcome.in_evidence = shown_in_evidence(night, frames, wanted)
        intend(night, outcome, EVIDENCE, {"rows": outcome.in_evidence})
        _take_out(night, QUARANTINE, rejected, outcome)
    _take_out(night, SIGHTINGS, found, outcome)
    for table in (*_derived(), QUARANTINE, FEED_FILES, SIGHTINGS):
        if night.store.exists(table):
            night.store.vacuum(table)


def _forget_corrections(night: Night, request: Request, found: Sequence[Erased]) -> None:
    """First, while the table still tells which sightings these are."""
    gone = frozenset[str]().union(*(one.sightings for one in found))
    received = frozenset[str]().union(*(one.received for one in found))
    with open_control(night.settings) as control, control.deciding() as connection:
        forget_vehicles(connection, request.vehicles, (request.first, request.last), gone, received)


def _derived() -> list[Table]:
    """All tables with columns that name vehicles, but what people decide, and what says which lines of landing did."""
    return [
        table for table in CATALOGUE
        if table.subjects and table.zone is not Zone.EVIDENCE and table not in {SIGHTINGS, QUARANTINE, HOTLIST}
    ]  # fmt: skip


def _files_within(night: Night, table: Table, request: Request) -> list[DataFile]:
    by_day = night.store.files_by_day(table)
    return [file for day, files in by_day.items() if request.first <= day <= request.last for file in files]


def _files_of(night: Night, table: Table, wanted: Wanted, days: set[date], request: Request) -> list[DataFile]:
    """Files that may have something: of the days on which it was sighted, and those in whose rows its name stands.

    Windows of several days are looked at whole: they are few.
    """
    if len(table.partition_by) > 1:
        return [file for some in night.store.files_by_day(table).values() for file in some]
    files = _files_within(night, table, request)
    if set(table.subjects.values()) == {Subject.SIGHTING}:  # pictures of others, filmed beside it after midnight
        files += night.store.files_of_days(table, days - {file.day for file in files})
    sighted, others = ([f for f in files if (f.day in days) is wanted_day] for wanted_day in (True, False))
    column = next((one for one in table.columns if one.subject in _SCALAR and one.type == "STRING"), None)
    if column is None or column.subject is None or not others:
        return sighted
    has = _Has(night.store.data_files(table), column.name, wanted.of(column.subject))
    return sighted + [file for file, is_one in zip(others, night.store.each(others, has), strict=True) if is_one]


@dataclass(frozen=True)
class _Has:
    """Whether a data file has one of some names in a column."""

    files: DataFiles
    column: str
    names: pa.Array

    def __call__(self, file: DataFile) -> bool:
        return bool(self.files.select(file, [self.column], self.column, self.names).num_rows)


def _found(night: Night, table: Table, wanted: Wanted, files: Sequence[DataFile]) -> list[Erased]:
    if not files:
        return []
    eraser = Eraser(table, night.store.data_files(table), wanted)
    return [one for one in night.store.each(files, eraser) if one]


def _take_out(night: Night, table: Table, found: Sequence[Erased], outcome: Outcome) -> None:
    counts = {"rows": sum(one.rows for one in found), "changed": sum(one.changed for one in found), "files": len(found)}
    if found:
        intend(night, outcome, table.full_name, counts)
        anew = [file for one in found for file in one.anew]
        night.store.remove_files(table, {one.file.path for one in found}, anew)
        for name, count in counts.items():
            getattr(outcome, name)[table.full_name] += count


# Holds, and the suppression.


def _suppressed(night: Night, request: Request, days: set[date], sightings: frozenset[str]) -> list[str]:
    """Put the suppressions in force, once no hold keeps what is to go: a hold that comes first wins."""
    known: set[str] = set()
    while True:
        with open_control(night.settings) as control, control.reading() as connection:
            new = [hold for hold in holds(connection, in_force=True) if hold.hold_id not in {*known, request.hold_id}]
        if request.hold_id is None:
            _require_unheld(night, request, new, days, sightings)
        known |= {hold.hold_id for hold in new}
        now = datetime.now(UTC)
        with open_control(night.settings) as control, control.deciding() as connection:
            lock(connection)
            in_force = {hold.hold_id for hold in holds(connection, in_force=True)}
            if in_force - known - {request.hold_id}:
                continue
            key = suppression_key(connection, night.settings.control.suppression_key)
            expires_on = request.last + timedelta(days=night.settings.retention.limits.reads.days)
            why = Why.RESTRICTED if request.hold_id else Why.ERASED
            return [
                place(
                    connection,
                    Suppression(
                        suppressed_token(key, one), request.first, request.last, why, request.reason, request.by,
                        request.hold_id,
                    ),
                    key, expires_on, now,
                )
                for one in sorted(request.vehicles)
            ]  # fmt: skip


def _require_unheld(
    night: Night, request: Request, new: Sequence[Hold], days: set[date], sightings: frozenset[str]
) -> None:
    held: dict[str, int] = defaultdict(int)
    names = {hold.hold_id for hold in new}
    for row in night.store.rows_with(HELD_SIGHTINGS, "vrm", request.vehicles, "hold_id", "capture_date"):
        held[row["hold_id"]] += row["hold_id"] in names and request.first <= row["capture_date"] <= request.last
    for day in held_of_days(night.store, new, days) if new else ():
        for number, some in day.sightings.items():
            held[new[number].hold_id] += sum(one.sighting_id in sightings for one in some)
    if told := ", ".join(f"{count} of {name}" for name, count in held.items() if count):
        raise HeldError(f"sightings under a hold are not erased, but may be restricted: {told}")
