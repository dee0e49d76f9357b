"""Frames of Spark: what makes a table, and how rows are laid out and written."""

from pyspark.sql import DataFrame, SparkSession

from jobs.lake.tables import Table, quoted


def create(spark: SparkSession, table: Table, path: str) -> None:
    """Make a table with its schema, properties and constraints, unless it is there."""
    partitions = f"PARTITIONED BY ({', '.join(table.partition_by)})" if table.partition_by else ""
    properties = ", ".join(f"'{key}' = '{quoted(value)}'" for key, value in table.properties.items())
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS delta.`{path}` ({table.ddl}) USING DELTA {partitions} "
        f"COMMENT '{quoted(table.comment)}' TBLPROPERTIES ({properties})"
    )


def replace_where(table: Table, path: str, rows: DataFrame, condition: str) -> None:
    """Put rows in the place of those of which a condition is true, in one commit: Delta refuses others."""
    _laid_out(table, rows).write.format("delta").mode("overwrite").option("replaceWhere", condition).save(path)


def append(table: Table, path: str, rows: DataFrame) -> None:
    """Append rows, in one commit."""
    _laid_out(table, rows).write.format("delta").mode("append").save(path)


def _laid_out(table: Table, rows: DataFrame) -> DataFrame:
    """The table's columns, one task a partition (so few files), sorted as the catalogue says."""
    rows = rows.select(*table.column_names)
    if table.partition_by:
        rows = rows.repartition(*table.partition_by)
    if table.sorted_by:
        rows = rows.sortWithinPartitions(*table.partition_by, *table.sorted_by)
    return rows
