"""What of the files that a lake has taken in still lies in landing, and can be taken in anew."""

from collections.abc import Collection, Mapping
from datetime import UTC, date
from typing import Any, NamedTuple

from jobs.domain.retention import cutoff
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.landing import arrivals, list_landed, still_lying, unchanged, with_paths
from jobs.ingest.needs import AGAIN
from jobs.ingest.reasons import RESTRICTED
from jobs.lake.store import Rows
from jobs.lake.tables import FEED_FILES, FOOTAGE, RetentionClass
from jobs.runtime.night import Night


class _Files(NamedTuple):
    """Rows of a catalogue: of files that still lie there, with where they do, and of those that do not."""

    lying: Rows
    gone: Rows


def has_all_of(night: Night, day: date, *, catalogued: bool) -> bool:
    """Whether every file that may have rows of a day of capture still lies there.

    Args:
        night: the last one.
        day: of capture.
        catalogued: whether the catalogues can be asked; else landing is believed to hold what it may still hold.
    """
    limits = night.settings.retention.limits
    if day <= min(cutoff(limits, one, night.process_date) for one in (RetentionClass.LANDING, RetentionClass.FOOTAGE)):
        return False
    return not catalogued or not (_feed_files(night, day, day).gone or _footage(night, day, day).gone)


def read_again(night: Night, days: Collection[date]) -> None:
    """Have the files that still lie there, and may have rows of some days, taken in anew by the next ingest and OCR."""
    first, last = min(days), max(days)
    _take_in_anew(night, _feed_files(night, first, last).lying, _footage(night, first, last).lying)


def read_restricted_again(night: Night, first: date, last: date) -> None:
    """Have files read again of which something was refused while a vehicle was restricted from use on some days."""
    fed = [row for row in _feed_files(night, first, last).lying if RESTRICTED in row["reasons"]]
    read = [row for row in _footage(night, first, last).lying if row["reason"] == RESTRICTED]
    _take_in_anew(night, fed, read)


def _take_in_anew(night: Night, fed: Rows, read: Rows) -> None:
    night.store.put_rows(FEED_FILES, [row | {"needs": [AGAIN]} for row in fed])
    night.store.put_rows(FOOTAGE, [row | {"status": "new"} for row in read])


def _feed_files(night: Night, first: date, last: date) -> _Files:
    """Those that may have rows of some days: no row of a file is dated before its earliest, or after its arrival."""
    known = night.store.rows(FEED_FILES)
    rows = [row for row in known if row["capture_date"] <= last and row["arrived_on"] >= first]
    return _files(night, rows, FEEDS, "file_id")


def _footage(night: Night, first: date, last: date) -> _Files:
    """What was read and shows some days."""
    rows = [row for row in night.store.rows(FOOTAGE) if row["status"] == "read" and _is_within(row, first, last)]
    return _files(night, rows, ["footage"], "footage_id")


def _is_within(footage: Mapping[str, Any], first: date, last: date) -> bool:
    first_day: date = footage["capture_date"]
    last_day: date = (footage["ended_at"] or footage["started_at"]).astimezone(UTC).date()
    return first_day <= last and last_day >= first


def _files(night: Night, rows: Rows, sources: Collection[str], file_id: str) -> _Files:
    """Lying are bytes where the rows know them, or copied since to where the same is made of them."""
    landing = night.settings.storage.landing
    landed = list(list_landed(landing, night.process_date, [*sources]))
    copied = arrivals(night.store, landing, landed, rows, file_id).again
    known = [with_paths(row, [file for file in copied if file.sha256 == row[file_id]]) for row in rows]
    found = unchanged(night.store, landing, list(still_lying(landed, known, file_id)))
    path_of = {file.sha256: file.path for file in found}
    lying = [row | {"landed_path": path_of[row[file_id]]} for row in known if row[file_id] in path_of]
    return _Files(lying, [row for row in rows if row[file_id] not in path_of])
