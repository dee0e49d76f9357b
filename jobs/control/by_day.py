"""Rows of the control database that are of a day of capture, and end as the reads of that day do."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, Table, delete, select


def names_by_day(connection: Connection, table: Table) -> Mapping[date, list[str]]:
    """The keys of a table's rows by their `capture_date`."""
    (name,), by_day = table.primary_key.columns, defaultdict[date, list[str]](list)
    for key, day in connection.execute(select(name, table.c.capture_date)):
        by_day[day].append(key)
    return by_day


def remove_until(connection: Connection, table: Table, last_day: date) -> None:
    """Remove a table's rows of all days up to the last one."""
    connection.execute(delete(table).where(table.c.capture_date <= last_day))
