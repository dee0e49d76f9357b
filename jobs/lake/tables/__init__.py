"""The catalogue: every table's schema, zone, partitioning, retention class and rules. Nothing else states them."""

from jobs.lake.tables.analytic import ANALYTIC_CONVOYS, ANALYTIC_JOURNEYS, ANALYTIC_READS, FLOWS
from jobs.lake.tables.evidence import HELD_FOOTAGE, HELD_IMAGES, HELD_READS, HOLDS
from jobs.lake.tables.governance import ACCESS_REGISTER, AUDIT, QUALITY_RESULTS, RETENTION_LEDGER, RUNS
from jobs.lake.tables.hotlist import (
    HOTLIST,
    HOTLIST_EXTENSIONS,
    HOTLIST_HITS,
    HOTLIST_RESPONSES,
    HOTLIST_VERSIONS,
)
from jobs.lake.tables.model import Column, RetentionClass, Table, Zone, capture_date, quoted
from jobs.lake.tables.restricted import (
    CAMERAS,
    CLONES,
    CONVOYS,
    FEED_FILES,
    FOOTAGE,
    JOURNEYS,
    PLATE_IMAGES,
    QUARANTINE,
    READS,
    READS_STAGED,
    SIGHTINGS,
)

CATALOGUE: tuple[Table, ...] = (
    FOOTAGE, FEED_FILES, SIGHTINGS, PLATE_IMAGES, QUARANTINE, CAMERAS, HOTLIST, HOTLIST_VERSIONS, HOTLIST_EXTENSIONS,
    READS_STAGED, READS, HOTLIST_HITS, HOTLIST_RESPONSES, JOURNEYS, CONVOYS, CLONES, HOLDS, HELD_READS, HELD_IMAGES,
    HELD_FOOTAGE, ANALYTIC_READS, ANALYTIC_JOURNEYS, ANALYTIC_CONVOYS, FLOWS, RUNS, QUALITY_RESULTS, RETENTION_LEDGER,
    ACCESS_REGISTER, AUDIT,
)  # fmt: skip

__all__ = [
    "ACCESS_REGISTER", "ANALYTIC_CONVOYS", "ANALYTIC_JOURNEYS", "ANALYTIC_READS", "AUDIT", "CAMERAS", "CATALOGUE",
    "CLONES", "CONVOYS", "FEED_FILES", "FLOWS", "FOOTAGE", "HELD_FOOTAGE", "HELD_IMAGES", "HELD_READS", "HOLDS",
    "HOTLIST", "HOTLIST_EXTENSIONS", "HOTLIST_HITS", "HOTLIST_RESPONSES", "HOTLIST_VERSIONS", "JOURNEYS",
    "PLATE_IMAGES", "QUALITY_RESULTS", "QUARANTINE", "READS", "READS_STAGED", "RETENTION_LEDGER", "RUNS", "SIGHTINGS",
    "Column", "RetentionClass", "Table", "Zone", "capture_date", "quoted",
]  # fmt: skip
