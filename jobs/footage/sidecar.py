"""The sidecar of a video file: its camera and the time of its first frame.

`{"camera_id": "F001", "started_at": "2026-11-20T08:00:00Z"}`, JSON in UTF-8, in a file beside the video, of the same
name but for the ending `.json`; the case of letters in both names does not matter. The camera may be of any kind, but
must be in the register. Both are needed: a video without its time is no evidence.
"""

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath

from pyarrow import fs
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

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


def is_sidecar(path: str) -> bool:
    """Whether a file of the footage folder is a sidecar, by its name."""
    return PurePosixPath(path).suffix.lower() == ".json"


def sidecar_name(path: str) -> str:
    """The path of a video's sidecar in small letters: as each of its spellings is then."""
    return str(PurePosixPath(path.lower()).with_suffix(".json"))


def read_sidecar(landing: str, video: str) -> Known:
    """What the sidecar of a video below the landing folder says."""
    filesystem, root = open_folder(landing)
    path = _find(filesystem, f"{root}/{video}")
    return (None, None, "no_sidecar") if path is None else sidecar_content(filesystem, path)


def _find(filesystem: fs.FileSystem, video: str) -> str | None:
    """The sidecar as it is usually spelt, for folders are long; else in any case."""
    usual = str(PurePosixPath(video).with_suffix(".json"))
    if filesystem.get_file_info(usual).type == fs.FileType.File:
        return usual
    beside = filesystem.get_file_info(fs.FileSelector(str(PurePosixPath(video).parent)))
    wanted = PurePosixPath(sidecar_name(video)).name
    found = [info.path for info in beside if info.type == fs.FileType.File and info.base_name.lower() == wanted]
    return min(found, default=None)


def sidecar_content(filesystem: fs.FileSystem, path: str) -> Known:
    """What a sidecar file says."""
    with filesystem.open_input_stream(path, compression=None) as stream:
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
