"""The sidecar of a video file: its camera and the time of its first frame.

`{"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}`, JSON in UTF-8, in a file beside the video, of the same
name but for the ending `.json`; the case of letters in both names does not matter. The camera may be of any kind, but
must be in the register. Both are needed: a video without its time is no evidence.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import BinaryIO

from pyarrow import fs
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jobs.ingest.landing import open_landed
from jobs.lake.plain_files import NotPlainError
from jobs.lake.storage import open_folder

_LONGEST = 2**16
"""Bytes: one has about 70."""

Known = tuple[str | None, datetime | None, str | None]
"""Camera, start time in UTC, and the reason why they are not known."""


class Sidecar(BaseModel):
    """What must be known of a video file."""

    model_config = ConfigDict(extra="ignore")

    camera_id: str
    started_at: AwareDatetime


def broken_rule(started_on: date, arrived_on: date, oldest: date, *, in_use: bool) -> str | None:
    """Code of the first rule that a video breaks by its sidecar, or None.

    Args:
        started_on: day of the first frame.
        arrived_on: day of arrival, which it cannot follow.
        oldest: footage of this day or earlier has expired.
        in_use: whether its camera is in use on the first day.
    """
    if started_on > arrived_on:
        return "time_future"
    if started_on <= oldest:
        return "time_expired"
    return None if in_use else "camera_unknown"


def is_sidecar(path: str) -> bool:
    """Whether a file of the footage folder is a sidecar, by its name."""
    return PurePosixPath(path).suffix.lower() == ".json"


def sidecar_name(path: str) -> str:
    """The path of a video's sidecar in small letters: as each of its spellings is then."""
    return str(PurePosixPath(path.lower()).with_suffix(".json"))


def read_sidecar(landing: str, video: str) -> Known:
    """What the sidecar of a video below the landing folder says."""
    for path in _spellings(landing, video):
        with suppress(FileNotFoundError, NotPlainError), open_landed(landing, path) as stream:
            return sidecar_content(stream)
    return None, None, "no_sidecar"


def _spellings(landing: str, video: str) -> Iterator[str]:
    """Paths below the landing folder: as a sidecar is usually spelt, for folders are long; else in any case."""
    yield str(PurePosixPath(video).with_suffix(".json"))
    filesystem, root = open_folder(landing)
    folder = PurePosixPath(video).parent
    beside = filesystem.get_file_info(fs.FileSelector(f"{root}/{folder}", allow_not_found=True))
    wanted = PurePosixPath(sidecar_name(video)).name
    yield from sorted(str(folder / one.base_name) for one in beside if one.base_name.lower() == wanted)


def sidecar_content(stream: BinaryIO) -> Known:
    """What a sidecar file says."""
    content = stream.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        return None, None, "sidecar_malformed"
    try:
        sidecar = Sidecar.model_validate(json.loads(content.removeprefix(b"\xef\xbb\xbf")))
        return sidecar.camera_id, sidecar.started_at.astimezone(UTC), None
    except ValidationError as error:
        no_zone = any(detail["type"] == "timezone_aware" for detail in error.errors())
        return None, None, "time_no_zone" if no_zone else "sidecar_malformed"
    except (ValueError, RecursionError, OverflowError):  # no JSON, not UTF-8, nested without end, before the year 1
        return None, None, "sidecar_malformed"
