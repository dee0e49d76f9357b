"""What feeds, hot-lists and partners may bring."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from jobs.settings.area import Area
from jobs.settings.section import Days, Positive, PositiveFloat, Section


class HotlistSettings(Section):
    """Limits on what a hot-list may bring."""

    max_days: Days
    min_characters: Positive
    max_bytes: Positive
    max_lines: Positive


class VrmSettings(Section):
    """What cameras write for what they could not read."""

    unread: Annotated[str, Field(pattern=r"^[^A-Za-z0-9\s]*\?[^A-Za-z0-9\s]*$")]
    placeholders: tuple[Annotated[str, Field(pattern="^[A-Z0-9]+$")], ...]


class CameraRegisterSettings(Section):
    """Limits on what a camera register may bring."""

    max_bytes: Positive


class IngestSettings(Section):
    """Limits on what a feed may bring."""

    max_line_bytes: Positive
    max_message_bytes: Positive
    payload_chars: Positive
    max_vrm_chars: Positive
    max_file_bytes: Positive
    max_image_pixels: Positive
    max_camera_move_m: PositiveFloat
    local_time_zone: str
    area: Area
    vrms: VrmSettings
    cameras: CameraRegisterSettings
    hotlist: HotlistSettings

    @field_validator("local_time_zone")
    @classmethod
    def is_a_zone(cls, name: str) -> str:
        """A name of the IANA time zone database."""
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, a path, a folder of zones
            raise ValueError(f"{name!r} is no time zone; allowed is a name as 'Europe/London'") from None


class Partner(Section):
    """A partner's feed, and the agreement under which its reads may be used; dates are those of arrival.

    Without an `area` of its own its reads must lie in `ingest.area`.
    """

    source: Annotated[str, Field(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")]
    force: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    valid_from: date
    valid_to: date | None = None
    area: Area | None = None
