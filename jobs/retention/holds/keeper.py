"""What some holds keep, copied part by part: findings, days with what explains them, pictures, lines and footage."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from jobs.control import responses
from jobs.control.holds import Hold
from jobs.domain.cameras import in_force
from jobs.ingest.landing import LandedFile, known_by_content
from jobs.lake.tables import (
    CAMERA_DAYS,
    CAMERAS,
    HELD_CAMERA_DAYS,
    HELD_CAMERAS,
    HELD_ENTRIES,
    HELD_FOOTAGE,
    HELD_HITS,
    HELD_IMAGES,
    HELD_LINES,
    HELD_READS,
    HELD_RESPONSES,
    HELD_SIGHTINGS,
    HELD_VERSIONS,
    HOTLIST,
    HOTLIST_HITS,
    HOTLIST_VERSIONS,
    PLATE_IMAGES,
    READS,
    SIGHTINGS,
    Table,
)
from jobs.retention.expired import FEEDS_PLACE, FOOTAGE_FOLDER, FOOTAGE_PLACE, LandingPlace
from jobs.retention.holds.held_days import FINDINGS, keeping, naming
from jobs.retention.holds.held_files import FeedLines, FootageKeeper, FootageRanges, HeldLine, LineKeeper
from jobs.retention.holds.holding import Copy, DayFiles, HeldDay, stamp
from jobs.retention.places import expired_days, last_day_of
from jobs.runtime.night import Night

_DAYS_AT_ONCE = 32
KnownFiles = Mapping[str, tuple[LandedFile, dict[str, Any]]]
"""Landed files by content, with the rows of the table that knows them."""
OF_DAYS = (SIGHTINGS, READS, CAMERA_DAYS, HOTLIST_HITS)
"""Tables of which what holds keep is copied when a day of reads expires, with what explains it."""


class Keeper:
    """Copies what some holds keep, part by part."""

    def __init__(self, night: Night, new: Sequence[Hold]) -> None:
        self._night, self._store, self._holds = night, night.store, new
        # Of everything: of files as received these keep what was refused too.
        self._all = [number for number, hold in enumerate(new) if hold.scope.everything]

    def findings(self) -> None:
        """The findings that holds name, expired or not: the next night may find others."""
        named = {name for hold in self._holds for name in hold.scope.findings}
        for table, target in FINDINGS:
            rows = self._store.rows(table) if self._all else self._store.rows_with(table, "finding_id", named)
            self._append(target, ((n, row) for row in rows for n in naming(self._holds, row["finding_id"])))

    def days(self, some: Collection[date] | None = None) -> None:
        """Sightings and reads of some days, else of those that have expired; hits and responses, what explains them."""
        copies = {HELD_SIGHTINGS: (SIGHTINGS, "sighting_id"), HELD_READS: (READS, "read_id")}
        for held in self._held(expired_days(self._night, OF_DAYS) if some is None else some, copies):
            self._explain(held)

    def pictures(self, some: Collection[date] | None = None) -> None:
        """Pictures of sightings, which may expire before these."""
        days = expired_days(self._night, (PLATE_IMAGES,)) if some is None else some
        for _ in self._held(days, {HELD_IMAGES: (PLATE_IMAGES, "sighting_id")}):
            pass

    def _held(self, days: Collection[date], copies: Mapping[Table, tuple[Table, str]]) -> Iterator[list[HeldDay]]:
        """What holds keep of days, some at a time, once its copies are committed."""
        store, keep = self._store, keeping(self._store, self._holds)
        how = {
            target: Copy(store.data_files(source), store.data_files(target), by, target.key)
            for target, (source, by) in copies.items()
        }  # fmt: skip
        sources = (source for source, _ in copies.values())
        files = {table: store.files_by_day(table) for table in {SIGHTINGS, READS, *copies, *sources}}
        in_order = sorted(days)
        for start in range(0, len(in_order), _DAYS_AT_ONCE):
            some = [
                DayFiles(
                    day, files[SIGHTINGS].get(day, []), files[READS].get(day, []),
                    {
                        target.name: (how[target], files[source].get(day, []), files[target].get(day, []))
                        for target, (source, _) in copies.items()
                    },
                )
                for day in in_order[start : start + _DAYS_AT_ONCE]
            ]  # fmt: skip
            held = store.each(some, keep)
            for target in copies:
                store.add_files(target, [file for day in held for file in day.files[target.name]])
            yield held

    def _explain(self, held: list[HeldDay]) -> None:
        """Of held days what small tables say: hits and what came of them, the lists, the cameras and their clocks."""
        days = [day.day for day in held]
        reads, sightings = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
        cameras = defaultdict[tuple[date, str], set[int]](set)
        for day in held:
            for number, ids in day.reads.items():
                for name in ids:
                    reads[name].add(number)
            for number, found in day.sightings.items():
                for one in found:
                    sightings[one.sighting_id].add(number)
                    cameras[day.day, one.camera_id].add(number)
        hits = [(n, row) for row in self._store.rows(HOTLIST_HITS, days=days) for n in reads.get(row["read_id"], ())]
        self._append(HELD_HITS, hits)
        self._append(
            HELD_RESPONSES,
            (
                (number, row) for row in self._responses(days)
                for number in set().union(*(sightings.get(name, ()) for name in row["sighting_ids"]))
            ),
        )  # fmt: skip
        self._explain_hits(hits)
        register = self._store.rows(CAMERAS)
        self._append(
            HELD_CAMERAS,
            (
                (number, row | {"capture_date": day}) for (day, name), numbers in cameras.items() for row in register
                if row["camera_id"] == name and in_force(row, day) for number in numbers
            ),
        )  # fmt: skip
        of_days = self._store.rows(CAMERA_DAYS, days=days)
        self._append(
            HELD_CAMERA_DAYS,
            ((n, row) for row in of_days for n in cameras.get((row["capture_date"], row["camera_id"]), ())),
        )  # fmt: skip

    def _responses(self, days: Collection[date]) -> list[dict[str, Any]]:
        with self._night.look() as connection:
            found = responses.of_days(connection, days) if connection else []
        return [
            vars(one) | {"sighting_ids": list(one.sighting_ids), "state": str(one.state), "run_id": self._night.run_id}
            for one in found
        ]

    def _explain_hits(self, hits: Sequence[tuple[int, dict[str, Any]]]) -> None:
        """The entries that held hits name, and the versions of the list that they are from."""
        wanted = defaultdict[tuple[str, str], set[tuple[int, date]]](set)
        for number, row in hits:
            wanted[row["version"], row["entry_id"]].add((number, row["capture_date"]))
        if not wanted:
            return
        entries = self._store.rows_with(HOTLIST, "entry_id", {entry_id for _, entry_id in wanted})
        self._append(
            HELD_ENTRIES,
            (
                (number, row | {"capture_date": day}) for row in entries
                for number, day in wanted.get((row["version"], row["entry_id"]), ())
            ),
        )  # fmt: skip
        versions = {row["version"]: row for row in self._store.rows(HOTLIST_VERSIONS)}
        of_versions = {(v, n, day) for (v, _), pairs in wanted.items() for n, day in pairs if v in versions}
        self._append(HELD_VERSIONS, ((n, versions[v] | {"capture_date": day}) for v, n, day in of_versions))

    def lines(self) -> None:
        """The lines that gave held sightings, of feed files that are about to go; all where everything is held."""
        self.lines_of(_going(self._night, FEEDS_PLACE))

    def lines_of(self, files: KnownFiles, days: Collection[date] | None = None) -> None:
        """The lines of some feed files that gave held sightings, of some days or all."""
        night = self._night
        wanted: dict[str, dict[int, dict[int, HeldLine]]] = defaultdict(lambda: defaultdict(dict))
        for day in self._of_files(files, days):
            for number, found in day.sightings.items():
                for one in found:
                    if one.file_id in files and one.line_no is not None:
                        of_lines = wanted[one.file_id][number]
                        before = of_lines.get(one.line_no, HeldLine(day.day))
                        of_lines[one.line_no] = replace(before, records=before.records | {one.record_no})
        there = {(row["hold_id"], row["file_id"]) for row in self._store.rows(HELD_LINES, "hold_id", "file_id")}
        work = []
        for file_id, (file, row) in files.items():
            of_hold = {**wanted[file_id], **dict.fromkeys(self._all)}
            new = {n: lines for n, lines in of_hold.items() if (self._holds[n].hold_id, file_id) not in there}
            if new:
                work.append(FeedLines(file_id, file.path, row["source_kind"], row["capture_date"], new))
        if work:
            settings = night.settings
            keeper = LineKeeper(
                settings.storage.landing, settings.ingest, self._holds, self._store.data_files(HELD_LINES)
            )
            kept = self._store.each(work, keeper)
            self._store.add_files(HELD_LINES, [file for written in kept for file in written])

    def footage(self) -> None:
        """The ranges that show held sightings, of videos that are about to go."""
        self.ranges(_going(self._night, FOOTAGE_PLACE))

    def ranges(self, files: KnownFiles, days: Collection[date] | None = None) -> None:
        """The ranges of some videos that show held sightings, of some days or all."""
        night = self._night
        wanted: dict[str, dict[int, set[tuple[int, int]]]] = defaultdict(lambda: defaultdict(set))
        for day in self._of_files(files, days):
            for number, found in day.sightings.items():
                for one in found:
                    if one.file_id in files and one.first_frame is not None and one.last_frame is not None:
                        wanted[one.file_id][number].add((one.first_frame, one.last_frame))
        there = {(row["hold_id"], row["footage_id"]) for row in self._store.rows(HELD_FOOTAGE, "hold_id", "footage_id")}
        work = []
        for name, (file, row) in files.items():
            of_hold = {**wanted[name], **dict.fromkeys(self._all)}
            if new := {n: some for n, some in of_hold.items() if (self._holds[n].hold_id, name) not in there}:
                work.append(
                    FootageRanges(name, file.path, row["camera_id"], row["started_at"], row["capture_date"], new)
                )
        if work:
            storage = night.settings.storage
            keeper = FootageKeeper(
                storage.landing, storage.scratch, self._holds, f"{self._store.root}/{FOOTAGE_FOLDER}"
            )
            self._store.append_rows(HELD_FOOTAGE, [row for rows in self._store.each(work, keeper) for row in rows])

    def _of_files(self, files: KnownFiles, days: Collection[date] | None) -> Iterator[HeldDay]:
        """What holds keep of the days that files have rows or frames of."""
        held = set(self._store.files_by_day(SIGHTINGS) if days is None else days)
        of_files = {day for file, row in files.values() for day in _days(file, row)} & held
        for some in self._held(of_files, {}):
            yield from some

    def _append(self, target: Table, kept: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """Keep rows, by the number of the hold; those that an ended run has kept are not kept twice."""
        self._store.append_new_rows(target, [{**row, **stamp(self._holds[number], row)} for number, row in kept])


def _going(night: Night, place: LandingPlace) -> KnownFiles:
    """Files that are about to go and that a table knows."""
    return known_files(night, place, place.old_files(night, last_day_of(night, place)))


def known_files(night: Night, place: LandingPlace, lying: Iterable[LandedFile]) -> KnownFiles:
    """Those of some landed files that the table of a place knows."""
    files = [file for file in lying if (file.source == "footage") is (place is FOOTAGE_PLACE)]
    name, rows = place.known_by.key[0], night.store.rows(place.known_by)
    found = known_by_content(night.store, night.settings.storage.landing, files, rows, name)
    return {row[name]: (file, dict(row)) for file, row in found}


def _days(file: LandedFile, row: Mapping[str, Any]) -> Iterator[date]:
    """The days of capture that a file may have: from that of its oldest row or frame to that on which it came."""
    day = row["capture_date"]
    while day <= file.arrived_on:
        yield day
        day += timedelta(days=1)
