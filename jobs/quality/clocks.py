"""How far each camera's clock is off, estimated from the vehicles that pass it and its neighbours.

Between two cameras A and B the time that a vehicle seems to take is the true one plus the difference of their clocks:
one way the difference is added, the other way it is taken off. Where the road takes as long both ways, half the
difference of the two times is the difference of the clocks. Of the times of each way a low quantile counts: vehicles
that stop, or stand in traffic, take longer, and none takes less than the road does. What the pairs of cameras say is
then brought together by least squares that outliers hardly move. A clock that is off by more than a journey, an hour
say, is first set right roughly: by where most of its vehicles' other reads lie.

What this cannot tell: the true time. All is relative to the camera in the middle of those that are joined by traffic,
so a fault that most cameras share is not seen; of two cameras alone nobody knows which one is wrong; a camera that
sees one way only has no offset; and where a road is truly slower one way, that looks like a clock. The last goes into
the error that is given with each offset.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.lake.arrays import Floats, Ints

SURE = 3
"""Standard errors beyond which an offset is one, or has changed."""
_FOLLOWING = 3
"""Reads of a vehicle after each one that are paired with it: with a clock off, neighbours change places."""
_QUANTILE = 0.25
_ROUNDS, _SETTLED_S = 10, 0.05
"""Of reweighting, at most; they end when no offset changes by so many seconds any more."""
_FEWEST_CAMERAS = 3
"""Two clocks that differ do not tell which one is wrong."""
_SEARCHED_S, _BIN_S, _BINS = 7200, 30, 1024
"""How far off a clock is looked for, seconds; how finely; and bins that hold twice that on both sides of 0."""
_NEIGHBOURS = 8
"""Reads of a vehicle on each side of one in which the search looks."""
_NEAR_BINS = 4
"""A clock off by so few bins is left to the fine estimate, which knows better."""
_CANDIDATES = 40
_MUCH_BETTER = 2.0
"""How many times better the two ways must fit with the clock that the search found than with the clock as it is."""
_BOTH_WAYS = 0.15
"""Share of a camera's pairs, of at most a half, that must have one which goes the other way; in the simulation 0.2 and
more have, of cameras that see one way 0.06 at most, of clocks beyond the search 0.13."""


@dataclass(frozen=True)
class ClockLimits:
    """What the estimate rests on.

    Attributes:
        window_s: the longest time between two reads of a vehicle that are a pair, seconds.
        min_way_pairs: pairs each way that two cameras need.
        min_pairs: pairs that a camera needs in all.
        asymmetry: share of the travel time by which the two ways of a road may differ, one standard deviation.
    """

    window_s: float
    min_way_pairs: int
    min_pairs: int
    asymmetry: float


@dataclass(frozen=True)
class Clocks:
    """Columns with one element a camera.

    Attributes:
        offset_s: seconds by which the clock is ahead (behind: negative); NaN where it is not known.
        error_s: its standard error, seconds; NaN where the offset is.
        pairs: pairs of reads of one vehicle that it rests on.
    """

    offset_s: Floats
    error_s: Floats
    pairs: Ints


@dataclass(frozen=True)
class _Edges:
    """Pairs of cameras: what each says of the clock of `second` minus that of `first`, seconds, and how surely."""

    first: Ints
    second: Ints
    difference_s: Floats
    error_s: Floats
    pairs: Ints


def is_off(offset_s: Floats, error_s: Floats, limit_s: float) -> npt.NDArray[np.bool_]:
    """Whether each offset is beyond the limit and surely there; not where it is unknown."""
    found: npt.NDArray[np.bool_] = np.abs(offset_s) > np.maximum(limit_s, SURE * error_s)
    return found


def clock_offsets(vehicle: Ints, camera: Ints, at_ms: Ints, cameras: int, limits: ClockLimits) -> Clocks:
    """Estimate the clocks from reads, given as columns of equal length in any order.

    Args:
        vehicle: a number for each vehicle.
        camera: index of the camera, from 0 to `cameras` - 1.
        at_ms: time of the read by that camera's clock, milliseconds.
        cameras: how many there are.
        limits: what counts as a pair, and how many are needed.
    """
    rough_s = _rough_offsets(vehicle, camera, at_ms, cameras, limits.min_way_pairs)
    tied = np.isfinite(rough_s[camera])
    vehicle, camera, at_ms = vehicle[tied], camera[tied], at_ms[tied]
    edges = _edges(vehicle, camera, at_ms - (rough_s[camera] * 1000).astype(np.int64), cameras, limits)
    ends, twice = np.concatenate([edges.first, edges.second]), np.concatenate([edges.pairs, edges.pairs])
    pairs = np.bincount(ends, twice, cameras).astype(np.float64)
    offset, error = np.full(cameras, np.nan), np.full(cameras, np.nan)
    for members in _joined(edges, cameras):
        if len(members) >= _FEWEST_CAMERAS:
            inside = np.isin(edges.first, members)
            offset[members], error[members] = _solved(edges, inside, members, rough_s[members], pairs[members])
    known = np.isfinite(offset) & (pairs >= limits.min_pairs)
    return Clocks(np.where(known, offset, np.nan), np.where(known, error, np.nan), pairs.astype(np.int64))


def _rough_offsets(vehicle: Ints, camera: Ints, at_ms: Ints, cameras: int, min_pairs: int) -> Floats:
    """Seconds by which each clock is off by minutes or more, else 0; NaN where too little goes both ways to tell.

    The times between a camera and a neighbour, with their sign, lie on both sides of the clock's offset alike. So their
    histogram convolved with itself is high at twice the offset; the other heights differ from neighbour to neighbour.
    """
    pair, ahead_s = _signed(vehicle, camera, at_ms, cameras)
    pairs, of, count = np.unique(pair, return_inverse=True, return_counts=True)
    kept = count >= min_pairs
    row = np.cumsum(kept) - 1
    wanted = kept[of]
    places = row[of[wanted]] * _BINS + np.rint(ahead_s[wanted] / _BIN_S).astype(np.int64) % _BINS
    places.sort()
    firsts = np.searchsorted(pairs[kept], np.arange(cameras + 1) * cameras)
    cuts = np.searchsorted(places, firsts * _BINS)
    rough = np.full(cameras, np.nan)
    for one in np.flatnonzero(np.diff(firsts)):
        mine = places[cuts[one] : cuts[one + 1]] - firsts[one] * _BINS
        counts = np.bincount(mine, minlength=(firsts[one + 1] - firsts[one]) * _BINS)
        rough[one] = _centre_s(counts.reshape(-1, _BINS).astype(np.float64))
    return rough


def _signed(vehicle: Ints, camera: Ints, at_ms: Ints, cameras: int) -> tuple[Ints, Floats]:
    """Pairs of reads of a vehicle at two cameras, either way: camera * cameras + other, seconds after the other."""
    other, one, later_s = _near(vehicle, camera, at_ms, _NEIGHBOURS, _SEARCHED_S)
    pairs = np.concatenate([one * cameras + other, other * cameras + one])
    return pairs, np.concatenate([later_s, -later_s])


def _centre_s(counts: Floats) -> float:
    """The centre of symmetry of histograms, a row a neighbour, in seconds; 0 where no other fits much better than 0."""
    smooth = sum((np.roll(counts, step, axis=1) for step in (-2, -1, 1, 2)), counts)
    weights = np.sqrt(counts.sum(axis=1, keepdims=True))
    twice = np.fft.irfft((np.fft.rfft(smooth / weights) ** 2).sum(axis=0), _BINS)
    bins = np.fft.fftfreq(_BINS, 1 / _BINS).astype(np.int64)
    highest = np.unique(bins[np.argsort(twice)[::-1][:_CANDIDATES]] // 2)
    far = [(_both_ways(smooth, int(one)), int(one)) for one in highest if abs(one) > _NEAR_BINS]
    fit, best = max(far, default=(0.0, 0))
    as_it_is = max(_both_ways(smooth, one) for one in range(-_NEAR_BINS, _NEAR_BINS + 1))
    if fit <= _MUCH_BETTER * as_it_is:
        fit, best = as_it_is, 0
    return float(best * _BIN_S) if fit >= _BOTH_WAYS * smooth.sum() else np.nan


def _both_ways(counts: Floats, centre: int) -> float:
    """How much of the histograms lies alike on both sides of a bin, but not at it: there one way mirrors itself."""
    away = np.arange(3, _BINS // 2)
    there, back = counts[:, (centre + away) % _BINS], counts[:, (centre - away) % _BINS]
    return float(np.minimum(there, back).sum())


def _edges(vehicle: Ints, camera: Ints, at_ms: Ints, cameras: int, limits: ClockLimits) -> _Edges:
    way, seconds = _ways(vehicle, camera, at_ms, cameras, limits.window_s)
    order = np.lexsort((seconds, way))
    way, seconds = way[order], seconds[order]
    ways, start, count = np.unique(way, return_index=True, return_counts=True)
    enough = count >= limits.min_way_pairs
    ways, start, count = ways[enough], start[enough], count[enough]
    middle, error = _low_quantiles(seconds, start, count)
    origin, goal = ways // cameras, ways % cameras
    back = np.searchsorted(ways, goal * cameras + origin)
    back = np.minimum(back, max(len(ways) - 1, 0))
    both = (origin < goal) & (ways[back] == goal * cameras + origin)
    there, back = np.flatnonzero(both), back[both]
    # The two ways as they would be without clocks: equal, and each as long as their mean.
    uneven = limits.asymmetry * np.maximum(middle[there] + middle[back], 0) / 2 / np.sqrt(2)
    return _Edges(
        origin[there], goal[there], (middle[there] - middle[back]) / 2,
        np.sqrt((error[there] ** 2 + error[back] ** 2) / 4 + uneven**2), count[there] + count[back],
    )  # fmt: skip


def _ways(vehicle: Ints, camera: Ints, at_ms: Ints, cameras: int, window_s: float) -> tuple[Ints, Floats]:
    """Every pair of reads of a vehicle at two cameras, near in time: its way (from * cameras + to), and seconds."""
    origin, goal, seconds = _near(vehicle, camera, at_ms, _FOLLOWING, window_s)
    return origin * cameras + goal, seconds


def _near(vehicle: Ints, camera: Ints, at_ms: Ints, steps: int, within_s: float) -> tuple[Ints, Ints, Floats]:
    """Each read with those of the same vehicle, at most so many reads and seconds later, at another camera.

    Returns:
        The cameras of the earlier and of the later reads, and the seconds between them.
    """
    order = np.lexsort((camera, at_ms, vehicle))
    vehicle, camera, at_ms = vehicle[order], camera[order], at_ms[order]
    earlier, later, seconds = [], [], []
    for step in range(1, steps + 1):
        took = (at_ms[step:] - at_ms[:-step]) / 1000
        near = (vehicle[step:] == vehicle[:-step]) & (camera[step:] != camera[:-step]) & (took <= within_s)
        earlier.append(camera[:-step][near])
        later.append(camera[step:][near])
        seconds.append(took[near])
    return np.concatenate(earlier), np.concatenate(later), np.concatenate(seconds)


def _low_quantiles(seconds: Floats, start: Ints, count: Ints) -> tuple[Floats, Floats]:
    """The low quantile of each run of sorted seconds, and its standard error from the order statistics beside it."""
    beside = np.sqrt(_QUANTILE * (1 - _QUANTILE) / count)

    def at(share: Floats) -> Floats:
        place = np.clip(share * (count - 1), 0, count - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, count - 1)
        found: Floats = seconds[start + low] + (place - low) * (seconds[start + high] - seconds[start + low])
        return found

    middle = at(np.full(len(count), _QUANTILE))
    # A journey is in the pairs of a camera with several others: their errors go the same way.
    return middle, (at(_QUANTILE + beside) - at(_QUANTILE - beside)) / 2 * np.sqrt(_FOLLOWING)


def _joined(edges: _Edges, cameras: int) -> list[Ints]:
    """The groups of cameras that are joined by edges, each in order."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(edges.first))
    graph = coo_array((ones, (edges.first, edges.second)), shape=(cameras, cameras))
    count, group = connected_components(graph, directed=False)
    order = np.argsort(group, kind="stable")
    return np.split(order, np.searchsorted(group[order], np.arange(1, count)))


