"""What of the tables cannot be read: every log and every live data file is looked at, and nothing is changed."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from pyarrow import fs

from jobs.lake.damage import DamagedTableError, damage_named
from jobs.lake.data_files import is_intact, is_sealed
from jobs.lake.storage import open_folder
from jobs.lake.store import Store
from jobs.lake.tables import LINEAGE, READS, SIGHTINGS, Table


@dataclass(frozen=True)
class Damage:
    """What is wrong.

    Attributes:
        version: of the table; None where its log cannot be read.
        file: below the table's folder; None where it is the log.
        what: gone, log, missing, size, footer, rows or content.
    """

    table: Table
    version: int | None
    file: str | None
    what: str

    def __str__(self) -> str:
        """One line."""
        if self.what == "gone":
            return f"{self.table.full_name}: gone"
        version = "" if self.version is None else f" version {self.version}"
        return f"{self.table.full_name}{version}: {self.what}: {self.file or '_delta_log'}"


def examine(store: Store, table: Table, *, deep: bool = False) -> list[Damage]:
    """What is wrong with a table; nothing of one that was never made.

    Args:
        store: the lake.
        table: one of it.
        deep: read all bytes too, not only the footers.
    """
    try:
        if not store.exists(table):
            return [Damage(table, None, None, "gone")] if _was_built(store, table) else []
        with damage_named(table):
            newest = DeltaTable(store.path(table))
            live = pa.table(newest.get_add_actions(flatten=True)).select(["path", "size_bytes", "num_records"])
    except DamagedTableError:
        return [Damage(table, None, None, "log")]
    filesystem, root = open_folder(store.path(table))
    wrong = ((path, _wrong(filesystem, f"{root}/{path}", size, rows, deep=deep)) for path, size, rows in _rows(live))
    return [Damage(table, newest.version(), path, what) for path, what in wrong if what]


def _was_built(store: Store, table: Table) -> bool:
    """Whether lineage, where it can be read, knows rows of a table, or of what rests on it."""
    names = {table.full_name, *([READS.full_name] if table is SIGHTINGS else [])}
    with suppress(DamagedTableError):  # told of lineage itself
        return any(row["table_name"] in names and row["rows"] for row in store.rows(LINEAGE, "table_name", "rows"))
    return False


def _rows(live: pa.Table) -> Iterator[tuple[str, int, int | None]]:
    return zip(*(column.to_pylist() for column in live.columns), strict=True)


def _wrong(filesystem: fs.FileSystem, path: str, size: int, rows: int | None, *, deep: bool) -> str:
    """What is wrong with a data file, '' if nothing is; size and rows are those that the log states."""
    info = filesystem.get_file_info(path)
    if info.type != fs.FileType.File:
        return "missing"
    if info.size != size:
        return "size"
    found = "footer"
    try:
        with filesystem.open_input_file(path) as source:
            file = pq.ParquetFile(source)
            if rows is not None and file.metadata.num_rows != rows:
                return "rows"
            found = "content"
            if deep and not _is_whole(filesystem, path, file):
                return found
    except (pa.ArrowException, OSError, UnicodeDecodeError):  # names of columns that are no UTF-8
        return found
    return ""


def _is_whole(filesystem: fs.FileSystem, path: str, file: pq.ParquetFile) -> bool:
    """Whether all bytes of a data file are those that were written, or at least all values can be decoded."""
    if is_sealed(path):
        with filesystem.open_input_stream(path, compression=None) as stream:
            return is_intact(path, stream)
    for _ in file.iter_batches():
        pass
    return True
