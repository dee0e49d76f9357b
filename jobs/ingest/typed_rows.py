"""Feed files to typed rows, each good or with its reason: what a night takes in and what `anprlake check` judges."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from jobs.domain.cameras import Register
from jobs.domain.suppressed import Suppressed
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import landed_lines
from jobs.ingest.positions import Areas
from jobs.ingest.rules import Limits, apply_rules
from jobs.settings import IngestSettings, Settings


def feed_limits(
    settings: Settings,
    kind: str,
    cameras: Iterable[dict[str, Any]],
    arrived_on: date,
    process_date: date,
    suppressed: Suppressed | None = None,
) -> Limits:
    """What the rows of a feed that arrived on a day are held against in a night; `cameras` are rows of the register."""
    feed, ingest = FEEDS[kind], settings.ingest
    return Limits(
        register=Register(row for row in cameras if row["kind"] == feed.cameras),
        partners=settings.partners_on(arrived_on) if feed.needs_licence else None,
        needs_camera=feed.needs_camera,
        areas=_areas(settings, kind, arrived_on) if feed.states_position else None,
        local_zone=ingest.local_time_zone,
        max_vrm_chars=ingest.max_vrm_chars,
        unread=ingest.vrms.unread,
        placeholders=frozenset(ingest.vrms.placeholders),
        oldest=process_date - timedelta(days=settings.retention.limits.reads.days),
        payload_chars=ingest.payload_chars,
        max_image_pixels=ingest.max_image_pixels,
        max_move_m=ingest.max_camera_move_m,
        suppressed=suppressed,
    )


def _areas(settings: Settings, kind: str, arrived_on: date) -> Areas:
    return Areas(settings.ingest.area, settings.areas_on(arrived_on) if FEEDS[kind].needs_licence else {})


def typed_rows(
    landing: str, path: str, kind: str, limits: Limits, arrived_on: date, ingest: IngestSettings
) -> Iterator[pa.Table]:
    """The rows of a landed file as `apply_rules` gives them, some thousands at a time."""
    feed = FEEDS[kind]
    headers = [header for header in feed.versions if header]
    longest = ingest.max_message_bytes if feed.long_lines else ingest.max_line_bytes
    for header, lines in landed_lines(landing, path, headers, longest, ingest.max_file_bytes):
        parse = feed.versions.get(header or "") or next(iter(feed.versions.values()))
        yield apply_rules(parse(lines), limits, arrived_on)
