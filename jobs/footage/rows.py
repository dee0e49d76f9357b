"""The rows that reading footage gives: one for each passage, and one for each file with what became of it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.lake.tables import SIGHTINGS

if TYPE_CHECKING:
    from ocr.passage import Passage

PASSAGE_FIELDS = (
    "vrm_raw", "vrm", "vrm_format", "vrm_rule", "vrm_candidates", "confidence", "looks", "direction", "flags",
    "first_frame", "last_frame", "best_frame", "box",
)  # fmt: skip
_PASSAGE_DDL = ", ".join(f"{c.name}: {c.type}" for c in SIGHTINGS.columns if c.name in PASSAGE_FIELDS)
RESULT_DDL = (
    "footage_id STRING, status STRING, reason STRING, frame_rate DOUBLE, width INT, height INT, frames BIGINT, "
    "duration_s DOUBLE, lost_seconds DOUBLE, passages INT, "
    f"passage STRUCT<time_s: DOUBLE, {_PASSAGE_DDL}, patch: BINARY, overview: BINARY>"
)
"""Rows of passages have `passage` alone; the row of the file, its last, all else."""
_ROWS_AT_ONCE = 16
"""A passage's pictures are some 100 kB: a long file's are never in memory together."""


def result_schema() -> pa.Schema:
    """RESULT_DDL for pyarrow."""
    candidate = pa.struct([("vrm", pa.string()), ("score", pa.float64()), ("rule", pa.string())])
    box = pa.struct([(side, pa.int32()) for side in ("x", "y", "w", "h")])
    types = {
        "vrm_candidates": pa.list_(candidate), "confidence": pa.float64(), "looks": pa.int32(),
        "flags": pa.list_(pa.string()), "first_frame": pa.int64(), "last_frame": pa.int64(),
        "best_frame": pa.int64(), "box": box,
    }  # fmt: skip
    ordered = [column.name for column in SIGHTINGS.columns if column.name in PASSAGE_FIELDS]
    passage = pa.struct(
        [("time_s", pa.float64()), *((name, types.get(name, pa.string())) for name in ordered),
         ("patch", pa.binary()), ("overview", pa.binary())]
    )  # fmt: skip
    return pa.schema(
        [("footage_id", pa.string()), ("status", pa.string()), ("reason", pa.string()), ("frame_rate", pa.float64()),
         ("width", pa.int32()), ("height", pa.int32()), ("frames", pa.int64()), ("duration_s", pa.float64()),
         ("lost_seconds", pa.float64()), ("passages", pa.int32()), ("passage", passage)]
    )  # fmt: skip


def batches(rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Rows of RESULT_DDL, a few at a time."""
    rows, schema = iter(rows), result_schema()
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield pa.RecordBatch.from_pylist(some, schema=schema)


def passage_row(passage: "Passage") -> dict[str, Any]:
    """The field `passage` of RESULT_DDL."""
    fields = {
        name: getattr(passage, name) for name in PASSAGE_FIELDS if name not in {"vrm_raw", "vrm_candidates", "box"}
    }
    return fields | {
        "vrm_raw": passage.raw_text,
        "vrm_candidates": [vars(candidate) for candidate in passage.candidates],
        "box": dict(zip("xywh", passage.box, strict=True)),
        "time_s": passage.time_s,
        "patch": passage.patch_jpeg,
        "overview": passage.overview_jpeg,
    }
