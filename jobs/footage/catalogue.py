"""The footage catalogue: every video file that arrives gets a row, by its content, with what is known before reading.

Footage: `<landing>/<date>/footage/<stem>.<mp4, avi, …>` with a sidecar `<stem>.json` beside it:
`{"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}`. A file over midnight belongs to the day of its first
frame: it must go when its oldest frame expires.

Reasons for refusing a file here: no_sidecar, sidecar_malformed, time_no_zone, time_future, time_expired,
camera_unknown. What is wrong inside a file shows when it is read.
"""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jobs.ingest.landing import LandedFile, list_landed, not_taken_in, open_landed
from jobs.lake.plain_files import NotPlainError
from jobs.lake.tables import CAMERAS, FOOTAGE
from jobs.runtime.night import Night, RunSummary

_LONGEST_SIDECAR = 2**16
"""Bytes: one has about 70."""


class Sidecar(BaseModel):
    """What must be known of a video file."""

    model_config = ConfigDict(extra="ignore")

    camera_id: str
    started_at: AwareDatetime


def catalogue_footage(night: Night) -> RunSummary:
    """Give every video file that arrived by the night, and is not known by its content, a row in `footage`."""
    store, files = night.store, new_footage(night)
    cameras = {row["camera_id"] for row in store.rows(CAMERAS, "camera_id")}
    rows = [_row(night, file, cameras) for file in files]
    if rows:
        store.append_new_rows(FOOTAGE, rows)
    refused = sum(row["status"] == "refused" for row in rows)
    return RunSummary(
        files=len(rows), tables=(FOOTAGE,), notes={"footage_files": len(rows), "footage_refused": refused}
    )


def new_footage(night: Night) -> list[LandedFile]:
    """Video files that arrived by the night and are not in the catalogue."""
    landing = night.settings.storage.landing
    landed = list_landed(landing, night.process_date, ["footage"])
    return not_taken_in(night.store, landing, (file for file in landed if not file.path.endswith(".json")), FOOTAGE)


def _row(night: Night, file: LandedFile, cameras: set[str]) -> dict[str, Any]:
    camera_id, started_at, reason = _read_sidecar(night.settings.storage.landing, file)
    capture_date = started_at.date() if started_at else file.arrived_on
    reason = reason or _broken_rule(night, file, camera_id in cameras, capture_date)
    if reason == "time_future":
        capture_date = file.arrived_on
    return {
        "footage_id": file.sha256, "landed_path": file.path, "camera_id": camera_id, "started_at": started_at,
        "bytes": file.bytes, "status": "refused" if reason else "new", "reason": reason,
        **night.stamp, "capture_date": capture_date,
    }  # fmt: skip


def _broken_rule(night: Night, file: LandedFile, camera_known: bool, started_on: date) -> str | None:  # noqa: FBT001 - private
    limit = night.settings.retention.limits.footage_days
    if started_on > file.arrived_on:
        return "time_future"
    if started_on <= night.process_date - timedelta(days=limit):
        return "time_expired"
    return None if camera_known else "camera_unknown"


def _read_sidecar(landing: str, file: LandedFile) -> tuple[str | None, datetime | None, str | None]:
    """Camera, start time in UTC, and the reason why they are not known."""
    try:
        with open_landed(landing, str(PurePosixPath(file.path).with_suffix(".json"))) as stream:
            content = stream.read(_LONGEST_SIDECAR + 1)
    except (FileNotFoundError, NotPlainError):
        return None, None, "no_sidecar"
    if len(content) > _LONGEST_SIDECAR:
        return None, None, "sidecar_malformed"
    try:
        sidecar = Sidecar.model_validate(json.loads(content))
        return sidecar.camera_id, sidecar.started_at.astimezone(UTC), None
    except ValidationError as error:
        no_zone = any(detail["type"] == "timezone_aware" for detail in error.errors())
        return None, None, "time_no_zone" if no_zone else "sidecar_malformed"
    except (ValueError, RecursionError, OverflowError):  # no JSON, not UTF-8, nested without end, before the year 1
        return None, None, "sidecar_malformed"
