"""Lines of landed feed files made empty: the others keep their numbers, by which their rows are known."""

import gzip
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import fs

from jobs.ingest.formats.lines import codec_of, unpacked
from jobs.ingest.landing import hash_file, list_held, open_landed, stated
from jobs.lake.storage import open_folder
from jobs.lake.tables import FEED_FILES
from jobs.runtime.night import Night


@dataclass(frozen=True)
class Blanked:
    """A file as it lies there now, and how many lines of it were made empty."""

    lines: int
    bytes: int
    changed_at: datetime


def blank_lines(landing: str, path: str, numbers: Collection[int]) -> Blanked:
    """Make lines of a feed file empty, packed or not; it is written beside, and then put in its place.

    Args:
        landing: the folder.
        path: below it.
        numbers: of lines, from 1.
    """
    unfinished = str(PurePosixPath(path).with_name(f".{PurePosixPath(path).name}.blanked"))
    blanked = 0
    with open_landed(landing, path) as stored, _writing(landing, unfinished, path) as target:
        codec = codec_of(stored.read(4))
        stored.seek(0)
        with _packed(target, codec) as packed:
            for number, line in enumerate(_lines(unpacked(stored, codec)), start=1):
                is_wanted = number in numbers and bool(line.strip())
                packed.write(b"\n" if is_wanted else line)
                blanked += is_wanted
    _replace(landing, unfinished, path)
    found = stated(landing, path)
    return Blanked(blanked, found.bytes, found.changed_at)


def blank(night: Night, lines: Mapping[str, Collection[int]]) -> int:
    """Make lines of landed feed files empty, and have the manifest know the files as they lie there then.

    Args:
        night: this run.
        lines: their numbers, from 1, by file; of a file that is gone, or was replaced, nothing is to be done.

    Returns:
        How many lines had something in them.
    """
    landing, count = night.settings.storage.landing, 0
    rows = [row for row in night.store.rows(FEED_FILES) if lines.get(row["file_id"])]
    held = list_held(landing, night.process_date) if rows else ()
    lying = {(file.path, file.changed_at, file.bytes) for file in held}
    for row in rows:
        numbers, size = lines[row["file_id"]], row["bytes"]
        for path in [path for path, at in row["paths"].items() if (path, at, size) in lying]:
            blanked = blank_lines(landing, path, numbers)
            count += blanked.lines
            paths = row["paths"] | {path: blanked.changed_at}
            row |= {"bytes": blanked.bytes, "paths": paths, "lies_as": hash_file(landing, path)}
        row["blanked"] = sorted({*(row["blanked"] or ()), *numbers})
    night.store.put_rows(FEED_FILES, rows)
    return count


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream with their ends, however long."""
    rest = b""
    while block := stream.read(1 << 20):
        *lines, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest:
        yield rest


@contextmanager
def _packed(target: Any, codec: str | None) -> Iterator[Any]:  # noqa: ANN401 - pyarrow's, which has no stubs
    if codec == "gzip":
        with gzip.GzipFile(fileobj=target, mode="wb", mtime=0) as packed:
            yield packed
    elif codec:
        sink = pa.BufferOutputStream()  # pyarrow would close the file
        with pa.CompressedOutputStream(sink, codec) as packed:
            yield packed
        target.write(sink.getvalue())
    else:
        yield target


@contextmanager
def _writing(landing: str, unfinished: str, path: str) -> Iterator[Any]:
    """A new file beside one, with its mode."""
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        place = Path(root, unfinished)
        place.unlink(missing_ok=True)
        mode = stat.S_IMODE(Path(root, path).lstat().st_mode)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
    else:
        with filesystem.open_output_stream(f"{root}/{unfinished}", compression=None) as target:
            yield target


def _replace(landing: str, unfinished: str, path: str) -> None:
    filesystem, root = open_folder(landing)
    filesystem.move(f"{root}/{unfinished}", f"{root}/{path}")
