"""Reads the rendered passages with both cores and sets each true passage beside what was read of it."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import ocr
from ocr.passage import Passage
from ocr.track import Look
from ocr.vote import similarity
from ocr.vrm import drawn_alike
from tests.bench.readers import AS_IT_IS, both_cores, current
from tests.bench.rendered_set import CACHE, SEEN_ON, TruePassage

_SLACK_S = 0.5
"""A look may fall just outside the frames in which the whole plate is in view, wide enough."""


@dataclass(frozen=True)
class ReadPassage:
    """What `anprlake read` tells of one passage, with all its looks; times are seconds in the clip."""

    vrm: str
    raw_text: str
    rule: str
    vrm_format: str
    confidence: float
    looks: int
    flags: tuple[str, ...]
    first_s: float
    last_s: float
    seen: tuple[Look, ...]


@dataclass(frozen=True)
class Pair:
    """A true passage and what was read of it; None where it was missed, or where ours is of no vehicle."""

    truth: TruePassage | None
    read: ReadPassage | None

    @property
    def exact(self) -> bool:
        """Whether the very mark was read."""
        return self.truth is not None and self.read is not None and self.truth.vrm == self.read.vrm

    @property
    def right(self) -> bool:
        """The same with O=0 and I=1."""
        return (
            self.truth is not None
            and self.read is not None
            and drawn_alike(self.truth.vrm) == drawn_alike(self.read.vrm)
        )


@dataclass(frozen=True)
class RenderedReads:
    """All pairs, the seconds it took on both cores, and the seconds of footage."""

    pairs: tuple[Pair, ...]
    seconds: float
    footage_s: float
    log: Path

    @property
    def true(self) -> list[Pair]:
        """One pair for each true passage."""
        return [pair for pair in self.pairs if pair.truth]

    @property
    def captured(self) -> list[Pair]:
        """The true passages of which something was read, right or not."""
        return [pair for pair in self.true if pair.read]

    @property
    def false(self) -> list[Pair]:
        """Passages of ours that are none, and second ones of a vehicle."""
        return [pair for pair in self.pairs if pair.truth is None]


def read_rendered(
    folder: Path, truth: Sequence[TruePassage], name: str = AS_IT_IS, *, again: bool = False
) -> RenderedReads:
    """Read the clips of a folder with one variant of the reader (see `readers.py`).

    Every pair is kept as a JSON line under .cache/bench, first a line with the times. Unless `again`, an earlier
    run's lines are taken where they were made by the very same code on the same passages.
    """
    log = CACHE / f"{folder.name}-{name.replace(' ', '_')}-{_digest(truth)}.jsonl"
    if again or not log.is_file():
        clips = sorted({passage.clip for passage in truth})
        with both_cores(name) as pool:
            began = time.perf_counter()
            results = dict(zip(clips, pool.map(_read, [folder / clip for clip in clips]), strict=True))
            seconds = time.perf_counter() - began
        times = {"seconds": seconds, "footage_s": sum(footage_s for footage_s, _ in results.values())}
        pairs = [
            pair
            for clip, (_, found) in results.items()
            for pair in matched([passage for passage in truth if passage.clip == clip], found)
        ]
        log.write_text("".join(json.dumps(row) + "\n" for row in [times, *map(asdict, pairs)]))
    times, *rows = map(json.loads, log.read_text().splitlines())
    return RenderedReads(tuple(_pair(row) for row in rows), times["seconds"], times["footage_s"], log)


def matched(truth: Sequence[TruePassage], found: Sequence[ReadPassage]) -> Iterator[Pair]:
    """Pair the true passages of a clip with ours that overlap them in time, the most alike first, one to one."""
    near = sorted(
        (-similarity(true.vrm, read.vrm), abs(_middle(true) - _middle(read)), i, j)
        for i, true in enumerate(truth)
        for j, read in enumerate(found)
        if read.first_s <= true.last_s + _SLACK_S and read.last_s >= true.first_s - _SLACK_S
    )
    of_true: dict[int, int] = {}
    of_found: dict[int, int] = {}
    for _, _, i, j in near:
        if i not in of_true and j not in of_found:
            of_true[i], of_found[j] = j, i
    for i, true in enumerate(truth):
        yield Pair(true, found[of_true[i]] if i in of_true else None)
    for j, read in enumerate(found):
        if j not in of_found:
            yield Pair(None, read)


def _middle(passage: TruePassage | ReadPassage) -> float:
    return (passage.first_s + passage.last_s) / 2


def _read(path: Path) -> tuple[float, list[ReadPassage]]:
    read = current().read_video(path, SEEN_ON)
    return read.info.duration_s, [described(passage) for passage in read.passages]


def described(passage: Passage) -> ReadPassage:
    """What is kept of a passage: all but its pictures."""
    return ReadPassage(
        passage.vrm, passage.raw_text, passage.vrm_rule, passage.vrm_format, passage.confidence, passage.looks,
        passage.flags, passage.first_s, passage.last_s, passage.looks_seen,
    )  # fmt: skip


def _pair(row: dict) -> Pair:
    truth = TruePassage(**row["truth"]) if row["truth"] else None
    if row["read"] is None:
        return Pair(truth, None)
    looks = tuple(Look(**look | {"box": tuple(look["box"])}) for look in row["read"]["seen"])
    return Pair(truth, ReadPassage(**row["read"] | {"seen": looks, "flags": tuple(row["read"]["flags"])}))


def _digest(truth: Sequence[TruePassage]) -> str:
    """Of the reader's source and weights, and of the passages."""
    digest = hashlib.sha256(repr(truth).encode())
    for path in sorted(Path(ocr.__file__).parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
