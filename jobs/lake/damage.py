"""What is said of a table that cannot be read: which one, and where below the lake the damage is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from deltalake.exceptions import DeltaError, TableNotFoundError

from jobs.domain.errors import LakeError
from jobs.lake.tables.model import Table, Zone

# As Spark, delta-rs and this package name them: zones, tables, days, numbers and random names, none of which is a
# value of a row. A file of the log has the version as its name.
_PLACE = re.compile(
    rf"\b(?:{'|'.join(Zone)})/[a-z_]+(?:/[a-z_]+(?:=|%3D)[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})*"
    r"(?:/part-[0-9a-f-]+(?:\.[a-z]+)*|/_delta_log/[0-9]{20}(?:\.[a-z]+)*)?"
)


class DamagedTableError(LakeError):
    """A table cannot be read; the message names it, and the files where they are known."""


def places_in(text: str) -> list[str]:
    """The tables and files below the lake that a text names, each once; nothing else of it."""
    return list(dict.fromkeys(_PLACE.findall(text)))


@contextmanager
def damage_named(table: Table) -> Iterator[None]:
    """Have errors of reading a table say which one it is.

    Raises:
        DamagedTableError: its log or a data file is missing or broken.
    """
    try:
        yield
    except TableNotFoundError:  # it was not made yet
        raise
    except (DeltaError, pa.ArrowException, OSError) as error:
        where = ", ".join(places_in(str(error))) or f"{table.zone}/{table.name}"
        raise DamagedTableError(f"{table.full_name} is damaged: {type(error).__name__} at {where}") from error
