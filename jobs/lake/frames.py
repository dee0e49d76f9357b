"""Frames of Spark on a table: what reads its data files, and what writes such files."""

import pickle
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from jobs.lake.data_files import DataFiles, NewFile
from jobs.lake.small_rows import Rows
from jobs.lake.tables import Table

_WRITTEN = pa.schema([("file", pa.binary())])


def of_rows(spark: SparkSession, table: Table, rows: Rows) -> DataFrame:
    """A small frame with the table's schema from dictionaries; a key left out is empty."""
    values = [[row.get(name) for name in table.column_names] for row in rows]
    return spark.createDataFrame(values, schema=table.frame_ddl)


def of_files(spark: SparkSession, table: Table, path: str, files: Sequence[str]) -> DataFrame:
    """The rows of data files of the table at a path, by their paths below it: plain Parquet, so no log is read."""
    if not files:
        return of_rows(spark, table, [])
    reader = spark.read.schema(table.frame_ddl).option("basePath", path)
    return reader.parquet(*(f"{path}/{file}" for file in files))


def write(rows: DataFrame, target: DataFiles) -> list[NewFile]:
    """Write rows as data files of their table, on one task a day (and window); the driver has yet to commit them."""

    def written(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for file in target.write_all(batches):
            yield pa.record_batch([[pickle.dumps(file)]], schema=_WRITTEN)

    of_day = rows.select(*target.schema.names).repartition(*target.partition_by)
    found = of_day.mapInArrow(written, "file BINARY").collect()
    return [pickle.loads(row.file) for row in found]  # noqa: S301 - this program's own