def _solved(
    edges: _Edges, inside: npt.NDArray[np.bool_], members: Ints, rough_s: Floats, pairs: Floats
) -> tuple[Floats, Floats]:
    """Offsets and errors of the cameras of one group; the weighted median offset is 0."""
    from scipy.linalg import solve

    first, second = (np.searchsorted(members, one[inside]) for one in (edges.first, edges.second))
    difference, error = edges.difference_s[inside], np.maximum(edges.error_s[inside], 0.05)
    weight = 1 / error**2
    count = len(members)
    offset = np.zeros(count)
    for _ in range(_ROUNDS):
        before = offset
        right = np.bincount(second, weight * difference, count) - np.bincount(first, weight * difference, count)
        offset = solve(_laplacian(first, second, weight, count) + 1 / count, right, assume_a="pos")
        left = np.abs(difference - (offset[second] - offset[first])) / error
        weight = 1 / (error**2 * np.maximum(left, 1))  # an edge far off counts by its distance, not by the square
        if np.abs(offset - before).max() < _SETTLED_S:
            break
    inverse = np.linalg.inv(_laplacian(first, second, weight, count) + 1 / count)
    spread = max(1.0, float(np.median(left)) / 0.6745) if len(left) > count else 1.0
    offset = offset + rough_s
    found = offset - _weighted_median(offset, pairs)
    return found, np.sqrt(np.maximum(np.diag(inverse) - 1 / count, 0)) * spread


def _laplacian(first: Ints, second: Ints, weight: Floats, count: int) -> Floats:
    matrix = np.zeros((count, count))
    np.add.at(matrix, (first, second), -weight)
    np.add.at(matrix, (second, first), -weight)
    matrix[np.diag_indices(count)] = -matrix.sum(axis=1)
    return matrix


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
