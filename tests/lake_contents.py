"""What a lake holds, in a form that tests can compare and search: tables without their stamps, files as text."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import DeltaTable

from jobs.lake.small_rows import select
from jobs.lake.tables import CATALOGUE, Table, Zone

STAMPS = {
    "run_id", "process_date", "data_version", "sightings_version",  # which run wrote a row, and of what it read
    "files", "inputs",  # of lineage: digests of names of data files, which are drawn by chance
}  # fmt: skip
PROVENANCE = {"file_id", "line_no", "record_no"}
"""Which of several equal rows was the first to come."""
COMPARED = [
    table for table in CATALOGUE if table.zone in (Zone.RESTRICTED, Zone.ANALYTIC) and table.name != "reads_staged"
]


def rows_at(path: str | Path) -> list[dict[str, Any]]:
    """All rows of a table, by its path."""
    return select(DeltaTable(str(path)), (), ()).to_pylist()


def contents(root: str | Path, table: Table, ignoring: Collection[str] = ()) -> list[str]:
    """The rows of a table as sorted JSON texts, without stamps and `ignoring`; empty when the table was never made."""
    path = str(Path(root, table.zone, table.name))
    if not DeltaTable.is_deltatable(path):
        return []
    left_out = STAMPS | set(ignoring)
    return sorted(
        json.dumps({name: value for name, value in row.items() if name not in left_out}, default=str, sort_keys=True)
        for row in rows_at(path)
    )


def everything(
    root: str | Path, *, without: Collection[Table] = (), ignoring: Collection[str] = ()
) -> dict[str, list[str]]:
    """All tables of data by name but some, each as above."""
    return {table.full_name: contents(root, table, ignoring) for table in COMPARED if table not in without}


def unlike(found: dict[str, list[str]], expected: dict[str, list[str]]) -> list[str]:
    """Names of the tables that differ."""
    return sorted(name for name in expected if found[name] != expected[name])


def log_texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Every file of every Delta log as text: commits, checksums and decoded checkpoints."""
    for folder in root.rglob("_delta_log"):
        yield from files_as_text(folder)


def files_as_text(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder as text; Parquet is decoded, because its pages are compressed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, parquet_text(path) if path.suffix == ".parquet" else path.read_bytes().decode("latin-1")


def parquet_text(path: Path) -> str:
    """A Parquet file's rows as JSON; an unreadable file (an orphan of a killed writer) as the empty text."""
    try:
        return json.dumps(pq.ParquetFile(path).read().to_pylist(), default=str)
    except (OSError, ValueError):
        return ""
