"""A passage: what the looks at one vehicle come to, with the pictures that prove it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ocr.confidence import confidence
from ocr.detect import Rect, size_of
from ocr.recognise import Reading
from ocr.shot import Shot, jpeg
from ocr.track import Direction, Look, Track
from ocr.vote import Verdict, similarity, vote
from ocr.vrm import UNRECOGNISED, Candidate, candidates, classify, drawn_alike, fold

_SURE_SINGLE_LOOK = 0.9
_LEAST_BEST_LOOK = 0.6
_SHORT_MARK = 4
"""Personal marks this short are real, but parts of a longer one look like them: those never agree for long."""
_SURE_SHORT_MARK = 0.6
_TELLING_FORMATS = {"current", "prefix", "suffix"}
_MALFORMED_FACTOR = 0.6
"""Weight of a look that fits no UK format: nothing where no look does, the doubt where others do."""
_DISAGREEING_BELOW = 0.6
_TEXTS_CONSIDERED = 6
_CANDIDATES_KEPT = 5
_SAME_PLATE = 0.75
SAME_VEHICLE_S = 20.0
"""A vehicle does not pass one camera twice within this time: such passages are pieces of one."""


@dataclass(frozen=True)
class Passage:
    """One vehicle past one camera.

    `raw_text` is the recogniser's text of the best look, `vrm` the chosen mark with its format, rule and
    `candidates`. `confidence` is 0 to 1. `looks` counts the readings, `readings` each normalised text's, and
    `looks_seen` has them all with frame, time, box and text, in order of time.
    Frames count from 0, `time_s` is the best look's time in the file, `box` its x, y, width, height in
    pixels. Sizes are (width, height) in pixels.
    """

    raw_text: str
    vrm: str
    vrm_format: str
    vrm_rule: str
    candidates: tuple[Candidate, ...]
    confidence: float
    looks: int
    flags: tuple[str, ...]
    direction: Direction
    first_frame: int
    last_frame: int
    best_frame: int
    first_s: float
    last_s: float
    time_s: float
    box: Rect
    readings: dict[str, int]
    looks_seen: tuple[Look, ...]
    patch_jpeg: bytes
    patch_size: tuple[int, int]
    overview_jpeg: bytes
    overview_size: tuple[int, int]


def settle(track: Track, seen_on: date | None) -> Passage | None:
    """Turn a finished track into a passage, or into None where it is none.

    None are: text that never moved (site text, parked vehicles), plates that were never read clearly or whole,
    short marks with doubt, and single looks that are not sure or not of a format that tells more than letters
    and digits.
    """
    best = max(look.confidence for look in track.looks)
    if track.only_at_edge or best < _LEAST_BEST_LOOK or (len(track.looks) > 1 and not track.moved):
        return None
    passage = describe(track, seen_on)
    single = "single_look" in passage.flags
    if len(passage.vrm) <= _SHORT_MARK and passage.confidence < _SURE_SHORT_MARK:
        return None
    sure = best >= _SURE_SINGLE_LOOK
    return None if single and not (sure and passage.vrm_format in _TELLING_FORMATS) else passage


def describe(track: Track, seen_on: date | None) -> Passage:
    """Vote over a track's looks, choose the mark by the rules, and cut out the pictures."""
    readings = track.readings
    verdict, ranked = choose(readings, seen_on)
    best, shot = _best_shot(track, verdict.text)
    return Passage(
        raw_text=best.raw,
        vrm=ranked[0].vrm,
        vrm_format=classify(ranked[0].vrm),
        vrm_rule=ranked[0].rule,
        candidates=ranked[:_CANDIDATES_KEPT],
        confidence=confidence(verdict, ranked, readings),
        looks=len(track.looks),
        flags=_flags(verdict),
        direction=track.direction,
        first_frame=track.looks[0].frame,
        last_frame=track.places[-1].frame,
        best_frame=best.frame,
        first_s=track.looks[0].time_s,
        last_s=track.places[-1].time_s,
        time_s=best.time_s,
        box=best.box,
        readings=dict(Counter(look.text for look in track.looks).most_common()),
        looks_seen=tuple(track.looks),
        patch_jpeg=jpeg(shot.patch),
        patch_size=size_of(shot.patch),
        overview_jpeg=jpeg(shot.overview),
        overview_size=size_of(shot.overview),
    )


