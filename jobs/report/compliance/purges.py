"""What purges removed, by the ledger, and how far their certificates prove it; and those of single vehicles."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pyarrow import fs
from sqlalchemy import Connection

from jobs.control.log import entries
from jobs.lake.damage import DamagedTableError
from jobs.lake.storage import open_folder
from jobs.lake.store import Rows
from jobs.lake.tables import RETENTION_LEDGER
from jobs.retention.certificate import CERTIFIED, FOLDER, KIND_OF_VEHICLE, CertificateError, verified
from jobs.runtime.night import Night

_MOST = 100
"""Purges that the report lists, the newest; the ledger and the certificates have all."""


def ledger_of(night: Night) -> Rows:
    """The ledger in the order of the log; empty where it is damaged, which is told of the table itself."""
    try:
        return sorted(night.store.rows(RETENTION_LEDGER), key=lambda row: int(row["log_position"]))
    except DamagedTableError:
        return []


def purged_places(ledger: Rows) -> Iterator[dict[str, Any]]:
    """Of each place all that went, up to which day, and why something of it is still there."""
    by_place = defaultdict[str, Rows](list)
    for row in ledger:
        by_place[row["table_name"]].append(row)
    for place, rows in sorted(by_place.items()):
        counts, newest = _counts(rows, "partitions", "rows", "files", "bytes"), rows[-1]
        if any(counts.values()) or newest["error"]:
            yield {"place": place, "up_to": str(newest["cutoff"]), **counts, "error": newest["error"]}


def purges(night: Night, ledger: Rows, public_keys: Sequence[str]) -> list[dict[str, Any]]:
    """The newest purges, the last first, each with what its certificate says; None where it has none."""
    runs = defaultdict[str, Rows](list)
    for row in ledger:
        runs[row["run_id"]].append(row)
    newest = list(islice(reversed(runs.items()), _MOST))
    certificates = _certificates(night, {str(rows[-1]["process_date"]) for _, rows in newest}, public_keys)
    return [_purge(run_id, rows) | {"certificate": certificates.get(run_id)} for run_id, rows in newest]


def erasures(night: Night, connection: Connection, public_keys: Sequence[str]) -> list[dict[str, Any]]:
    """The newest certificates of vehicles by the log, the last first, each as it lies there; None where it does not."""
    logged = [
        {"run_id": told["run_id"], "as_of": told["as_of"]} for *_, told in entries(connection, [CERTIFIED])
        if told and told.get("kind") == KIND_OF_VEHICLE
    ]  # fmt: skip
    newest = logged[-_MOST:][::-1]
    certificates = _certificates(night, {one["as_of"] for one in newest}, public_keys)
    return [one | {"certificate": certificates.get(one["run_id"])} for one in newest]


def _counts(rows: Rows, *names: str) -> dict[str, int]:
    return {name: sum(row[f"{name}_removed"] for row in rows) for name in names}


def _purge(run_id: str, rows: Rows) -> dict[str, Any]:
    last = rows[-1]
    return {
        "run_id": run_id, "as_of": str(last["process_date"]), "recorded_at": f"{last['recorded_at']:%Y-%m-%d %H:%M}",
        "profile": last["profile"], "log_rows": [rows[0]["log_position"], last["log_position"]],
        **_counts(rows, "rows", "files", "bytes"),
        "still_there": [row["table_name"] for row in rows if row["error"]],
    }  # fmt: skip


def _certificates(night: Night, days: set[str], public_keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the certificates of some days say, by run; of several of one run the newest."""
    filesystem, folder = open_folder(f"{night.store.root}/{FOLDER}")
    found: dict[str, dict[str, Any]] = {}
    for info in filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
        if info.extension != "json" or info.base_name[:10] not in days:
            continue
        with filesystem.open_input_stream(info.path, compression=None) as stream:
            run_id, told = _certificate(bytes(stream.read()).decode(errors="replace"), public_keys)
        if told["issued_at"] >= found.get(run_id, told)["issued_at"]:
            found[run_id] = told | {"file": info.base_name}
    return found


def _certificate(text: str, public_keys: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Run and what is told of a certificate; `signed` is whether a key of this lake's log has signed it as it is."""
    for key in public_keys:
        try:
            content = verified(text, key)
        except CertificateError:
            continue
        return content["run_id"], _told(content) | {"signed": True}
    return _claimed_run(text), {"signed": False, "issued_at": "", "complete": False}


def _claimed_run(text: str) -> str:
    try:
        return str(json.loads(text)["certificate"]["run_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _told(content: Mapping[str, Any]) -> dict[str, Any]:
    scan = content["scan"]
    names = ("canary_found", "marks_looked_for", "of_marks", "files", "bytes", "decoded_bytes", "parts_decoded")
    return {
        "issued_at": content["issued_at"], "complete": content["complete"], "finds": len(scan["finds"]),
        **{name: scan[name] for name in names},
    }  # fmt: skip
