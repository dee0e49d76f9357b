"""What is true of a simulation, as JSON Lines files under the truth folder.

| file | one line for each | keys |
|---|---|---|
| `passages.jsonl` | passage of a vehicle past a camera | `passage_id`, `vehicle_id`, `vrm`, `camera_id`, `captured_at` (UTC, ms), `direction`, `lane`, `trip_id`, `reported_by`, `misread_by` (lists of `fixed:G01`, `mobile:MOB01`, `partner:NORLAND`, `footage:<file>`) |
| `footage_passages.jsonl` | passage shown in a clip | `path`, `passage_id`, `vrm`, `camera_id`, `first_at`, `last_at`, `first_frame`, `last_frame`, `looks`, `direction`, `lane`, `plate_px` (least and greatest width), `two_lines`, `night`, `slant_deg`, `blur_px` |
| `footage_files.jsonl` | video file | `path`, `camera_id`, `frames`, `reason` (null for good footage, else empty, no_video, truncated, no_sidecar, camera_unknown, start_in_future) |
| `feed_files.jsonl` | feed file | `path`, `source_kind`, `received`, `accepted` (stored or duplicate), `quarantined` (counts by reason) |
| `convoys.jsonl` | convoy | `convoy_id`, `vehicle_ids`, `vrms`, `days`, `camera_ids`, `passage_ids` |
| `clones.jsonl` | cloned mark | `vrm`, `vehicle_ids` (genuine, copy), `episodes` (pairs of passage ids that no vehicle could connect) |
| `hotlist.jsonl` | entry | `vrm` (may hold ? and *), `purpose`, `valid_from`, `weed_date` (last day that it holds), `hits` (passage ids) |

Paths are relative to the landing folder. `summary.json` is the summary that `simulate` returns. A passage of
a fixed camera that no feed reported and no clip shows is true all the same: nothing can find it.
"""  # noqa: E501 - a table's rows do not wrap

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from jobs.simulate.cameras import Cameras
from jobs.simulate.reports import Reports
from jobs.simulate.roads import IntArray
from jobs.simulate.traffic import Passages
from jobs.simulate.vehicles import StrArray


def write_jsonl(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """Write one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def utc_text(at_ms: IntArray) -> StrArray:
    """Times in ISO 8601, UTC with milliseconds and Z."""
    return np.char.add(np.datetime_as_string(at_ms.astype("datetime64[ms]"), unit="ms"), "Z")


def passage_ids(index: IntArray) -> list[str]:
    """Identifiers of passages by their place in the order of time."""
    return [f"P{number:09d}" for number in index.tolist()]


def vehicle_ids(index: Sequence[int]) -> list[str]:
    """Identifiers of vehicles by their index."""
    return [f"V{number:07d}" for number in index]


def write_passages(
    path: Path,
    passages: Passages,
    vrm: StrArray,
    cameras: Cameras,
    rows: Reports,
    shown_in: dict[int, str],
) -> None:
    """Write `passages.jsonl`; `shown_in` maps a passage's index to the footage file that shows it."""
    reported, misread = _reporters(len(passages), cameras, passages, rows)
    for index, file in shown_in.items():
        reported[index].append(f"footage:{file}")
    columns = (
        passages.vehicle.tolist(),
        vrm.tolist(),
        cameras.camera_id[passages.camera].tolist(),
        utc_text(passages.at_ms).tolist(),
        np.where(passages.towards, "towards", "away").tolist(),
        passages.lane.tolist(),
        passages.trip.tolist(),
        reported,
        misread,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Formatted by hand: json.dumps of 360,000 rows takes several times as long.
    lines = [
        f'{{"passage_id": "P{n:09d}", "vehicle_id": "V{v:07d}", "vrm": "{vrm}", "camera_id": "{camera}",'
        f' "captured_at": "{at}", "direction": "{way}", "lane": {lane}, "trip_id": {trip},'
        f' "reported_by": {_names(by)}, "misread_by": {_names(wrong)}}}\n'
        for n, (v, vrm, camera, at, way, lane, trip, by, wrong) in enumerate(zip(*columns, strict=True))
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _names(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _reporters(
    count: int, cameras: Cameras, passages: Passages, rows: Reports
) -> tuple[list[list[str]], list[list[str]]]:
    """Names of the feeds that report each passage, and of those that misread it."""
    reported: list[list[str]] = [[] for _ in range(count)]
    misread: list[list[str]] = [[] for _ in range(count)]
    first = np.flatnonzero(rows.original == np.arange(len(rows)))
    kind = cameras.kind[passages.camera[rows.passage[first]]]
    names = np.char.add(np.char.add(kind, ":"), rows.feed[first])
    entries = zip(rows.passage[first].tolist(), names.tolist(), rows.misread[first].tolist(), strict=True)
    for passage, name, wrong in entries:
        reported[passage].append(name)
        if wrong:
            misread[passage].append(name)
    return reported, misread
