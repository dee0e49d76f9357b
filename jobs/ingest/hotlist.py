"""Hot-lists: `<landing>/<date>/hotlist/<any name>.csv`, every file a full version that replaces the one before.

The sixteen fields of `FIELDS` in this order, with a header line, in UTF-8. `vrm` may hold `?` (one character) and `*`
(any number). `reason` begins with the purpose: INTEL (intelligence), POST (post-incident) or ROADS (roads policing);
anything else counts as ROADS, the lowest priority. `weed_date` (ISO) is mandatory and at most
`ingest.hotlist_max_days` after the file's arrival; an expired entry never matches.

A broken entry goes to quarantine: malformed, vrm_missing, vrm_matches_everything, weed_date_missing,
weed_date_malformed or weed_date_too_far.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from jobs.ingest.landing import LandedFile, list_landed, with_hashes
from jobs.lake.files import open_folder
from jobs.lake.tables import HOTLIST, QUARANTINE
from jobs.night import Night, RunSummary

FIELDS = (
    "vrm", "make", "model", "colour", "action", "warning_markers", "reason", "nim_code", "information", "force_area",
    "weed_date", "pnc_id", "gpms_marking", "cad_information", "spare_1", "spare_2",
)  # fmt: skip
# Primacy of use in the force's policy: intelligence, then post-incident investigation, then roads policing.
PURPOSES = {"INTEL": ("intelligence", 1), "POST": ("post_incident", 2), "ROADS": ("roads_policing", 3)}

Row = dict[str, Any]


def ingest_hotlist(night: Night) -> RunSummary:
    """Load the list files that arrived by the night and were not loaded before, each as a version of its own."""
    store, landing = night.store, night.settings.storage.landing
    known = {row["version"] for row in store.rows(HOTLIST, "version")}
    files = with_hashes(store, landing, list(list_landed(landing, night.process_date, ["hotlist"])))
    versions = {_version(file): file for file in files}
    new = {version: file for version, file in versions.items() if version not in known}
    entries: list[Row] = []
    rejected: list[Row] = []
    for version, file in new.items():
        for row in _rows(landing, file):
            reason = broken_rule(row, file.arrived_on, night.settings.ingest.hotlist_max_days)
            if reason:
                rejected.append(_rejected(night, file, version, row, reason))
            else:
                entries.append(_entry(file, version, row))
    # The entries last: once they are there, the file is not looked at again.
    if rejected:
        store.append_new_rows(QUARANTINE, rejected)
    if entries:
        _store_versions(night, entries, list(versions))
    return RunSummary(len(new), len(entries) + len(rejected), len(entries), 0, len(rejected), (HOTLIST, QUARANTINE))


def _version(file: LandedFile) -> str:
    """A list is in force by its content and its arrival: the one of last week, sent again, is a new version."""
    return hashlib.sha256(f"{file.arrived_on}|{file.sha256}".encode()).hexdigest()


def _rows(landing: str, file: LandedFile) -> Iterator[Row]:
    filesystem, root = open_folder(landing)
    with filesystem.open_input_stream(f"{root}/{file.path}") as stream:
        text = stream.read().decode("utf-8-sig", errors="replace")
    for line_no, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line_no == 1 and line == ",".join(FIELDS):
            continue
        try:
            values = next(csv.reader([line.replace("\0", "\ufffd")]), [])
        except csv.Error:  # a field beyond csv's limit
            values = [line]
        if values:
            named = dict(zip(FIELDS, values, strict=False)) if len(values) == len(FIELDS) else {}
            yield {"line_no": line_no, "payload": line, **named}


def broken_rule(row: Row, arrived_on: date, max_days: int) -> str | None:
    """Code of the first rule that an entry breaks, or None."""
    if "vrm" not in row:
        return "malformed"
    vrm = normalised_pattern(row["vrm"])
    if not vrm:
        return "vrm_missing"
    if not vrm.strip("?*"):
        return "vrm_matches_everything"
    if not row["weed_date"].strip():
        return "weed_date_missing"
    try:
        weed_date = date.fromisoformat(row["weed_date"].strip())
    except ValueError:
        return "weed_date_malformed"
    return "weed_date_too_far" if weed_date > arrived_on + timedelta(days=max_days) else None


def normalised_pattern(text: str) -> str:
    """Upper-case letters, digits and wildcards of an entry's mark."""
    return re.sub("[^A-Z0-9?*]", "", text.upper())


def _entry(file: LandedFile, version: str, row: Row) -> Row:
    purpose, priority = PURPOSES.get(row["reason"].partition(":")[0].strip().upper(), PURPOSES["ROADS"])
    entry_id = hashlib.sha256(f"{version}|{row['line_no']}".encode()).hexdigest()
    return {
        **{name: row[name] for name in FIELDS},
        "entry_id": entry_id,
        "vrm": normalised_pattern(row["vrm"]),
        "weed_date": date.fromisoformat(row["weed_date"].strip()),
        "purpose": purpose,
        "priority": priority,
        "version": version,
        "valid_from": file.arrived_on,
    }


def _rejected(night: Night, file: LandedFile, version: str, row: Row, reason: str) -> Row:
    return {
        "file_id": version, "landed_path": file.path, "line_no": row["line_no"], "record_no": 1, "reason": reason,
        "payload": row["payload"][: night.settings.ingest.payload_chars], "source_kind": "hotlist",
        "process_date": night.process_date, "run_id": night.run_id, "capture_date": file.arrived_on,
    }  # fmt: skip


def _store_versions(night: Night, entries: list[Row], in_order: list[str]) -> None:
    """Add entries, and end each version on the day on which the next one arrived; of one day the last by path stays."""
    rows = [*night.store.rows(HOTLIST), *entries]
    place = {version: number for number, version in enumerate(in_order)}
    versions = sorted({(row["valid_from"], place.get(row["version"], -1), row["version"]) for row in rows})
    ends = {before[-1]: after[0] for before, after in pairwise(versions)}
    night.store.replace_rows(HOTLIST, [{**row, "valid_to": ends.get(row["version"])} for row in rows])
