"""Near duplicates on simulated truth: passages wrongly made one, and passages left as two."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.consolidate.passages import COLUMNS, cameras_of_near_vrms, near_vrms, passages_to_reads, vrms_seen
from jobs.settings import load_settings
from jobs.simulate.options import SimulationOptions
from jobs.simulate.reports import misread_text, report
from jobs.simulate.world import build_world
from ocr.vrm import classify
from tests.bench.figures import Figure, Report

_DAY = date(2026, 11, 20)
_SEED = 4711
_TWINS = 2_000
"""Passages with a second vehicle close behind whose mark, of the same format, differs in one confusable character:
chance brings hardly any, a fleet's consecutive marks do."""
_TWICE = 0.05
"""Share of passages that their camera reads twice, once in three of them wrongly."""


@dataclass(frozen=True)
class Counts:
    """What became of true passages: `near` have sightings with different marks."""

    passages: int
    reads: int
    merged: int
    near: int
    missed: int


def near_duplicates(_: Path, result: Report) -> None:
    """A force's day of the simulation, with cameras that read twice and like marks nose to tail."""
    settings = load_settings()
    sightings = _sightings()
    found = _count(_reads(sightings, timedelta(seconds=settings.consolidate.passage_gap_seconds)), sightings)
    wrong, missed = found.merged / found.reads, found.missed / found.near
    result.figures += [
        Figure(
            f"near duplicates: reads that hold two vehicles, of {found.reads:,}",
            f"{found.merged} ({wrong:.3%})", reach="at most 0.1%", reached=wrong <= 0.001,
        ),
        Figure(
            f"near duplicates: passages left as two reads or more, of {found.near:,} with different marks",
            f"{found.missed} ({missed:.2%})", reach="at most 2%", reached=missed <= 0.02,
        ),
    ]  # fmt: skip
    result.remarks.append(
        f"near duplicates: {found.passages:,} passages of simulation seed {_SEED}, {_TWINS:,} of them with a like mark "
        f"1 to 4 s behind, {_TWICE:.0%} read twice by their camera; misreads take one character for a usual other"
    )


def _sightings() -> pd.DataFrame:
    """Sightings with the true passage of each, in `passage`."""
    options = SimulationOptions(
        last_day=_DAY, seed=_SEED, days=1, fixed_cameras=80, mobile_units=4, partner_cameras=8, reads_per_day=360_000,
        clips=0, clones=0, bad_footage=False, convoys=0,
    )  # fmt: skip
    world = build_world(options)
    random = np.random.default_rng(_SEED)
    passages = world.passages
    vrm = world.vehicle_vrm[passages.vehicle]
    rows = report(passages, vrm, world.cameras, options)
    kind = world.cameras.kind[passages.camera[rows.passage]]
    frame = pd.DataFrame(
        {
            "passage": rows.passage, "vehicle": passages.vehicle[rows.passage],
            "camera_id": world.cameras.camera_id[passages.camera[rows.passage]],
            "at_ms": rows.at_ms, "raw": rows.raw, "confidence": rows.confidence, "source_kind": kind,
            "source_id": rows.feed, "original": rows.original,
        }
    )  # fmt: skip
    frame = frame[frame.original == np.arange(len(frame))].drop(columns="original")
    again = frame.sample(frac=_TWICE, random_state=_SEED).copy()
    again["at_ms"] += random.integers(200, 2_000, len(again))
    wrong = random.random(len(again)) < 1 / 3
    again.loc[wrong, "raw"] = [misread_text(vrm, random) for vrm in vrm[again.passage[wrong]]]
    followers = _followers(frame, vrm, random)
    frame = pd.concat([frame, again, followers], ignore_index=True)
    frame["vrm"] = frame.raw.str.upper().str.replace("[^A-Z0-9]", "", regex=True)
    frame["sighting_id"] = [f"{number:032x}" for number in range(len(frame))]
    return frame


def _followers(frame: pd.DataFrame, vrm: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """A second vehicle behind the first at all cameras that see it that day, with a like mark of its own."""
    of_vehicle = frame.groupby("vehicle").indices
    seen = frame.groupby("vehicle").passage.nunique()
    rows, passages = [], 0
    for vehicle in random.permutation(seen[seen > 1].index):
        if passages >= _TWINS:
            break
        mine = frame.iloc[of_vehicle[vehicle]].copy()
        mine["at_ms"] += random.integers(1_000, 4_000)
        mine["raw"] = _like(str(vrm[mine.passage.iloc[0]]), random)
        mine["passage"] += len(vrm)
        mine["vehicle"] = -1 - vehicle
        rows.append(mine)
        passages += seen[vehicle]
    return pd.concat(rows)


def _like(vrm: str, random: np.random.Generator) -> str:
    """A mark of the same format that differs in one confusable character, where there is one."""
    others = [misread_text(vrm, random) for _ in range(20)]
    return next((other for other in others if classify(other) == classify(vrm)), others[0])


def _reads(rows: pd.DataFrame, gap: timedelta) -> list[list[str]]:
    """The sightings of each read, as consolidation finds them."""
    at = pd.to_datetime(rows.at_ms, unit="ms", utc=True)
    frame = rows.assign(captured_at=at, capture_date=at.dt.date, direction="unknown")
    columns = {name: pa.array(frame[name]) for name in COLUMNS if name not in {"flags", "latitude", "longitude"}}
    columns |= {name: pa.nulls(len(frame), pa.float64()) for name in ("latitude", "longitude")}
    columns["flags"] = pa.array([[]] * len(frame), pa.list_(pa.string()))
    sightings = pa.table({name: columns[name] for name in COLUMNS})
    cameras = cameras_of_near_vrms([near_vrms(vrms_seen(sightings, gap))])
    found: list[list[str]] = passages_to_reads(sightings, gap, cameras)["sighting_ids"].to_pylist()
    return found


def _count(found: list[list[str]], rows: pd.DataFrame) -> Counts:
    passage = dict(zip(rows.sighting_id, rows.passage, strict=True))
    vehicle = dict(zip(rows.sighting_id, rows.vehicle, strict=True))
    of_read = [{passage[name] for name in names} for names in found]
    merged = sum(len({vehicle[name] for name in names}) > 1 for names in found)
    parts = Counter(one for several in of_read for one in several)
    vrms = rows.groupby("passage").vrm.nunique()
    near = vrms[vrms > 1].index
    return Counts(
        rows.passage.nunique(), len(found), merged, len(near),
        sum(parts[one] > 1 for one in near),
    )  # fmt: skip
