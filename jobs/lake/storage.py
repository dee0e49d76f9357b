"""Files of the lake and of the landing folder, on any file system that pyarrow knows."""

from pathlib import PurePosixPath

from pyarrow import fs


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
    used = {parent for info in below if info.type == fs.FileType.File for parent in PurePosixPath(info.path).parents}
    folders = (info.path for info in below if info.type == fs.FileType.Directory)
    for folder in sorted(folders, reverse=True):  # what lies within a folder goes before it
        if PurePosixPath(folder) not in used:
            filesystem.delete_dir(folder)
