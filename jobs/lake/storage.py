"""Files of the lake and of the landing folder, on any file system that pyarrow knows."""

import os
from pathlib import Path, PurePosixPath

from pyarrow import fs

from jobs.domain.errors import LakeError


class LinkError(LakeError):
    """A link lies where only the lake's own files may; the message names the folder, and not the link."""


def open_folder(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or URI, and the path within it.

    Hadoop's name for S3 is taken too, so that one setting serves Spark and pyarrow.
    """
    if "://" in uri:
        filesystem, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
        return filesystem, path
    return fs.LocalFileSystem(), uri


def remove_empty_folders(path: str) -> None:
    """Remove the folders below a path in which no file is: names of partitions tell which days there were."""
    filesystem, root = open_folder(path)
    below = filesystem.get_file_info(fs.FileSelector(root, recursive=True))
    used = set[str]()
    for info in below:
        folder = info.path.rpartition("/")[0] if info.type == fs.FileType.File else root
        while folder != root and folder not in used:
            used.add(folder)
            folder = folder.rpartition("/")[0]
    folders = (info.path for info in below if info.type == fs.FileType.Directory)
    for folder in sorted(folders, reverse=True):  # what lies within a folder goes before it
        if folder not in used:
            filesystem.delete_dir(folder)


def require_no_links(root: str, below: str, *, deep: bool = True) -> None:
    """What removes files follows links, and would take away what lies behind one.

    Args:
        root: of the lake; a local one may itself be a link, or lie behind one.
        below: a folder below it; it need not be there.
        deep: look at all that is in it, too.

    Raises:
        LinkError: a folder on the way is a link, or something in it is.
    """
    filesystem, folder = open_folder(root)
    if not isinstance(filesystem, fs.LocalFileSystem):
        return
    here = Path(folder)
    for part in PurePosixPath(below).parts:
        here /= part
        if here.is_symlink():
            raise LinkError(f"{below} is a link, or lies behind one: mount a disk there instead")
    if deep and here.is_dir() and _has_link(str(here)):
        raise LinkError(f"{below} has a link in it: nothing of it is removed before that is gone")


def _has_link(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any(one.is_symlink() or (one.is_dir() and _has_link(one.path)) for one in entries)
