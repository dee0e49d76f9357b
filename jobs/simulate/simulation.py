"""Runs a simulation: draws the world, renders footage, writes the landing folder and the truth."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from jobs.simulate.bad_footage import BadFootage, write_bad_footage
from jobs.simulate.cameras import HEADER, camera_rows, site_places
from jobs.simulate.footage import FootagePassage, render_clip
from jobs.simulate.hotlist import Entry, draw_hotlist, hotlist_files, true_hits
from jobs.simulate.landing import FeedFile, write_feeds, write_lines
from jobs.simulate.options import SimulationOptions
from jobs.simulate.reports import Reports, report
from jobs.simulate.roads import IntArray
from jobs.simulate.truth import passage_ids, vehicle_ids, write_jsonl, write_passages
from jobs.simulate.vehicles import StrArray
from jobs.simulate.world import World, build_world, clone_episodes, passage_in_clip, settle_times


@dataclass(frozen=True)
class SimulationSummary:
    """Counts of what was written.

    `rows_received` counts rows of feeds, of which `rows_quarantined` break a rule and `rows_repeated` are
    sent again; `passages_reported` counts passages that at least one feed reports or one clip shows.
    """

    cameras: int
    vehicles: int
    passages: int
    passages_reported: int
    feed_files: int
    rows_received: int
    rows_repeated: int
    rows_quarantined: int
    footage_files: int
    footage_refused: int
    footage_passages: int
    convoys: int
    clones: int
    hotlist_entries: int
    hotlist_hits: int


def simulate(landing: Path, truth: Path, options: SimulationOptions) -> SimulationSummary:
    """Write a landing folder and what is true of it; the same options give the same bytes.

    Args:
        landing: folder to write `<day of arrival>/<source>/…` into.
        truth: folder for the truth files that `jobs.simulate.truth` describes.
        options: size, faults, seed.

    Raises:
        LakeError: when the network has no room for the cameras.
        OSError: when a file cannot be written.
    """
    world = build_world(options)
    folder = f"{options.last_day}/footage"
    seen = _render(landing / folder, world)
    world = settle_times(world, seen)
    refused = write_bad_footage(landing, folder, world.clips[0].clip) if options.bad_footage and world.clips else []
    vrm = world.vehicle_vrm[world.passages.vehicle]
    rows = report(world.passages, vrm, world.cameras, options)
    places = site_places(world.network)
    files = write_feeds(landing, rows, world.passages, world.cameras, places, options)
    entries = _write_reference(landing, world, vrm, options)
    hits = [true_hits(entry, world.passages, vrm, world.vehicle_vrm) for entry in entries]
    shown = _write_footage_truth(truth, folder, world, seen, refused)
    write_passages(truth / "passages.jsonl", world.passages, vrm, world.cameras, rows, shown)
    write_jsonl(truth / "feed_files.jsonl", (asdict(file) for file in files))
    _write_planted(truth, world, options)
    _write_hotlist(truth, entries, hits)
    summary = _summary(world, rows, files, entries, hits, refused, shown)
    (truth / "summary.json").write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
    return summary


def _render(folder: Path, world: World) -> list[list[FootagePassage]]:
    if world.clips:
        folder.mkdir(parents=True, exist_ok=True)
    return [render_clip(folder / f"{plan.name}.mp4", plan.clip, plan.actors) for plan in world.clips]


def _write_reference(landing: Path, world: World, vrm: StrArray, options: SimulationOptions) -> list[Entry]:
    """Write `cameras.csv` and the hot-lists; return the hot-list's entries."""
    rows = camera_rows(world.cameras, world.network, options.first_day)
    write_lines(landing, f"{options.first_day}/cameras/cameras.csv", [HEADER, *rows])
    random = np.random.default_rng([options.seed, 71])
    # First one member of some convoys and some vehicles of the clips, then any that was seen.
    planted = [world.vehicle_vrm[convoy.members[0]] for convoy in world.convoys[::3]]
    planted += [plan.actors[1].vrm for plan in world.clips[::2] if len(plan.actors) > 1]
    others = random.permutation(np.unique(vrm))[: options.hotlist]
    seen = np.array(list(dict.fromkeys([*map(str, planted), *map(str, others)])))
    entries = draw_hotlist(options, seen, random)
    for day, lines in hotlist_files(entries, options).items():
        write_lines(landing, f"{day}/hotlist/hotlist.csv", lines)
    return entries


