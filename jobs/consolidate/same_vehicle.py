"""Which sightings at one camera are of one passage: equal marks, and marks that one vehicle may have been read as.

Works on columns of numpy; nothing here knows of Spark.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ocr import vrm as marks

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_CHARACTERS = 128


def _confusable() -> Flags:
    """Table of two ASCII codes: whether readers take one character for the other."""
    table = np.zeros((_CHARACTERS, _CHARACTERS), bool)
    for group in marks.CONFUSED:
        for one in group:
            for other in group:
                table[ord(one), ord(other)] = True
    np.fill_diagonal(table, True)
    return table


_CONFUSABLE = _confusable()
_FOLDED = np.arange(_CHARACTERS, dtype=np.uint8)
for _character, _stands_for in zip(marks.FOLD_FROM, marks.FOLD_TO, strict=True):
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
    mark: Ints
    way: Ints
    texts: Bytes
    recognised: Flags


@dataclass(frozen=True)
class Pairs:
    """Pairs of sightings near each other in time at one camera: of equal marks, and of marks that are nearly so."""

    equal: Ints
    near: Ints


def find_pairs(sighted: Sighted, max_gap_ms: float) -> Pairs:
    """All pairs no further apart than the gap whose marks are equal or near: two indices each, the earlier first.

    Marks are near when one character is another that readers take for it, when they differ in nothing but such usual
    confusions as O and 0, or when one is no known format and is the other without a character.
    """
    equal, near = [np.zeros((0, 2), np.int64)], [np.zeros((0, 2), np.int64)]
    first = np.arange(len(sighted.at_ms))
    step = 0
    while len(first):
        step += 1
        first = first[first + step < len(sighted.at_ms)]
        second = first + step
        together = (sighted.place[first] == sighted.place[second]) & (
            sighted.at_ms[second] - sighted.at_ms[first] <= max_gap_ms
        )
        first, second = first[together], second[together]
        pairs = np.stack([first, second], axis=1)
        same = sighted.mark[first] == sighted.mark[second]
        equal.append(pairs[same])
        others = pairs[~same]
        near.append(others[_near(sighted, others)])
    return Pairs(np.concatenate(equal), np.concatenate(near))


def _near(sighted: Sighted, pairs: Ints) -> Flags:
    one, other = (sighted.texts[sighted.mark[pairs[:, side]]] for side in (0, 1))
    length_one, length_other = (np.count_nonzero(texts, axis=1) for texts in (one, other))
    differs = one != other
    one_confused = (differs.sum(axis=1) == 1) & _CONFUSABLE[one, other].all(axis=1)
    folded = (_FOLDED[one] == _FOLDED[other]).all(axis=1)
    found: Flags = (length_one == length_other) & (one_confused | folded)
    for shorter, longer, where in ((0, 1, length_other - length_one), (1, 0, length_one - length_other)):
        candidates = np.flatnonzero(where == 1)
        known = sighted.recognised[sighted.mark[pairs[candidates]]]
        candidates = candidates[~known[:, shorter] & known[:, longer]]
        texts = (one, other)
        found[candidates] |= _lacks_one(texts[shorter][candidates], texts[longer][candidates])
    way_one, way_other = (sighted.way[pairs[:, side]] for side in (0, 1))
    found &= (way_one == way_other) | (way_one == 0) | (way_other == 0)
    return found


def _lacks_one(shorter: Bytes, longer: Bytes) -> Flags:
    """Whether the shorter text is the longer one without one of its characters."""
    found = np.zeros(len(shorter), bool)
    for place in range(longer.shape[1]):
        found |= (np.delete(longer, place, axis=1) == shorter[:, :-1]).all(axis=1)
    return found


def passages(sighted: Sighted, pairs: Pairs, elsewhere: Flags) -> Ints:
    """The passage of each sighting, numbered from 0.

    Sightings of one mark that follow each other within the gap are one passage. One whose mark is near to that of
    another is the same vehicle unless both marks are seen elsewhere too: a misread is seen once, a vehicle again and
    again. So a mark that is seen nowhere else joins one neighbour: one that is seen elsewhere if there is any, else
    the one with most sightings, else the nearest in time; two marks that are both seen elsewhere never meet.

    Args:
        sighted: the sightings.
        pairs: what `find_pairs` gives of them.
        elsewhere: of each sighting that has a near one, whether another camera saw its mark on that day.
    """
    count = len(sighted.at_ms)
    run = _connected(count, pairs.equal)
    near = pairs.near
    if not len(near):
        return run
    size = np.bincount(run)
    apart = sighted.at_ms[near[:, 1]] - sighted.at_ms[near[:, 0]]
    ends = np.concatenate([near, near[:, ::-1]])
    apart = np.concatenate([apart, apart])
    joins = ~elsewhere[ends[:, 0]]
    ends, apart = ends[joins], apart[joins]
    known = sighted.recognised[sighted.mark[ends[:, 1]]]
    # The best neighbour of each run comes first.
    order = np.lexsort((ends[:, 1], apart, -size[run[ends[:, 1]]], ~known, ~elsewhere[ends[:, 1]], run[ends[:, 0]]))
    ends = ends[order]
    _, best = np.unique(run[ends[:, 0]], return_index=True)
    return _connected(count, np.concatenate([pairs.equal, ends[best]]))


def _connected(count: int, pairs: Ints) -> Ints:
    if not len(pairs):
        return np.arange(count)
    links = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels: Ints = connected_components(links, directed=False)[1].astype(np.int64)
    return labels
