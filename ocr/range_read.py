"""What reading tells of a file and of a range of it, in a form that can be sent between processes and kept."""

from pydantic import BaseModel, ConfigDict

from ocr.passage import Passage
from ocr.video import VideoInfo


class FileOutline(BaseModel):
    """What is known of a video before it is read: what its container says, and the seconds that its frames come to."""

    model_config = ConfigDict(frozen=True)

    info: VideoInfo
    duration_s: float


class RangeRead(BaseModel):
    """The pieces of passages that begin in a range, and the seconds of it that could not be decoded.

    JSON, with pictures in base64: every field of a passage comes back as it was.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    pieces: tuple[Passage, ...]
    lost_s: float
