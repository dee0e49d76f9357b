"""Reads and writes the tables: every write is one Delta commit, or can be repeated."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from pathlib import PurePosixPath
from typing import Any

import pyspark.sql.functions as F
from delta import DeltaTable
from pyarrow import fs
from pyspark.sql import Column, DataFrame, SparkSession

from jobs.lake.files import open_folder
from jobs.lake.tables import RetentionClass, Table, quoted


def _day_of(table: Table) -> Column:
    has_days = table.retention is not RetentionClass.OWN_DATES
    return (F.col(table.dated_by) if has_days else F.lit(None).cast("date")).alias("day")


class Store:
    """The tables below one root.

    Tables are addressed by path, so that no metastore is needed; they are made at first use.
    """

    def __init__(self, spark: SparkSession, root: str) -> None:
        self.spark = spark
        self.root = root
        self._known: set[str] = set()

    def path(self, table: Table) -> str:
        """Where a table lies: <root>/<zone>/<name>."""
        return f"{self.root}/{table.zone}/{table.name}"

    def exists(self, table: Table) -> bool:
        """Whether the table has been made."""
        return table.full_name in self._known or DeltaTable.isDeltaTable(self.spark, self.path(table))

    def ensure(self, table: Table) -> None:
        """Make the table with its schema, properties and constraints, unless it is there."""
        if table.full_name in self._known:
            return
        if not self.exists(table):
            self._create(table)
        self._known.add(table.full_name)

    def _create(self, table: Table) -> None:
        partitions = f"PARTITIONED BY ({', '.join(table.partition_by)})" if table.partition_by else ""
        properties = ", ".join(f"'{key}' = '{quoted(value)}'" for key, value in table.properties.items())
        self.spark.sql(
            f"CREATE TABLE IF NOT EXISTS delta.`{self.path(table)}` ({table.ddl}) USING DELTA {partitions} "
            f"COMMENT '{quoted(table.comment)}' TBLPROPERTIES ({properties})"
        )

    def read(self, table: Table) -> DataFrame:
        """The whole table; empty with its schema when it was never written."""
        self.ensure(table)
        return self.spark.read.format("delta").load(self.path(table))

    def frame(self, table: Table, rows: Sequence[dict[str, Any]]) -> DataFrame:
        """A small frame with the table's schema from dictionaries; a key left out is empty."""
        values = [[row.get(name) for name in table.column_names] for row in rows]
        return self.spark.createDataFrame(values, schema=table.frame_ddl)

    def read_days(self, table: Table, days: Iterable[date]) -> DataFrame:
        """The rows of some days of capture."""
        return self.read(table).where(F.col("capture_date").isin(sorted(days)))

    def rows_by_day(self, tables: Sequence[Table]) -> dict[Table, dict[date | None, int]]:
        """How many rows each of the tables that exist holds of each day, in one query.

        The day is the one from which retention counts, None where rows have dates of their own.
        """
        found: dict[Table, dict[date | None, int]] = {table: {} for table in tables if self.exists(table)}
        counts = [
            self.read(table)
            .groupBy(_day_of(table))
            .count()
            .select(F.lit(table.full_name).alias("name"), "day", "count")
            for table in found
        ]
        by_name = {table.full_name: table for table in found}
        for name, day, rows in reduce(DataFrame.union, counts).collect() if counts else []:
            found[by_name[name]][day] = rows
        return found

    def version(self, table: Table) -> int:
        """The table's newest Delta version: the number of the last commit in its log (history() runs a Spark job)."""
        self.ensure(table)
        filesystem, log = open_folder(f"{self.path(table)}/_delta_log")
        names = (PurePosixPath(info.path) for info in filesystem.get_file_info(fs.FileSelector(log)))
        return max(int(name.stem) for name in names if name.suffix == ".json" and name.stem.isdigit())

    def replace_days(self, table: Table, rows: DataFrame, days: Iterable[date]) -> None:
        """Put `rows` in the place of all that the table holds of `days`, in one commit.

        Raises:
            ValueError: no day is given. Delta itself refuses rows of other days.
        """
        dates = ", ".join(f"DATE'{day}'" for day in sorted(days))
        if not dates:
            raise ValueError(f"{table.full_name}: no day to replace")
        self._replace(table, rows, f"capture_date IN ({dates})")

    def replace_window(self, table: Table, rows: DataFrame, window_end: date) -> None:
        """Put `rows` in the place of the findings of the window that ends with `window_end`, in one commit."""
        self._replace(table, rows, f"window_end = DATE'{window_end}'")

    def _replace(self, table: Table, rows: DataFrame, condition: str) -> None:
        self.ensure(table)
        ordered = self._laid_out(table, rows)
        ordered.write.format("delta").mode("overwrite").option("replaceWhere", condition).save(self.path(table))

    def append_new(self, table: Table, rows: DataFrame, days: Iterable[date]) -> None:
        """Append the rows whose key is not yet there on these days, in one commit; run again, it adds nothing.

        `rows` must have distinct keys and lie within `days`.
        """
        known = self.read_days(table, days).select(*table.key)
        self.append(table, rows.join(known, list(table.key), "left_anti"))

    def append(self, table: Table, rows: DataFrame) -> None:
        """Append rows in one commit."""
        self.ensure(table)
        self._laid_out(table, rows).write.format("delta").mode("append").save(self.path(table))

    def overwrite(self, table: Table, rows: DataFrame) -> None:
        """Replace the whole of a small table without partitions, in one commit."""
        self.ensure(table)
        rows.select(*table.column_names).write.format("delta").mode("overwrite").save(self.path(table))

    @staticmethod
    def _laid_out(table: Table, rows: DataFrame) -> DataFrame:
        """The table's columns, one task a partition (so few files), sorted as the catalogue says."""
        rows = rows.select(*table.column_names)
        if table.partition_by:
            rows = rows.repartition(*table.partition_by)
        if table.sorted_by:
            rows = rows.sortWithinPartitions(*table.partition_by, *table.sorted_by)
        return rows
