"""Footage to be refused: empty, no video, truncated, without sidecar, unknown camera, in the future."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from jobs.simulate.footage import Clip, render_clip, write_sidecar

_SECONDS = 2.0


@dataclass(frozen=True)
class BadFootage:
    """A file's path relative to the landing folder, and why it must be refused."""

    path: str
    reason: str


def write_bad_footage(landing: Path, folder: str, model: Clip) -> list[BadFootage]:
    """Write one file for each reason into `landing / folder`; `model` gives a good camera, time and size."""
    home = landing / folder
    home.mkdir(parents=True, exist_ok=True)
    short = replace(model, seconds=_SECONDS, started_at=model.started_at - timedelta(hours=1))
    contents = {"empty": b"", "no_video": b"this is no video\n" * 200}
    for reason, content in contents.items():
        (home / f"bad_{reason}.mp4").write_bytes(content)
        write_sidecar(home / f"bad_{reason}.mp4", short.camera_id, short.started_at)
    variants = {
        "truncated": replace(short, seed=model.seed + 901),
        "no_sidecar": replace(short, seed=model.seed + 902),
        "camera_unknown": replace(short, seed=model.seed + 903, camera_id="F999"),
        "start_in_future": replace(short, seed=model.seed + 904, started_at=model.started_at + timedelta(days=40)),
    }
    for reason, clip in variants.items():
        render_clip(home / f"bad_{reason}.mp4", clip, [])
    (home / "bad_no_sidecar.json").unlink()
    whole = (home / "bad_truncated.mp4").read_bytes()
    # An .mp4 keeps its index at the end: cut short, nothing of it can be decoded.
    (home / "bad_truncated.mp4").write_bytes(whole[: len(whole) // 2])
    return [BadFootage(f"{folder}/bad_{reason}.mp4", reason) for reason in sorted({*contents, *variants})]
