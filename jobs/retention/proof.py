"""A purge with its proof: what is looked for is known before, the scan comes after, and a certificate says both."""

import logging
from dataclasses import replace

from py4j.protocol import Py4JJavaError

from jobs.control.agreement import require_agreement
from jobs.control.database import open_control
from jobs.control.lake_state import note_state, older_tables
from jobs.control.suppressions import suppressions
from jobs.domain.errors import LakeError
from jobs.lake.tables import READS, SIGHTINGS
from jobs.report.certificate import write_certificate_page
from jobs.retention.certificate import issue, issue_of_vehicle, write
from jobs.retention.places import expired_days
from jobs.retention.purge.job import PurgeIncompleteError, purge, require_approved
from jobs.retention.purge.versioned import require_no_old_versions
from jobs.retention.residue.needles import Needles, needles_of, needles_of_vehicles
from jobs.retention.residue.readers import Looked
from jobs.retention.residue.scan import control_scan, parts_due, scan
from jobs.retention.vehicles.erasure import erase, still_there
from jobs.retention.vehicles.order import Outcome, Request
from jobs.retention.vehicles.restriction import suppress_again
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.redaction import describe

log = logging.getLogger(__name__)


class ResidueError(PurgeIncompleteError):
    """Something that should have gone was found; the certificate says what."""


def proven_purge(night: Night) -> RunSummary:
    """Purge, look for what may have been left, and certify both.

    Raises:
        DisagreementError: people, holds, suppressions or corrections were edited by hand; nothing is removed.
        BrakeError: it needs an approval, and nothing is removed.
        VersionedError: a bucket would keep what is deleted; nothing is removed.
        PurgeIncompleteError: something is still there; the certificate is written before, and says so.
    """
    with open_control(night.settings) as control, control.reading() as connection:
        require_agreement(connection, night.process_date)
    unknown = require_no_old_versions(night)
    if unknown:
        log.warning("whether old versions of objects are kept cannot be told of %d places", len(unknown))
    require_approved(night)
    needles, before = _sought(night)
    summary, incomplete = _suppressed_again(night), None
    try:
        summary += purge(night)
    except PurgeIncompleteError as error:
        incomplete = error
    after = scan(night, needles, parts_due(night))
    with open_control(night.settings) as control, control.deciding() as connection:
        if not incomplete:
            note_state(connection, night.store, is_mended=True)
        document = issue(connection, night, before, after)
    place = write(night, document)
    write_certificate_page(night.store.root, document, place.rpartition("/")[2])
    log.info("certificate: %s", place)
    if incomplete:
        raise incomplete
    if after.finds or not after.canary:
        raise ResidueError(f"the scan found {len(after.finds)} things that should not be there: {place}")
    return summary


def proven_erasure(night: Night, request: Request) -> Outcome:
    """Erase vehicles, look for what may have been left of them, and certify both.

    Raises:
        HeldError: a hold keeps some of it.
        ResidueError: something is left; the certificate, which is written before, says what.
    """
    outcome = erase(night, request)
    left = still_there(night, request)
    after = scan(night, needles_of_vehicles(night, request.vehicles, request.first, request.last), parts_due(night))
    after = replace(after, finds=tuple(find for find in after.finds if find.may_name_vehicles))
    with open_control(night.settings) as control, control.deciding() as connection:
        document = issue_of_vehicle(connection, night, request, outcome, left, after)
    place = write(night, document)
    log.info("certificate: %s", place)
    if not document["certificate"]["complete"]:
        raise ResidueError(f"something is left of what was to be erased: {place}")
    return outcome


def _suppressed_again(night: Night) -> RunSummary:
    """What was erased or restricted goes again from a lake that was put back from a copy, and what is not done goes."""
    with open_control(night.settings) as control, control.reading() as connection:
        is_older = bool(older_tables(connection, night.store))
        unfinished = [one for one in suppressions(connection) if not one.is_done]
    if not (is_older or unfinished):
        return RunSummary()
    return RunSummary(notes={"rows_erased_again": suppress_again(night, only_unfinished=not is_older)})


def _sought(night: Night) -> tuple[Needles, Looked]:
    """The marks that are about to go, and what the scan finds of them now; none where they cannot be read."""
    try:
        needles = needles_of(night, expired_days(night, (SIGHTINGS, READS)))
        return needles, control_scan(night, needles)
    except (LakeError, Py4JJavaError) as error:
        log.warning("what is about to go cannot be read, and is looked for by its dates only: %s", describe(error))
        return Needles(), Looked(0, 0)
