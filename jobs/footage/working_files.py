"""What was read of each footage file and range before the night is committed: a killed run goes on from here.

One small file for each outline and each range, below `restricted/`, because it holds plates and pictures. They go when
the tables have what they hold; what a killed run leaves goes with the next reading, `anprlake recover` or the purge.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from pyarrow import fs

from jobs.lake.storage import open_folder, require_no_links
from jobs.lake.tables import Zone

_FOLDER = "_reading"


@dataclass(frozen=True)
class WorkingFiles:
    """The working files of a lake, by footage file.

    Attributes:
        root: the lake's root.
        fingerprint: of all that the results depend on beside the footage; what another one left is not used.
    """

    root: str
    fingerprint: str

    def put(self, footage_id: str, name: str, content: str) -> None:
        """Write a file whole or not at all."""
        filesystem, folder = self._open(footage_id)
        filesystem.create_dir(folder, recursive=True)
        unfinished = f"{folder}/unfinished_{uuid.uuid4().hex}"
        with filesystem.open_output_stream(unfinished) as stream:
            stream.write(content.encode())
        filesystem.move(unfinished, f"{folder}/{name}")

    def get(self, footage_id: str, name: str) -> bytes | None:
        """Read a file, or give None where it is not finished."""
        filesystem, folder = self._open(footage_id)
        path = f"{folder}/{name}"
        if filesystem.get_file_info(path).type != fs.FileType.File:
            return None
        with filesystem.open_input_stream(path, compression=None) as stream:
            return bytes(stream.read())

    def finished(self) -> set[tuple[str, str]]:
        """Footage id and name of every finished file."""
        filesystem, folder = open_folder(f"{_folder(self.root)}/{self.fingerprint}")
        selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
        paths = [info.path.split("/") for info in filesystem.get_file_info(selector) if info.type == fs.FileType.File]
        return {(path[-2], path[-1]) for path in paths if not path[-1].startswith("unfinished_")}

    def _open(self, footage_id: str) -> tuple[fs.FileSystem, str]:
        return open_folder(f"{_folder(self.root)}/{self.fingerprint}/{footage_id}")


def remove_working_files(root: str, keep: Iterable[str] = (), fingerprint: str | None = None) -> int:
    """Remove the working files of all footage but some.

    Args:
        root: the lake's root.
        keep: ids of the footage files that are still to be read.
        fingerprint: keep theirs of this one only; of every one when None.

    Returns:
        Number of footage files of which something was removed.

    Raises:
        LinkError: a link is among them.
    """
    require_no_links(root, f"{Zone.RESTRICTED}/{_FOLDER}")
    kept, removed = set(keep), 0
    filesystem, folder = open_folder(_folder(root))
    for group in filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
        if group.type != fs.FileType.Directory:  # nobody's here puts a file there
            filesystem.delete_file(group.path)
            continue
        for footage in filesystem.get_file_info(fs.FileSelector(group.path)):
            is_folder = footage.type == fs.FileType.Directory
            if is_folder and footage.base_name in kept and fingerprint in {None, group.base_name}:
                continue
            if is_folder:
                filesystem.delete_dir(footage.path)
            else:
                filesystem.delete_file(footage.path)
            removed += 1
        _remove_if_empty(filesystem, group.path)
    _remove_if_empty(filesystem, folder)
    return removed


def _remove_if_empty(filesystem: fs.FileSystem, folder: str) -> None:
    there = filesystem.get_file_info(folder).type == fs.FileType.Directory
    if there and not filesystem.get_file_info(fs.FileSelector(folder)):
        filesystem.delete_dir(folder)


def _folder(root: str) -> str:
    return f"{root}/{Zone.RESTRICTED}/{_FOLDER}"
