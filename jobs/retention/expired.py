"""What has expired: of each table, of the files as received, and of what holds kept."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from deltalake.exceptions import DeltaError
from pyarrow import fs

from jobs.domain.errors import LakeError
from jobs.footage.sidecar import sidecar_name
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import OF_FILES
from jobs.ingest.landing import LandedFile, known_by_content, list_held, remove_landed
from jobs.ingest.reasons import RESTRICTED, SUPPRESSED
from jobs.lake.storage import open_folder, require_no_links
from jobs.lake.tables import FEED_FILES, FOOTAGE, HELD_FOOTAGE, QUARANTINE, RetentionClass, Table
from jobs.retention.blanking import blank, place_in_file
from jobs.runtime.night import Night
from jobs.runtime.redaction import describe

CANNOT = (LakeError, DeltaError, OSError)
"""What stands in the way of one place, and of no other."""


class StillThereError(LakeError):
    """Something that has expired could not be removed; the message says how much, and why."""


@dataclass(frozen=True)
class Expired:
    """What has expired in one place.

    Attributes:
        place: a table, of the lake or of the control database, or `landing.feeds` or `landing.footage`.
        cutoff: the newest day of capture that has.
        partitions: days.
        files: on the disk, old versions of tables and orphans included.
        oldest_left: oldest day that is still held.
        held: rows of all days.
        lying: files of all days, where it is a place of files as received.
    """

    place: str
    retention: RetentionClass
    cutoff: date
    partitions: int
    rows: int
    files: int
    bytes: int
    oldest_left: date | None
    held: int = 0
    lying: int = 0

    @property
    def is_something(self) -> bool:
        """Whether there is anything to remove."""
        return bool(self.rows or self.files)


@dataclass(frozen=True)
class TablePlace:
    """A table, as a place from which something expires."""

    table: Table

    @property
    def name(self) -> str:
        """As the ledger has it."""
        return self.table.full_name

    @property
    def retention(self) -> RetentionClass:
        """The class of its rows."""
        return self.table.retention

    def look(self, night: Night, last_day: date) -> Expired:
        """What is of days up to the last one, or no longer of the table; LinkError where links are among its files."""
        night.store.require_no_links(self.table)
        held = night.store.rows_by_day(self.table)
        old = {day: rows for day, rows in held.items() if day and day <= last_day}
        # A table without partitions is written anew when a row of it has expired.
        live = set() if old and not self.table.partitioned_by_day else night.store.live_files(self.table)
        files = self._doomed(night, last_day, live)
        return Expired(
            self.name, self.retention, last_day, len(old), sum(old.values()), len(files), sum(files.values()),
            min((day for day in held if day and day > last_day), default=None), sum(held.values()),
        )  # fmt: skip

    def remove(self, night: Night, found: Expired) -> int | None:
        """Take it off the disk; the version of the DELETE, where one was needed.

        A table in which nothing expired is vacuumed too, when days that were recomputed left their old files behind.
        """
        version = night.store.delete_until(self.table, found.cutoff) if found.rows else None
        night.store.vacuum(self.table)
        return version

    def _doomed(self, night: Night, last_day: date, live: set[str]) -> dict[str, int]:
        """Files that a purge takes off the disk, with sizes: those of expired days, and those that are not `live`."""
        folder = f"{self.table.dated_by}="

        def is_doomed(path: PurePosixPath) -> bool:
            days = [part.removeprefix(folder) for part in path.parts if part.startswith(folder)]
            return any(day <= last_day.isoformat() for day in days) or path.name not in live

        files = _data_files(night.store.path(self.table))
        return {path: size for path, size in files.items() if is_doomed(PurePosixPath(path))}


def _data_files(path: str) -> dict[str, int]:
    """Data files below a table's folder, live or not, with their sizes: what is really on the disk.

    Without the checksums that Hadoop writes beside them on a local disk, which hold no data and go with a VACUUM.
    """
    filesystem, root = open_folder(path)
    selector = fs.FileSelector(root, recursive=True, allow_not_found=True)
    return {
        info.path: info.size
        for info in filesystem.get_file_info(selector)
        if info.type == fs.FileType.File and not info.path.endswith(".crc") and "/_delta_log/" not in info.path
    }


@dataclass(frozen=True)
class LandingPlace:
    """The files as received of one kind, with the table that knows them: their class is another than its rows'."""

    name: str
    retention: RetentionClass
    known_by: Table

    def look(self, night: Night, last_day: date) -> Expired:
        """Files, whatever they are, that arrived by the last day, or whose oldest row or frame is not after it."""
        files = self._files(night)
        old = self._old(night, files, last_day)
        left = min((file.arrived_on for file in files if file not in old), default=None)
        days = len({file.arrived_on for file in old})
        return Expired(
            self.name, self.retention, last_day, days, 0, len(old), sum(file.bytes for file in old), left,
            lying=len(files),
        )  # fmt: skip

    def remove(self, night: Night, found: Expired) -> None:
        """Remove them one by one.

        Raises:
            StillThereError: some could not be removed; all others are.
        """
        left = []
        for file in self.old_files(night, found.cutoff):
            try:
                remove_landed(night.settings.storage.landing, file.path)
            except FileNotFoundError:  # somebody else has
                continue
            except CANNOT as error:
                left.append(describe(error))
        if left:
            raise StillThereError(f"{len(left)} files: {left[0]}")

    def old_files(self, night: Night, last_day: date) -> list[LandedFile]:
        """The same files."""
        return self._old(night, self._files(night), last_day)

    def _files(self, night: Night) -> list[LandedFile]:
        footage = self.known_by is FOOTAGE
        held = list_held(night.settings.storage.landing, night.process_date)
        return [file for file in held if (file.source == "footage") == footage]

    def _old(self, night: Night, files: list[LandedFile], last_day: date) -> list[LandedFile]:
        outlived = self._outlived(night, files, last_day)
        sidecars = {sidecar_name(path) for path in outlived if self.known_by is FOOTAGE}
        return [
            file for file in files
            if file.arrived_on <= last_day or file.path in outlived or file.path.lower() in sidecars
        ]  # fmt: skip

    def _outlived(self, night: Night, files: Iterable[LandedFile], last_day: date) -> set[str]:
        """Paths of files whose oldest row or frame expires, by the table, or that show who was erased; also those gone.

        What replaced one in place is another file, which may not even have been read.
        """
        files = list(files)
        rows = [
            row for row in night.store.rows(self.known_by)
            if row["capture_date"] <= last_day or row.get("reason") == SUPPRESSED
        ]  # fmt: skip
        landing, name = night.settings.storage.landing, self.known_by.key[0]
        lying = {file.path for file in files}
        gone = {path for row in rows for path in row["paths"] if path not in lying}
        return gone | {file.path for file, _ in known_by_content(night.store, landing, files, rows, name)}


