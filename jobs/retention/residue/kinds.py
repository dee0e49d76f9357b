"""What every file of a lake is, by where it lies: so how it is read, and what may be in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

from jobs.lake.tables import CATALOGUE, RetentionClass, Table, Zone
from jobs.lake.token_key import FINGERPRINT


class Kind(StrEnum):
    """How a file is read, and what is expected of it."""

    DATA = "data file"
    ORPHAN = "data file that no table has"
    LOG = "Delta log"
    CHECKPOINT = "checkpoint of a Delta log"
    CHECKSUM = "checksum"
    DATABASE = "control database"
    WORKING = "working file of footage"
    CLIP = "held footage"
    PAGE = "page or note"
    UNKNOWN = "of no class"


_TABLES = {table.full_name: table for table in CATALOGUE}
_PAGES = {
    (".writer",), (".writer.lock",), (Zone.RESTRICTED, "quality.html"),
    *((Zone.GOVERNANCE, name) for name in ("compliance.html", "compliance.json", "certificate.html",
                                           "data_dictionary.html", FINGERPRINT, f".{FINGERPRINT}")),
}  # fmt: skip
_CERTIFICATES = (Zone.GOVERNANCE, "certificates")


@dataclass(frozen=True)
class Known:
    """What is known of a lake before its files are looked at.

    Attributes:
        live: names of the data files of each table's newest version; a table that cannot be read has none here.
        cutoffs: last day of capture that has expired, by class.
        in_force: names of the holds in force.
        reading: ids of footage that is still to be read.
    """

    live: Mapping[str, frozenset[str]]
    cutoffs: Mapping[RetentionClass, date]
    in_force: frozenset[str]
    reading: frozenset[str]


@dataclass(frozen=True)
class LakeFile:
    """A file below the lake's root.

    Attributes:
        path: below the root.
        table: whose folder it lies in.
    """

    path: str
    bytes: int
    kind: Kind
    table: Table | None = None


def classified(path: str, size: int, known: Known) -> LakeFile:
    """What a file is, by its path below the lake's root."""
    parts = PurePosixPath(path).parts
    table = _TABLES.get(".".join(parts[:2])) if parts[2:] else None
    if table:
        return LakeFile(path, size, _in_table(parts, known.live.get(table.full_name)), table)
    return LakeFile(path, size, _beside_tables(parts))


def _in_table(parts: tuple[str, ...], live: frozenset[str] | None) -> Kind:
    name = parts[-1]
    if parts[2] == "_delta_log":
        return Kind.CHECKPOINT if name.endswith(".parquet") else Kind.LOG
    if live is None:
        return Kind.DATA if name.endswith(".parquet") else Kind.UNKNOWN
    if name.endswith(".crc"):
        return Kind.CHECKSUM if name.removeprefix(".").removesuffix(".crc") in live else Kind.ORPHAN
    return Kind.DATA if name in live else Kind.ORPHAN


def _beside_tables(parts: tuple[str, ...]) -> Kind:
    if parts[:2] == (Zone.RESTRICTED, "control"):
        return Kind.DATABASE
    if parts[:2] == (Zone.RESTRICTED, "_reading"):
        return Kind.WORKING
    if parts[:2] == (Zone.EVIDENCE, "footage"):
        return Kind.CLIP
    is_certificate = parts[:-1] == _CERTIFICATES and parts[-1].endswith(".json")
    return Kind.PAGE if is_certificate or parts in _PAGES else Kind.UNKNOWN
