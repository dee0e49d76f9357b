"""The vehicles: registration marks in the mix of ages seen on British roads, habits, homes.

Formats and the dates from which marks were issued follow the DVLA's scheme: current marks since September
2001 (age digits: March to August the year, September to February the year and 50), prefix letters from
August 1983, suffix letters from February 1963, dateless marks before, marks of Northern Ireland with I or Z.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from jobs.simulate.network import Network
from jobs.simulate.roads import FloatArray, IntArray

StrArray = npt.NDArray[np.str_]
Drawer = Callable[[int, date, np.random.Generator], StrArray]

KINDS = ("commuter", "fleet", "through", "local", "occasional")
_KIND_SHARES = (0.34, 0.06, 0.30, 0.18, 0.12)
FORMATS = ("current", "prefix", "suffix", "dateless", "northern_ireland", "foreign")
_FORMAT_SHARES = (0.915, 0.040, 0.005, 0.010, 0.015, 0.015)
"""[D] share of each format among vehicles; cherished marks make old formats live on."""

_FIRST_CURRENT = date(2001, 9, 1)
_AREA = "ABCDEFGHJKLMNOPRSTUVWXY"
_LETTERS = "ABCDEFGHJKLMNOPRSTUVWXYZ"
_PREFIXES = "ABCDEFGHJKLMNPRSTVWXY"
_SUFFIXES = "ABCDEFGHJKLMNPRSTVWXY"


@dataclass(frozen=True)
class Vehicles:
    """Columns of equal length, one element a vehicle.

    `vrm` is its mark, `format` and `kind` index FORMATS and KINDS; `home` and `work` are nodes; `leaves_s`
    and `returns_s` are the usual times of day of a commuter, in seconds.
    """

    vrm: StrArray
    format: IntArray
    kind: IntArray
    home: IntArray
    work: IntArray
    leaves_s: FloatArray
    returns_s: FloatArray

    def of_kind(self, kind: str) -> IntArray:
        """Indices of the vehicles of one kind."""
        return np.flatnonzero(self.kind == KINDS.index(kind))


def age_identifier(registered: date) -> int:
    """Age digits of a current mark registered on a date.

    Raises:
        ValueError: for a date before the scheme began.
    """
    if registered < _FIRST_CURRENT:
        raise ValueError(f"current marks begin on {_FIRST_CURRENT}, not {registered}")
    if 3 <= registered.month <= 8:  # noqa: PLR2004 - March to August, by the scheme
        return registered.year % 100
    year = registered.year if registered.month > 2 else registered.year - 1  # noqa: PLR2004 - to February
    return year % 100 + 50


def draw_vrms(count: int, seen_from: date, random: np.random.Generator) -> tuple[StrArray, IntArray]:
    """Draw different marks, all issued before `seen_from`: the marks and the index of each one's format."""
    formats = random.choice(len(FORMATS), size=count, p=_FORMAT_SHARES)
    vrms = np.empty(count, dtype="U8")
    for index, vrm_format in enumerate(FORMATS):
        where = np.flatnonzero(formats == index)
        vrms[where] = vrms_of(vrm_format, len(where), seen_from, random)
    return vrms, formats


