"""Small makers of what many tests need: settings, rows, days, landed files."""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from jobs.consolidate.due import READS_UNIT
from jobs.control import people
from jobs.control.people import Person, Role
from jobs.lake.tables import READS, READS_STAGED, SIGHTINGS
from jobs.runtime.lineage import Content, contents, write_records
from jobs.runtime.night import Night
from jobs.settings import Settings, load_settings

Model = TypeVar("Model", bound=BaseModel)

FIXED_HEADER = "camera_id,captured_at,vrm,confidence,direction,lane"
CAMERAS_HEADER = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"
_NUMBERS = itertools.count()


def changed(settings: Model, key: str, value: object) -> Model:
    """Settings with one of their keys, named as in `quality.checks.camera_silent.severity`, set to a value."""
    name, _, rest = key.partition(".")
    assert name in type(settings).model_fields
    return settings.model_copy(update={name: changed(getattr(settings, name), rest, value) if rest else value})


def lake_settings(folder: Path, **more: str) -> Settings:
    """Settings of a lake below a folder; `STORAGE__LANDING=…` and the like put others in their place."""
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "token.key"}
    own = {f"STORAGE__{key}": str(folder / name) for key, name in places.items()}
    own |= {"CONTROL__SIGNING_KEY": str(folder / "control.key"), "CONTROL__HEADS": str(folder / "heads")}
    own |= {"CONTROL__SUPPRESSION_KEY": str(folder / "suppression.key")}
    return load_settings(environment={f"ANPRLAKE_{key}": value for key, value in (own | more).items()})


def land(night: Night, path: str, text: str) -> None:
    """A file in the landing folder."""
    file = Path(night.settings.storage.landing) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def register(*cameras: str) -> str:
    """The camera register with fixed cameras a kilometre or so from each other."""
    lines = (f"{name},fixed,54.9,{-1.6 + number / 50:.2f},A1,0,none,2024-01-01," for number, name in enumerate(cameras))
    return "\n".join([CAMERAS_HEADER, *lines, ""])


def feed(*rows: tuple[str, str], camera: str = "F001") -> str:
    """A file of the fixed feed: time (UTC, without its zone) and mark of each read of a camera."""
    return "\n".join([FIXED_HEADER, *(f"{camera},{at}Z,{vrm},0.9,towards,1" for at, vrm in rows), ""])


def sighting(day: date, **changes: object) -> dict[str, Any]:
    """A row of `sightings`."""
    texts = ("camera_id", "source_kind", "source_id", "vrm_raw", "vrm", "vrm_format", "vrm_rule", "file_id")
    return dict.fromkeys(texts, "x") | {
        "direction": "unknown", "sighting_id": f"{next(_NUMBERS):032x}",
        "captured_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        "capture_date": day, "process_date": day, "run_id": "r",
    } | changes  # fmt: skip


CHANGED = datetime(2026, 1, 1, tzinfo=UTC)


def feed_file(path: str, captured: date, **changes: object) -> dict[str, Any]:
    """A row of `feed_files`: a file without rows, with its path as its name."""
    counts = dict.fromkeys(("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined"), 0)
    return counts | {
        "file_id": path, "landed_path": path, "source_kind": "fixed", "arrived_on": captured, "bytes": 1,
        "reasons": {}, "schema_versions": {}, "needs": [], "paths": {path: CHANGED}, "sightings_version": 1,
        "process_date": captured, "run_id": "r", "capture_date": captured,
    } | changes  # fmt: skip


def stage(night: Night, *rows: Mapping[str, Any]) -> None:
    """Reads that lie staged, as `consolidate` leaves them; each day has a sighting more than before."""
    days = {row["capture_date"] for row in rows}
    night.store.append_rows(SIGHTINGS, [sighting(day) for day in days])
    night.store.replace_days(READS_STAGED, night.store.frame(READS_STAGED, list(rows)), days)
    lineage = night.lineage()
    files = lineage.files(READS_STAGED)
    inputs = {day: READS_UNIT.inputs(lineage, night.settings, day) for day in days}
    found = {day: Content(sum(row["capture_date"] == day for row in rows), "") for day in days}
    records = READS_UNIT.records(night.settings, READS_STAGED, inputs, found, files)
    write_records(night.store, list(records), night.stamp)


def publish(night: Night, *rows: Mapping[str, Any]) -> None:
    """Reads that are published, as `validate` leaves them, but for their tokens and profiles."""
    night.store.append_rows(READS, list(rows))
    lineage, found = night.lineage(), contents(night.store.read(READS), READS, "capture_date", night.token_key)
    inputs = {day: READS_UNIT.inputs(lineage, night.settings, day) for day in found}
    records = READS_UNIT.records(night.settings, READS, inputs, found, lineage.files(READS))
    write_records(night.store, list(records), night.stamp)


def staff(connection: Connection, today: date | None = None, until: date | None = None) -> None:
    """People who may decide: "1" is a grantor, "2" an analyst, "3" and "4" are authorisers."""
    today = today or datetime.now(UTC).date()
    until = until or today + timedelta(days=300)
    for number, role in zip("1234", (Role.GRANTOR, Role.ANALYST, Role.AUTHORISER, Role.AUTHORISER), strict=True):
        people.add(connection, Person(number, "inspector", role, until, today), None if number == "1" else "1", today)
