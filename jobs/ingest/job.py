"""All that a night takes in, in the order in which the parts need each other."""

from jobs.footage.catalogue import catalogue_footage
from jobs.ingest.feeds import ingest_feeds
from jobs.ingest.hotlist.job import ingest_hotlist
from jobs.ingest.register import ingest_cameras
from jobs.runtime.night import Night, RunSummary


def ingest(night: Night) -> RunSummary:
    """Camera register, hot-lists, feed files, and the catalogue of footage."""
    return ingest_cameras(night) + ingest_hotlist(night) + ingest_feeds(night) + catalogue_footage(night)
