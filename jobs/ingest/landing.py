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

from jobs.lake.plain_files import Found, open_plain, remove_plain, walk
from jobs.lake.storage import open_folder

if TYPE_CHECKING:
    from jobs.lake.store import Store  # and so Spark, which `anprlake check` does without

_BLOCK = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """A file as it came.

    Attributes:
        path: below the landing folder.
        source: folder of its source: fixed, mobile, partner, footage, cameras or hotlist.
        changed_at: when its content was last changed, UTC, to the microsecond.
        sha256: of its bytes; empty until `with_hashes`.
    """

    path: str
    source: str
    arrived_on: date
    bytes: int
    changed_at: datetime
    sha256: str = ""


def list_landed(landing: str, until: date, sources: Sequence[str]) -> Iterator[LandedFile]:
    """Files of the sources that arrived on or before `until`, by path; hidden ones are still on their way."""
    for file in list_arrived(landing, until):
        if file.source in sources and not PurePosixPath(file.path).name.startswith((".", "_")):
            yield file


def list_arrived(landing: str, until: date) -> Iterator[LandedFile]:
    """All files below the folders of dates on or before `until`, by path, whatever is in them: retention goes by these.

    A file outside of a source's folder has the source "".
    """
    for found in _listing(landing):
        path = PurePosixPath(found.path)
        try:
            arrived_on = date.fromisoformat(path.parts[0])
        except ValueError:
            continue
        if found.plain and arrived_on <= until and len(path.parts) > 1:
            source = path.parts[1] if len(path.parts) > 2 else ""  # noqa: PLR2004 - date/source/file
            yield LandedFile(found.path, source, arrived_on, found.bytes, _time(found.changed_ns))


def _time(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)


def list_refused(landing: str) -> list[str]:
    """Paths of all that is neither folder nor plain file: it is not taken in, and no purge removes it."""
    return [found.path for found in _listing(landing) if not found.plain]


def _listing(landing: str) -> list[Found]:
    filesystem, root = open_folder(landing)
    if isinstance(filesystem, fs.LocalFileSystem):
        return sorted(walk(root), key=lambda found: found.path)
    selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
    files = (info for info in filesystem.get_file_info(selector) if info.type == fs.FileType.File)
    paths = [
        Found(str(PurePosixPath(info.path).relative_to(root)), info.size, info.mtime_ns, plain=True) for info in files
    ]
    return sorted(paths, key=lambda found: found.path)


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
    seen, found = {row[file_id] for row in rows}, Arrivals([], [])
    for file in with_hashes(store, landing, unknown):
        (found.again if file.sha256 in seen else found.new).append(file)
        seen.add(file.sha256)
    return found


def still_lying(landed: Iterable[LandedFile], rows: Iterable[Mapping[str, Any]], file_id: str) -> Iterator[LandedFile]:
    """The files of a catalogue's rows, hashed by these, that lie at one of their paths and were not changed since."""
    lying = {(file.path, file.changed_at): file for file in landed}
    for row in rows:
        known = min((one for one in row["paths"].items() if one in lying), default=None)
        if known:
            yield replace(lying[known], sha256=row[file_id])


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
