"""The camera register of the lake: the newest file that arrived replaces it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from jobs.domain.tokens import site_code
from jobs.ingest.formats.cameras import read_register
from jobs.ingest.landing import list_landed
from jobs.lake.tables import CAMERAS
from jobs.runtime.night import Night, RunSummary


def ingest_cameras(night: Night) -> RunSummary:
    """Replace the register by the newest file that arrived by the night; without a file nothing changes.

    Raises:
        CameraRegisterError: a line is not valid, or periods of one camera overlap; the register stays as it was.
    """
    landing = night.settings.storage.landing
    files = list(list_landed(landing, night.process_date, ["cameras"]))
    if not files:
        return RunSummary(tables=(CAMERAS,))
    cameras = read_register(landing, files[-1].path, night.settings)
    key = night.token_key
    rows = [{**camera.model_dump(), "site_code": site_code(key, camera.camera_id)} for camera in cameras]
    in_order = sorted(rows, key=_place)
    if in_order != sorted(night.store.rows(CAMERAS), key=_place):
        night.store.replace_rows(CAMERAS, in_order)
    return RunSummary(files=1, tables=(CAMERAS,), notes={"cameras": len(rows)})


def _place(row: Mapping[str, Any]) -> tuple[str, date]:
    """What names a row of the register."""
    return row["camera_id"], row["valid_from"]
