"""What holds keep of files as received: lines of feed files, and the ranges of footage that show held sightings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import pyarrow as pa
import pyarrow.compute as pc

from jobs.control.holds import Hold
from jobs.footage.in_view import frames_of_a_second
from jobs.footage.on_disk import on_disk
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import landed_lines
from jobs.ingest.formats.partner import RECORDS_PARTED_BY
from jobs.ingest.landing import open_landed
from jobs.lake.data_files import DataFiles, NewFile
from jobs.lake.storage import open_folder
from jobs.retention.holds.holding import stamp
from jobs.settings import IngestSettings
from ocr.video import Footage, FootageError


@dataclass(frozen=True)
class HeldLine:
    """What a hold keeps of a line: the day of capture of what it gave, and of a message which records gave that."""

    day: date
    records: frozenset[int | None] = frozenset()

    def of(self, text: str) -> str:
        """The message with the other records, which are no business of the hold, empty."""
        parts = text.split(RECORDS_PARTED_BY)
        return RECORDS_PARTED_BY.join(
            part if number in self.records else "" for number, part in enumerate(parts, start=1)
        )


@dataclass(frozen=True)
class FeedLines:
    """The lines of a landed feed file that holds keep.

    Attributes:
        day: of its oldest row.
        wanted: by the number of the hold and that of the line; None is all of them.
    """

    file_id: str
    path: str
    kind: str
    day: date
    wanted: Mapping[int, Mapping[int, HeldLine] | None]


@dataclass(frozen=True)
class LineKeeper:
    """What an executor does with a feed file."""

    landing: str
    ingest: IngestSettings
    holds: Sequence[Hold]
    target: DataFiles

    def __call__(self, file: FeedLines) -> list[NewFile]:
        """Its held lines, in files that are not committed yet."""
        rows = list(self._rows(file))
        if not rows:
            return []
        return self.target.write(pa.Table.from_pylist(rows, schema=self.target.schema))

    def _rows(self, file: FeedLines) -> Iterator[dict[str, Any]]:
        feed = FEEDS[file.kind]
        headers = [header for header in feed.versions if header]
        longest = self.ingest.max_message_bytes if feed.long_lines else self.ingest.max_line_bytes
        numbers = pa.array(sorted({n for lines in file.wanted.values() for n in lines or ()}), pa.int64())
        has_all = None in file.wanted.values()
        for header, lines in landed_lines(self.landing, file.path, headers, longest, self.ingest.max_file_bytes):
            some = lines if has_all else lines.filter(pc.is_in(lines["line_no"], numbers))
            for line in some.to_pylist():
                for number, wanted in file.wanted.items():
                    row = file, self.holds[number], header, line["line_no"]
                    if wanted is None:
                        yield self._row(*row, line["payload"], file.day)
                    elif held := wanted.get(line["line_no"]):
                        text = held.of(line["payload"]) if feed.long_lines else line["payload"]
                        yield self._row(*row, text, held.day)

    @staticmethod
    def _row(file: FeedLines, hold: Hold, header: str | None, line_no: int, text: str, day: date) -> dict[str, Any]:
        return {
            **stamp(hold, text.encode()), "file_id": file.file_id, "landed_path": file.path, "line_no": line_no,
            "header": header, "line": text, "capture_date": day,
        }  # fmt: skip


@dataclass(frozen=True)
class FootageRanges:
    """The frames of a landed video that holds keep.

    Attributes:
        wanted: first and last frames by the number of the hold; None is all of it, as it was received.
    """

    footage_id: str
    path: str
    camera_id: str | None
    started_at: datetime | None
    day: date
    wanted: Mapping[int, Iterable[tuple[int, int]] | None]


@dataclass(frozen=True)
class FootageKeeper:
    """What an executor does with a video.

    Attributes:
        folder: of all that is kept of footage.
    """

    landing: str
    scratch: str
    holds: Sequence[Hold]
    folder: str

    def __call__(self, file: FootageRanges) -> list[dict[str, Any]]:
        """Rows of what was kept of it: ranges without loss, or all of it where it can no longer be decoded."""
        return [
            row for number, wanted in file.wanted.items() for row in self._of_hold(file, self.holds[number], wanted)
        ]

    def _of_hold(
        self, file: FootageRanges, hold: Hold, wanted: Iterable[tuple[int, int]] | None
    ) -> Iterator[dict[str, Any]]:
        name = f"{hold.hold_id}/{file.footage_id}"
        if wanted is None:
            yield self._whole(file, hold, name)
            return
        try:
            with on_disk(self.landing, self.scratch, file.path, file.footage_id) as path:
                footage = Footage(path)
                for first, last in joined(wanted, frames_of_a_second(footage.info.frame_rate)):
                    held_path = f"{name}-{first}-{last}.mkv"
                    yield self._row(file, hold, held_path, clip(footage, first, last), first, last)
        except FootageError:
            yield self._whole(file, hold, name)

    def _whole(self, file: FootageRanges, hold: Hold, name: str) -> dict[str, Any]:
        with open_landed(self.landing, file.path) as stream:
            content = stream.read()
        return self._row(file, hold, name + PurePosixPath(file.path).suffix.lower(), content, None, None)

    def _row(
        self, file: FootageRanges, hold: Hold, held_path: str, content: bytes, first: int | None, last: int | None
    ) -> dict[str, Any]:
        filesystem, root = open_folder(self.folder)
        filesystem.create_dir(str(PurePosixPath(f"{root}/{held_path}").parent))
        with filesystem.open_output_stream(f"{root}/{held_path}", compression=None) as target:
            target.write(content)
        return {
            **stamp(hold, content), "footage_id": file.footage_id, "camera_id": file.camera_id,
            "started_at": file.started_at, "first_frame": first, "last_frame": last, "held_path": held_path,
            "capture_date": file.day,
        }  # fmt: skip


def joined(ranges: Iterable[tuple[int, int]], beside: int) -> list[tuple[int, int]]:
    """Ranges of frames with some before and after each, those that meet made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((max(0, first - beside), last + beside) for first, last in ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def clip(footage: Footage, first: int, last: int) -> bytes:
    """A video (FFV1 in Matroska: every pixel as it was decoded) of a range of frames of another one.

    Raises:
        FootageError: none of its frames can be decoded.
    """
    info, times = footage.info, footage.times
    end_s = times.time_of(last + 1) if last + 1 < len(times) else float("inf")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mkv"
        size = (info.width, info.height)
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), info.frame_rate, size)
        written = 0
        for frame in footage.frames(times.time_of(first), end_s):
            image = frame.image()
            if image is not None and image.shape[1::-1] == size:
                writer.write(image)
                written += 1
        writer.release()
        if not written:
            raise FootageError("no_frames", "no frame of the range can be decoded")
        return path.read_bytes()