def choose(readings: Sequence[Reading], seen_on: date | None) -> tuple[Verdict, tuple[Candidate, ...]]:
    """Vote over readings of one plate, at least one, and rank the marks that they may stand for, best first."""
    verdict = vote([_weighted(reading) for reading in readings])
    return verdict, rank(verdict, readings, seen_on)


def _weighted(reading: Reading) -> Reading:
    if classify(reading.text) != UNRECOGNISED:
        return reading
    return replace(reading, confidence=reading.confidence * _MALFORMED_FACTOR)


def rank(verdict: Verdict, readings: Sequence[Reading], seen_on: date | None) -> tuple[Candidate, ...]:
    """Rank the marks that the voted text and the single readings may stand for, best first.

    Half of a mark's score comes from the voted text, half from the readings by their share: a substitution
    that some looks read outright beats one that nobody saw.
    """
    share: dict[str, float] = {verdict.text: 0.5}
    counts = Counter(reading.text for reading in readings)
    for read, count in counts.most_common(_TEXTS_CONSIDERED):
        text = verdict.text if drawn_alike(read) == drawn_alike(verdict.text) else read
        share[text] = share.get(text, 0.0) + 0.5 * count / len(readings)
    scores: dict[str, float] = {}
    rules: dict[str, str] = {}
    for text, weight in share.items():
        for candidate in candidates(text, seen_on):
            scores[candidate.vrm] = scores.get(candidate.vrm, 0.0) + weight * candidate.score
            rules.setdefault(candidate.vrm, candidate.rule if text == verdict.text else f"look:{candidate.rule}")
    ranked = sorted(scores, key=lambda vrm: (-scores[vrm], vrm))
    return tuple(Candidate(vrm, round(min(scores[vrm], 1.0), 4), rules[vrm]) for vrm in ranked)


def merge_pieces(passages: Sequence[Passage]) -> list[Passage]:
    """Join passages that are pieces of one: the same plate within seconds, or a fragment of it beside it.

    A single look or a cut-off text that resembles a better passage at the same time belongs to that one.
    """
    merged: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.first_s, p.first_frame)):
        at = next((i for i, other in enumerate(merged) if _same_vehicle(other, passage)), None)
        if at is None:
            merged.append(passage)
        else:
            merged[at] = _joined(merged[at], passage)
    return merged


def _same_vehicle(one: Passage, other: Passage) -> bool:
    if other.first_s - one.last_s > SAME_VEHICLE_S:
        return False
    if fold(one.vrm) == fold(other.vrm):
        return True
    apart = other.first_s > one.last_s + 1.0
    alike = similarity(one.vrm, other.vrm) >= _SAME_PLATE
    fragment = one.vrm in other.vrm or other.vrm in one.vrm
    weak = min(one.looks, other.looks) * 3 <= max(one.looks, other.looks)
    return (alike or fragment) and weak and not apart


def _joined(one: Passage, other: Passage) -> Passage:
    """Keep the better supported piece's mark and pictures, and the span and readings of both."""
    better = max(one, other, key=lambda p: (p.looks, p.confidence))
    readings = Counter(one.readings) + Counter(other.readings)
    same = fold(one.vrm) == fold(other.vrm)
    flags = tuple(flag for flag in better.flags if not (flag == "single_look" and same))
    return replace(
        better,
        looks=one.looks + other.looks,
        flags=flags,
        first_frame=min(one.first_frame, other.first_frame),
        last_frame=max(one.last_frame, other.last_frame),
        first_s=min(one.first_s, other.first_s),
        last_s=max(one.last_s, other.last_s),
        readings=dict(readings.most_common()),
        looks_seen=tuple(sorted((*one.looks_seen, *other.looks_seen), key=lambda look: look.time_s)),
    )


def _flags(verdict: Verdict) -> tuple[str, ...]:
    flags = []
    if verdict.agreeing < 2:  # noqa: PLR2004 - two agreeing looks are the rule's own words
        flags.append("single_look")
    if verdict.agreement < _DISAGREEING_BELOW:
        flags.append("disagreeing")
    return tuple(flags)


def _best_shot(track: Track, text: str) -> tuple[Look, Shot]:
    """Return the kept shot that shows the voted text best."""
    return max(track.shots, key=lambda shot: (similarity(shot[0].text, text), shot[0].weight))
