"""What a residue scan looks for: marks, and the tokens that stand for them, of days that are about to go.

They are never written down: a purge that was killed and goes on has none left, and its scan looks for dates only.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from random import Random

import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.tokens import token
from jobs.lake.data_files import DataFile, DataFiles
from jobs.lake.tables import READS, SIGHTINGS
from jobs.runtime.night import Night

MOST = 200_000
"""So many marks are looked for at most, drawn at random: of ten million each one more would cost memory alone."""
_PAIR = re.compile("(?<![A-Z0-9])(?=([A-Z0-9]{1,4})[ -]([A-Z0-9]{2,4})(?![A-Z0-9]))")
_MARK = "^[A-Z0-9]{6,7}$"
"""Shorter marks are found by chance in names and numbers."""
_RUN = re.compile("[A-Z0-9]{6,}")
_HEX = re.compile("[0-9a-f]{32,}")


@dataclass(frozen=True)
class Needles:
    """What is looked for.

    Attributes:
        marks: of six or seven characters.
        tokens: that stand for them in the analytic zone.
        of: how many marks there were.
        come_again: those of both that reads have which lawfully remain: their own tables prove nothing.
    """

    marks: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    of: int = 0
    come_again: frozenset[str] = frozenset()

    @cached_property
    def gone(self) -> "Needles":
        """Those that occur in nothing that lawfully remains."""
        return replace(self, marks=self.marks - self.come_again, tokens=self.tokens - self.come_again)

    def count_in(self, text: str) -> int:
        """How many of them stand in a text; in small letters, or in two parts as people write them, too."""
        upper = text.upper() if self.marks else ""
        pairs = map("".join, _PAIR.findall(upper)) if " " in upper or "-" in upper else ()
        marks = self.marks & {*_RUN.findall(upper), *pairs}
        tokens = self.tokens.intersection(_HEX.findall(text)) if self.tokens else ()
        return len(marks) + len(tokens)

    def count_in_record(self, text: str) -> int:
        """How many marks stand anywhere in a text, whatever is beside them: a database parts its values by nothing."""
        runs = _RUN.findall(text) if self.marks else ()
        windows = (run[at : at + size] for run in runs for size in (6, 7) for at in range(len(run) - size + 1))
        return len(self.marks.intersection(windows))

    def count_among(self, values: Sequence[str]) -> int:
        """How many of some values are or hold one of them."""
        if not self.count_in("\n".join(values)):  # as a rule; one text is looked through many times as fast
            return 0
        return sum(self.count_in(value) > 0 for value in values)


def needles_of(night: Night, days: Iterable[date]) -> Needles:
    """The marks of sightings and reads of some days, and their tokens."""
    wanted, store = set(days), night.store
    found: set[str] = set()
    for table in (SIGHTINGS, READS):
        work = store.files_of_days(table, wanted)
        if work:
            found.update(*store.each(work, _Marks(store.data_files(table))))
    if not found:
        return Needles()
    drawn = sorted(found) if len(found) <= MOST else Random(night.run_id).sample(sorted(found), MOST)
    tokens = {mark: token(night.token_key, "vehicle", mark) for mark in drawn}
    again = _come_again(night, drawn, wanted)
    return Needles(frozenset(drawn), frozenset(tokens.values()), len(found), again | {tokens[mark] for mark in again})


def needles_of_vehicles(night: Night, vehicles: Iterable[str], first: date, last: date) -> Needles:
    """The marks of vehicles that are long enough to be looked for, and the tokens of all; of some days."""
    tokens = {vehicle: token(night.token_key, "vehicle", vehicle) for vehicle in vehicles}
    days = {day for day in night.store.files_by_day(READS) if first <= day <= last}
    again = _come_again(night, sorted(tokens), days)
    marks = frozenset(vehicle for vehicle in tokens if re.fullmatch(_MARK, vehicle))
    return Needles(marks, frozenset(tokens.values()), len(tokens), again | {tokens[vehicle] for vehicle in again})


def _come_again(night: Night, marks: Sequence[str], going: AbstractSet[date]) -> frozenset[str]:
    """Those of some marks that reads of other days have; the open zones have what reads have, and no more."""
    days = [day for day in night.store.files_by_day(READS) if day not in going]
    if not (files := night.store.files_of_days(READS, days)):
        return frozenset()
    again = _Marks(night.store.data_files(READS), pa.array(marks, pa.string()))
    return frozenset[str]().union(*night.store.each(files, again))


@dataclass(frozen=True)
class _Marks:
    """The distinct marks of a data file that are long enough to be looked for; all of them, or those among some."""

    files: DataFiles
    among: pa.Array | None = None

    def __call__(self, file: DataFile) -> list[str]:
        marks = pc.unique(self.files.read(file, ["vrm"])["vrm"])
        is_one = pc.match_substring_regex(marks, _MARK) if self.among is None else pc.is_in(marks, self.among)
        found: list[str] = marks.filter(is_one).to_pylist()
        return found
