"""A day of a camera, and of the feeds, held against their own history: pure rules on rows of `camera_days`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np

from jobs.quality.clocks import SURE, is_off
from jobs.settings import QualitySettings

Profile = Mapping[str, Any]
"""A row of `camera_days`."""

_DEVIATION = 1.4826
"""Standard deviations in a median absolute deviation, of a normal distribution."""
_ON_MOST_DAYS = 0.25
"""What a camera usually gives at least: on three of four days there is more."""
_SHARE_FLOOR = 0.01
_CLOCK_FLOOR_S = 1.0
"""Spreads below which a history is too even to be true."""
_FEW_PAIRS = 0.2
"""Of the pairs for as many reads as usual: with less the clock has left its neighbours'."""
_HOURS = 24


@dataclass(frozen=True)
class Finding:
    """What is unusual, in the unit of a column; None is unknown."""

    check: str
    column: str
    observed: float | None
    expected: float | None


def nothing_seen(camera_id: str) -> dict[str, Any]:
    """The row of a day on which a camera saw nothing."""
    return {
        "camera_id": camera_id, "reads": 0, "reads_by_hour": [0] * _HOURS, "unrecognised": 0, "mean_confidence": None,
        "source_kinds": {}, "partner_sources": {}, "clock_offset_s": None, "clock_error_s": None, "clock_pairs": 0,
    }  # fmt: skip


def usual_days(day: date, days: Sequence[date], at_least: int) -> list[date]:
    """The days of a history that tell of a day: those of its weekday if there are enough, else all, else none."""
    same = [one for one in days if one.weekday() == day.weekday()]
    if len(same) >= at_least:
        return same
    return list(days) if len(days) >= at_least else []


def camera_findings(
    today: Profile, usual: Sequence[Profile], recent: Sequence[Profile], settings: QualitySettings
) -> tuple[list[str], list[Finding]]:
    """Which checks a camera's day can be put to, and what is unusual of it.

    A mobile camera stands where and when its crew does: how much it reads is not judged.

    Args:
        today: its row; `nothing_seen` where it has none.
        usual: its rows of the days that tell how much it gives.
        recent: its rows of all days of the history.
        settings: the limits.
    """
    checks, found = ["clock_offset"], [_offset(today, settings)]
    if len(usual) >= settings.history.min_days and not any("mobile" in one["source_kinds"] for one in usual):
        checks += ["camera_silent", "camera_few_reads"]
        found.append(_silent(today, usual, settings) or _few_reads(today, usual, settings))
    if len(recent) >= settings.history.min_days:
        checks += ["camera_rubbish", "clock_jumped"]
        found += [_rubbish(today, recent, settings), _jumped(today, recent, settings)]
    return checks, [one for one in found if one]


def _silent(today: Profile, usual: Sequence[Profile], settings: QualitySettings) -> Finding | None:
    """The hours without a read, one after the other, that most reads were to be expected in."""
    past, expected = np.array([one["reads_by_hour"] for one in usual]), 0.0
    for is_quiet, hours in groupby(range(_HOURS), key=lambda hour: today["reads_by_hour"][hour] == 0):
        if is_quiet:
            expected = max(expected, float(np.quantile(past[:, list(hours)].sum(axis=1), _ON_MOST_DAYS)))
    if expected < settings.checks.camera_silent.min_reads:
        return None
    return Finding("camera_silent", "reads_by_hour", 0, expected)


def _few_reads(today: Profile, usual: Sequence[Profile], settings: QualitySettings) -> Finding | None:
    middle, spread = _middle([one["reads"] for one in usual])
    limit = min(
        settings.checks.camera_few_reads.share * middle, middle - settings.history.spread * max(spread, np.sqrt(middle))
    )
    if middle < settings.checks.camera_silent.min_reads or today["reads"] >= limit:
        return None
    return Finding("camera_few_reads", "reads", today["reads"], middle)


def _rubbish(today: Profile, recent: Sequence[Profile], settings: QualitySettings) -> Finding | None:
    enough = settings.checks.camera_rubbish.min_reads
    past = [one for one in recent if one["reads"] >= enough]
    if today["reads"] < enough or len(past) < settings.history.min_days:
        return None
    share = today["unrecognised"] / today["reads"]
    middle, spread = _middle([one["unrecognised"] / one["reads"] for one in past])
    spread = max(spread, np.sqrt(middle * (1 - middle) / today["reads"]), _SHARE_FLOOR)
    if share - middle > max(settings.checks.camera_rubbish.share, settings.history.spread * spread):
        return Finding("camera_rubbish", "unrecognised", share, middle)
    sure, known = today["mean_confidence"], [one["mean_confidence"] for one in past]
    if sure is None or None in known:
        return None
    middle, spread = _middle(known)
    limit = max(settings.checks.camera_rubbish.confidence, settings.history.spread * max(spread, _SHARE_FLOOR))
    return Finding("camera_rubbish", "mean_confidence", sure, middle) if middle - sure > limit else None


def _offset(today: Profile, settings: QualitySettings) -> Finding | None:
    offset, error = today["clock_offset_s"], today["clock_error_s"]
    if offset is None or not is_off(np.array(offset), np.array(error), settings.checks.clock_offset.seconds):
        return None
    return Finding("clock_offset", "clock_offset_s", offset, 0)


def _jumped(today: Profile, recent: Sequence[Profile], settings: QualitySettings) -> Finding | None:
    known = [one for one in recent if one["clock_offset_s"] is not None]
    if len(known) < settings.history.min_days or not today["reads"]:
        return None
    pairs, usual = today["clock_pairs"], float(np.median([one["clock_pairs"] / one["reads"] for one in known]))
    if pairs < _FEW_PAIRS * usual * today["reads"] and usual * today["reads"] >= settings.clocks.min_pairs:
        return Finding("clock_jumped", "clock_pairs", pairs, usual * today["reads"])
    if today["clock_offset_s"] is None:
        return None
    middle, spread = _middle([one["clock_offset_s"] for one in known])
    steady = settings.history.spread * max(spread, _CLOCK_FLOOR_S)
    limit = max(settings.checks.clock_jumped.seconds, steady, SURE * today["clock_error_s"])
    moved = abs(today["clock_offset_s"] - middle) > limit
    return Finding("clock_jumped", "clock_offset_s", today["clock_offset_s"], middle) if moved else None


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """Median, and the standard deviation that the median absolute deviation stands for."""
    middle = float(np.median(values))
    return middle, _DEVIATION * float(np.median(np.abs(np.array(values) - middle)))


def stopped(
    column: str, today: Mapping[str, int], past: Sequence[Mapping[str, int]], settings: QualitySettings
) -> Iterator[tuple[str, Finding]]:
    """Sources that came on most of some nights or days and not on this one, with what was to be expected of each.

    Args:
        column: what is counted.
        today: files or reads by source.
        past: the same of earlier nights or days.
        settings: how many there must be, and on how many a source must have come.
    """
    if len(past) < settings.history.min_days:
        return
    for source in sorted(set().union(*past)):
        counts = [one[source] for one in past if one.get(source)]
        if len(counts) >= settings.checks.feed_stopped.share * len(past) and not today.get(source):
            yield source, Finding("feed_stopped", column, 0, float(np.median(counts)))