FOOTAGE_PLACE = LandingPlace("landing.footage", RetentionClass.FOOTAGE, FOOTAGE)
FEEDS_PLACE = LandingPlace("landing.feeds", RetentionClass.LANDING, FEED_FILES)


@dataclass(frozen=True)
class EvidencePlace:
    """A table of the evidence zone: what of it no hold in force keeps goes, whatever its day."""

    table: Table
    in_force: frozenset[str]
    retention = RetentionClass.HELD

    @property
    def name(self) -> str:
        """As the ledger has it."""
        return self.table.full_name

    def look(self, night: Night, last_day: date) -> Expired:
        """Rows and files of other holds, and files that are no longer of the table; LinkError as of a table."""
        night.store.require_no_links(self.table)
        rows = night.store.rows(self.table, "hold_id", "capture_date")
        gone = [row for row in rows if row["hold_id"] not in self.in_force]
        live = night.store.live_files(self.table) if night.store.exists(self.table) else set()
        tables_own = _data_files(night.store.path(self.table))
        files = {path: size for path, size in tables_own.items() if PurePosixPath(path).name not in live}
        files |= dict(self._clips(night))
        oldest = min((row["capture_date"] for row in rows if row["hold_id"] in self.in_force), default=None)
        days = len({row["capture_date"] for row in gone})
        return Expired(
            self.name, self.retention, last_day, days, len(gone), len(files), sum(files.values()), oldest, len(rows)
        )  # fmt: skip

    def remove(self, night: Night, _: Expired) -> int | None:
        """Take it off the disk; the version of the DELETE, where one was needed."""
        gone = {row["hold_id"] for row in night.store.rows(self.table, "hold_id")} - self.in_force
        night.store.delete_rows(self.table, "hold_id", gone)
        if night.store.exists(self.table):
            night.store.vacuum(self.table)
        for path in dict(self._clips(night)):
            open_folder(night.store.root)[0].delete_file(path)
        return night.store.version(self.table) if gone else None

    def _clips(self, night: Night) -> Iterator[tuple[str, int]]:
        """Ranges of footage that no hold in force keeps, with their sizes."""
        if self.table is HELD_FOOTAGE:
            require_no_links(night.store.root, FOOTAGE_FOLDER)
            files = _data_files(f"{night.store.root}/{FOOTAGE_FOLDER}").items()
            yield from ((path, size) for path, size in files if PurePosixPath(path).parent.name not in self.in_force)


