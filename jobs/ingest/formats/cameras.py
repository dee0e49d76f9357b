"""The camera register: CSV in UTF-8, a header line, one line for each place that a camera had.

| field | what | allowed |
|---|---|---|
| camera_id | as feeds and sidecars name it | 1 to 32 letters, digits, `_` and `-`, `F001`; a partner's `P0012` |
| kind | of its feed | fixed, mobile, partner |
| latitude, longitude | WGS 84 | degrees in `ingest.area`, or in a partner's area; both empty for mobile |
| road | on which it stands | text or empty |
| heading | to which it looks | degrees from north, 0 to 360, or empty |
| cordon | the direction over the area boundary that it sees | in, out, none |
| valid_from, valid_to | days of use, both included | ISO dates; valid_to empty while in use |

Files: `<landing>/<date of arrival>/cameras/<any name>.csv`, also packed, of at most `ingest.cameras.max_bytes`. Each is
a whole register: the newest replaces the one before, and one broken line refuses it. It must arrive before, or with,
the first feed: rows of fixed and mobile cameras that it does not know are quarantined as `camera_unknown`.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jobs.domain.errors import LakeError
from jobs.ingest.formats.lines import header_fields, landed_lines
from jobs.settings import Settings
from jobs.settings.area import Area

HEADER = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"


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
        """CSV has no nulls, and blanks beside its commas are no part of a field."""
        return {key: value.strip() or None for key, value in values.items()}

    @model_validator(mode="after")
    def ends_after_its_start(self) -> "Camera":
        """A period may be one day long, not shorter."""
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def overlaps(self, other: "Camera") -> bool:
        """Whether both periods have a day in common."""
        last, others_last = self.valid_to or date.max, other.valid_to or date.max
        return self.valid_from <= others_last and other.valid_from <= last

    def wrong_place(self, areas: list[Area]) -> str | None:
        """What is wrong with its place, or None; `areas` are those in which it may stand."""
        if self.latitude is None or self.longitude is None:
            return None if self.latitude == self.longitude else "longitude: is there without latitude, or the other way"
        if any(area.holds(self.latitude, self.longitude) for area in areas):
            return None
        if any(area.holds(self.longitude, self.latitude) for area in areas):
            return "latitude: has changed places with longitude"
        return "latitude: lies with longitude outside of ingest.area; a camera of a partner may lie in the area of any"


def read_register(landing: str, path: str, settings: Settings) -> list[Camera]:
    """The cameras of a register file below `landing`.

    Raises:
        CameraRegisterError: the file or a line is not valid, or periods of one camera overlap.
    """
    cameras: list[Camera] = []
    for line_no, camera in judged_cameras(landing, path, settings):
        if isinstance(camera, str):
            raise CameraRegisterError(f"{path} line {line_no}: {camera}")
        cameras.append(camera)
    return cameras


def judged_cameras(landing: str, path: str, settings: Settings) -> Iterator[tuple[int, Camera | str]]:
    """Number of each line but the header, and its camera, or what is wrong with it."""
    usual = settings.ingest.area
    partners = [usual, *(partner.area for partner in settings.partners if partner.area)]
    periods = defaultdict[str, list[Camera]](list)
    line_no = 0
    for line_no, row in _rows(landing, path, settings):
        camera = row if isinstance(row, str) else _camera(row)
        if isinstance(camera, Camera):
            wrong = camera.wrong_place(partners if camera.kind == "partner" else [usual])
            # A read must not find two places for its camera: it would count twice.
            if not wrong and any(map(camera.overlaps, periods[camera.camera_id])):
                wrong = "valid_from: overlaps another period of the camera"
            periods[camera.camera_id].append(camera)
            camera = wrong or camera
        yield line_no, camera
    if not line_no:
        yield 1, "holds no camera"


def _camera(row: dict[str, str]) -> Camera | str:
    try:
        return Camera.model_validate(row)
    except ValidationError as error:
        detail = error.errors()[0]
        return f"{'.'.join(str(part) for part in detail['loc']) or 'valid_to'}: {detail['msg']}"


def _rows(landing: str, path: str, settings: Settings) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Number of each line but the header, and its fields, or why it has none."""
    names: list[str] | None = None
    ingest = settings.ingest
    for _, lines in landed_lines(landing, path, [], ingest.max_line_bytes, ingest.cameras.max_bytes):
        for line_no, text, fault in zip(*(lines[name].to_pylist() for name in lines.column_names), strict=True):
            if names is None and not fault:
                names = header_fields(text)
            else:
                yield line_no, fault or _fields(names or [], text)


def _fields(names: list[str], text: str) -> dict[str, str] | str:
    try:
        values = next(csv.reader([text], strict=True), [])
    except csv.Error:
        return "a quote that does not close"
    return dict(zip(names, values, strict=False)) | ({"more": "x"} if len(values) > len(names) else {})
