"""A purge with its proof: what is looked for is known before, the scan comes after, and a certificate says both."""

import logging

from jobs.control.database import open_control
from jobs.lake.tables import READS, SIGHTINGS
from jobs.report.certificate import write_certificate_page
from jobs.retention.certificate import issue, write
from jobs.retention.expired import TablePlace, last_day_of
from jobs.retention.purge import PurgeIncompleteError, purge, require_approved
from jobs.retention.residue.needles import expired_days, needles_of
from jobs.retention.residue.scan import control_scan, parts_due, scan
from jobs.runtime.night import Night, RunSummary

log = logging.getLogger(__name__)


class ResidueError(PurgeIncompleteError):
    """Something that should have gone was found; the certificate says what."""


def proven_purge(night: Night) -> RunSummary:
    """Purge, look for what may have been left, and certify both.

    Raises:
        BrakeError: it needs an approval, and nothing is removed.
        PurgeIncompleteError: something is still there; the certificate is written before, and says so.
    """
    require_approved(night)
    days = expired_days(night, (SIGHTINGS, READS), last_day_of(night, TablePlace(READS)))
    needles = needles_of(night, days)
    before = control_scan(night, needles)
    incomplete, summary = None, RunSummary()
    try:
        summary = purge(night)
    except PurgeIncompleteError as error:
        incomplete = error
    after = scan(night, needles, parts_due(night))
    with open_control(night.settings) as control, control.deciding() as connection:
        document = issue(connection, night, before, after)
    place = write(night, document)
    write_certificate_page(night.store.root, document, place.rpartition("/")[2])
    log.info("certificate: %s", place)
    if incomplete:
        raise incomplete
    if after.finds or not after.canary:
        raise ResidueError(f"the scan found {len(after.finds)} things that should not be there: {place}")
    return summary
