"""All that a night takes in, in the order in which the parts need each other."""

import logging

from jobs.footage.catalogue import catalogue_footage
from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.landing import list_refused
from jobs.ingest.register import ingest_cameras
from jobs.runtime.night import Night, RunSummary

log = logging.getLogger(__name__)

_MOST_TOLD = 20


def ingest(night: Night) -> RunSummary:
    """Camera register, hot-lists, feed files, and the catalogue of footage; and what of the landing folder is none."""
    taken_in = ingest_cameras(night) + ingest_hotlist(night) + ingest_feeds(night) + catalogue_footage(night)
    return taken_in + _refused(night)


def _refused(night: Night) -> RunSummary:
    paths = list_refused(night.settings.storage.landing)
    for path in paths[:_MOST_TOLD]:
        log.warning("not a plain file, not taken in: %s", repr(path)[1:-1])  # one line, whatever the name
    return RunSummary(notes={"landing_refused": len(paths)} if paths else {})
