"""Feed files to sightings: every row is stored, a duplicate, or quarantined with a reason.

A new format is one module like `fixed.py` with a parse function, and one line in `FEEDS`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyspark.sql.functions as F
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.ingest import fixed, mobile, partner
from jobs.ingest.landing import LandedFile, list_landed, not_taken_in
from jobs.ingest.lines import landed_lines
from jobs.ingest.pictures import pictures
from jobs.ingest.register import Register
from jobs.ingest.rules import TYPED, Limits, judged
from jobs.ingest.sightings import sighting_id, with_empty_columns
from jobs.lake.store import Rows
from jobs.lake.tables import CAMERAS, CANDIDATES, FEED_FILES, PLATE_IMAGES, QUARANTINE, SIGHTINGS, Table
from jobs.night import Night, NumbersDoNotAddUpError, RunSummary
from jobs.quality.gate import check
from jobs.side_by_side import side_by_side

Parse = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Feed:
    """A kind of source: how its lines are parsed and what its rows must have.

    Attributes:
        versions: parse function by the header line that tells the schema's version; by "" where there is no header.
        long_lines: a line is a message of many rows with pictures.
        needs_camera: the camera must be in the register, and in use on the day.
        needs_position: latitude and longitude must be given.
        needs_licence: the source must be a partner of `conf/partners.yaml` whose licence is in force.
    """

    versions: dict[str, Parse]
    long_lines: bool = False
    needs_camera: bool = False
    needs_position: bool = False
    needs_licence: bool = False


FEEDS: dict[str, Feed] = {
    "fixed": Feed(
        {fixed.HEADER: fixed.parse_fixed, fixed.LOCAL_HEADER: fixed.parse_fixed_local}, needs_camera=True,
    ),
    "mobile": Feed({"": mobile.parse_mobile}, needs_camera=True, needs_position=True),
    "partner": Feed({"": partner.parse_partner}, long_lines=True, needs_position=True, needs_licence=True),
}  # fmt: skip
"""Feeds by the name of their landing folder."""

_ROW = ("file_no", "line_no", "record_no")
_PLACE = ("file_id", "line_no", "record_no")
_NATURAL_KEY = ("capture_date", "camera_id", "captured_at", "source_kind", "source_id", "vrm_raw")
_BYTES_A_TASK = 24 << 20
_FEW = 2_000_000
"""Keys that fit into every executor's memory."""


def ingest_feeds(night: Night) -> RunSummary:
    """Take in every feed file that arrived by the night and was not taken in before."""
    files = new_feed_files(night)
    if not files:
        return RunSummary(tables=(FEED_FILES,))
    ranked = _ranked(night, files).persist(StorageLevel.MEMORY_AND_DISK)
    known = _known(night, ranked).persist()
    rows = _with_outcomes(ranked.join(F.broadcast(_catalogue(night, files)), "file_no"), known)
    counts = _count(rows)
    side_by_side(partial(_store_sightings, night, rows, counts), partial(_store_quarantine, night, rows, counts))
    manifest = _manifest(night, files, counts)
    known.unpersist()
    ranked.unpersist()
    return _summary(manifest)


def new_feed_files(night: Night) -> list[LandedFile]:
    """Feed files that arrived by the night and are not in the manifest."""
    landing = night.settings.storage.landing
    return not_taken_in(night.store, landing, list_landed(landing, night.process_date, list(FEEDS)), FEED_FILES)


# What comes in.


