"""One text out of several readings of the same plate: a vote at each character position."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ocr.recognise import Reading
from ocr.vrm import fold

_NEARLY = 0.92
_SURE_EDGE = 0.6
_SEEN_WITHOUT = 0.25
"""Share of the looks that must do without an edge's character, for each share of those that agree what it is."""


@dataclass(frozen=True)
class Verdict:
    """The voted text, and the share and number of looks that agree with it up to usual confusions."""

    text: str
    agreement: float
    agreeing: int


def similarity(one: str, other: str) -> float:
    """Return how alike two readings are, 0 to 1, with characters that readers confuse taken as equal."""
    one, other = fold(one), fold(other)
    if one == other:
        return 1.0
    # SequenceMatcher depends on the order of its arguments: a distance must not.
    return SequenceMatcher(None, min(one, other), max(one, other)).ratio()


def vote(readings: Sequence[Reading]) -> Verdict:
    """Vote over readings of one plate, normalised texts, at least one.

    A reading's weight is its confidence times its mean likeness to the others: the recogniser's confidence is
    near 1 even for wrong reads, but wrong reads seldom agree with each other. The length with the greatest
    weight wins first, then each position; a reading of another length takes part where it lines up.
    """
    weights = _weights(readings)
    by_length: dict[int, float] = defaultdict(float)
    by_text: dict[str, float] = defaultdict(float)
    for reading, weight in zip(readings, weights, strict=True):
        by_length[len(reading.text)] += weight
        by_text[reading.text] += weight
    pivot = _pivot(by_length, by_text)
    ballots = _ballots(pivot, readings, weights)
    text = _without_doubtful_edges("".join(_winner(votes) for votes in ballots), ballots, by_text)
    agrees = [fold(reading.text) == fold(text) for reading in readings]
    total = sum(weights)
    agreed = sum(w for w, agreed in zip(weights, agrees, strict=True) if agreed)
    return Verdict(text, agreed / total if total > 0 else 0.0, sum(agrees))


def _pivot(by_length: Mapping[int, float], by_text: Mapping[str, float]) -> str:
    """Return the text of the greatest weight that has the length of the greatest weight.

    Where two lengths weigh nearly the same, the longer text is whole and the other one cut off; but what it has in its
    middle is a sticker or a screw: a recogniser seldom leaves out a character there.
    """
    lengths = sorted(by_length, key=lambda n: (-by_length[n], -n))[:2]
    texts = [max((t for t in by_text if len(t) == n), key=lambda t: (by_text[t], t)) for n in lengths]
    if len(texts) == 1 or by_length[lengths[1]] < _NEARLY * by_length[lengths[0]]:
        return texts[0]
    short, long = sorted(texts, key=len)
    return long if fold(short) in fold(long) else short


def _without_doubtful_edges(text: str, ballots: Sequence[dict[str, float]], by_text: Mapping[str, float]) -> str:
    """Drop a first or last character of which the looks disagree what it is, where some looks do not show it at all.

    A crest, a screw or a plate's edge is read as one letter now and another one then; a character is not.
    """
    total = sum(by_text.values())
    if total == 0:  # looks without any confidence doubt nothing
        return text

    def doubtful(votes: dict[str, float], rest: str) -> bool:
        share = max(votes.values()) / sum(votes.values())
        without = sum(w for t, w in by_text.items() if fold(t) == fold(rest)) / total
        return share < _SURE_EDGE and without >= _SEEN_WITHOUT * share

    if len(text) > 1 and doubtful(ballots[0], text[1:]):
        return text[1:]
    return text[:-1] if len(text) > 1 and doubtful(ballots[-1], text[:-1]) else text


def _weights(readings: Sequence[Reading]) -> list[float]:
    counts: dict[str, int] = defaultdict(int)
    for reading in readings:
        counts[reading.text] += 1
    # By distinct text: a standing vehicle has hundreds of looks, and few texts.
    likeness = {
        text: sum(similarity(text, other) * count for other, count in counts.items()) / len(readings) for text in counts
    }
    return [reading.confidence * likeness[reading.text] for reading in readings]


def _ballots(pivot: str, readings: Sequence[Reading], weights: Sequence[float]) -> list[dict[str, float]]:
    ballots: list[dict[str, float]] = [defaultdict(float) for _ in pivot]
    for reading, weight in zip(readings, weights, strict=True):
        for position, character in _lined_up(pivot, reading.text):
            ballots[position][character] += weight
    return ballots


def _lined_up(pivot: str, text: str) -> list[tuple[int, str]]:
    """Return the characters of a text with their positions in the pivot."""
    if len(text) == len(pivot):
        return list(enumerate(text))
    matcher = SequenceMatcher(None, fold(pivot), fold(text))
    return [(block.a + i, text[block.b + i]) for block in matcher.get_matching_blocks() for i in range(block.size)]


def _winner(votes: dict[str, float]) -> str:
    return max(votes, key=lambda character: (votes[character], character))
