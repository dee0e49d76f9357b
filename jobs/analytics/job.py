"""The night's analytics: everything that rests on the days it touched, and the findings of the window that it ends."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.analytics.clones import clones
from jobs.analytics.convoy_findings import find_convoys
from jobs.analytics.flows import flows
from jobs.analytics.hotlist_hits import hotlist_hits
from jobs.analytics.hotlist_responses import with_responses
from jobs.analytics.journeys import days_to_recompute, journeys, split_journeys, with_hops
from jobs.analytics.places import with_places
from jobs.consolidate.job import touched_days
from jobs.domain.tokens import site_code, site_codes_column, token, token_column
from jobs.ingest.hotlist.versions import entries_in_force, in_force
from jobs.lake.tables import (
    ANALYTIC_CONVOYS,
    ANALYTIC_JOURNEYS,
    CAMERAS,
    CLONES,
    CONVOYS,
    FLOWS,
    HOTLIST,
    HOTLIST_HITS,
    HOTLIST_RESPONSES,
    HOTLIST_VERSIONS,
    JOURNEYS,
    READS,
    Table,
)  # fmt: skip
from jobs.quality.gate import check
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.parallel import in_parallel

WRITTEN = (HOTLIST_HITS, JOURNEYS, ANALYTIC_JOURNEYS, FLOWS, CONVOYS, ANALYTIC_CONVOYS, CLONES)
"""Tables that the analytics write."""


def analyse(night: Night) -> RunSummary:
    """Hits, journeys and flows of the touched days; convoys and clones of the window that ends with this night."""
    days = touched_days(night)
    window = night.store.read_days(READS, window_days(night)).persist()
    parts = {"convoys": partial(_convoys, night, window), "clones": partial(_clones, night, window)}
    if days:
        parts |= {"hits": partial(_hits, night, days), "journeys": partial(_journeys, night, days)}
    counts = in_parallel(*parts.values())
    window.unpersist()
    return RunSummary(tables=WRITTEN, notes=dict(zip(parts, counts, strict=True)))


def window_days(night: Night) -> list[date]:
    """The days of capture that convoys and clones of a night rest on, the newest first."""
    length = night.settings.analytics.convoys.window_days
    return [night.process_date - timedelta(days=back) for back in range(length)]


def _publish(night: Night, table: Table, rows: DataFrame, days: Iterable[date] | None = None) -> int:
    """Gate, then replace the days (or, without days, the window that ends with this night). Returns rows written."""
    rows = night.stamped(rows).select(*table.column_names).persist()
    count = check(night, table, rows)
    if days is None:
        night.store.replace_window(table, rows, night.process_date)
    else:
        night.store.replace_days(table, rows, days)
    rows.unpersist()
    return count


def _hits(night: Night, days: list[date]) -> int:
    store = night.store
    entries = entries_in_force(store.read(HOTLIST), in_force(store.rows(HOTLIST_VERSIONS), days))
    found = hotlist_hits(store.read_days(READS, days), entries)
    return _publish(night, HOTLIST_HITS, with_responses(found, store.read_days(HOTLIST_RESPONSES, days)), days)


def _journeys(night: Night, touched: list[date]) -> int:
    """Journeys that begin on the days that may have changed; the day before and after them is read for context."""
    settings, days = night.settings.analytics, days_to_recompute(touched)
    reads = night.store.read_days(READS, days_to_recompute(days))
    hops = with_hops(with_places(reads, night.store.read(CAMERAS)))
    gap = timedelta(minutes=settings.journeys.gap_minutes)
    numbered = split_journeys(hops, gap, settings.journeys.max_speed_kmh, settings.clones.min_distance_km)
    found = journeys(numbered).where(F.col("capture_date").isin(days))
    written = _publish(night, JOURNEYS, found, days)
    key = night.token_key
    coded = night.store.read_days(JOURNEYS, days).withColumns(
        {
            "journey_token": token_column(key, "journey", F.col("journey_id")),
            "vehicle_token": token_column(key, "vehicle", F.col("vrm")),
            "sites": site_codes_column(
                key, F.concat(F.array("entry_camera"), F.transform("legs", lambda leg: leg["to"]))
            ),
        }
    )
    _publish(night, ANALYTIC_JOURNEYS, coded, days)
    ends = night.store.read_days(ANALYTIC_JOURNEYS, days).withColumns(
        {"from_site": F.element_at("sites", 1), "to_site": F.element_at("sites", -1)}
    )
    _publish(night, FLOWS, flows(ends), days)
    return written


def _convoys(night: Night, window: DataFrame) -> int:
    store, key = night.store, night.token_key
    findings = find_convoys(window, night.settings.analytics.convoys, night.process_date)
    rows = [{**finding, "data_version": store.version(READS)} for finding in findings]
    coded = [
        {
            **row,
            "finding_token": token(key, "finding", row["finding_id"]),
            "vehicle_tokens": sorted(token(key, "vehicle", mark) for mark in row["members"]),
            "sites": sorted(site_code(key, camera) for camera in row["cameras"]),
        }
        for row in rows
    ]
    _publish(night, CONVOYS, store.frame(CONVOYS, rows))
    _publish(night, ANALYTIC_CONVOYS, store.frame(ANALYTIC_CONVOYS, coded))
    return len(rows)


def _clones(night: Night, window: DataFrame) -> int:
    settings = night.settings.analytics
    hops = with_hops(with_places(window, night.store.read(CAMERAS)))
    found = clones(
        hops,
        settings.journeys.max_speed_kmh,
        settings.clones.min_distance_km,
        settings.clones.min_hops,
        night.process_date,
    )
    parameters = settings.clones.model_dump() | {"max_speed_kmh": settings.journeys.max_speed_kmh}
    stamps = {
        "window_end": F.lit(night.process_date),
        "data_version": F.lit(night.store.version(READS)).cast("bigint"),
        "parameters": F.lit(json.dumps(parameters, sort_keys=True)),
    }
    return _publish(night, CLONES, found.withColumns(stamps))
