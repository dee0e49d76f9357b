"""What each camera gave on a day: reads by hour, how well they were read, and how far its clock is off."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.consolidate.passages import SOURCES
from jobs.lake.arrays import mixed, numbers, one_chunk, prefixes
from jobs.lake.data_files import DataFile, DataFiles
from jobs.lake.shuffle import packed, unpacked
from jobs.lake.store import Rows, Store
from jobs.lake.tables import Table
from jobs.quality.clocks import ClockLimits, clock_offsets
from jobs.settings import QualitySettings
from ocr.vrm import INCOMPLETE, UNRECOGNISED

_NO_FORMAT = pa.array([INCOMPLETE, UNRECOGNISED])
_COLUMNS = ("camera_id", "captured_at", "vrm", "vrm_format", "confidence", "source_kinds", "sources")
_HOURS, _HOUR_MS = 24, 3_600_000
_MILLIONTHS = 1_000_000
"""Confidences are added up as whole numbers, so that the sum does not depend on the order of rows."""
_BUCKETS = 1_000_000
_LIST = "|"


def profile_days(store: Store, table: Table, days: Collection[date], settings: QualitySettings) -> Rows:
    """The rows of `camera_days` but those of the night, by day and camera.

    Args:
        store: the lake.
        table: of reads, staged or published.
        days: days of capture.
        settings: how many reads the clocks are worked out on, and what they need.
    """
    files = store.files_of_days(table, days)
    rows_of = Counter[date]()
    for file in files:
        rows_of[file.day] += file.rows
    share_of = {day: sampled_share(rows, settings) for day, rows in rows_of.items()}
    profile = partial(_profile, store.data_files(table), share_of)
    counts, samples = defaultdict[date, list[pa.Table]](list), defaultdict[date, list[bytes]](list)
    for day, some, sample in store.each(files, profile):
        counts[day].append(some)
        samples[day].append(sample)
    profiles = []
    for day in sorted(counts):
        rows = fold_counts(day, pa.concat_tables(counts[day]))
        add_clocks(rows, unpacked(samples[day]), settings)
        profiles += rows
    return profiles


def sampled_share(reads: int, settings: QualitySettings) -> float:
    """The share of a day's vehicles on which its clocks are worked out; of few reads it is more than all."""
    return settings.clocks.sample_reads / max(reads, 1)


def _profile(source: DataFiles, share_of: Mapping[date, float], file: DataFile) -> tuple[date, pa.Table, bytes]:
    """What a data file has of each camera, and the reads of some vehicles."""
    rows = source.read(file, _COLUMNS)
    return file.day, count_reads(rows), packed(sample_vehicles(rows, share_of[file.day]))


_KEYS = ["camera_id", "hour", "source_kinds", "sources"]
_COUNTS = ["reads", "unrecognised", "sure", "confidence"]


def count_reads(reads: pa.Table) -> pa.Table:
    """Reads by camera, UTC hour and sources: reads, unrecognised, sure (that state a confidence), confidence."""
    confidence = pc.round(pc.multiply(one_chunk(reads, "confidence"), _MILLIONTHS)).cast(pa.int64())
    columns = {
        "camera_id": reads["camera_id"],
        "hour": pa.array(numbers(one_chunk(reads, "captured_at")) // _HOUR_MS % _HOURS),
        "source_kinds": pc.binary_join(one_chunk(reads, "source_kinds"), _LIST),
        "sources": pc.binary_join(one_chunk(reads, "sources"), _LIST),
        "reads": pa.repeat(1, reads.num_rows),
        "unrecognised": pc.is_in(reads["vrm_format"], _NO_FORMAT).cast(pa.int64()),
        "sure": pc.is_valid(confidence).cast(pa.int64()),
        "confidence": pc.fill_null(confidence, 0),
    }
    return _summed(pa.table(columns))


def _summed(counts: pa.Table) -> pa.Table:
    summed = counts.group_by(_KEYS).aggregate([(name, "sum") for name in _COUNTS])
    return summed.rename_columns({f"{name}_sum": name for name in _COUNTS})


def fold_counts(day: date, counts: pa.Table) -> Rows:
    """What `count_reads` gives of the files of a day as a row a camera, in order."""
    grouped = defaultdict[str, Rows](list)
    for row in _summed(counts).to_pylist():
        grouped[row["camera_id"]].append(row)
    return [_folded(day, camera, grouped[camera]) for camera in sorted(grouped)]


def _folded(day: date, camera_id: str, counts: Rows) -> dict[str, object]:
    hours, kinds, partners = [0] * _HOURS, Counter[str](), Counter[str]()
    for row in counts:
        hours[row["hour"]] += row["reads"]
        for source in row["sources"].split(_LIST):
            if source.startswith("partner:"):
                partners[source] += row["reads"]
        kinds[min(row["source_kinds"].split(_LIST), key=SOURCES.index)] += row["reads"]
    sure = sum(row["sure"] for row in counts)
    return {
        "camera_id": camera_id, "reads": sum(hours), "reads_by_hour": hours,
        "unrecognised": sum(row["unrecognised"] for row in counts),
        "mean_confidence": sum(row["confidence"] for row in counts) / sure / _MILLIONTHS if sure else None,
        "source_kinds": dict(sorted(kinds.items())),
        "partner_sources": dict(sorted(partners.items())), "capture_date": day,
    }  # fmt: skip


def sample_vehicles(reads: pa.Table, share: float) -> pa.Table:
    """All reads of about this share of the vehicles: vehicle (a number), camera_id, captured_at.

    Without mobile cameras, which have no road of their own, and without marks that name no one vehicle.
    """
    reads = reads.filter(pc.not_equal(reads["vrm_format"], INCOMPLETE))
    vehicle = prefixes(one_chunk(reads, "vrm"))  # marks of more than eight characters are few: some share a number
    # Equal marks are chosen together, and like ones are not.
    chosen = mixed(vehicle) % _BUCKETS < int(_BUCKETS * min(1.0, share))
    still = ~pc.match_substring(pc.binary_join(one_chunk(reads, "source_kinds"), _LIST), "mobile").to_numpy(False)
    rows = reads.select(["camera_id", "captured_at"]).append_column("vehicle", pa.array(vehicle.astype(np.int64)))
    return rows.filter(pa.array(chosen & still))


def add_clocks(rows: Rows, sample: pa.Table, settings: QualitySettings) -> None:
    """Fill the columns of the clock in a day's rows from what `sample_vehicles` gives."""
    cameras = pa.array([row["camera_id"] for row in rows], pa.string())
    camera = numbers(pc.index_in(one_chunk(sample, "camera_id"), value_set=cameras))
    vehicle, at_ms = numbers(one_chunk(sample, "vehicle")), numbers(one_chunk(sample, "captured_at"))
    clocks = clock_offsets(vehicle, camera, at_ms, len(rows), clock_limits(settings))
    for row, offset, error, pairs in zip(rows, clocks.offset_s, clocks.error_s, clocks.pairs, strict=True):
        known = bool(np.isfinite(offset))
        row["clock_offset_s"] = round(float(offset), 1) if known else None
        row["clock_error_s"] = round(float(error), 1) if known else None
        row["clock_pairs"] = int(pairs)


def clock_limits(settings: QualitySettings) -> ClockLimits:
    """What the settings ask of an estimate."""
    clocks = settings.clocks
    return ClockLimits(
        clocks.window_minutes * 60, clocks.min_way_pairs, clocks.min_pairs, clocks.asymmetry
    )  # fmt: skip
