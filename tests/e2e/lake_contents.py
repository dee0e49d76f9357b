"""What a lake holds, in a form that tests can compare and search: tables without their stamps, files as text."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from deltalake import DeltaTable

from jobs.lake.tables import CATALOGUE, Table, Zone

# Which run wrote a row, and which of several equal rows was the first to come: not part of what is true.
STAMPS = {"run_id", "process_date", "data_version"}
PROVENANCE = {"file_id", "line_no", "record_no"}

COMPARED = [
    t
    for t in CATALOGUE
    if t.zone in (Zone.RESTRICTED, Zone.ANALYTIC) and t.name not in ("feed_files", "reads_staged", "lineage")
]


def contents(root: str, table: Table, ignoring: set[str] = frozenset()) -> list[str]:
    """The rows of a table as sorted JSON texts, without stamps and `ignoring`; empty when the table was never made."""
    path = Path(root, table.zone, table.name)
    if not path.exists():
        return []
    rows = DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    left_out = STAMPS | set(ignoring)
    return sorted(
        json.dumps({k: v for k, v in row.items() if k not in left_out}, default=str, sort_keys=True) for row in rows
    )


def everything(root: str, ignoring: set[str] = frozenset()) -> dict[str, list[str]]:
    """All compared tables by name."""
    return {table.full_name: contents(root, table, ignoring) for table in COMPARED}


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
