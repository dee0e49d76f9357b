"""Suspicious pairs to findings: pairs that hang together are one convoy, with the evidence that supports it."""

import hashlib
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyspark.sql.functions as F
from pyspark.sql import DataFrame, Row

from jobs.analytics.convoys import co_passes, episodes, habits, surprise
from jobs.settings import ConvoySettings


def find_convoys(reads: DataFrame, settings: ConvoySettings, window_end: date) -> list[dict[str, Any]]:
    """The convoys among the reads of a window, as rows of `convoys` without the night's columns and data_version.

    `reads` has the columns of `reads`; it should be cached, it is gone through several times.
    """
    headway = timedelta(seconds=settings.headway_seconds)
    found = _suspicious_pairs(reads, settings, headway)
    if not found:
        return []
    vrms = reads.sparkSession.createDataFrame(
        [(m,) for m in {m for p in found for m in (p.first, p.second)}], "vrm STRING"
    )
    meetings = co_passes(reads.join(F.broadcast(vrms), "vrm"), headway)
    together = defaultdict(list)
    for meeting in _of_episodes(meetings, settings.min_cameras).collect():
        together[meeting.first, meeting.second].append(meeting)
    return list(_findings(found, together, settings, window_end))


def _suspicious_pairs(reads: DataFrame, settings: ConvoySettings, headway: timedelta) -> list[Row]:
    days = reads.select("capture_date").distinct().count()
    met = episodes(co_passes(reads, headway), settings.min_cameras).persist()
    tested = met.select("first", "second").distinct().count()
    pairs = met.groupBy("first", "second").agg(F.count("*").alias("observed"))
    candidates = pairs.where(F.col("observed") >= settings.min_days).persist()
    with_habits = habits(reads, candidates, timedelta(seconds=settings.habit_seconds))
    ratio = settings.headway_seconds / settings.habit_seconds
    scored = surprise(with_habits, days, ratio, tested).where(F.col("p_value") <= settings.alpha)
    found: list[Row] = scored.collect()
    met.unpersist()
    candidates.unpersist()
    return found


def _of_episodes(meetings: DataFrame, min_cameras: int) -> DataFrame:
    """Meetings on the days on which their pair had an episode."""
    days = episodes(meetings, min_cameras).select("first", "second", "capture_date")
    return meetings.join(days, ["first", "second", "capture_date"])


def _findings(
    found: list[Row],
    together: dict[tuple[str, str], list[Row]],
    settings: ConvoySettings,
    window_end: date,
) -> Iterator[dict[str, Any]]:
    import networkx as nx

    graph = nx.Graph((pair.first, pair.second) for pair in found)
    for component in sorted(sorted(members) for members in nx.connected_components(graph)):
        pairs = [pair for pair in found if pair.first in component]
        meetings = [meeting for pair in pairs for meeting in together[pair.first, pair.second]]
        strongest = min(pairs, key=lambda pair: (pair.p_value, -pair.observed))
        days = sorted({meeting.capture_date for meeting in meetings})
        key = f"convoy|{window_end}|{'|'.join(component)}"
        yield {
            "finding_id": hashlib.sha256(key.encode()).hexdigest(),
            "members": component,
            "days": days,
            "cameras": sorted({meeting.camera_id for meeting in meetings}),
            "observed": float(strongest.observed),
            "expected": strongest.expected,
            "p_value": strongest.p_value,
            "median_headway": statistics.median(meeting.headway_s for meeting in meetings),
            "read_ids": sorted({read_id for meeting in meetings for read_id in meeting.read_ids}),
            "parameters": json.dumps(settings.model_dump(), sort_keys=True),
            "window_end": window_end,
            "capture_date": days[0],
        }