def _ranked(night: Night, files: list[LandedFile]) -> DataFrame:
    """Every row received, typed and judged; `copy` is 1 for the first of rows with the same natural key.

    Rows lie together by camera and hour, in order of time: so equal ones meet, and the files that are written of them
    compress well.
    """
    spark, sizes = night.store.spark, [file.bytes for file in files]
    tasks = min(len(files), spark.sparkContext.defaultParallelism)
    groups = [(numbers,) for numbers in _balanced(sizes, tasks)]
    paths = [(file.path, file.source, file.arrived_on) for file in files]
    read = _reader(night.settings.storage.landing, paths, _limits(night, files), night)
    schema = from_arrow_schema(
        pa.schema([pa.field("file_no", pa.int32()), pa.field("source_kind", pa.string()), *TYPED])
    )
    typed = spark.createDataFrame(groups, "numbers ARRAY<INT>").coalesce(1).repartition(tasks).mapInArrow(read, schema)
    is_good = F.col("reason").isNull()
    hour = F.date_trunc("hour", "captured_at")
    spread = F.when(is_good, F.xxhash64("camera_id", hour)).otherwise(F.xxhash64(*_ROW))
    rows = typed.withColumn("spread", spread)
    first = Window.partitionBy("spread", *_NATURAL_KEY).orderBy(*_ROW)
    partitions = max(1, -(-sum(sizes) // _BYTES_A_TASK))
    name = sighting_id("source_kind", "source_id", "camera_id", F.unix_millis("captured_at"), "vrm_raw")
    return (
        rows.repartition(partitions, "spread")
        .withColumns({"copy": F.row_number().over(first), "sighting_id": F.when(is_good, name)})
        .drop("spread")
    )


def _catalogue(night: Night, files: list[LandedFile]) -> DataFrame:
    """The files by their numbers: what is long and the same in all rows of a file joins them late."""
    rows = [(number, file.sha256, file.path) for number, file in enumerate(files)]
    return night.store.spark.createDataFrame(rows, "file_no INT, file_id STRING, landed_path STRING")


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
    settings, cameras = night.settings, night.store.rows(CAMERAS)
    oldest = night.process_date - timedelta(days=settings.retention.limits.reads_days)
    registers = {kind: Register(row for row in cameras if row["kind"] == kind) for kind in FEEDS}
    return {
        (kind, day): Limits(
            register=registers[kind],
            partners=settings.partners_on(day) if FEEDS[kind].needs_licence else None,
            needs_camera=FEEDS[kind].needs_camera,
            needs_position=FEEDS[kind].needs_position,
            max_vrm_chars=settings.ingest.max_vrm_chars,
            oldest=oldest,
            payload_chars=settings.ingest.payload_chars,
            max_image_pixels=settings.ingest.max_image_pixels,
            max_move_m=settings.ingest.max_camera_move_m,
        )
        for kind, day in {(file.source, file.arrived_on) for file in files}
    }


def _reader(
    landing: str, files: list[tuple[str, str, date]], limits: dict[tuple[str, date], Limits], night: Night
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What an executor does: from numbers of files to their rows."""
    ingest = night.settings.ingest
    max_line, max_message, max_file = ingest.max_line_bytes, ingest.max_message_bytes, ingest.max_file_bytes

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number in (number for batch in batches for group in batch.to_pydict()["numbers"] for number in group):
            path, kind, arrived_on = files[number]
            feed = FEEDS[kind]
            headers = [header for header in feed.versions if header]
            longest = max_message if feed.long_lines else max_line
            for header, lines in landed_lines(landing, path, headers, longest, max_file):
                parse = feed.versions.get(header or "") or next(iter(feed.versions.values()))
                rows = judged(parse(lines), limits[kind, arrived_on], arrived_on)
                whose = (pa.repeat(pa.scalar(number, pa.int32()), rows.num_rows), pa.repeat(kind, rows.num_rows))
                rows = rows.add_column(0, "source_kind", whose[1]).add_column(0, "file_no", whose[0])
                yield from rows.combine_chunks().to_batches()

    return read


# What came of each row.


def _known(night: Night, ranked: DataFrame) -> DataFrame:
    """Which of the rows the table holds already: sighting_id, and the file, line and record that brought it."""
    good = ranked.where("reason IS NULL")
    rows_of = {row.capture_date: row["count"] for row in good.groupBy("capture_date").count().collect()}
    held = night.store.rows_by_day(SIGHTINGS)
    again = [day for day in rows_of if held.get(day)]
    incoming = good.where(F.col("capture_date").isin(again) & (F.col("copy") == 1)).select("sighting_id")
    if sum(rows_of[day] for day in again) < _FEW:
        incoming = F.broadcast(incoming)
    table = night.store.read_days(SIGHTINGS, again).join(incoming, "sighting_id", "left_semi")
    return table.select("sighting_id", *(F.col(name).alias(f"held_{name}") for name in _PLACE))


def _with_outcomes(ranked: DataFrame, known: DataFrame) -> DataFrame:
    """Rows with `outcome`: new, stored (as this very row, by a run that was killed), duplicate or quarantined."""
    is_known, is_own = F.col("held_file_id").isNotNull(), F.lit(True)
    for name in _PLACE:
        is_own = is_own & F.col(name).eqNullSafe(F.col(f"held_{name}"))
    outcome = (
        F.when(F.col("reason").isNotNull(), "quarantined")
        .when(F.col("copy") > 1, "duplicate")
        .when(is_known & is_own, "stored")
        .when(is_known, "duplicate")
        .otherwise("new")
    )
    rows = ranked.join(known, "sighting_id", "left").withColumn("outcome", outcome)
    return rows.drop(*(f"held_{name}" for name in _PLACE))


def _count(rows: DataFrame) -> Rows:
    """Rows by file, outcome, reason, schema version and day of capture."""
    groups = rows.groupBy("file_no", "outcome", "reason", "schema_version", "capture_date").count()
    return [row.asDict() for row in groups.collect()]


# What goes out.


def _store_sightings(night: Night, rows: DataFrame, counts: Rows) -> None:
    new = _rows_by_day(counts, "new")
    if not new:
        return
    known = {
        "vrm_rule": F.lit("as_received"),
        "vrm_candidates": F.array().cast(CANDIDATES),
        "flags": F.array().cast("array<string>"),
    }
    sightings = with_empty_columns(night.stamped(rows.where("outcome = 'new'")).withColumns(known))
    check(night, SIGHTINGS, sightings, count=new.total())
    side_by_side(
        partial(night.store.append, SIGHTINGS, sightings, new),
        partial(night.store.append_new, PLATE_IMAGES, pictures(sightings), list(new)),
    )


def _rows_by_day(counts: Rows, outcome: str) -> Counter[date]:
    found: Counter[date] = Counter()
    for row in counts:
        if row["outcome"] == outcome:
            found[row["capture_date"]] += row["count"]
    return found


def _store_quarantine(night: Night, rows: DataFrame, counts: Rows) -> None:
    days = _rows_by_day(counts, "quarantined")
    if days:
        night.store.append_new(QUARANTINE, night.stamped(rows.where("reason IS NOT NULL")), list(days))


def _manifest(night: Night, files: list[LandedFile], counts: Rows) -> Rows:
    """What came of every file, proved against the tables: a row that is in none of them fails the job."""
    by_file: dict[int, Rows] = defaultdict(list)
    for row in counts:
        by_file[row["file_no"]].append(row)
    held = {table: _held(night, table, counts) for table in (SIGHTINGS, QUARANTINE)}
    version = night.store.version(SIGHTINGS)
    manifest = []
    for number, file in enumerate(files):
        row = _manifest_row(night, file, by_file[number]) | {"sightings_version": version}
        row["rows_stored"] = held[SIGHTINGS][file.sha256]
        row["rows_quarantined"] = held[QUARANTINE][file.sha256]
        if row["rows_received"] != row["rows_stored"] + row["rows_duplicate"] + row["rows_quarantined"]:
            raise NumbersDoNotAddUpError(
                f"feed file {row['file_id'][:12]}: received {row['rows_received']}, stored {row['rows_stored']}, "
                f"duplicate {row['rows_duplicate']}, quarantined {row['rows_quarantined']}"
            )
        manifest.append(row)
    night.store.append_new_rows(FEED_FILES, manifest)
    return manifest


def _held(night: Night, table: Table, counts: Rows) -> Counter[str]:
    """Rows of each file that the table holds, on the days to which these rows belong."""
    days = {row["capture_date"] for row in counts if (row["outcome"] == "quarantined") == (table is QUARANTINE)}
    groups = night.store.read_days(table, days).groupBy("file_id").count()
    return Counter({row.file_id: row["count"] for row in groups.collect()})


def _manifest_row(night: Night, file: LandedFile, counts: Rows) -> dict[str, Any]:
    """A file's row without what the tables tell."""
    by: dict[str, Counter[Any]] = {name: Counter() for name in ("outcome", "reason", "schema_version")}
    for row in counts:
        for name, found in by.items():
            found[row[name]] += row["count"]
    del by["reason"][None]
    return {
        "file_id": file.sha256, "landed_path": file.path, "source_kind": file.source, "arrived_on": file.arrived_on,
        "bytes": file.bytes, "process_date": night.process_date, "run_id": night.run_id,
        "rows_received": by["outcome"].total(), "rows_duplicate": by["outcome"]["duplicate"],
        "reasons": dict(by["reason"]), "schema_versions": dict(by["schema_version"]),
        "capture_days": sorted({row["capture_date"] for row in counts if row["reason"] is None}),
        "capture_date": min((row["capture_date"] for row in counts), default=file.arrived_on),
    }  # fmt: skip


def _summary(manifest: Rows) -> RunSummary:
    names = ("rows_received", "rows_stored", "rows_duplicate", "rows_quarantined")
    sums = {name: sum(row[name] for row in manifest) for name in names}
    return RunSummary(files=len(manifest), **sums, tables=(SIGHTINGS, PLATE_IMAGES, QUARANTINE, FEED_FILES))
