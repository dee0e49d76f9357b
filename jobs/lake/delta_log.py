"""What a table's log tells of its data files, and commits of files that lie there already, through delta-rs."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import PurePosixPath

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from jobs.lake.data_files import DataFile, NewFile
from jobs.lake.storage import open_folder
from jobs.lake.tables import Table


def paths(log: DeltaTable) -> list[str]:
    """The data files of the version, below the table."""
    found: list[str] = pa.table(log.get_add_actions())["path"].to_pylist()
    return found


def names(log: DeltaTable) -> set[str]:
    """The names of the same files."""
    return {PurePosixPath(uri).name for uri in log.file_uris()}


def files_by(log: DeltaTable, column: str) -> dict[date, list[DataFile]]:
    """The data files by the days of a column of the partitions, each day's by path."""
    by = f"partition.{column}"
    files = pa.table(log.get_add_actions(flatten=True)).select(["path", by, "num_records"])
    found = defaultdict[date, list[DataFile]](list)
    for path, day, rows in zip(*(column.to_pylist() for column in files.columns), strict=True):
        found[day].append(DataFile(path, day, rows))
    return {day: sorted(found[day], key=lambda file: file.path) for day in sorted(found)}


def put(log: DeltaTable, table: Table, files: Sequence[NewFile], in_place_of: Collection[date] | None = None) -> None:
    """Make data files part of the table, in one commit; in the place of all that it holds of some days, where given."""
    now = _now_ms()
    actions: list[AddAction | RemoveAction] = [
        AddAction(f.path, f.bytes, f.partition, now, True, f.stats) for f in files
    ]
    if in_place_of is None:
        log.create_write_transaction(actions, "append", log.schema(), list(table.partition_by))
    else:
        days = [(table.day_column, "in", sorted(map(str, in_place_of)))]
        log.create_write_transaction(actions, "overwrite", log.schema(), list(table.partition_by), days)


def take_out(log: DeltaTable, table: Table, paths: Collection[str], instead: Sequence[NewFile] = ()) -> None:
    """Take data files out of the table, in one commit, and put others in; they stay on the disk, and are not read."""
    now = _now_ms()
    actions: list[AddAction | RemoveAction] = [
        AddAction(f.path, f.bytes, f.partition, now, True, f.stats) for f in instead
    ]
    actions += [
        RemoveAction(
            one["path"], data_change=True, deletion_timestamp=now, size=one["size_bytes"],
            partition_values={name: str(value) for name, value in (one.get("partition") or {}).items()},
        )
        for one in pa.table(log.get_add_actions()).to_pylist() if one["path"] in paths
    ]  # fmt: skip
    log.create_write_transaction(actions, "append", log.schema(), list(table.partition_by))


def commit_digest(table_path: str, version: int) -> str | None:
    """128 bits of the sha256 of a commit's file; None where there is none."""
    filesystem, folder = open_folder(table_path)
    try:
        with filesystem.open_input_stream(f"{folder}/_delta_log/{version:020d}.json", compression=None) as stream:
            return hashlib.sha256(stream.read()).hexdigest()[:32]
    except FileNotFoundError:
        return None


def _now_ms() -> int:
    return int(time.time() * 1000)
