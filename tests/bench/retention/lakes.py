"""Lakes of a force's size: a day's files are written once, and the other days have the same bytes under their names.

A purge reads no rows, so that hard links cost it what files of their own would.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from jobs.lake.data_files import NewFile
from jobs.lake.store import Store
from jobs.lake.tables import ANALYTIC_JOURNEYS, ANALYTIC_READS, JOURNEYS, READS, SIGHTINGS
from jobs.runtime.night import Night
from jobs.runtime.session import build_session
from tests.factories import changed, lake_settings

ROWS = 365_040
TABLES = (SIGHTINGS, READS, ANALYTIC_READS, JOURNEYS, ANALYTIC_JOURNEYS)
LAST = date(2026, 11, 20)
_LETTERS = np.array(list("ABCDEFGHJKLMNOPRSTUVWXY"))


def night_of(work: Path, as_of: date, store: Store | None = None) -> Night:
    """A run on a lake below a folder, whose purges nobody has to approve."""
    settings = changed(lake_settings(work), "retention.brake_share", 1.0)
    made = store or Store(lambda: build_session(settings, "bench"), settings.storage.root)
    return Night(made, settings, as_of, f"bench-{as_of}-{os.urandom(3).hex()}")


def fill(night: Night, days: Sequence[date], rows: int = ROWS) -> None:
    """Put so many rows of each table into each of the days."""
    assert night.token_key  # made while the lake has no tokens yet
    for table in TABLES:
        target = night.store.data_files(table)
        made = _rows(days[0], rows if "journeys" not in table.name else rows // 4, target.schema)
        (first,) = target.write(made)
        night.store.add_files(table, [first, *(_linked(target.folder, first, day) for day in days[1:])])


def _linked(folder: str, first: NewFile, day: date) -> NewFile:
    """The same file under the name of another day."""
    name = first.path.rpartition("/")[2]
    path = f"capture_date={day}/{day:%j}-{name}"
    place = Path(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.link(Path(folder, first.path), place)
    return replace(first, path=path, day=day, partition={"capture_date": str(day)})


def marks(count: int, seed: int) -> list[str]:
    """Marks of the current format."""
    draw = np.random.default_rng(seed)
    letters = _LETTERS[draw.integers(0, len(_LETTERS), (count, 5))]
    years = draw.integers(10, 76, count)
    return [f"{a}{b}{year}{c}{d}{e}" for (a, b, c, d, e), year in zip(letters, years, strict=True)]


def _rows(day: date, count: int, schema: pa.Schema) -> pa.Table:
    draw = np.random.default_rng(day.toordinal())
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    seconds = np.sort(draw.integers(0, 86_400, count)).tolist()
    at = pa.array([midnight + timedelta(seconds=one) for one in seconds], pa.timestamp("us", "UTC"))
    names = pa.array([draw.bytes(16).hex() for _ in range(count)])
    own = {
        "vrm": pa.array(marks(count, day.toordinal())), "captured_at": at, "started_at": at, "ended_at": at,
        "sighting_id": names, "read_id": names, "read_token": names, "vehicle_token": names, "journey_id": names,
        "journey_token": names, "sighting_ids": _lists(names), "read_ids": _lists(names),
        "camera_id": pa.array([f"F{number:03}" for number in draw.integers(0, 400, count)]),
    }  # fmt: skip
    columns = {}
    for field in schema:
        if field.name in own:
            columns[field.name] = own[field.name]
        elif field.name == "capture_date" or pa.types.is_date(field.type):
            columns[field.name] = pa.repeat(pa.scalar(day), count)
        elif pa.types.is_string(field.type):
            columns[field.name] = pa.repeat("x", count)
        elif pa.types.is_nested(field.type):
            empty = {} if pa.types.is_map(field.type) else []
            columns[field.name] = pa.array([empty] * count, field.type)
        elif not field.nullable:
            columns[field.name] = pa.repeat(1, count).cast(field.type)
    return pa.table(columns)


def _lists(names: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(names) + 1, dtype=np.int32)), names)


def days_before(last: date, count: int) -> list[date]:
    """So many days up to one."""
    return [last - timedelta(days=number) for number in reversed(range(count))]


def remove(work: Path) -> None:
    """Remove a lake."""
    shutil.rmtree(work, ignore_errors=True)
