"""What feeds, hot-lists and partners may bring."""

from datetime import date
from typing import Annotated

from pydantic import Field

from jobs.settings.section import Positive, PositiveFloat, Section


class HotlistSettings(Section):
    """Limits on what a hot-list may bring."""

    max_days: Positive
    min_characters: Positive
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
    hotlist: HotlistSettings


class Partner(Section):
    """A partner's feed, and the agreement under which its reads may be used; dates are those of arrival."""

    source: Annotated[str, Field(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")]
    force: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    valid_from: date
    valid_to: date | None = None
