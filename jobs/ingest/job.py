"""All that a night takes in, in the order in which the parts need each other."""

import logging

from jobs.footage.catalogue import catalogue_footage
from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.landing import list_refused
from jobs.ingest.register import ingest_cameras
from jobs.runtime.night import Night, RunSummary

log = logging.getLogger(__name__)


def ingest(night: Night) -> RunSummary:
    """Camera register, hot-lists, feed files, and the catalogue of footage; and what lies where none is looked for."""
    taken_in = ingest_cameras(night) + ingest_hotlist(night) + ingest_feeds(night) + catalogue_footage(night)
    return taken_in + _refused(night)


def _refused(night: Night) -> RunSummary:
    refused = list_refused(night.settings.storage.landing, night.process_date)
    if refused:  # their names are the senders': they may be marks
        log.warning("%d files in landing are not taken in where they lie: `anprlake summary` names them", len(refused))
    return RunSummary(notes={"landing_refused": len(refused)} if refused else {})
