"""What makes a table: its Delta schema, properties and constraints, in one commit and without Spark."""

import re

from deltalake import DeltaTable, Field, Schema
from deltalake.schema import ArrayType, DataType, MapType, PrimitiveType, StructType

from jobs.lake.tables import Column, Table

_PRIMITIVE = {"STRING": "string", "BIGINT": "long", "INT": "integer", "DOUBLE": "double", "DATE": "date",
              "TIMESTAMP": "timestamp", "BOOLEAN": "boolean", "BINARY": "binary"}  # fmt: skip
_TOKEN = re.compile(r"\w+|[<>,:]")
# The first one of Delta whose writers keep CHECK constraints; below the one that asks readers to know features.
_PROTOCOL = {"delta.minReaderVersion": "1", "delta.minWriterVersion": "3"}


def create(table: Table, path: str) -> None:
    """Make a table, unless it is there."""
    # delta-rs does not know of all properties what Spark's Delta does; a wrong name is a failing test's.
    schema = Schema([_field(column) for column in table.columns])
    DeltaTable.create(
        path, schema, mode="ignore", partition_by=list(table.partition_by), description=table.comment,
        configuration=table.properties | _PROTOCOL, raise_if_key_not_exists=False,
    )  # fmt: skip


def _field(column: Column) -> Field:
    return Field(
        column.name, delta_type(column.type), nullable=not column.required, metadata={"comment": column.comment}
    )


def delta_type(text: str) -> DataType:
    """The type that Delta's log has for one in SQL.

    Raises:
        ValueError: no such type is used here.
    """
    tokens = _TOKEN.findall(text)
    found = _take(tokens)
    if tokens:
        raise ValueError(f"{text}: no type")
    return found


def _take(tokens: list[str]) -> DataType:
    """The type that begins with the first token; its tokens are taken away."""
    kind = tokens.pop(0) if tokens else ""
    if kind in _PRIMITIVE:
        return PrimitiveType(_PRIMITIVE[kind])
    _expect(tokens, "<")
    if kind == "ARRAY":
        found: DataType = ArrayType(_take(tokens))
    elif kind == "MAP":
        key = _take(tokens)
        _expect(tokens, ",")
        found = MapType(key, _take(tokens))
    elif kind == "STRUCT":
        fields = [_member(tokens)]
        while tokens[:1] == [","]:
            tokens.pop(0)
            fields.append(_member(tokens))
        found = StructType(fields)
    else:
        raise ValueError(f"{kind}: no type")
    _expect(tokens, ">")
    return found


def _member(tokens: list[str]) -> Field:
    name = tokens.pop(0) if tokens else ""
    _expect(tokens, ":")
    return Field(name, _take(tokens))


def _expect(tokens: list[str], token: str) -> None:
    if not tokens or tokens.pop(0) != token:
        raise ValueError(f"a type wants {token}")
