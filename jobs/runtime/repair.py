"""Repair: what the doctor finds damaged is taken out of its table, and comes again from what the lake still has.

Derived days come from sightings, with the next night; sightings, pictures, rejected rows, the register and what is
known of landed files from landing, at once. Nothing here can build anything else anew: it stays, and is named.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath

from jobs.footage.job import read_footage
from jobs.ingest.job import ingest
from jobs.ingest.landed_again import has_all_of, read_again
from jobs.ingest.landing import list_landed
from jobs.lake.doctor import Damage, examine
from jobs.lake.tables import (
    CAMERAS,
    CATALOGUE,
    FEED_FILES,
    FOOTAGE,
    LINEAGE,
    PLATE_IMAGES,
    QUARANTINE,
    READS_STAGED,
    SIGHTINGS,
    Table,
)  # fmt: skip
from jobs.runtime.lineage import forget
from jobs.runtime.night import Night, RunSummary
from jobs.runtime.stages import UNITS

_DERIVED = (READS_STAGED, *(table for unit in UNITS for table in unit.tables))
_CATALOGUES = (FEED_FILES, FOOTAGE)
_OF_LANDING = (SIGHTINGS, PLATE_IMAGES, QUARANTINE)
# What others are read by goes first.
_IN_ORDER = (LINEAGE, *_CATALOGUES, CAMERAS, *_OF_LANDING, *_DERIVED)


class Remedy(StrEnum):
    """What is done about a damage."""

    NIGHT = "taken out; the next night builds it anew"
    LANDING = "taken out; landing was read again"
    GIVEN_UP = "taken out; what of its rows landing does not have is lost"
    NONE = "stays: nothing here can build it anew; put it back from a copy"


@dataclass(frozen=True)
class Repaired:
    """What came of the damages.

    Attributes:
        remedies: of each.
        lost: rows that did not come back, by table and day of capture.
    """

    remedies: dict[Damage, Remedy]
    lost: dict[tuple[str, date], int]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is lost, and nothing stays damaged."""
        return not self.lost and not {Remedy.NONE, Remedy.GIVEN_UP} & set(self.remedies.values())

    def __iter__(self) -> Iterator[str]:
        """A line for each damage, and for each day that lacks rows."""
        yield from (f"{damage}: {remedy}" for damage, remedy in self.remedies.items())
        yield from (f"{table} {day}: {rows} rows did not come back" for (table, day), rows in self.lost.items())


def repair(night: Night, *, deep: bool, give_up: bool) -> tuple[RunSummary, Repaired]:
    """Take out what is damaged, and read landing again where it has the rows.

    What is to be built anew is noted before the damage is taken out: killed in between, the doctor still names it.

    Args:
        night: the last one that has run, so that all that landed until then is taken in.
        deep: as `examine`.
        give_up: take out what only landing could bring again, and no longer can, so that work goes on without it.
    """
    damages = [damage for table in CATALOGUE for damage in examine(night.store, table, deep=deep)]
    catalogued = not {one.table for one in damages} & {*_CATALOGUES}
    days = {day for one in damages if one.table in _OF_LANDING and (day := _day(one))}
    landed = {day for day in days if has_all_of(night, day, catalogued=catalogued)}
    remedies = {damage: _remedy(night, damage, landed, give_up=give_up) for damage in damages}
    before = _rows(night, remedies)
    for table in _IN_ORDER:
        found = [one for one, remedy in remedies.items() if one.table is table and remedy is not Remedy.NONE]
        if found:
            _take_out(night, table, found)
    total = RunSummary()
    if {Remedy.LANDING, Remedy.GIVEN_UP} & {*remedies.values()}:
        total = ingest(night) + read_footage(night)
    lost = before - _rows(night, remedies)
    notes = {"damaged": len(damages), "repaired": sum(remedy is not Remedy.NONE for remedy in remedies.values())}
    return total + RunSummary(notes=notes), Repaired(remedies, dict(lost))


def _day(damage: Damage) -> date | None:
    """The day or window of a damaged file; None of a log, or of a table without days."""
    parts = PurePosixPath(damage.file or "").parts
    days = [part.partition("=")[2] for part in parts if "=" in part]
    return date.fromisoformat(days[-1]) if days else None


def _remedy(night: Night, damage: Damage, landed: Collection[date], *, give_up: bool) -> Remedy:
    """`landed`: days of which landing has all files."""
    if damage.table is LINEAGE or damage.table in _DERIVED:
        return Remedy.NIGHT
    if damage.table in _CATALOGUES:
        return Remedy.LANDING
    if damage.table is CAMERAS:
        registers = list_landed(night.settings.storage.landing, night.process_date, ["cameras"])
        return Remedy.LANDING if any(registers) else Remedy.NONE
    day = _day(damage)
    if damage.table not in _OF_LANDING or day is None:
        return Remedy.NONE
    if day in landed:
        return Remedy.LANDING
    return Remedy.GIVEN_UP if give_up else Remedy.NONE


def _rows(night: Night, remedies: dict[Damage, Remedy]) -> Counter[tuple[str, date]]:
    """How many rows the logs of tables that are read again from landing know of each damaged day."""
    days = defaultdict[Table, set[date]](set)
    for damage, remedy in remedies.items():
        day = _day(damage)
        if damage.table in (*_OF_LANDING, *_CATALOGUES) and day and remedy is not Remedy.NONE:
            days[damage.table].add(day)
    held = {table: night.store.rows_by_day(table) for table in days}
    return Counter({(table.full_name, day): held[table].get(day, 0) for table in days for day in sorted(days[table])})


def _take_out(night: Night, table: Table, damages: Sequence[Damage]) -> None:
    files = [damage.file for damage in damages if damage.file]
    days = {day for damage in damages if (day := _day(damage))}
    is_whole = len(files) < len(damages) or table is LINEAGE  # the log is broken, or all of it lies in one file
    if table in _OF_LANDING:
        read_again(night, days)
    elif table in _DERIVED:
        forget(night.store, [table], None if is_whole else days)
    if is_whole:
        night.store.drop(table)
    else:
        night.store.remove_files(table, files)