def has_clips(night: Night) -> bool:
    """Whether there is held footage: it lies beside its table, and may be there without it."""
    return bool(_data_files(f"{night.store.root}/{FOOTAGE_FOLDER}"))


@dataclass(frozen=True)
class LinesPlace:
    """Lines of feed files as received of which nothing is kept: rows that had expired when they came.

    Their files stay for their other rows, and the lines are made empty: all others keep their numbers.
    """

    name: str = "landing.lines"
    retention: RetentionClass = RetentionClass.LANDING
    known_by: Table = FEED_FILES

    def look(self, night: Night, last_day: date) -> Expired:
        """How many lines and records, in how many files; not of files that expire as a whole."""
        work = self._work(night, last_day)
        count = sum(len(places) for _, places in work)
        return Expired(self.name, self.retention, last_day, 0, count, len(work), 0, None, count)

    def remove(self, night: Night, found: Expired) -> None:
        """Make them empty, and have the manifest know the files as they lie there then."""
        blank(night, self._work(night, found.cutoff))

    @staticmethod
    def _work(night: Night, last_day: date) -> list[tuple[LandedFile, set[str]]]:
        """What quarantine keeps nothing of, and is not empty; and what was, where a file was put back as it came."""
        found = defaultdict[str, set[str]](set)
        for row in night.store.rows_with(QUARANTINE, "payload", [""]):
            if row["reason"] not in {*OF_FILES, RESTRICTED}:
                place = place_in_file(row["source_kind"], row["line_no"], row["record_no"], row["reason"])
                found[row["file_id"]].add(place)
        rows = [row for row in night.store.rows(FEED_FILES) if row["file_id"] in found or row["blanked"]]
        if not rows:
            return []
        landing, work = night.settings.storage.landing, []
        whole = {file.path for file in FEEDS_PLACE.old_files(night, last_day)}
        held = list_held(landing, night.process_date)
        files = (file for file in held if file.source in FEEDS and file.path not in whole)
        for file, known in known_by_content(night.store, landing, files, rows, "file_id"):
            before, now = set(known["blanked"] or ()), found[known["file_id"]]
            as_it_came = file.sha256 == known["file_id"]
            if places := now | before if as_it_came else now - before:
                work.append((file, places))
        return work


FOOTAGE_FOLDER = "evidence/footage"
LANDING_PLACES = (FOOTAGE_PLACE, FEEDS_PLACE)
LINES_PLACE = LinesPlace()
