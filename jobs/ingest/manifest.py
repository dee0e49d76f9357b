"""The manifest of feed files: which were taken in, what came of each, and which wait for what they need."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from jobs.ingest.deduplication import Deduplicated
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.landing import (
    Arrivals,
    LandedFile,
    arrivals,
    contents_of,
    list_landed,
    still_lying,
    unchanged,
    with_paths,
)
from jobs.ingest.needs import Met
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERAS, FEED_FILES, QUARANTINE, SIGHTINGS
from jobs.runtime.night import Night, NumbersDoNotAddUpError


class Manifest:
    """`restricted.feed_files` as a night finds it, beside the landing folder."""

    def __init__(self, night: Night) -> None:
        self._night = night

    @cached_property
    def _landed(self) -> list[LandedFile]:
        night = self._night
        return list(list_landed(night.settings.storage.landing, night.process_date, list(FEEDS)))

    @cached_property
    def _rows(self) -> Rows:
        return self._night.store.rows(FEED_FILES)

    @cached_property
    def arrivals(self) -> Arrivals:
        """Files that have come, or were replaced, since the manifest was last written.

        New is, too, what was put right: bytes of which more may be taken where they lie now.
        """
        landing = self._night.settings.storage.landing
        found = arrivals(self._night.store, landing, self._landed, self._rows, "file_id")
        held = {row["file_id"]: row for row in self._rows}
        put_right = {
            file.sha256: file for file in found.again
            if file.sha256 in held and self._is_put_right(held[file.sha256], file)
        }  # fmt: skip
        again = [file for file in found.again if put_right.get(file.sha256) is not file]
        return Arrivals([*found.new, *put_right.values()], again)

    def no_longer_waiting(self) -> list[LandedFile]:
        """Files, hashed by the manifest, of which a rejected row now has what it needed; they lie there as they were.

        A camera that stays unknown costs a look at the register.
        """
        rows = [row for row in self._rows if row["needs"]]
        if not rows:
            return []
        settings = self._night.settings
        licences = {row["arrived_on"]: settings.partners_on(row["arrived_on"]) for row in rows}
        met = Met(self._night.store.rows(CAMERAS), licences)
        helped = [row for row in rows if any(_is_met(met, need, row) for need in row["needs"])]
        read_anyway = {file.sha256 for file in self.arrivals.new}
        lying = [file for file in still_lying(self._landed, helped, "file_id") if file.sha256 not in read_anyway]
        return unchanged(self._night.store, settings.storage.landing, lying)

    def rows_of(self, files: Sequence[LandedFile]) -> Rows:
        """The rows of some files, as the night found them."""
        names = {file.sha256 for file in files}
        return [row for row in self._rows if names.intersection(contents_of(row, "file_id"))]

    def add_paths(self, again: Sequence[LandedFile]) -> None:
        """Note where the same bytes lie once more, so that they are not looked at every night."""
        rows = self.rows_of(again)
        self._night.store.put_rows(FEED_FILES, [with_paths(row, self._same(again, row)) for row in rows])

    def write(
        self, files: Sequence[LandedFile], again: Sequence[LandedFile], received: Counter[int], found: Deduplicated
    ) -> Rows:
        """Write what came of every file, proved against the tables: a row that is in none of them fails the job.

        Args:
            files: that were read.
            again: others with bytes that are known by now.
            received: rows of each of `files`, by number.
            found: what came of them.
        """
        _require_all_held(self._night, found)
        by_file: dict[int, Rows] = defaultdict(list)
        for row in found.counts:
            by_file[row["file_no"]].append(row)
        version = self._night.store.version(SIGHTINGS)
        before = {row["file_id"]: row["paths"] for row in self.rows_of(files)}
        manifest = []
        for number, file in enumerate(files):
            row = _manifest_row(self._night, file, by_file[number])
            row |= {
                "rows_received": received[number], "sightings_version": version,
                "needs": sorted(found.needs.get(file.sha256, ())), "paths": before.get(file.sha256, {}),
            }  # fmt: skip
            _require_sum(row)
            manifest.append(with_paths(row, [file, *self._same(again, row)]))
        self._night.store.put_rows(FEED_FILES, manifest)
        self.add_paths([file for file in again if file.sha256 not in {one.sha256 for one in files}])
        return manifest

    def _same(self, files: Iterable[LandedFile], row: Mapping[str, Any]) -> list[LandedFile]:
        """The files with the bytes of a row; one that is put right is left for the next night, which reads it."""
        return [file for file in files if file.sha256 == row["file_id"] and not self._is_put_right(row, file)]

    def _is_put_right(self, row: Mapping[str, Any], file: LandedFile) -> bool:
        """Whether more of a row's bytes may be taken where the file lies: what is judged by kind and day of arrival.

        Where something was taken, only what lay in the future then: nothing that is stored may be refused now. What
        waits, and still lies there, waits there.
        """
        if row["needs"] and any(one.path == row["landed_path"] for one in self._landed):
            return False
        if not row["rows_stored"] + row["rows_duplicate"]:
            return (file.source, file.arrived_on) != (row["source_kind"], row["arrived_on"])
        is_later = file.source == row["source_kind"] and file.arrived_on > row["arrived_on"]
        return is_later and "time_future" in row["reasons"]


def _is_met(met: Met, need: str, row: Mapping[str, Any]) -> bool:
    return met.is_met(need, FEEDS[row["source_kind"]].cameras, row["arrived_on"])


def _require_sum(row: Mapping[str, Any]) -> None:
    if row["rows_received"] != row["rows_stored"] + row["rows_duplicate"] + row["rows_quarantined"]:
        raise NumbersDoNotAddUpError(
            f"feed file {row['file_id'][:12]}: received {row['rows_received']}, stored {row['rows_stored']}, "
            f"duplicate {row['rows_duplicate']}, quarantined {row['rows_quarantined']}"
        )


def _require_all_held(night: Night, deduplicated: Deduplicated) -> None:
    """Fail unless the tables hold what was deduplicated: sightings by the Delta log, rejected rows by their files."""
    files = deduplicated.files.get(SIGHTINGS.name, [])
    live = night.store.files_of_days(SIGHTINGS, {file.day for file in files})
    paths = {file.path for file in files}
    stored = sum(file.rows for file in live if file.path in paths)
    rejected = _rejected_rows(night, deduplicated).total()
    new, quarantined = deduplicated.rows("new"), deduplicated.rows("quarantined")
    if (stored, rejected) != (new, quarantined):
        raise NumbersDoNotAddUpError(
            f"of {new} new rows {stored} are stored, of {quarantined} rejected ones {rejected} are quarantined"
        )


def _rejected_rows(night: Night, deduplicated: Deduplicated) -> Counter[str]:
    """How many rejected rows of each of the files the table holds."""
    days = {row["capture_date"] for row in deduplicated.counts if row["outcome"] == "quarantined"}
    names = {row["file_id"] for row in deduplicated.counts}
    return night.store.count_by(QUARANTINE, "file_id", names, days) if days else Counter()


def _manifest_row(night: Night, file: LandedFile, counts: Rows) -> dict[str, Any]:
    """A file's row by what came of its rows."""
    by: dict[str, Counter[Any]] = {name: Counter() for name in ("outcome", "reason", "schema_version")}
    for row in counts:
        for name, found in by.items():
            found[row[name]] += row["rows"]
    del by["reason"][None]
    return night.stamp | {
        "file_id": file.sha256, "landed_path": file.path, "source_kind": file.source, "arrived_on": file.arrived_on,
        "bytes": file.bytes, "rows_stored": by["outcome"]["new"] + by["outcome"]["stored"],
        "rows_duplicate": by["outcome"]["duplicate"], "rows_quarantined": by["outcome"]["quarantined"],
        "reasons": dict(by["reason"]), "schema_versions": dict(by["schema_version"]),
        "capture_date": min((row["capture_date"] for row in counts), default=file.arrived_on),
    }  # fmt: skip
