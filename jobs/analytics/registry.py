"""The analyses: the one list that job, preview, status and docs read."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

import pyspark.sql.functions as F
from pyspark.sql import DataFrame

from jobs.analytics.analysis import Analysis, publish
from jobs.analytics.clones import clones
from jobs.analytics.convoy_findings import find_convoys
from jobs.analytics.flows import flows
from jobs.analytics.hotlist_hits import hotlist_hits
from jobs.analytics.hotlist_responses import frame_of, with_responses
from jobs.analytics.hotlist_weeding import last_days_before, within_maximum, without_weeded
from jobs.analytics.journeys import days_around, journeys, named_vehicles, split_journeys, with_hops
from jobs.analytics.places import with_places
from jobs.control.responses import PLACE as RESPONSES
from jobs.control.responses import of_days
from jobs.control.weeding import PLACE as DECISIONS
from jobs.domain.lineage import Inputs, digest
from jobs.domain.token_columns import site_codes_column, token_column
from jobs.domain.tokens import site_code, token
from jobs.ingest.hotlist.versions import entries_in_force, in_force
from jobs.lake.data_files import DAY
from jobs.lake.store import Store
from jobs.lake.tables import (
    ANALYTIC_CONVOYS,
    ANALYTIC_JOURNEYS,
    CAMERAS,
    CLONES,
    CONVOYS,
    FLOWS,
    HOTLIST,
    HOTLIST_HITS,
    HOTLIST_VERSIONS,
    JOURNEYS,
    READS,
)  # fmt: skip
from jobs.runtime.lineage import Built, Lineage, Unit
from jobs.runtime.night import Night
from jobs.runtime.stage_names import Stage
from jobs.runtime.weeding import weeding
from jobs.settings import Settings


def window_days(settings: Settings, window_end: date) -> list[date]:
    """The days of capture of a window, in order."""
    length = settings.analytics.convoys.window_days
    return [window_end - timedelta(days=back) for back in reversed(range(length))]


def _placed_hops(store: Store, reads: DataFrame) -> DataFrame:
    return with_hops(with_places(reads, store.frame(CAMERAS, store.rows(CAMERAS))))


def _entries(night: Night, days: list[date]) -> DataFrame:
    """The entries that may match on each of some days."""
    store, versions = night.store, in_force(night.store.rows(HOTLIST_VERSIONS), days)
    decided = weeding(store, night.look)
    taken_out = {day: decided.taken_out(version, day) for day, version in versions.items()}
    last_days = last_days_before(store, max(days), night.settings.retention.hotlist_maximum_days)
    listed = entries_in_force(store.read(HOTLIST), versions)
    return within_maximum(without_weeded(listed, taken_out), last_days)


def _hits(night: Night, days: list[date], _: DataFrame | None) -> Built:
    store = night.store
    entries = _entries(night, days)
    with night.look() as connection:
        responses = of_days(connection, days) if connection else []
    found = with_responses(hotlist_hits(store.read_days(READS, days), entries), frame_of(store.spark, responses))
    return {HOTLIST_HITS: publish(night, HOTLIST_HITS, found, days)}


def _journeys(night: Night, days: list[date], _: DataFrame | None) -> Built:
    """Journeys that begin on some days; the day before and after each is read for context."""
    settings, store = night.settings.analytics, night.store
    hops = _placed_hops(store, named_vehicles(store.read_days(READS, days_around(days))))
    gap = timedelta(minutes=settings.journeys.gap_minutes)
    numbered = split_journeys(hops, gap, settings.journeys.max_speed_kmh, settings.clones.min_distance_km)
    found = journeys(numbered).where(F.col(DAY).isin(days))
    built = {JOURNEYS: publish(night, JOURNEYS, found, days)}
    key = night.token_key
    coded = store.read_days(JOURNEYS, days).withColumns(
        {
            "journey_token": token_column(key, "journey", F.col("journey_id")),
            "vehicle_token": token_column(key, "vehicle", F.col("vrm")),
            "sites": site_codes_column(
                key, F.concat(F.array("entry_camera"), F.transform("legs", lambda leg: leg["to"]))
            ),
        }
    )
    built[ANALYTIC_JOURNEYS] = publish(night, ANALYTIC_JOURNEYS, coded, days)
    ends = store.read_days(ANALYTIC_JOURNEYS, days).withColumns(
        {"from_site": F.element_at("sites", 1), "to_site": F.element_at("sites", -1)}
    )
    return built | {FLOWS: publish(night, FLOWS, flows(ends), days)}


def _convoys(night: Night, days: list[date], reads: DataFrame | None) -> Built:
    store, key = night.store, night.token_key
    assert reads is not None  # noqa: S101 - windows have their reads; this tells mypy
    rows = [
        {**finding, "data_version": store.version(READS)}
        for finding in find_convoys(reads, night.settings.analytics.convoys, days[0])
    ]
    coded = [
        {
            **row,
            "finding_token": token(key, "finding", row["finding_id"]),
            "vehicle_tokens": sorted(token(key, "vehicle", vrm) for vrm in row["members"]),
            "sites": sorted(site_code(key, camera) for camera in row["cameras"]),
        }
        for row in rows
    ]
    return {
        CONVOYS: publish(night, CONVOYS, store.frame(CONVOYS, rows), days),
        ANALYTIC_CONVOYS: publish(night, ANALYTIC_CONVOYS, store.frame(ANALYTIC_CONVOYS, coded), days),
    }


def _clones(night: Night, days: list[date], reads: DataFrame | None) -> Built:
    settings = night.settings.analytics
    assert reads is not None  # noqa: S101 - the same
    hops = _placed_hops(night.store, reads)
    speed, limits = settings.journeys.max_speed_kmh, settings.clones
    found = clones(hops, speed, limits.min_distance_km, limits.min_hops, days[0])
    stamps = {
        "window_end": F.lit(days[0]),
        "data_version": F.lit(night.store.version(READS)).cast("bigint"),
        "parameters": F.lit(json.dumps(limits.model_dump() | {"max_speed_kmh": speed}, sort_keys=True)),
    }
    return {CLONES: publish(night, CLONES, found.withColumns(stamps), days)}


# What each rests on.


def _reads_of(lineage: Lineage, days: Sequence[date]) -> Inputs:
    return {f"{READS.full_name} {day}": lineage.reads(day) for day in days}


def _of_hits(lineage: Lineage, _: Settings, day: date) -> Inputs:
    version = in_force(lineage.hotlist_versions, [day]).get(day, "")
    return _reads_of(lineage, [day]) | {
        HOTLIST.full_name: version, RESPONSES: lineage.responses(day), DECISIONS: lineage.taken_out(version, day)
    }  # fmt: skip


def _of_journeys(lineage: Lineage, _: Settings, day: date) -> Inputs:
    days = days_around([day])
    return _reads_of(lineage, days) | {CAMERAS.full_name: lineage.cameras(days)}


def _window_reads(lineage: Lineage, settings: Settings, window_end: date) -> Inputs:
    """One digest for the whole window, named by its first day: its days are told by the records of their reads."""
    contents_of = _reads_of(lineage, days := window_days(settings, window_end))
    return {f"{READS.full_name} from {days[0]}": digest(contents_of.values())}


def _window_reads_and_places(lineage: Lineage, settings: Settings, window_end: date) -> Inputs:
    days = window_days(settings, window_end)
    return _window_reads(lineage, settings, window_end) | {CAMERAS.full_name: lineage.cameras(days)}


ANALYSES: tuple[Analysis, ...] = (
    Analysis(
        Unit(
            "hits", Stage.ANALYSE, (HOTLIST_HITS,), rests_on=lambda _, day: [day], inputs=_of_hits,
            settings=lambda all_: all_.retention.hotlist_maximum_days, rules=2,
        ),
        _hits,
    ),
    Analysis(
        Unit(
            "journeys", Stage.ANALYSE, (JOURNEYS, ANALYTIC_JOURNEYS, FLOWS), rests_on=lambda _, day: days_around([day]),
            inputs=_of_journeys, rules=2,
            settings=lambda all_: [all_.analytics.journeys.model_dump(), all_.analytics.clones.min_distance_km],
        ),
        _journeys,
    ),
    Analysis(
        Unit(
            "convoys", Stage.ANALYSE, (CONVOYS, ANALYTIC_CONVOYS), rests_on=window_days, inputs=_window_reads,
            settings=lambda all_: all_.analytics.convoys.model_dump(), rules=1, is_window=True,
        ),
        _convoys,
    ),
    Analysis(
        Unit(
            "clones", Stage.ANALYSE, (CLONES,), rests_on=window_days, inputs=_window_reads_and_places, rules=1,
            settings=lambda all_: [
                all_.analytics.clones.model_dump(), all_.analytics.journeys.max_speed_kmh,
                all_.analytics.convoys.window_days,
            ],
            is_window=True,
        ),
        _clones,
    ),
)  # fmt: skip
