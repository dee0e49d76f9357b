"""The purge: expired partitions of every table and files as received, taken off the disk and accounted for."""

import logging
from collections.abc import Iterator, Mapping, Sequence

from jobs.control import suppressions
from jobs.control.database import Control, open_control
from jobs.control.log import forget
from jobs.domain.errors import LakeError
from jobs.footage.working_files import remove_working_files
from jobs.ingest.landing import list_refused
from jobs.lake.tables import FEED_FILES, FOOTAGE, RETENTION_LEDGER
from jobs.retention.expired import CANNOT, FEEDS_PLACE, Expired, LandingPlace, LinesPlace, TablePlace
from jobs.retention.holds.evidence import keep_evidence
from jobs.retention.places import Place, last_day_of, places
from jobs.retention.purge.brake import note_profile, plan_of, require_approval
from jobs.retention.purge.journal import Journal, Removed, copy_into_ledger, counts_of, went
from jobs.retention.weeding import ask_owners
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.redaction import describe

log = logging.getLogger(__name__)


class PurgeIncompleteError(LakeError):
    """Something that has expired is still there; the message says in which places."""


def plan(night: Night) -> list[Expired]:
    """What has expired in every place that can be looked into, without removing or writing anything."""
    found = []
    for place in places(night):
        try:
            found.append(place.look(night, last_day_of(night, place)))
        except CANNOT as error:
            log.warning("%s cannot be looked into: %s", place.name, describe(error))
    return found


def require_approved(night: Night) -> None:
    """Stop a purge that needs an approval and has none.

    Raises:
        BrakeError: it has none.
    """
    with open_control(night.settings) as control, control.reading() as connection:
        require_approval(connection, plan_of(night, connection, plan(night)))


def purge(night: Night) -> RunSummary:
    """Remove what has expired in every place, say so in the log as it happens, and copy that into the ledger.

    What holds keep is copied before. What cannot be removed is named, and stands in the way of nothing else. What the
    log itself holds of what has expired goes last.

    Args:
        night: `process_date` is the day as of which ages are counted.

    Raises:
        PurgeIncompleteError: something is still there, once all else is gone and accounted for.
    """
    waiting = _waiting(night)
    if waiting:
        log.warning("%d feed files go of which rows still wait: their oldest row expires", waiting)
    with open_control(night.settings) as control:
        with control.deciding() as connection:
            note_profile(connection, night)
        kept_back = keep_evidence(night, control, places(night))
        removed = list(_removed(night, Journal(control, night), kept_back))
        with control.deciding() as connection:
            forget(connection, night.process_date)
            suppressions.forget(connection, night.process_date)
        asked = _ask_owners(night, control)
        copy_into_ledger(night, control)
    errors = {one.what.place: one.error for one in removed if one.error}
    if FOOTAGE.full_name not in errors:
        errors |= _remove_working_files(night)
    if errors:
        named = "; ".join(f"{place}: {error}" for place, error in errors.items())
        raise PurgeIncompleteError(f"what has expired is still in {named}; the rest is gone")
    told = {"files_waiting_purged": waiting, "entries_to_review": asked}
    return _summary(night, removed) + RunSummary(notes={name: count for name, count in told.items() if count})


def _summary(night: Night, removed: Sequence[Removed]) -> RunSummary:
    return RunSummary(
        files=sum(one.counts["files"] for one in removed),
        tables=(RETENTION_LEDGER,),
        notes={
            "partitions_purged": sum(one.counts["partitions"] for one in removed),
            "rows_purged": sum(one.counts["rows"] for one in removed),
            "landing_refused": _never_removed(night),
        },
    )


def _removed(night: Night, journal: Journal, kept_back: Mapping[str, str]) -> Iterator[Removed]:
    unknown = set()
    for place in places(night):
        try:
            found = place.look(night, last_day_of(night, place))
            gone = journal.left_over(place)
        except CANNOT as error:
            nothing = Expired(place.name, place.retention, last_day_of(night, place), 0, 0, 0, 0, None)
            yield journal.account(nothing, None, error=describe(error))
            continue
        if place.name in kept_back:
            one = journal.account(found, None, error=kept_back[place.name])
        elif found.is_something and isinstance(place, TablePlace) and place.table in unknown:
            one = journal.account(found, None, error="its rows say which files are left to remove")
        else:
            one = _remove(night, journal, place, found, gone)
        if one.error and isinstance(place, LandingPlace | LinesPlace):
            unknown.add(place.known_by)
        yield one


def _remove(night: Night, journal: Journal, place: Place, found: Expired, gone: dict[str, int]) -> Removed:
    if not found.is_something:
        return journal.account(found, gone)
    journal.intend(found, gone)
    version, error = None, None
    try:
        version = place.remove(night, found)
    except CANNOT as caught:
        error = describe(caught)
    try:
        now = place.look(night, found.cutoff)
    except CANNOT as caught:
        return journal.account(found, None, error=error or describe(caught))
    removed = {name: gone[name] + count for name, count in went(counts_of(found), now).items()}
    return journal.account(found, removed, version, error)


def _remove_working_files(night: Night) -> dict[str, str]:
    """After the tables: what was read of expired footage goes with its row, of footage that is still new it stays."""
    new = {file["footage_id"] for file in night.store.rows(FOOTAGE) if file["status"] == "new"}
    try:
        remove_working_files(night.store.root, new)
    except CANNOT as error:
        return {"working files of footage": describe(error)}
    return {}


def _never_removed(night: Night) -> int:
    refused = list_refused(night.settings.storage.landing, night.process_date)
    return sum(not one.removed for one in refused)


def _waiting(night: Night) -> int:
    """How many feed files go while rows of theirs wait for a camera or a licence."""
    last_day = last_day_of(night, FEEDS_PLACE)
    try:
        known = night.store.rows(FEED_FILES, "needs", "capture_date")
    except CANNOT:  # that is told of the place itself
        return 0
    return sum(bool(row["needs"]) and row["capture_date"] <= last_day for row in known)


def _ask_owners(night: Night, control: Control) -> int:
    """How many entries of hot-lists their owners are asked about; none where the lists cannot be read."""
    try:
        return ask_owners(night, control)
    except CANNOT as error:
        log.warning("the list of entries to review cannot be made: %s", describe(error))
        return 0