def vrms_of(vrm_format: str, count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    """Draw different marks of one of FORMATS, all issued before `seen_from`."""
    drawers = (_current, _prefix, _suffix, _dateless, _northern_ireland, _foreign)
    return _distinct(drawers[FORMATS.index(vrm_format)], count, seen_from, random)


def _distinct(drawer: Drawer, count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    """Marks of one format without repeats; the formats have no mark in common."""
    vrms: StrArray = np.empty(0, dtype="U8")
    while len(vrms) < count:
        more = np.concatenate([vrms, drawer(count - len(vrms) + 8, seen_from, random)])
        _, first = np.unique(more, return_index=True)
        vrms = more[np.sort(first)]
    return vrms[:count]


def _text(alphabet: str, count: int, length: int, random: np.random.Generator) -> StrArray:
    """Random words of `length` letters."""
    letters = np.array(list(alphabet))[random.integers(len(alphabet), size=(count, length))]
    words: StrArray = np.ascontiguousarray(letters).view(f"U{length}")[:, 0]
    return words


def _number(low: int, high: int, count: int, random: np.random.Generator) -> StrArray:
    """Random numbers, low and high included, without leading zeros."""
    return random.integers(low, high + 1, count).astype("U5")


def _join(*parts: StrArray) -> StrArray:
    joined = parts[0]
    for part in parts[1:]:
        joined = np.char.add(joined, part)
    return joined.astype("U8")


def _current(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    oldest = (seen_from - _FIRST_CURRENT).days
    days = np.minimum(random.gamma(2.2, 1300, count), oldest - 1).astype(int) + 1
    known = {int(d): f"{age_identifier(seen_from - timedelta(days=int(d))):02d}" for d in np.unique(days)}
    ages = np.array([known[int(d)] for d in days])
    return _join(_text(_AREA, count, 2, random), ages, _text(_LETTERS, count, 3, random))


def _prefix(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    del seen_from  # all are older than anything simulated
    year = _text(_PREFIXES, count, 1, random)
    return _join(year, _number(1, 999, count, random), _text(_LETTERS, count, 3, random))


def _suffix(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    del seen_from
    year = _text(_SUFFIXES, count, 1, random)
    return _join(_text(_LETTERS, count, 3, random), _number(1, 999, count, random), year)


def _dateless(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    del seen_from
    letters, digits = _text(_AREA, count, 3, random), _number(1, 999, count, random)
    return np.where(random.integers(2, size=count) == 0, _join(letters, digits), _join(digits, letters))


def _northern_ireland(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    del seen_from
    letters = np.where(random.integers(2, size=count) == 0, "IZ", "IL")
    return _join(_text("ABCDFGHJKLMNORSTUVWX", count, 1, random), letters, _number(1000, 9999, count, random))


def _foreign(count: int, seen_from: date, random: np.random.Generator) -> StrArray:
    """French, Spanish, Irish and Polish looking marks, none of a UK shape."""
    del seen_from
    shapes = (
        _join(
            _text(_LETTERS, count, 2, random),
            _number(100, 999, count, random),
            _text("BCDFGH", count, 2, random),
        ),
        _join(_number(1000, 9999, count, random), _text("BCDFGHJKLMNPRSTVWXYZ", count, 3, random)),
        _join(
            _number(131, 252, count, random),
            _text("CDGKLMW", count, 1, random),
            _number(1000, 9999, count, random),
        ),
        _join(_text("DGKPRSW", count, 2, random), _number(10_000, 99_999, count, random)),
    )
    return np.choose(random.integers(len(shapes), size=count), shapes)


def draw_vehicles(count: int, network: Network, seen_from: date, random: np.random.Generator) -> Vehicles:
    """Draw vehicles with marks, kinds, homes, places of work and usual times."""
    vrm, formats = draw_vrms(count, seen_from, random)
    kind = random.choice(len(KINDS), size=count, p=_KIND_SHARES)
    size = random.lognormal(0, 0.8, network.towns)
    home = random.choice(network.towns, size=count, p=size / size.sum())
    pull = size**1.5
    work = random.choice(network.towns, size=count, p=pull / pull.sum())
    work = np.where(work == home, (work + 1 + random.integers(network.towns - 1, size=count)) % network.towns, work)
    work = np.where(work == home, (work + 1) % network.towns, work)
    fleet = np.flatnonzero(kind == KINDS.index("fleet"))
    # A dozen vehicles share a depot.
    depots = random.integers(network.towns, size=len(fleet) // 12 + 1)
    home[fleet] = depots[np.arange(len(fleet)) // 12]
    leaves = random.normal(7.6, 0.9, count) * 3600
    stays = random.normal(8.7, 0.8, count) * 3600
    return Vehicles(vrm, formats, kind, home, work, leaves, leaves + np.clip(stays, 4 * 3600, 11 * 3600))
