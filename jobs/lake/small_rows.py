"""Rows of small tables, as dictionaries, through delta-rs: a commit takes it milliseconds, and Spark about a second.

Delta-rs enforces what the catalogue says of a row: a commit of one that breaks it is refused.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder, WriterProperties, write_deltalake

Rows = list[dict[str, Any]]

_ZSTD = WriterProperties(compression="ZSTD")


def select(target: DeltaTable, columns: Sequence[str], wanted: Iterable[str]) -> pa.Table:
    """Columns (all where none is named) of the rows of which all conditions in SQL are true.

    Not by `DeltaTable.to_pyarrow_table`: its threads call Python, and abort a process that ends before them.
    """
    names = ", ".join(f'"{name}"' for name in columns or [field.name for field in target.schema().fields])
    conditions = " AND ".join(["true", *wanted])
    # The conditions are made by the functions below, of dates and of texts that are quoted.
    query = f"SELECT {names} FROM rows WHERE {conditions}"  # noqa: S608 - the same
    return pa.table(QueryBuilder().register("rows", target).execute(query))


def of_days(days: Iterable[date], column: str = "capture_date") -> str:
    """The condition that a row is of one of some days."""
    dates = (f"DATE '{day}'" for day in sorted(days))
    return f"{column} IN ({', '.join(dates) or 'NULL'})"


def has_one_of(column: str, values: Collection[str]) -> str:
    """The condition that a column has one of some texts."""
    texts = ("'" + value.replace("'", "''") + "'" for value in sorted(values))
    return f"{column} IN ({', '.join(texts) or 'NULL'})"


def begins_with(column: str, beginning: str) -> str:
    """The condition that a text begins with another one."""
    text = beginning.replace("'", "''")
    return f"starts_with({column}, '{text}')"


def within(column: str, since: date | None, until: date | None) -> list[str]:
    """The conditions that a day is none before the first of two, and none after the second, where they are given."""
    bounds = ((">=", since), ("<=", until))
    return [f"{column} {sign} DATE '{day}'" for sign, day in bounds if day]


def earliest(target: DeltaTable, by: str, day: str, wanted: Iterable[str]) -> dict[str, date]:
    """The first day of the rows with each text in a column, of those of which all conditions in SQL are true."""
    conditions = " AND ".join(["true", *wanted])
    query = f'SELECT "{by}", MIN("{day}") AS first FROM rows WHERE {conditions} GROUP BY "{by}"'  # noqa: S608 - as above
    found = pa.table(QueryBuilder().register("rows", target).execute(query))
    return dict(zip(found[by].to_pylist(), found["first"].to_pylist(), strict=True))


def append(target: DeltaTable, rows: Rows) -> None:
    """Append rows, in one commit; a key left out is empty."""
    write_deltalake(target, _arrow(target, rows), mode="append", writer_properties=_ZSTD)


def replace(target: DeltaTable, rows: Rows, condition: str | None) -> None:
    """Put rows in the place of all, or of those of which a condition is true, in one commit."""
    data = _arrow(target, rows)
    write_deltalake(target, data, mode="overwrite", predicate=condition, writer_properties=_ZSTD)


def _arrow(target: DeltaTable, rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(target.schema().to_arrow()))
