"""Erasure certificates: what a purge removed, or of one vehicle, what was looked for afterwards, and what remains.

A file of JSON: `certificate` is what is certified, `signature` is Ed25519 over it as JSON with sorted keys and without
blanks, in base64, `public_key` the key of the lake's log. Who has that key needs nothing but the file.
"""

import base64
import json
import re
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from jobs.control.database import open_control
from jobs.control.heads import keep_head, public_text, signing_key
from jobs.control.holds import holds
from jobs.control.log import Entry, append, entries
from jobs.domain.errors import LakeError
from jobs.domain.retention import maximum_days
from jobs.lake.damage import DamagedTableError
from jobs.lake.storage import open_folder
from jobs.lake.tables import CATALOGUE
from jobs.retention.purge.journal import accounts
from jobs.retention.residue.readers import Looked
from jobs.retention.residue.scan import ROTATION_DAYS, SCANNED, Scan, told
from jobs.retention.vehicles.order import Outcome, Request
from jobs.runtime.night import Night

FOLDER = "governance/certificates"
KIND = "erasure certificate of an anprlake"
KIND_OF_VEHICLE = "erasure certificate of one vehicle in an anprlake"
CERTIFIED = "certificate"
"""What the log calls one."""
_NOT_COVERED = (
    "backups of the lake, of landing, of the control database and of logs",
    "blocks of a file system or a disk that held what was deleted",
    "old versions of objects, where a bucket keeps them",
    "what was handed to others",
)
_NOT_COVERED_OF_VEHICLE = (
    "pictures that partners sent of other vehicles, and that may show it too",
    "footage in landing that no night has read yet, and footage in which it was not read",
)


class CertificateError(LakeError):
    """A certificate that does not hold; the message says why."""


def issue(connection: Connection, night: Night, before: Looked, after: Scan) -> dict[str, Any]:
    """Certify a purge: what went since the last such certificate by the log, and what a scan found before and after.

    Args:
        connection: a transaction that writes.
        night: the purge's run.
        before: the control: what the scan finds of what is about to go.
        after: the scan.

    Returns:
        The signed document; the log has the head that it tells.
    """
    signing_key(connection, night.settings.control.signing_key)  # of a lost one nothing is told but that
    append(connection, [Entry(SCANNED, {"as_of": str(night.process_date), "run_id": night.run_id, **told(after)})])
    return _signed(connection, night, _content(connection, night, before, after))


def issue_of_vehicle(
    connection: Connection, night: Night, request: Request, outcome: Outcome, still_there: Sequence[str], after: Scan
) -> dict[str, Any]:
    """Certify that a vehicle was erased, which is not named: the suppressions are, under which it may not come back.

    Args:
        connection: a transaction that writes.
        night: of the erasure.
        request: what was ordered.
        outcome: what went.
        still_there: tables that still have rows of it, looked at anew.
        after: a scan for its mark and token.
    """
    names = sorted({*outcome.rows, *outcome.files})
    removed = [{"place": name, "rows": outcome.rows[name], "files": outcome.files[name]} for name in names]
    landing = {"place": "landing", "rows": outcome.lines, "files": outcome.videos}
    return _signed(connection, night, {
        "kind": KIND_OF_VEHICLE, **_who(night), "suppressions": outcome.names, "ordered_by": request.by,
        "reason": request.reason, "from": str(request.first), "to": str(request.last),
        "complete": not (still_there or after.finds or outcome.elsewhere) and after.canary,
        "removed": [*removed, landing], "still_there": [*still_there, *["landing"] * bool(outcome.elsewhere)],
        "scan": _scanned(after), "remains_by_law": list(_remains_of_vehicle(outcome)),
        "not_covered": [*_NOT_COVERED, *_NOT_COVERED_OF_VEHICLE],
    })  # fmt: skip


def _remains_of_vehicle(outcome: Outcome) -> Iterator[str]:
    yield "what the hot-list says of it is the business of its owners"
    if outcome.in_evidence:
        yield (
            f"{outcome.in_evidence} pictures and ranges of footage that legal holds keep of other vehicles show it "
            "too, until these holds are released"
        )


def _signed(connection: Connection, night: Night, content: dict[str, Any]) -> dict[str, Any]:
    key = signing_key(connection, night.settings.control.signing_key)
    content |= {"log_head": keep_head(connection, key)}
    signature = base64.b64encode(key.sign(_canonical(content))).decode()
    return {"certificate": content, "signature": signature, "public_key": public_text(key.public_key())}


def _content(connection: Connection, night: Night, before: Looked, after: Scan) -> dict[str, Any]:
    retention = night.settings.retention
    went = accounts(connection, after=_last_certified(connection))
    failed = [row["table_name"] for row in went if row["error"] and row["run_id"] == night.run_id]
    complete = not failed and not after.finds and after.canary
    return {
        "kind": KIND, **_who(night),
        "profile": {"name": retention.profile, **retention.limits.model_dump(mode="json")},
        "complete": complete,
        "removed": [_removed(row) for row in went],
        "still_there": failed,
        "scan": {
            "control": {"files": before.files, "finds": sum(find.count for find in before.finds)}, **_scanned(after)
        },
        "remains": list(_remains(night)), "holds_in_force": len(holds(connection, in_force=True)),
        "not_covered": list(_NOT_COVERED),
    }  # fmt: skip


