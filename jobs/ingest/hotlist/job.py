"""Hot-lists: `<landing>/<date>/hotlist/<any name>.csv`, every file a full version that replaces the one before.

UTF-8, also packed with gzip or Zstandard, of at most `ingest.hotlist.max_bytes`; a header line with the sixteen names
of `FIELDS` in this order, then one entry a line. `vrm` may hold `?` (one character) and `*` (any number), but must fix
`ingest.hotlist.min_characters` letters or digits then. The first word of `reason` is the purpose, in
any letter case: INTEL (intelligence), POST (post-incident) or ROADS (roads policing), `INTEL: drugs`. `weed_date` (ISO,
`2026-11-30`; other notations where they mean one day only) is mandatory and at most `ingest.hotlist.max_days` after
the file's arrival; an expired entry never matches.

An entry is a mark and a purpose: a second line with both is a duplicate. A newer version that gives an entry a later
weed date extends it, which is logged in `hotlist_extensions`. A broken line goes to quarantine:

| reason | what |
|---|---|
| not_utf8, line_too_long | the bytes of the line: another encoding, NUL, more than `ingest.max_line_bytes` |
| wrong_header | every line of a file that begins otherwise |
| file_broken, file_too_large | every line of a file that cannot be read to its end: half a list must not replace one |
| file_packed_otherwise | a file packed in another way, or a workbook |
| malformed | not sixteen fields, or a quote that never closes |
| formula | a field that a spreadsheet would run; `vrm` that begins with a sign |
| vrm_letter_unknown | a letter that is none of A to Z, nor drawn as one, nor transliterated (`jobs/ingest/vrms.py`) |
| vrm_spreadsheet | what a spreadsheet made of a mark, `10-Mar` or `1.00E+23`; `MAR10` and `1E23` are marks |
| vrm_placeholder | UNKNOWN and the like, `ingest.vrms.placeholders` |
| vrm_several | several marks in one field |
| vrm_missing, vrm_matches_everything, vrm_too_vague, vrm_too_long | the mark |
| purpose_unknown | `reason` does not begin with a purpose |
| weed_date_missing, weed_date_malformed, weed_date_too_far | the weed date |
| weed_date_ambiguous, weed_date_spreadsheet | a date that may be another (`05/12/2026`), a day's number (`46356`) |
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from jobs.ingest.formats.lines import FILE_BROKEN, FILE_TOO_LARGE
from jobs.ingest.hotlist.entries import entry, latest_weed_date
from jobs.ingest.hotlist.lines import judged_lines
from jobs.ingest.hotlist.versions import extensions, in_order
from jobs.ingest.landing import LandedFile, hash_file, list_landed
from jobs.lake.store import Rows
from jobs.lake.tables import HOTLIST, HOTLIST_EXTENSIONS, HOTLIST_VERSIONS, QUARANTINE
from jobs.runtime.night import Night, NumbersDoNotAddUpError, RunSummary

_TABLES = (HOTLIST, HOTLIST_VERSIONS, HOTLIST_EXTENSIONS, QUARANTINE)


@dataclass(frozen=True)
class ReadList:
    """A hot-list file, line by line: what becomes an entry, and what is rejected with its reason.

    Attributes:
        received: lines but the header.
    """

    version: str
    file: LandedFile
    received: int
    entries: Rows
    duplicates: int
    rejected: Rows


def ingest_hotlist(night: Night) -> RunSummary:
    """Load the list files that arrived by the night and were not loaded before, each as a version of its own.

    Raises:
        NumbersDoNotAddUpError: a line of a list is neither an entry nor a duplicate nor in quarantine.
    """
    new = new_lists(night)
    if not new:
        return RunSummary(tables=_TABLES)
    lists = [_read(night, version, file) for version, file in new.items()]
    rejected = [row for one in lists for row in one.rejected]
    night.store.append_new_rows(QUARANTINE, rejected)
    _store_entries(night, lists)
    versions = _manifest(night, lists)
    extended = _store_extensions(night, versions)
    # Last: once a version is there, its file is not looked at again.
    night.store.append_rows(HOTLIST_VERSIONS, versions)
    counts = {name: sum(row[name] for row in versions) for name in versions[0] if name.startswith("rows_")}
    return RunSummary(files=len(lists), **counts, tables=_TABLES, notes={"hotlist_extensions": extended})


def new_lists(night: Night) -> dict[str, LandedFile]:
    """Hot-list files that are no version yet, by the version that they will be, in order of their paths."""
    landing = night.settings.storage.landing
    known = {row["version"] for row in night.store.rows(HOTLIST_VERSIONS, "version")}
    # By place too: the list of last week, sent again, is a new version. They are few, and read here anyway.
    versions = {
        hashlib.sha256(f"{file.path}|{hash_file(landing, file.path)}".encode()).hexdigest(): file
        for file in list_landed(landing, night.process_date, ["hotlist"])
    }
    return {version: file for version, file in versions.items() if version not in known}


# What a file holds.


def _read(night: Night, version: str, file: LandedFile) -> ReadList:
    landing, ingest = night.settings.storage.landing, night.settings.ingest
    lines = list(judged_lines(landing, file.path, ingest, file.arrived_on))
    broken_off = next((line.reason for line in lines if line.reason in (FILE_BROKEN, FILE_TOO_LARGE)), None)
    entries: dict[str, dict[str, Any]] = {}
    rejected: Rows = []
    for line in lines:
        reason = line.reason or broken_off
        if reason or line.fields is None:
            rejected.append(_rejected(night, version, file, line.line_no, line.text) | {"reason": reason})
        else:
            of_file = {"version": version, "valid_from": file.arrived_on, "line_no": line.line_no}
            row = entry(line.fields, ingest.vrms.unread) | of_file
            entries.setdefault(row["entry_id"], row)
    duplicates = len(lines) - len(rejected) - len(entries)
    return ReadList(version, file, len(lines), list(entries.values()), duplicates, rejected)


def _rejected(night: Night, version: str, file: LandedFile, line_no: int, text: str) -> dict[str, Any]:
    return {
        "file_id": version, "landed_path": file.path, "line_no": line_no, "record_no": 1,
        "payload": text[: night.settings.ingest.payload_chars], "source_kind": "hotlist",
        **night.stamp, "capture_date": file.arrived_on,
    }  # fmt: skip


# What goes into the tables.


def _store_entries(night: Night, lists: list[ReadList]) -> None:
    """Add the entries of all lists in one commit, but of lists whose entries a killed run added."""
    held = night.store.count_by(HOTLIST, "version", [one.version for one in lists])
    entries = [row for one in lists if not held[one.version] for row in one.entries]
    if entries:
        night.store.append_rows(HOTLIST, entries)


def _manifest(night: Night, lists: list[ReadList]) -> Rows:
    """What came of every list, proved against the tables."""
    editions = Counter(row["landed_path"] for row in night.store.rows(HOTLIST_VERSIONS, "landed_path"))
    names, days = [one.version for one in lists], {one.file.arrived_on for one in lists}
    entries = night.store.count_by(HOTLIST, "version", names)
    rejected = night.store.count_by(QUARANTINE, "file_id", names, days)
    manifest: Rows = []
    for one in lists:
        stored, quarantined = entries[one.version], rejected[one.version]
        if one.received != stored + one.duplicates + quarantined:
            raise NumbersDoNotAddUpError(
                f"hot-list {one.version[:12]}: received {one.received}, stored {stored}, duplicate {one.duplicates}, "
                f"quarantined {quarantined}"
            )
        manifest.append({
            "version": one.version, "landed_path": one.file.path, "edition": editions[one.file.path] + 1,
            "bytes": one.file.bytes, "valid_from": one.file.arrived_on,
            "ends_on": latest_weed_date(one.file.arrived_on, night.settings.ingest.hotlist.max_days),
            "rows_received": one.received, "rows_stored": stored, "rows_duplicate": one.duplicates,
            "rows_quarantined": quarantined, **night.stamp,
        })  # fmt: skip
    return manifest


def _store_extensions(night: Night, new: Rows) -> int:
    """Log what the new versions extend; returns the number of extensions."""
    store = night.store
    versions = [*store.rows(HOTLIST_VERSIONS), *new]
    if len(in_order(versions)) <= 1:
        return 0
    found = extensions(store.read(HOTLIST), versions, [row["version"] for row in new])
    rows = [row.asDict() for row in night.stamped(found).collect()]
    store.append_new_rows(HOTLIST_EXTENSIONS, rows)
    return len(rows)
