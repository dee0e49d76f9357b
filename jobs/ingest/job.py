"""All that a night takes in, in the order in which the parts need each other."""

import logging

from jobs.control.suppressions import suppressions
from jobs.footage.catalogue import catalogue_footage
from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.landing import list_refused
from jobs.ingest.register import ingest_cameras
from jobs.runtime.night import Night, RunSummary

log = logging.getLogger(__name__)


def ingest(night: Night) -> RunSummary:
    """Camera register, hot-lists, feed files, and the catalogue of footage; and what lies where none is looked for."""
    _warn_of_unfinished(night)
    taken_in = ingest_cameras(night) + ingest_hotlist(night) + ingest_feeds(night) + catalogue_footage(night)
    return taken_in + _refused(night)


def _warn_of_unfinished(night: Night) -> None:
    """An erasure that was ended has left sightings: what derives from them is worked out anew until it is done."""
    with night.look() as connection:
        unfinished = [one.suppression_id for one in suppressions(connection) if not one.is_done] if connection else []
    if unfinished:
        told = ", ".join(unfinished)
        log.warning("%s: ended on the way: order it again, or the next purge goes on with it", told)


def _refused(night: Night) -> RunSummary:
    refused = list_refused(night.settings.storage.landing, night.process_date)
    if refused:  # their names are the senders': they may be marks
        log.warning("%d files in landing are not taken in where they lie: `anprlake summary` names them", len(refused))
    return RunSummary(notes={"landing_refused": len(refused)} if refused else {})