def _last_certified(connection: Connection) -> int:
    """The position in the log of the last certificate of a purge: one that failed after it has none of its own."""
    of_purges = (
        position for position, *_, told in entries(connection, [CERTIFIED]) if told and told.get("kind") == KIND
    )
    return max(of_purges, default=-1)


def _who(night: Night) -> dict[str, Any]:
    return {
        "software": version("anprlake"), "run_id": night.run_id, "as_of": str(night.process_date),
        "issued_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def _scanned(after: Scan) -> dict[str, Any]:
    return {
        "canary_found": after.canary, "marks_looked_for": after.marks, "of_marks": after.of, "files": after.files,
        "bytes": after.bytes, "decoded_bytes": after.decoded_bytes,
        "parts_decoded": f"{len(after.parts)} of {ROTATION_DAYS}", "finds": [asdict(find) for find in after.finds],
    }  # fmt: skip


def _removed(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: row[f"{name}_removed"] for name in ("partitions", "rows", "files", "bytes")}
    named = {"place": row["table_name"], "class": row["retention_class"], "up_to": str(row["cutoff"])}
    return {**named, **counts, **{name: row[name] for name in ("delete_version", "error", "run_id")}}


def _remains(night: Night) -> Any:  # noqa: ANN401 - an iterator of rows of JSON
    """What is held by law, table by table, and when its oldest day goes."""
    for table in CATALOGUE:
        try:
            held = night.store.rows_by_day(table) if night.store.exists(table) else {}
        except DamagedTableError:
            yield {"table": table.full_name, "damaged": True}
            continue
        if not held:
            continue
        days, maximum = [day for day in held if day], maximum_days(night.settings.retention.limits, table.retention)
        oldest = min(days, default=None)
        yield {
            "table": table.full_name, "version": night.store.version(table), "rows": sum(held.values()),
            "oldest": str(oldest) if oldest else None,
            "goes_on": str(oldest + timedelta(days=maximum)) if oldest and maximum else None,
        }  # fmt: skip


def write(night: Night, document: Mapping[str, Any]) -> str:
    """Put a certificate into the governance zone, and then its signature into the log; where it lies."""
    filesystem, folder = open_folder(f"{night.store.root}/{FOLDER}")
    filesystem.create_dir(folder)
    day, time = document["certificate"]["issued_at"].partition("+")[0].replace("-", "").replace(":", "").split("T")
    issued = f"{day}-{time}"  # a T would make it look like a mark, and logs would not show it
    name = f"{night.process_date}-{re.sub('[^A-Za-z0-9]+', '_', night.run_id)}-{issued}.json"
    with filesystem.open_output_stream(f"{folder}/{name}", compression=None) as stream:
        stream.write(json.dumps(document, indent=1, sort_keys=True).encode())
    kind, as_of = document["certificate"]["kind"], str(night.process_date)
    told = {"run_id": night.run_id, "as_of": as_of, "kind": kind, "signature": document["signature"]}
    with open_control(night.settings) as control, control.deciding() as connection:
        append(connection, [Entry(CERTIFIED, told)])
    return f"{night.store.root}/{FOLDER}/{name}"


def verified(text: str, public_key: str) -> dict[str, Any]:
    """What a certificate certifies, once its signature is that of a key.

    Args:
        text: of the file.
        public_key: 64 hexadecimal digits, as the lake's log has it.

    Raises:
        CertificateError: it is none, or something in it was changed, or another key has signed it.
    """
    try:
        document = json.loads(text)
        content, signature = document["certificate"], base64.b64decode(document["signature"], validate=True)
        is_one = content["kind"] in {KIND, KIND_OF_VEHICLE} and document.keys() == {
            "certificate",
            "signature",
            "public_key",
        }
    except (ValueError, KeyError, TypeError, Error, RecursionError):
        raise CertificateError("this is no certificate") from None
    if not is_one:
        raise CertificateError("this is no certificate of an anprlake")
    public_key = public_key.strip().lower()
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise CertificateError("the key is no public key: 64 hexadecimal digits") from None
    try:
        key.verify(signature, _canonical(content))
    except InvalidSignature:
        raise CertificateError("the certificate was changed, or another key has signed it") from None
    as_issued = json.dumps(document, indent=1, sort_keys=True) == text and document["public_key"] == public_key
    # The last digit of base64 has bits that say nothing.
    if not as_issued or base64.b64encode(signature).decode() != document["signature"]:
        raise CertificateError("the certificate was changed: it is not written as it was issued")
    found: dict[str, Any] = content
    return found


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
