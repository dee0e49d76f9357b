"""Lines and records of landed feed files made empty: the others keep their numbers, which name their rows."""

import gzip
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
from pyarrow import fs

from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import OF_LINES, blocks_of, codec_of
from jobs.ingest.formats.partner import RECORDS_PARTED_BY
from jobs.ingest.landing import LandedFile, contents_of, hash_file, open_landed, stated
from jobs.lake.storage import open_folder
from jobs.lake.tables import FEED_FILES
from jobs.runtime.night import Night


@dataclass(frozen=True)
class Blanked:
    """A file without some of its lines and records, written beside the one whose place it shall take.

    Attributes:
        path: of the other one.
        unfinished: where it lies until then.
        places: how many of those that were wanted had something in them.
    """

    path: str
    unfinished: str
    places: int
    bytes: int
    changed_at: datetime
    sha256: str


def place_in_file(kind: str, line_no: int, record_no: int | None, reason: str | None = None) -> str:
    """Where a row stands in a feed file: its line, `4`, or its record of a message, `4.2`.

    A line that has a fault as a whole was never parted into records.
    """
    is_message = kind in FEEDS and FEEDS[kind].long_lines
    is_record = is_message and record_no is not None and reason not in OF_LINES
    return f"{line_no}.{record_no}" if is_record else f"{line_no}"


def blanked(landing: str, path: str, places: Collection[str]) -> Blanked:
    """Write a feed file, packed or not, without some of its lines or records of messages.

    Args:
        landing: the folder.
        path: below it.
        places: as `place_in_file` tells them.
    """
    unfinished = str(PurePosixPath(path).with_name(f".{PurePosixPath(path).name}.blanked"))
    wanted, had = _by_line(places), 0
    with open_landed(landing, path) as stored, _writing(landing, unfinished, path) as target:
        codec = codec_of(stored.read(4))
        stored.seek(0)
        with _packed(target, codec) as packed:
            for number, line in enumerate(_lines(blocks_of(stored)), start=1):
                records = wanted.get(number, frozenset())
                left, count = (line, 0) if records == frozenset() else _without(line, records)
                packed.write(left)
                had += count
    found = stated(landing, unfinished)
    return Blanked(path, unfinished, had, found.bytes, found.changed_at, hash_file(landing, unfinished))


def _by_line(places: Iterable[str]) -> dict[int, frozenset[int] | None]:
    """The records of each line that has some, None where it is the whole line."""
    found: dict[int, frozenset[int] | None] = {}
    for place in places:
        line, _, record = place.partition(".")
        before = found.get(int(line), frozenset())
        found[int(line)] = None if before is None or not record else before | {int(record)}
    return found


def _without(line: bytes, records: frozenset[int] | None) -> tuple[bytes, int]:
    """A line without some records, or empty, and how many of them had something in them."""
    text = line.rstrip(b"\r\n")
    parts = [text] if records is None else text.split(RECORDS_PARTED_BY.encode())
    count = 0
    for number, part in enumerate(parts, start=1):
        if records is None or number in records:
            count += bool(part.strip())
            parts[number - 1] = b""
    if not any(part.strip() for part in parts):
        return b"\n", count
    return RECORDS_PARTED_BY.encode().join(parts) + line[len(text) :], count


def blank(
    night: Night, work: Sequence[tuple[LandedFile, Collection[str]]], before: Callable[[int], None] | None = None
) -> int:
    """Make places in landed feed files empty, and have the manifest know the files as they lie there then.

    Args:
        night: this run.
        work: files with the hash of their bytes as they lie there, and the places in each.
        before: is told how many places have something in them, before any of it goes.

    Returns:
        How many places had something in them.
    """
    landing = night.settings.storage.landing
    rows = [dict(row) for row in night.store.rows(FEED_FILES)] if work else []
    by_content = {name: row for row in rows for name in contents_of(row, "file_id")}
    changed, written = {}, []
    for file, places in work:
        found = blanked(landing, file.path, places)
        written.append(found)
        if (row := by_content.get(file.sha256)) is None:  # no night has read it yet
            continue
        row["paths"] = row["paths"] | {file.path: found.changed_at}
        row |= {"bytes": found.bytes, "lies_as": found.sha256}
        row["blanked"] = sorted({*(row["blanked"] or ()), *places})
        changed[row["file_id"]] = row
    if before:
        before(sum(one.places for one in written))
    # Known before it lies there: ended in between, a file is still known by its bytes, whichever these are.
    night.store.put_rows(FEED_FILES, list(changed.values()))
    for one in written:
        put_in_place(landing, one)
    return sum(one.places for one in written)


def put_in_place(landing: str, file: Blanked) -> None:
    """Have a file take the place of the one that it was written from."""
    filesystem, root = open_folder(landing)
    filesystem.move(f"{root}/{file.unfinished}", f"{root}/{file.path}")


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends, however long."""
    rest = b""
    for block in blocks:
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
