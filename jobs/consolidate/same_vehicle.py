"""Which sightings at one camera are of one passage: equal marks, and marks that one vehicle may have been read as.

Works on columns of numpy; nothing here knows of Spark.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from jobs.lake.arrays import Ints
from ocr.vrm import CONFUSED_WITH, FOLD_FROM, FOLD_TO

Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_CHARACTERS = 128
_MOST_WRONG = 2
_MOST_NEAR = 16
"""Later sightings with near marks that are looked at for each one."""
_OF_A_VEHICLE = 0.4
"""[D] A mark seen at fewer cameras than this share of those of a like mark beside it is a misread of that one: a reader
that takes one character for another does so now and then, a second vehicle is seen about as often as the first."""


def _confusable() -> Flags:
    """Table of two ASCII codes: whether readers take one character for the other."""
    table = np.zeros((_CHARACTERS, _CHARACTERS), bool)
    for one, others in CONFUSED_WITH.items():
        for other in others:
            table[ord(one), ord(other)] = True
    # A character that was not read may be any.
    table[ord("?"), :] = table[:, ord("?")] = True
    np.fill_diagonal(table, True)
    return table


_CONFUSABLE = _confusable()
_FOLDED = np.arange(_CHARACTERS, dtype=np.uint8)
for _character, _stands_for in zip(FOLD_FROM, FOLD_TO, strict=True):
    _FOLDED[ord(_character)] = ord(_stands_for)


@dataclass(frozen=True)
class Sighted:
    """Sightings in order of day, camera and time; columns of equal length.

    Attributes:
        place: a number for each camera and day.
        at_ms: UTC, milliseconds since 1970.
        mark: number of the mark in `texts`.
        way: 1 towards, 2 away, 0 unknown.
        texts: the marks, normalised, one row of ASCII codes each, filled up with 0.
        recognised: of each mark, whether it fits a format.
    """

    place: Ints
    at_ms: Ints
    vrm: Ints
    way: Ints
    texts: Bytes
    recognised: Flags


@dataclass(frozen=True)
class Pairs:
    """Pairs of sightings near each other in time at one camera; two indices each, the earlier first.

    Attributes:
        equal: of equal marks, each sighting with the next one.
        near: of marks that one vehicle may have been read as.
        twice_wrong: of the near ones, whether both marks must be wrong, or one of them in two characters.
    """

    equal: Ints
    near: Ints
    twice_wrong: Flags


def find_pairs(sighted: Sighted, max_gap_ms: float) -> Pairs:
    """The pairs no further apart than the gap whose marks are equal or near.

    Marks are near when one or two of their characters are others that readers take for them, when they differ in
    nothing but such usual confusions as O and 0, or when one is no known format and is the other without a character.
    """
    equal, near, twice_wrong = [np.zeros((0, 2), np.int64)], [np.zeros((0, 2), np.int64)], [np.zeros(0, bool)]
    first = np.arange(len(sighted.at_ms))
    # A camera gone mad may send thousands of reads in a moment: what is kept of each sighting is bounded.
    has_next, near_ones = np.zeros(len(first), bool), np.zeros(len(first), np.int64)
    step = 0
    while len(first):
        step += 1
        first = first[first + step < len(sighted.at_ms)]
        second = first + step
        together = (sighted.place[first] == sighted.place[second]) & (
            sighted.at_ms[second] - sighted.at_ms[first] <= max_gap_ms
        )
        first, second = first[together], second[together]
        same = sighted.vrm[first] == sighted.vrm[second]
        links = same & ~has_next[first]
        has_next[first[links]] = True
        equal.append(np.stack([first[links], second[links]], axis=1))
        others = ~same & (near_ones[first] < _MOST_NEAR)
        pairs = np.stack([first[others], second[others]], axis=1)
        is_near, is_twice_wrong = _near(sighted, pairs)
        near_ones[pairs[is_near, 0]] += 1
        near.append(pairs[is_near])
        twice_wrong.append(is_twice_wrong[is_near])
    return Pairs(np.concatenate(equal), np.concatenate(near), np.concatenate(twice_wrong))


def _near(sighted: Sighted, pairs: Ints) -> tuple[Flags, Flags]:
    """Whether marks are near, and whether that takes two wrong characters that are no usual confusions."""
    one, other = (sighted.texts[sighted.vrm[pairs[:, side]]] for side in (0, 1))
    length_one, length_other = (np.count_nonzero(texts, axis=1) for texts in (one, other))
    differing = (one != other).sum(axis=1)
    confused = (differing <= _MOST_WRONG) & _CONFUSABLE[one, other].all(axis=1)
    folded = (_FOLDED[one] == _FOLDED[other]).all(axis=1)
    found: Flags = (length_one == length_other) & (confused | folded)
    for shorter, longer, where in ((0, 1, length_other - length_one), (1, 0, length_one - length_other)):
        candidates = np.flatnonzero(where == 1)
        known = sighted.recognised[sighted.vrm[pairs[candidates]]]
        candidates = candidates[~known[:, shorter] & known[:, longer]]
        texts = (one, other)
        found[candidates] |= _lacks_one(texts[shorter][candidates], texts[longer][candidates])
    way_one, way_other = (sighted.way[pairs[:, side]] for side in (0, 1))
    found &= (way_one == way_other) | (way_one == 0) | (way_other == 0)
    return found, (length_one == length_other) & (differing > 1) & ~folded


def _lacks_one(shorter: Bytes, longer: Bytes) -> Flags:
    """Whether the shorter text is the longer one without one of its characters."""
    found = np.zeros(len(shorter), bool)
    for place in range(longer.shape[1]):
        found |= (np.delete(longer, place, axis=1) == shorter[:, :-1]).all(axis=1)
    return found


def passages(sighted: Sighted, pairs: Pairs, cameras: Ints) -> Ints:
    """The passage of each sighting, numbered from 0.

    Sightings of one mark that follow each other within the gap are one passage. Near marks are one vehicle unless
    both are seen again and again: a misread comes once, or seldom beside the mark that it is of; of two vehicles each
    is seen at other cameras too. So the weaker mark joins one stronger neighbour: a mark of a known format before
    others, then one of more cameras, then of more sightings, then the nearest in time. Marks that are wrong twice
    meet only where no other camera saw either.

    Args:
        sighted: the sightings.
        pairs: what `find_pairs` gives of them.
        cameras: of each sighting that has a near one, how many cameras saw its mark on that day.
    """
    count = len(sighted.at_ms)
    run = _connected(count, pairs.equal)
    one, other = pairs.near[:, 0], pairs.near[:, 1]
    known = sighted.recognised[sighted.vrm]
    fewer, more = np.minimum(cameras[one], cameras[other]), np.maximum(cameras[one], cameras[other])
    two_vehicles = (known[one] == known[other]) & (fewer > 1) & (fewer >= _OF_A_VEHICLE * more)
    pairs_left = pairs.near[~two_vehicles & ~(pairs.twice_wrong & (more > 1))]
    if not len(pairs_left):
        return run
    size = np.bincount(run)[run]
    strength = np.zeros(count, np.int64)
    ends = np.unique(pairs_left)
    order = ends[np.lexsort((-run[ends], size[ends], cameras[ends], known[ends]))]
    # All sightings of a run are as strong as each other; of equal ones the earlier run is.
    strength[order] = np.cumsum(np.append(True, np.diff(run[order]) != 0))
    joins = np.concatenate([pairs_left, pairs_left[:, ::-1]])
    joins = joins[strength[joins[:, 0]] < strength[joins[:, 1]]]
    apart = np.abs(sighted.at_ms[joins[:, 1]] - sighted.at_ms[joins[:, 0]])
    target = joins[:, 1]
    # The best neighbour of each run comes first.
    joins = joins[np.lexsort((target, apart, -size[target], -cameras[target], ~known[target], run[joins[:, 0]]))]
    _, best = np.unique(run[joins[:, 0]], return_index=True)
    return _connected(count, np.concatenate([pairs.equal, joins[best]]))


def _connected(count: int, pairs: Ints) -> Ints:
    if not len(pairs):
        return np.arange(count)
    links = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels: Ints = connected_components(links, directed=False)[1].astype(np.int64)
    return labels
