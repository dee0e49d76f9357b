"""The camera register: `<landing>/<date>/cameras/<any name>.csv`, the newest file replaces the register.

Header: camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to. Kind is fixed, mobile or partner;
latitude and longitude are WGS 84 degrees, empty for mobile; heading is degrees from north; cordon is the direction
over the area boundary that the camera sees: in, out or none. One row for each place that a camera had: history by
valid_from and valid_to (dates, the last one empty while the camera is in use).
"""

import csv
from datetime import date
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jobs.domain.errors import LakeError
from jobs.domain.tokens import site_code
from jobs.ingest.landing import list_landed, open_landed, unpacked
from jobs.lake.tables import CAMERAS
from jobs.runtime.night import Night, RunSummary


class CameraRegisterError(LakeError):
    """The register is unusable: line and key are named, never a place."""


class Camera(BaseModel):
    """A line of the register."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    camera_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")
    kind: str = Field(pattern="^(fixed|mobile|partner)$")
    latitude: float | None = Field(ge=-90, le=90)
    longitude: float | None = Field(ge=-180, le=180)
    road: str | None
    heading: float | None = Field(ge=0, le=360)
    cordon: str = Field(pattern="^(in|out|none)$")
    valid_from: date
    valid_to: date | None

    @model_validator(mode="before")
    @classmethod
    def empty_is_none(cls, values: dict[str, Any]) -> dict[str, Any]:
        """CSV has no nulls."""
        return {key: value or None for key, value in values.items()}

    @model_validator(mode="after")
    def ends_after_its_start(self) -> "Camera":
        """A period may be one day long, not shorter."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self


def ingest_cameras(night: Night) -> RunSummary:
    """Replace the register by the newest file that arrived by the night; without a file nothing changes.

    Raises:
        CameraRegisterError: a line is not valid, or periods of one camera overlap; the register stays as it was.
    """
    landing = night.settings.storage.landing
    files = list(list_landed(landing, night.process_date, ["cameras"]))
    if not files:
        return RunSummary(tables=(CAMERAS,))
    with open_landed(landing, files[-1].path) as packed, unpacked(packed, files[-1].path) as stream:
        content = stream.read()
    key = night.token_key
    rows = [
        {**camera.model_dump(), "site_code": site_code(key, camera.camera_id)}
        for camera in _parse(content, files[-1].path)
    ]
    night.store.replace_rows(CAMERAS, rows)
    return RunSummary(files=1, tables=(CAMERAS,), notes={"cameras": len(rows)})


def _parse(content: bytes, path: str) -> list[Camera]:
    cameras: dict[int, Camera] = {}
    try:
        rows = list(enumerate(csv.DictReader(content.decode("utf-8-sig").splitlines(), restkey="more"), start=2))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CameraRegisterError(f"{path}: no CSV in UTF-8: {type(error).__name__}") from None
    for line_no, row in rows:
        try:
            cameras[line_no] = Camera.model_validate(row)
        except ValidationError as error:
            detail = error.errors()[0]
            key = ".".join(str(part) for part in detail["loc"]) or "valid_to"
            raise CameraRegisterError(f"{path} line {line_no}: {key}: {detail['msg']}") from None
    if not cameras:
        raise CameraRegisterError(f"{path}: holds no camera")
    _refuse_overlaps(cameras, path)
    return list(cameras.values())


def _refuse_overlaps(cameras: dict[int, Camera], path: str) -> None:
    """A read must not find two places for its camera: it would count twice."""
    periods = sorted(cameras.items(), key=lambda item: (item[1].camera_id, item[1].valid_from))
    for (_, before), (line_no, after) in pairwise(periods):
        overlaps = before.valid_to is None or before.valid_to >= after.valid_from
        if before.camera_id == after.camera_id and overlaps:
            raise CameraRegisterError(f"{path} line {line_no}: valid_from: the camera's period before has not ended")
