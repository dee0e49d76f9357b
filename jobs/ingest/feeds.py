"""Feed files to sightings: every row is stored, a duplicate, or quarantined with a reason.

A new format is one module like `formats/fixed.py` with a parse function, and one line in `formats/kinds.py`.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.domain.terms import PICTURES
from jobs.ingest.deduplication import Deduplicated, Deduplication, by_task, capture_days, groups, held_by_task
from jobs.ingest.landing import LandedFile
from jobs.ingest.manifest import Manifest
from jobs.ingest.rules import Limits
from jobs.ingest.sightings import sighting_ids
from jobs.ingest.typed_rows import feed_limits, typed_rows
from jobs.lake.arrays import Ints, numbers, one_chunk
from jobs.lake.data_files import NewFile
from jobs.lake.shuffle import (
    ForTask,
    Tasks,
    each_table,
    gathered,
    persisted,
    plan_tasks,
    rows_of_items,
    told,
    told_by_task,
)
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERAS, FEED_FILES, PLATE_IMAGES, QUARANTINE, SIGHTINGS
from jobs.quality.gate import check
from jobs.runtime.night import Night, RunSummary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

log = logging.getLogger(__name__)

_BYTES_A_ROW = 256
"""A picture weighs as many rows in a task."""
_BYTES_A_TABLE = 4 << 20
"""What is packed together at least, from however many small files; with pictures much fewer rows."""


def ingest_feeds(night: Night) -> RunSummary:
    """Take in every feed file that arrived by the night, was not taken in before, or lacked what is there by now."""
    known = Manifest(night)
    found, waited = known.arrivals, known.no_longer_waiting()
    files = [*found.new, *waited]
    for file in found.again:  # its name is the sender's: it may be a mark
        log.warning("file %s was sent again to %s/%s", file.sha256[:12], file.arrived_on, file.source)
    if not files:
        known.add_paths(found.again)
        return RunSummary(tables=(FEED_FILES,), notes=_notes(found.again, waited))
    with persisted(_received(night, files)) as received:
        weight = _sum(told(received))
        deduplicated = _deduplicated(night, files, received, weight)
    _store(night, deduplicated, {file.sha256 for file in files})
    manifest = known.write(files, found.again, weight.rows_of_file, deduplicated)
    return _summary(manifest, _notes(found.again, waited))


def new_feed_files(night: Night) -> list[LandedFile]:
    """Feed files that a night would read: those that are new, and those that lacked what is there by now."""
    known = Manifest(night)
    return [*known.arrivals.new, *known.no_longer_waiting()]


def _notes(again: Sequence[LandedFile], waited: Sequence[LandedFile]) -> dict[str, int]:
    """What is told beside the counts of rows, where there is any."""
    counts = {"files_sent_again": len(again), "files_read_again": len(waited)}
    return {name: count for name, count in counts.items() if count}


# What comes in.


@dataclass(frozen=True)
class Weighed:
    """How many rows are of each file, by its number, and what each group of them weighs."""

    rows_of_file: Counter[int]
    weight_of_group: Counter[int]


def _received(night: Night, files: list[LandedFile]) -> "DataFrame":
    """Every row of the files, with `Weighed` told of each table."""
    of_task = _balanced([file.bytes for file in files], min(len(files), night.store.parallelism))
    read = _reader(night, [(file.path, file.source, file.arrived_on) for file in files], _limits(night, files))
    return rows_of_items(night.store.spark, of_task, read)


def _sum(weights: Iterable[Weighed]) -> Weighed:
    total = Weighed(Counter(), Counter())
    for one in weights:
        total.rows_of_file.update(one.rows_of_file)
        total.weight_of_group.update(one.weight_of_group)
    return total


def _balanced(sizes: list[int], tasks: int) -> list[list[int]]:
    """Numbers of files in so many groups of about equal size."""
    groups: list[list[int]] = [[] for _ in range(tasks)]
    loads = [0] * tasks
    for number in sorted(range(len(sizes)), key=lambda one: -sizes[one]):
        lightest = loads.index(min(loads))
        groups[lightest].append(number)
        loads[lightest] += sizes[number] + 1
    return groups


def _limits(night: Night, files: list[LandedFile]) -> dict[tuple[str, date], Limits]:
    """What rows are held against, by feed and day of arrival."""
    cameras = night.store.rows(CAMERAS)
    return {
        (kind, day): feed_limits(night.settings, kind, cameras, day, night.process_date, night.suppressed)
        for kind, day in {(file.source, file.arrived_on) for file in files}
    }


def _reader(
    night: Night, files: list[tuple[str, str, date]], limits: dict[tuple[str, date], Limits]
) -> Callable[[list[int]], Iterator[ForTask]]:
    """What an executor does: from numbers of files to their rows, some thousands at a time."""
    landing, ingest = night.settings.storage.landing, night.settings.ingest

    def rows_of(numbers_of_files: list[int]) -> Iterator[pa.Table]:
        for number in numbers_of_files:
            path, kind, arrived_on = files[number]
            for some in typed_rows(landing, path, kind, limits[kind, arrived_on], arrived_on, ingest):
                rows = some.append_column("file_no", pa.repeat(pa.scalar(number, pa.int32()), some.num_rows))
                rows = rows.append_column("source_kind", pa.repeat(kind, rows.num_rows))
                yield rows.append_column("sighting_id", sighting_ids(rows))

    def read(numbers_of_files: list[int]) -> Iterator[ForTask]:
        parts: list[pa.Table] = []
        for rows in rows_of(numbers_of_files):
            parts.append(rows)
            if sum(some.nbytes for some in parts) >= _BYTES_A_TABLE:
                yield ForTask(0, rows := pa.concat_tables(parts), _weighed(rows))
                parts = []
        if parts:
            yield ForTask(0, rows := pa.concat_tables(parts), _weighed(rows))

    return read


def _weighed(rows: pa.Table) -> Weighed:
    of_row = groups(rows)
    bytes_of_row = sum(pc.binary_length(one_chunk(rows, name)).fill_null(0).to_numpy() for name in PICTURES)
    found, of_group, count = np.unique(of_row, return_inverse=True, return_counts=True)
    weights = count + np.bincount(of_group, bytes_of_row).astype(np.int64) // _BYTES_A_ROW
    files = np.unique(numbers(one_chunk(rows, "file_no")), return_counts=True)
    return Weighed(_counter(*files), _counter(found, weights))


def _counter(keys: Ints, counts: Ints) -> Counter[int]:
    return Counter(dict(zip(keys.tolist(), counts.tolist(), strict=True)))


# What came of each row.


def _deduplicated(night: Night, files: list[LandedFile], received: "DataFrame", weight: Weighed) -> Deduplicated:
    """What came of all rows: those of a day, or of some hours of a camera on a large one, meet in one task."""
    plan = plan_tasks(weight.weight_of_group)
    rows = gathered(
        plan.count, each_table(received, lambda rows: by_task(rows, plan)), _held(night, weight, plan)
    )  # fmt: skip
    deduplication = Deduplication(
        [(file.sha256, file.path) for file in files],
        {table.name: night.store.data_files(table) for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE)},
        night.stamp,
    )
    return sum(told_by_task(rows, deduplication), Deduplicated())


def _held(night: Night, arrived: Weighed, plan: Tasks) -> "DataFrame":
    """The sightings that the table holds already of the days that came, on their way to the same tasks."""
    source = night.store.data_files(SIGHTINGS)
    files = night.store.files_of_days(SIGHTINGS, capture_days(arrived.weight_of_group))
    return rows_of_items(night.store.spark, files, lambda file: held_by_task(source, file, plan))


# What goes out.


def _store(night: Night, deduplicated: Deduplicated, names: Collection[str]) -> None:
    """Commit the files once all passed the gate: sightings first, so that a killed run can be told by them.

    What was rejected of the same content before goes, before what is rejected now is added: it is read again, or the
    run before was killed, or the manifest has forgotten it since. Killed in between, the content is read once more.

    Args:
        night: this one.
        deduplicated: what came of all rows.
        names: of the contents that were read.
    """
    files = {table: deduplicated.files.get(table.name, []) for table in (SIGHTINGS, PLATE_IMAGES, QUARANTINE)}
    for table, new in files.items():
        if new:
            check(night, table, night.store.read_files(table, new), count=sum(file.rows for file in new))
    night.store.add_files(SIGHTINGS, files[SIGHTINGS])
    _add_images(night, files[PLATE_IMAGES], may_be_held=deduplicated.rows("stored") > 0)
    night.store.delete_rows(QUARANTINE, "file_id", names)
    night.store.add_files(QUARANTINE, files[QUARANTINE])


def _add_images(night: Night, files: list[NewFile], *, may_be_held: bool) -> None:
    """Commit pictures; where a killed run may have committed the same, only those that the table lacks."""
    if may_be_held and files:
        images = night.store.read_files(PLATE_IMAGES, files)
        night.store.append_new(PLATE_IMAGES, images, {file.day for file in files})
        night.store.discard(PLATE_IMAGES, files)
    else:
        night.store.add_files(PLATE_IMAGES, files)


def _summary(manifest: Rows, notes: dict[str, int]) -> RunSummary:
    names = ("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined")
    sums = {name: sum(row[name] for row in manifest) for name in names}
    return RunSummary(
        files=len(manifest), **sums, tables=(SIGHTINGS, PLATE_IMAGES, QUARANTINE, FEED_FILES), notes=notes
    )
