"""Vehicles in files as received: lines and records made empty, those sent twice or just come too, and videos gone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from jobs.control.holds import holds
from jobs.footage.sidecar import sidecar_name
from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import blocks_of
from jobs.ingest.landing import LandedFile, known_by_content, list_held, open_landed, remove_landed
from jobs.ingest.reasons import SUPPRESSED
from jobs.ingest.typed_rows import feed_limits, typed_rows
from jobs.lake.tables import FEED_FILES, FOOTAGE
from jobs.retention.blanking import blank, place_in_file
from jobs.retention.holds.keeper import Keeper
from jobs.retention.vehicles.erasing import holds_one
from jobs.runtime.night import Night
from jobs.settings import Settings

_OVERLAP = 64
_BETWEEN = b" \t-._"
"""What people and machines write between the characters of a mark."""
_NO_READS = frozenset({"footage", "cameras", "hotlist"})
"""What lands and is no feed of reads: videos go whole, and the hot-list is the business of its owners."""


class Erased(NamedTuple):
    """What went: lines and records of feed files, and videos; and how many files of no feed may name them."""

    places: int
    videos: int
    elsewhere: int


def erase_landed(
    night: Night, look: "LandedVehicles", origins: Iterable[tuple[str, str | None]], before: Callable[[int, int], None]
) -> Erased:
    """Make what gave rows empty, and what names the vehicles and gave none; remove the videos that show them.

    Args:
        night: this run.
        look: which vehicles, on which days.
        origins: files by content, with the place of what gave a row; None of a video.
        before: is told how many lines and records, and how many videos, are there, before any goes.
    """
    places, videos = defaultdict[str, set[str]](set), set()
    for file_id, at in origins:
        if at is None:
            videos.add(file_id)
        else:
            places[file_id].add(at)
    lying = list(list_held(night.settings.storage.landing, night.process_date))
    others = [file for file in lying if file.source not in {*FEEDS, *_NO_READS}]
    elsewhere = sum(night.store.each(others, look.may_name)) if others else 0
    feeds = [file for file in lying if file.source in FEEDS]
    blanked = _blank(night, look, feeds, places, lambda count: before(count, 0))
    return Erased(blanked, _remove_videos(night, lying, videos, lambda count: before(blanked, count)), elsewhere)


def _blank(
    night: Night, look: "LandedVehicles", files: Sequence[LandedFile], places: Mapping[str, set[str]],
    before: Callable[[int], None],
) -> int:  # fmt: skip
    """Of lines and records that gave rows the tables know the places; of all others the files are searched."""
    if not files:
        return 0
    landing, rows = night.settings.storage.landing, night.store.rows(FEED_FILES)
    known = {
        file.path: (file, places.get(row["file_id"], set()))
        for file, row in known_by_content(night.store, landing, files, rows, "file_id")
    }
    work = []
    for file, named in zip(files, night.store.each(files, look), strict=True):
        hashed, of_rows = known.get(file.path, (file, set[str]()))
        if wanted := named | of_rows:
            work.append((hashed, wanted))
    return blank(night, work, before)


def _remove_videos(night: Night, lying: Sequence[LandedFile], names: set[str], before: Callable[[int], None]) -> int:
    """Remove videos with their sidecars, once what holds need of them is kept; how many videos these were.

    Those that show somebody who was erased before go too, where they were sent again.
    """
    rows = [row for row in night.store.rows(FOOTAGE) if row["footage_id"] in names or row["reason"] == SUPPRESSED]
    if not rows:
        return 0
    landing, footage = night.settings.storage.landing, [file for file in lying if file.source == "footage"]
    known = known_by_content(night.store, landing, footage, rows, "footage_id")
    showing = [(file, dict(row)) for file, row in known]
    with night.look() as connection:
        in_force = holds(connection, in_force=True) if connection else []
    if in_force:
        Keeper(night, in_force).ranges({row["footage_id"]: (file, row) for file, row in showing})
    videos = {file.path for file, _ in showing}
    sidecars = {sidecar_name(path) for path in videos}
    before(len(videos))
    # First: ended after it, the next purge takes them, and it takes them too where the same bytes are sent again.
    night.store.put_rows(FOOTAGE, [dict(row) | {"reason": SUPPRESSED} for row in rows])
    for file in footage:
        if file.path in videos or file.path.lower() in sidecars:
            remove_landed(landing, file.path)
    return len(videos)


@dataclass(frozen=True)
class LandedVehicles:
    """The lines and records of a landed file that name one of some vehicles on some days.

    Attributes:
        vrms: as the tables have them.
        first, last: days of capture; a row whose time cannot be read is of the day on which it came.
        process_date: as of which a row has expired.
    """

    settings: Settings
    vrms: frozenset[str]
    first: date
    last: date
    process_date: date

    def __call__(self, file: LandedFile) -> frozenset[str]:
        """Their places in a feed file, as `place_in_file` tells them."""
        return frozenset(self._places(file)) if self.may_name(file) else frozenset()

    def may_name(self, file: LandedFile) -> bool:
        """Whether a mark stands in the bytes: most files have none, and need not be parsed."""
        names, rest = [name.encode() for name in self.vrms], b""
        with open_landed(self.settings.storage.landing, file.path) as stored:
            for block in blocks_of(stored):
                text = (rest + block).upper().translate(None, _BETWEEN)
                if any(name in text for name in names):
                    return True
                rest = block[-_OVERLAP:]
        return False

    def _places(self, file: LandedFile) -> Iterator[str]:
        limits = feed_limits(self.settings, file.source, [], file.arrived_on, self.process_date)
        vrms, landing = pa.array(sorted(self.vrms), pa.string()), self.settings.storage.landing
        for rows in typed_rows(landing, file.path, file.source, limits, file.arrived_on, self.settings.ingest):
            days = pc.coalesce(rows["captured_at"].cast(pa.date32()), rows["capture_date"])
            within = pc.and_(pc.greater_equal(days, pa.scalar(self.first)), pc.less_equal(days, pa.scalar(self.last)))
            named = pc.and_(pc.is_in(rows["vrm"], vrms), within)
            unread = pc.and_(pc.and_(pc.is_null(rows["vrm"]), pc.is_valid(rows["payload"])), within)
            told = rows.select(["line_no", "record_no", "reason", "payload"]).append_column("named", named)
            for row in told.filter(pc.or_(named, unread)).to_pylist():
                if row["named"] or holds_one(row["payload"], self.vrms):
                    yield place_in_file(file.source, row["line_no"], row["record_no"], row["reason"])
