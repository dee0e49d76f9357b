"""Files of the lake and of the landing folder, on any file system that pyarrow knows."""

from pyarrow import fs


def open_folder(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or URI, and the path within it.

    Hadoop's name for S3 is taken too, so that one setting serves Spark and pyarrow.
    """
    if "://" in uri:
        filesystem, path = fs.FileSystem.from_uri(uri.replace("s3a://", "s3://", 1))
        return filesystem, path
    return fs.LocalFileSystem(), uri
