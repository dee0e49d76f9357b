"""The footage catalogue: every video file that arrives gets a row, by its content, with what is known before reading.

Footage: `<landing>/<date>/footage/<stem>.<mp4, avi, …>` with a sidecar beside it (`jobs/footage/sidecar.py`). A file
over midnight belongs to the day of its first frame: it must go when its oldest frame expires.

Reasons for refusing a file here: no_sidecar, sidecar_malformed, time_no_zone, time_future, time_expired,
camera_unknown, and content_of_another: the same bytes as a file that is catalogued with another camera or time, so one
of the sidecars is wrong. What is wrong inside a file shows when it is read.
"""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.footage.sidecar import is_sidecar, read_sidecar
from jobs.ingest.landing import LandedFile, list_landed, not_taken_in, unknown_places
from jobs.lake.tables import CAMERAS, FOOTAGE, Table
from jobs.runtime.night import Night, RunSummary


def catalogue_footage(night: Night) -> RunSummary:
    """Give every video file that arrived by the night, and is not known by its content, a row in `footage`."""
    store, files = night.store, unknown_places(night.store, *_landed(night))
    cameras = {row["camera_id"] for row in store.rows(CAMERAS, "camera_id")}
    known = {row["footage_id"]: row for row in store.rows(FOOTAGE, "footage_id", "camera_id", "started_at")}
    rows = []
    found = [(file, _row(night, file, cameras)) for file in files]
    for file, row in sorted(found, key=lambda one: one[1]["status"] == "refused"):
        first = known.setdefault(file.sha256, row)
        if first is row:
            rows.append(row)
        elif row["camera_id"] and (row["camera_id"], row["started_at"]) != _said(first):
            rows.append(row | {"footage_id": _name(file), "status": "refused", "reason": "content_of_another"})
    if rows:
        store.append_new_rows(FOOTAGE, rows)
    refused = sum(row["status"] == "refused" for row in rows)
    return RunSummary(
        files=len(rows), tables=(FOOTAGE,), notes={"footage_files": len(rows), "footage_refused": refused}
    )


def new_footage(night: Night) -> list[LandedFile]:
    """Video files that arrived by the night and are not in the catalogue."""
    return not_taken_in(night.store, *_landed(night))


def _landed(night: Night) -> tuple[str, list[LandedFile], Table]:
    landing = night.settings.storage.landing
    landed = list_landed(landing, night.process_date, ["footage"])
    return landing, [file for file in landed if not is_sidecar(file.path)], FOOTAGE


def _said(row: dict[str, Any]) -> tuple[str | None, datetime | None]:
    """Camera and start time of a row, whether the table gave it or a sidecar."""
    started_at = row["started_at"]
    return row["camera_id"], started_at and started_at.astimezone(UTC)


def _name(file: LandedFile) -> str:
    """A name for a file whose content has its own already: from both its content and its place."""
    return hashlib.sha256(f"{file.path}|{file.sha256}".encode()).hexdigest()


def _row(night: Night, file: LandedFile, cameras: set[str]) -> dict[str, Any]:
    camera_id, started_at, reason = read_sidecar(night.settings.storage.landing, file.path)
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
