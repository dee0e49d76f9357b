"""Analysts read the tables without Spark: DuckDB, Polars and delta-rs see the same rows in every table."""

from pathlib import Path

import duckdb
import duckdb_extension_delta
import polars as pl
import pytest
from deltalake import DeltaTable

from jobs.lake.small_rows import select
from jobs.lake.tables import CATALOGUE

_EXTENSION = Path(duckdb_extension_delta.__file__).parent / f"extensions/v{duckdb.__version__}/delta.duckdb_extension"


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{_EXTENSION}'")
        yield connection


@pytest.mark.parametrize("table", CATALOGUE, ids=lambda table: table.full_name)
def test_three_readers_see_the_rows_that_spark_sees(first_night, database, table):
    store = first_night.store
    if not store.exists(table):
        pytest.skip("the night makes no such table")
    types = {column.name: column.type for column in table.columns}
    # Texts or numbers, for readers show times each in their own way.
    path, key = store.path(table), next(name for name in table.key if types[name] in ("STRING", "BIGINT"))
    values = sorted(str(row[key]) for row in store.read(table).select(key).collect())
    by_duckdb = database.sql(f"FROM delta_scan('{path}')").select(key).fetchall()
    assert sorted(str(value) for (value,) in by_duckdb) == values
    assert sorted(map(str, pl.scan_delta(path).select(key).collect()[key])) == values
    rows = select(DeltaTable(path), (), ())
    assert rows.num_rows == len(values)
    assert rows.column_names == list(table.column_names)