def _write_footage_truth(
    truth: Path,
    folder: str,
    world: World,
    seen: Sequence[Sequence[FootagePassage]],
    refused: Sequence[BadFootage],
) -> dict[int, str]:
    """Write the truth of the footage; return the file that shows each passage (by its index)."""
    shown: dict[int, str] = {}
    files: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for plan, passages in zip(world.clips, seen, strict=True):
        path = f"{folder}/{plan.name}.mp4"
        files.append({"path": path, "camera_id": plan.clip.camera_id, "frames": plan.clip.frames, "reason": None})
        for passage in passages:
            index = passage_in_clip(world, plan, passage)
            shown[index] = f"{plan.name}.mp4"
            columns = {key: _plain(value) for key, value in asdict(passage).items()}
            rows.append({"path": path, "passage_id": _id(index), "camera_id": plan.clip.camera_id, **columns})
    files += [{"path": bad.path, "camera_id": None, "frames": None, "reason": bad.reason} for bad in refused]
    write_jsonl(truth / "footage_files.jsonl", files)
    write_jsonl(truth / "footage_passages.jsonl", rows)
    return shown


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return value


def _id(index: int) -> str:
    return passage_ids(np.array([index]))[0]


def _write_planted(truth: Path, world: World, options: SimulationOptions) -> None:
    """Write `convoys.jsonl` and `clones.jsonl`."""
    convoys: list[dict[str, object]] = []
    pairs = zip(world.convoys, world.convoy_trips, strict=True)
    for number, (convoy, trips) in enumerate(pairs):
        rows = np.flatnonzero(np.isin(world.passages.trip, trips))
        convoys.append(
            {
                "convoy_id": f"C{number + 1:02d}",
                "vehicle_ids": vehicle_ids(convoy.members),
                "vrms": world.vehicle_vrm[list(convoy.members)].tolist(),
                "days": [str(options.day(day)) for day in convoy.days],
                "camera_ids": np.unique(world.cameras.camera_id[world.passages.camera[rows]]).tolist(),
                "passage_ids": passage_ids(rows),
            }
        )
    write_jsonl(truth / "convoys.jsonl", convoys)
    clones: list[dict[str, object]] = [
        {
            "vrm": str(world.vehicle_vrm[clone.genuine]),
            "vehicle_ids": vehicle_ids((clone.genuine, clone.copy)),
            "episodes": [passage_ids(np.array(pair)) for pair in clone_episodes(world, clone)],
        }
        for clone in world.clones
    ]
    write_jsonl(truth / "clones.jsonl", clones)


def _write_hotlist(truth: Path, entries: Sequence[Entry], hits: Sequence[IntArray]) -> None:
    rows: list[dict[str, object]] = [
        {
            "vrm": entry.vrm,
            "purpose": entry.purpose,
            "valid_from": str(entry.valid_from),
            "weed_date": str(entry.weed_date),
            "hits": passage_ids(hit),
        }
        for entry, hit in zip(entries, hits, strict=True)
    ]
    write_jsonl(truth / "hotlist.jsonl", rows)


def _summary(
    world: World,
    rows: Reports,
    files: Sequence[FeedFile],
    entries: Sequence[Entry],
    hits: Sequence[IntArray],
    refused: Sequence[BadFootage],
    shown: dict[int, str],
) -> SimulationSummary:
    return SimulationSummary(
        cameras=len(world.cameras),
        vehicles=len(world.vehicle_vrm),
        passages=len(world.passages),
        passages_reported=len(np.union1d(rows.passage, np.array(list(shown), np.int64))),
        feed_files=len(files),
        rows_received=sum(file.received for file in files),
        rows_repeated=int(np.count_nonzero(rows.original != np.arange(len(rows)))),
        rows_quarantined=sum(sum(file.quarantined.values()) for file in files),
        footage_files=len(world.clips) + len(refused),
        footage_refused=len(refused),
        footage_passages=len(shown),
        convoys=len(world.convoys),
        clones=len(world.clones),
        hotlist_entries=len(entries),
        hotlist_hits=sum(len(hit) for hit in hits),
    )
