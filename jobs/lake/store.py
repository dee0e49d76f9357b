"""Reads and writes the tables: every write is one Delta commit, or can be repeated.

What is large is written by the executors as data files (`data_files.py`), from columns of Arrow or from Spark's frames
(`frames.py`), and committed here. What is small (registers, catalogues of files, logs of runs, and the Delta
logs themselves) goes through delta-rs, as rows of Python (`small_rows.py`).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from threading import RLock
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from pyarrow import fs
from pyspark.sql import DataFrame, SparkSession

from jobs.lake import delta_log, frames, small_rows
from jobs.lake.damage import DamagedTableError, damage_named
from jobs.lake.data_files import DataFile, DataFiles, NewFile
from jobs.lake.definition import create
from jobs.lake.shuffle import tasks_of
from jobs.lake.small_rows import Rows
from jobs.lake.storage import open_folder, remove_empty_folders, require_no_links
from jobs.lake.tables import Table

__all__ = ["Rows", "Store"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Store:
    """The tables below one root.

    Tables are addressed by path, so that no metastore is needed; they are made at first use. So is Spark's session:
    what only reads logs and small tables does without it.
    """

    def __init__(self, session: Callable[[], SparkSession], root: str) -> None:
        self._session = session
        self._spark: SparkSession | None = None
        self.root = root
        self._known: set[str] = set()
        self._making = RLock()  # two threads may want a table, or the session, first

    @property
    def spark(self) -> SparkSession:
        """The session, started when it is first asked for."""
        with self._making:
            self._spark = self._spark or self._session()
        return self._spark

    def path(self, table: Table) -> str:
        """Where a table lies: <root>/<zone>/<name>."""
        return f"{self.root}/{table.zone}/{table.name}"

    def exists(self, table: Table) -> bool:
        """Whether the table has been made."""
        if table.full_name not in self._known:
            require_no_links(self.root, f"{table.zone}/{table.name}", deep=False)
            # By opening it: a writer that was killed while it made the table may have left a log without a commit.
            try:
                with damage_named(table):
                    DeltaTable(self.path(table))
            except TableNotFoundError:
                self._require_no_data(table)
                return False
            self._known.add(table.full_name)
        return True

    def _require_no_data(self, table: Table) -> None:
        """A new log over data files would have a night take all of them for gone.

        Raises:
            DamagedTableError: the table has data files, and no log that names them.
        """
        filesystem, root = open_folder(self.path(table))
        found = filesystem.get_file_info(fs.FileSelector(root, recursive=True, allow_not_found=True))
        if any(one.path.endswith(".parquet") and "/_delta_log/" not in one.path for one in found):
            raise DamagedTableError(f"{table.full_name} is damaged: its log is missing")

    def ensure(self, table: Table) -> None:
        """Make the table with its schema, properties and constraints, unless it is there."""
        with self._making:
            if not self.exists(table):
                self._create(table)
                self._known.add(table.full_name)

    def _create(self, table: Table) -> None:
        filesystem, root = open_folder(self.path(table))
        log = f"{root}/_delta_log"
        if filesystem.get_file_info(log).type == fs.FileType.Directory:
            filesystem.delete_dir(log)  # without a commit, where no table can be made
        create(table, self.path(table))

    # What the log tells.

    def _newest(self, table: Table) -> DeltaTable:
        self.ensure(table)
        with damage_named(table):
            return DeltaTable(self.path(table))

    def version(self, table: Table) -> int:
        """The table's newest Delta version."""
        return self._newest(table).version()

    def identity(self, table: Table) -> tuple[str, int]:
        """The id that the table was made with, and its newest Delta version."""
        newest = self._newest(table)
        return str(newest.metadata().id), newest.version()

    def commit_digest(self, table: Table, version: int) -> str | None:
        """128 bits of the sha256 of a commit of the table's log; None where that is cleared away, or still to come."""
        return delta_log.commit_digest(self.path(table), version)

    def live_files(self, table: Table) -> set[str]:
        """Names of the data files of the newest version."""
        return delta_log.names(self._newest(table))

    def rows_by_day(self, table: Table) -> dict[date | None, int]:
        """How many rows the table holds of each day, by its log; of a small one without partitions, by its rows.

        The day is the one from which retention counts, None for rows that have none.
        """
        if not self.exists(table):
            return {}
        if table.partitioned_by_day:
            files = delta_log.files_by(self._newest(table), table.dated_by)
            return {day: sum(file.rows for file in of_day) for day, of_day in files.items()}
        return dict(Counter(row[table.dated_by] for row in self.rows(table, table.dated_by)))

    def count_by(
        self, table: Table, column: str, values: Collection[str], days: Iterable[date] | None = None
    ) -> Counter[str]:
        """How many rows the table holds of each of some values of a column, of all days or of some."""
        if not self.exists(table):
            return Counter()
        wanted = [small_rows.has_one_of(column, values), *([] if days is None else [small_rows.of_days(days)])]
        return Counter(self._select(table, [column], wanted)[column].to_pylist())

    def _select(self, table: Table, columns: Sequence[str], wanted: Sequence[str]) -> pa.Table:
        with damage_named(table):
            return small_rows.select(self._newest(table), columns, wanted)

    # Data, through Spark.

    def read(self, table: Table) -> DataFrame:
        """The whole table; empty with its schema when it was never written."""
        files = delta_log.paths(self._newest(table)) if self.exists(table) else []
        return frames.of_files(self.spark, table, self.path(table), files)

    def frame(self, table: Table, rows: Rows) -> DataFrame:
        """A small frame with the table's schema from dictionaries; a key left out is empty."""
        return frames.of_rows(self.spark, table, rows)

    def read_days(self, table: Table, days: Collection[date]) -> DataFrame:
        """The rows of some days of capture."""
        return self.read_files(table, self.files_of_days(table, days))

    def read_files(self, table: Table, files: Sequence[DataFile]) -> DataFrame:
        """The rows of data files, committed or not."""
        return frames.of_files(self.spark, table, self.path(table), [file.path for file in files])

    def replace_days(self, table: Table, rows: DataFrame, days: Collection[date]) -> None:
        """Put `rows` in the place of all that the table holds of `days` (or of windows), in one commit; as below."""
        self.replace_files(table, frames.write(rows, self.data_files(table)), days)

    def append_new(self, table: Table, rows: DataFrame, days: Collection[date]) -> None:
        """Append the rows whose key is not yet there on these days, in one commit; run again, it adds nothing.

        `rows` must have distinct keys and lie within `days`.
        """
        known = self.read_days(table, days).select(*table.key)
        new = rows.join(known, list(table.key), "left_anti")
        self.add_files(table, frames.write(new, self.data_files(table)))

    # Files that executors write themselves.

    def data_files(self, table: Table) -> DataFiles:
        """What executors need to write files of a table that is partitioned by days."""
        schema = pa.schema(self._newest(table).schema().to_arrow())
        return DataFiles(self.path(table), schema, table.partition_by, table.sorted_by, table.stats)

    def files_by_day(self, table: Table) -> dict[date, list[DataFile]]:
        """The data files of the newest version by day of capture, or by window where the table is of windows."""
        return delta_log.files_by(self._newest(table), table.day_column) if self.exists(table) else {}

    def files_of_days(self, table: Table, days: Collection[date]) -> list[DataFile]:
        """The data files of some days, by day and path."""
        return [file for day, files in self.files_by_day(table).items() if day in days for file in files]

    @property
    def parallelism(self) -> int:
        """How many tasks run at once."""
        return self.spark.sparkContext.defaultParallelism

    def each(self, items: Sequence[Item], work: Callable[[Item], Result]) -> list[Result]:
        """What a function tells of each item, on the executors; it should be small."""
        if not items:
            return []
        return self.spark.sparkContext.parallelize(items, tasks_of(self.spark, items)).map(work).collect()

    def add_files(self, table: Table, files: Sequence[NewFile]) -> None:
        """Make data files part of the table, in one commit."""
        if files:
            delta_log.put(self._newest(table), table, files)

    def replace_files(self, table: Table, files: Sequence[NewFile], days: Collection[date]) -> None:
        """Put data files in the place of all that the table holds of `days` (or of windows), in one commit.

        Raises:
            ValueError: no day is given, or a file is of another day.
        """
        if not days or any(file.day not in days for file in files):
            raise ValueError(f"{table.full_name}: files of other days than are replaced")
        delta_log.put(self._newest(table), table, files, in_place_of=days)

    def discard(self, table: Table, files: Sequence[DataFile]) -> None:
        """Remove data files that were not committed."""
        filesystem, root = open_folder(self.path(table))
        for file in files:
            filesystem.delete_file(f"{root}/{file.path}")

    # What is small, through delta-rs.

    def rows(
        self, table: Table, *columns: str, days: Iterable[date] | None = None, process_date: date | None = None
    ) -> Rows:
        """The rows of a small table, of all days or nights or of some, with all columns or some; times are in UTC.

        None when it was never written: looking makes no table.
        """
        wanted = [] if days is None else [small_rows.of_days(days)]
        if process_date:
            wanted.append(small_rows.of_days([process_date], "process_date"))
        return self._rows(table, columns, wanted)

    def _rows(self, table: Table, columns: Sequence[str], wanted: Sequence[str]) -> Rows:
        if not self.exists(table):
            return []
        rows: Rows = self._select(table, columns, wanted).to_pylist(maps_as_pydicts="strict")
        return rows

    def rows_with(self, table: Table, column: str, values: Collection[str], *columns: str) -> Rows:
        """The rows of a small table that have one of some texts in a column, with all columns or some."""
        return self._rows(table, columns, [small_rows.has_one_of(column, values)]) if values else []

    def rows_named(self, table: Table, column: str, beginning: str, *columns: str) -> Rows:
        """The rows of a table in which a column begins with a text, with all columns or some."""
        return self._rows(table, columns, [small_rows.begins_with(column, beginning)])

    def earliest(
        self, table: Table, by: str, day: str, *, since: date | None = None, until: date | None = None
    ) -> dict[str, date]:
        """The first day in one column for each text of another, of the rows of some days or of all."""
        if not self.exists(table):
            return {}
        with damage_named(table):
            return small_rows.earliest(self._newest(table), by, day, small_rows.within(day, since, until))

    def append_rows(self, table: Table, rows: Rows) -> None:
        """Append a few rows, in one commit; a key left out is empty."""
        small_rows.append(self._newest(table), rows)

    def append_new_rows(self, table: Table, rows: Rows) -> None:
        """Append those of a few rows whose key is not yet there on their days; run again, it adds nothing."""
        if not rows:
            return
        days = {row["capture_date"] for row in rows}
        known = {tuple(row[name] for name in table.key) for row in self.rows(table, *table.key, days=days)}
        fresh = [row for row in rows if tuple(row[name] for name in table.key) not in known]
        if fresh:
            self.append_rows(table, fresh)

    def put_rows(self, table: Table, rows: Rows) -> None:
        """Put a few rows in the place of those with the same key, one text, whatever their days, in one commit."""
        if not rows:
            return
        (key,) = table.key
        names = {row[key] for row in rows}
        held = self._rows(table, ["capture_date"], [small_rows.has_one_of(key, names)])
        days = {row["capture_date"] for row in (*rows, *held)}
        others = [row for row in self.rows(table, days=days) if row[key] not in names]
        self.replace_rows(table, others + rows, days)

    def delete_rows(self, table: Table, column: str, values: Collection[str]) -> None:
        """Remove the rows with one of some texts, in one commit; none where there are none.

        Not by delta-rs' DELETE: it keeps the texts in the log, and writes columns of a type that pyarrow cannot search.
        """
        held = self._rows(table, [column, table.day_column], [small_rows.has_one_of(column, values)])
        if not held:
            return
        target, found = self.data_files(table), pa.array(sorted({row[column] for row in held}), pa.string())
        gone, instead = set[str](), list[NewFile]()
        for file in self.files_of_days(table, {row[table.day_column] for row in held}):
            with damage_named(table):
                rows = target.read(file, target.schema.names)
            kept = rows.filter(pc.invert(pc.is_in(rows[column], found)))
            if kept.num_rows < rows.num_rows:
                gone.add(file.path)
                instead += target.write(kept) if kept.num_rows else []
        self.remove_files(table, gone, instead)

    def replace_rows(self, table: Table, rows: Rows, days: Iterable[date] | None = None) -> None:
        """Put a few rows in the place of all that a small table holds, or holds of `days`, in one commit."""
        small_rows.replace(self._newest(table), rows, None if days is None else _days_condition(table, days))

    # What goes for good.

    def delete_until(self, table: Table, last_day: date) -> int:
        """Remove all days up to `last_day`: whole partitions, or the rest of a table without them written anew.

        Returns:
            The version of the removal. The files stay on the disk until `vacuum`.
        """
        if table.partitioned_by_day:
            self._newest(table).delete(f"{table.dated_by} <= DATE '{last_day}'")
        else:
            days = ((row, row[table.dated_by]) for row in self.rows(table))
            self.replace_rows(table, [row for row, day in days if day is None or day > last_day])
        return self.version(table)

    def remove_files(self, table: Table, paths: Collection[str], instead: Sequence[NewFile] = ()) -> None:
        """Take data files out of the table, in one commit, and put others in; `vacuum` takes them off the disk."""
        delta_log.take_out(self._newest(table), table, paths, instead)

    def drop(self, table: Table) -> None:
        """Remove the table with its log, whatever is left of it; the next write makes it anew."""
        filesystem, root = open_folder(self.path(table))
        if filesystem.get_file_info(root).type == fs.FileType.Directory:
            filesystem.delete_dir(root)
        self._known.discard(table.full_name)

    def vacuum(self, table: Table) -> None:
        """Take all files off the disk that are not of the newest version, orphans of killed writers included.

        No writer may be at work: its files would go too.

        Raises:
            LinkError: a link is among its folders and files: what lies behind it is none of the table's.
        """
        self.require_no_links(table)
        newest = self._newest(table)
        newest.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
        self._remove_hidden(table, delta_log.names(newest))
        remove_empty_folders(self.path(table))

    def require_no_links(self, table: Table) -> None:
        """Raise LinkError where a link is among the table's folders and files."""
        require_no_links(self.root, f"{table.zone}/{table.name}")

    def _remove_hidden(self, table: Table, live: Collection[str]) -> None:
        """Remove files that no VACUUM looks at, because of how their names begin."""
        filesystem, root = open_folder(self.path(table))
        checksums = {f".{name}.crc" for name in live}
        for info in filesystem.get_file_info(fs.FileSelector(root, recursive=True)):
            is_data = info.type == fs.FileType.File and f"{root}/_delta_log/" not in info.path
            if is_data and info.base_name not in live and info.base_name not in checksums:
                filesystem.delete_file(info.path)


def _days_condition(table: Table, days: Iterable[date]) -> str:
    if not (wanted := list(days)):
        raise ValueError(f"{table.full_name}: no day to replace")
    return small_rows.of_days(wanted)
