"""Where landed feed files name vehicles, stored by a night or not: what was sent twice, or has just come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from jobs.ingest.formats.kinds import FEEDS
from jobs.ingest.formats.lines import codec_of, unpacked
from jobs.ingest.landing import LandedFile, open_landed
from jobs.ingest.typed_rows import feed_limits, typed_rows
from jobs.retention.blanking import place_in_file
from jobs.retention.erasing import holds_one
from jobs.settings import Settings

_BLOCK = 4 << 20
_OVERLAP = 64
_BETWEEN = b" \t-._"
"""What people and machines write between the characters of a mark."""


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
        """Their places, as `place_in_file` tells them; of a file of no feed `{""}` where it may name one."""
        if not self._may_name(file.path):
            return frozenset()
        return frozenset(self._places(file)) if file.source in FEEDS else frozenset({""})

    def _may_name(self, path: str) -> bool:
        """Whether a mark stands in the bytes: most files have none, and need not be parsed."""
        names, rest = [name.encode() for name in self.vrms], b""
        with open_landed(self.settings.storage.landing, path) as stored:
            codec = codec_of(stored.read(4))
            stored.seek(0)
            stream = unpacked(stored, codec)
            try:
                while block := stream.read(_BLOCK):
                    text = (rest + block).upper().translate(None, _BETWEEN)
                    if any(name in text for name in names):
                        return True
                    rest = block[-_OVERLAP:]
            except OSError:  # broken within its compression: what came before may be read
                return True
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
