"""A hot-list file to its lines, each an entry's or with the rule that it breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from jobs.ingest.formats.lines import FILE_TOO_LARGE, landed_lines
from jobs.ingest.hotlist.entries import FIELDS, EntryLimits, Fields, broken_rule, latest_weed_date, parse_line
from jobs.settings import IngestSettings


@dataclass(frozen=True)
class ListLine:
    """A line that holds anything: its number from 1, its text, its fields if it has them, and what is wrong with it."""

    line_no: int
    text: str
    fields: Fields | None
    reason: str | None


def judged_lines(landing: str, path: str, ingest: IngestSettings, arrived_on: date) -> Iterator[ListLine]:
    """The lines of a list that arrived on a day, but its header."""
    limits = EntryLimits(
        latest_weed_date(arrived_on, ingest.hotlist.max_days), ingest.hotlist.min_characters, ingest.max_vrm_chars,
        frozenset(ingest.vrms.placeholders), ingest.vrms.unread,
    )  # fmt: skip
    header = ",".join(FIELDS)
    for _, lines in landed_lines(landing, path, [header], ingest.max_line_bytes, ingest.hotlist.max_bytes):
        columns = (lines[name].to_pylist() for name in ("line_no", "payload", "fault"))
        for line_no, text, fault in zip(*columns, strict=True):
            if line_no > ingest.hotlist.max_lines:
                yield ListLine(line_no, "", None, FILE_TOO_LARGE)
                return
            fields = None if fault else parse_line(text)
            yield ListLine(line_no, text, fields, fault or broken_rule(fields, limits))
