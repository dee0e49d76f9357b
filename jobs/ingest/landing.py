"""The landing folder: `<landing>/<YYYY-MM-DD of arrival>/<source>/<file>`, on any file system that pyarrow knows.

The only place that lists, opens or removes landed files. On a local disk these are plain files alone: links, pipes,
devices and files with two names are told, and left as they are.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from pyarrow import fs

from jobs.ingest.formats.kinds import FEEDS
from jobs.lake.plain_files import Found, open_plain, remove_plain, walk
from jobs.lake.storage import open_folder

if TYPE_CHECKING:
    from jobs.lake.store import Store  # and so Spark, which `anprlake check` does without

SOURCES = (*FEEDS, "footage", "cameras", "hotlist")
"""Folders of a day from which something is taken in."""

_BLOCK = 1 << 20
_HIDDEN = (".", "_")
"""How the names of files begin that are still on their way."""


@dataclass(frozen=True)
class LandedFile:
    """A file as it came.

    Attributes:
        path: below the landing folder.
        source: folder of its source, one of `SOURCES`; of `list_held` also any other, or "".
        changed_at: when its content was last changed, UTC, to the microsecond.
        sha256: of its bytes as they came; empty until `with_hashes`.
        lies_as: sha256 of its bytes now, where lines of it were made empty since.
    """

    path: str
    source: str
    arrived_on: date
    bytes: int
    changed_at: datetime
    sha256: str = ""
    lies_as: str = ""


@dataclass(frozen=True)
class Refused:
    """What is not taken in where it lies, and waits for no night.

    Attributes:
        path: below the landing folder; it may hold a mark.
        why: in words.
        removed: whether it is purged when its time has come.
    """

    path: str
    why: str
    removed: bool = True


def list_landed(landing: str, until: date, sources: Sequence[str]) -> Iterator[LandedFile]:
    """Files of the sources that arrived on or before `until`, by path; hidden ones are still on their way."""
    for found in _listing(landing):
        arrived_on, source = _place(found.path)
        if found.plain and arrived_on and arrived_on <= until and source in sources and not _is_hidden(found.path):
            yield _landed(found, source, arrived_on)


def list_held(landing: str, until: date) -> Iterator[LandedFile]:
    """All plain files, wherever they lie and whatever is in them, by path: retention goes by these.

    One that lies below no date, or one after `until`, arrived when it was put there.
    """
    for found in _listing(landing):
        if found.plain:
            arrived_on, source = _place(found.path)
            dated = arrived_on is not None and arrived_on <= until
            yield _landed(found, source, arrived_on if arrived_on and dated else _time(found.placed_ns).date())


def list_refused(landing: str, until: date) -> list[Refused]:
    """What a night of `until` leaves alone, and later ones will too."""
    return [refused for found in _listing(landing) if (refused := _refusal(found, until))]


def _refusal(found: Found, until: date) -> Refused | None:
    arrived_on, source = _place(found.path)
    if not found.plain:
        return Refused(found.path, "not a plain file, never taken in or removed", removed=False)
    if arrived_on is None or source not in SOURCES:
        return Refused(found.path, f"not below <YYYY-MM-DD>/<{'|'.join(SOURCES)}>/, not taken in")
    if arrived_on > max(until, datetime.now(UTC).date()):
        return Refused(found.path, "below a day that has not come, not taken in")
    if _is_hidden(found.path) and arrived_on < until:
        return Refused(found.path, "hidden as if still on its way, not taken in")
    return None


def _place(path: str) -> tuple[date | None, str]:
    """The day and the source of the folders `<date>/<source>/` in which a file lies; None and "" where it does not."""
    day, *inner = PurePosixPath(path).parts
    source = inner[0] if inner[1:] else ""
    try:
        return date.fromisoformat(day), source
    except ValueError:
        return None, source


def _is_hidden(path: str) -> bool:
    return PurePosixPath(path).name.startswith(_HIDDEN)


def _landed(found: Found, source: str, arrived_on: date) -> LandedFile:
    return LandedFile(found.path, source, arrived_on, found.bytes, _time(found.changed_ns))


def _time(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)


def _listing(landing: str) -> list[Found]:
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        return sorted(walk(root), key=lambda found: found.path)
    selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
    files = (info for info in filesystem.get_file_info(selector) if info.type == fs.FileType.File)
    paths = [
        Found(str(PurePosixPath(info.path).relative_to(root)), info.size, info.mtime_ns, info.mtime_ns, plain=True)
        for info in files
    ]
    return sorted(paths, key=lambda found: found.path)


def stated(landing: str, path: str) -> LandedFile:
    """A file as it lies there now."""
    filesystem, root = open_folder(landing)
    info = filesystem.get_file_info(f"{root}/{path}")
    found = Found(path, info.size, info.mtime_ns, info.mtime_ns, plain=True)
    arrived_on, source = _place(path)
    return _landed(found, source, arrived_on or _time(found.placed_ns).date())


@contextmanager
def open_landed(landing: str, path: str) -> Iterator[BinaryIO]:
    """The bytes of a landed file as they lie there; of a local one a stream that has a descriptor.

    Raises:
        NotPlainError: since it was listed it has become something that is not opened.
        OSError: it is gone, or the storage cannot be read.
    """
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        with os.fdopen(open_plain(root, path), "rb") as stream:
            yield stream
    else:
        with filesystem.open_input_stream(f"{root}/{path}", compression=None) as stream:
            yield stream


def remove_landed(landing: str, path: str) -> None:
    """Remove a landed file; raises as `open_landed`."""
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        remove_plain(root, path)
    else:
        filesystem.delete_file(f"{root}/{path}")


@dataclass(frozen=True)
class Arrivals:
    """Files that lie where a catalogue knows none, or none that was last changed then; hashed.

    Attributes:
        new: whose content it does not know, of equal ones the first by path; a file that was replaced in place is new.
        again: whose content it knows, or another one of `new` has.
    """

    new: list[LandedFile]
    again: list[LandedFile]


def arrivals(
    store: "Store", landing: str, files: Iterable[LandedFile], rows: Sequence[Mapping[str, Any]], file_id: str
) -> Arrivals:
    """What has come since a catalogue was last written.

    Args:
        store: whose executors hash what is not known by its place.
        landing: the folder.
        files: that lie there.
        rows: of the catalogue: bytes, and paths (path below the folder to the time of the file's last change).
        file_id: the column with the sha256 of each file's bytes.
    """
    known = {(path, row["bytes"], changed_at) for row in rows for path, changed_at in row["paths"].items()}
    unknown = [file for file in files if (file.path, file.bytes, file.changed_at) not in known]
    seen, found = {name for row in rows for name in contents_of(row, file_id)}, Arrivals([], [])
    for file in with_hashes(store, landing, unknown):
        (found.again if file.sha256 in seen else found.new).append(file)
        seen.add(file.sha256)
    return found


def contents_of(row: Mapping[str, Any], file_id: str) -> Iterator[str]:
    """Hashes of the bytes that a catalogue's row knows: as they came, and as they lie with lines made empty."""
    yield row[file_id]
    if row.get("lies_as"):
        yield row["lies_as"]


def known_by_content(
    store: "Store", landing: str, files: Iterable[LandedFile], rows: Sequence[Mapping[str, Any]], file_id: str
) -> list[tuple[LandedFile, Mapping[str, Any]]]:
    """The files that rows of a catalogue know, with their hash and their row: by place, time and size, else by bytes.

    Who copies a file or puts it back gives it another time, and what it holds is still what the rows say.
    """
    by_place = {(path, at, row["bytes"]): row for row in rows for path, at in row["paths"].items()}
    by_content = {name: row for row in rows for name in contents_of(row, file_id)}
    sizes, is_blanked = {row["bytes"] for row in rows}, any(row.get("lies_as") for row in rows)
    found, unknown = [], []
    for file in files:
        row = by_place.get((file.path, file.changed_at, file.bytes))
        if row is not None:
            found.append((replace(file, sha256=row.get("lies_as") or row[file_id]), row))
        elif is_blanked or file.bytes in sizes:
            unknown.append(file)
    hashed = with_hashes(store, landing, unknown)
    return found + [(file, by_content[file.sha256]) for file in hashed if file.sha256 in by_content]


def still_lying(landed: Iterable[LandedFile], rows: Iterable[Mapping[str, Any]], file_id: str) -> Iterator[LandedFile]:
    """The files of a catalogue's rows, hashed by these, that lie where they were or were copied, as if `unchanged`."""
    lying = {(file.path, file.changed_at, file.bytes): file for file in landed}
    for row in rows:
        places = [(path, at, row["bytes"]) for path, at in sorted(row["paths"].items())]
        _, source = _place(row["landed_path"])  # a copy in another folder would be judged as something else
        found = [lying[place] for place in places if place in lying and lying[place].source == source]
        if found:
            first = min(found, key=lambda file: file.path != row["landed_path"])
            yield replace(first, sha256=row[file_id], lies_as=row.get("lies_as") or "")


def unchanged(store: "Store", landing: str, files: Sequence[LandedFile]) -> list[LandedFile]:
    """Those of some hashed files whose bytes are still the same: who replaces one may set its time and size, too."""
    now = with_hashes(store, landing, files)
    return [file for file, found in zip(files, now, strict=True) if (file.lies_as or file.sha256) == found.sha256]


def with_paths(row: Mapping[str, Any], files: Iterable[LandedFile]) -> dict[str, Any]:
    """A catalogue's row that knows further paths of its bytes."""
    return {**row, "paths": row["paths"] | {file.path: file.changed_at for file in files}}


def with_hashes(store: "Store", landing: str, files: Sequence[LandedFile]) -> list[LandedFile]:
    """The same files with the sha256 of their bytes, hashed on the executors."""
    if not files:
        return []
    context = store.spark.sparkContext
    tasks = min(len(files), context.defaultParallelism)
    paths = context.parallelize([file.path for file in files], tasks)
    hashes = dict(paths.map(lambda path: (path, hash_file(landing, path))).collect())
    return [replace(file, sha256=hashes[file.path]) for file in files]


def hash_file(landing: str, path: str) -> str:
    """The sha256 of one landed file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open_landed(landing, path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
