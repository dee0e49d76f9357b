"""UK registration marks: formats, dates of issue, and what else a reading may have been.

The formats are those of the DVLA (INF104 and earlier series). The Charles Wright face draws O and 0 alike,
and I and 1: only the position in a format tells them apart. Personal (dateless) and foreign plates are real
traffic: nothing here turns one into a UK mark unless the characters are drawn alike, or the rest of the looks
say so.
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import product

# The subset common to Python's `re` and Java's regex: Spark uses these same strings with rlike.
FORMATS: dict[str, str] = {
    "current": "^[A-HJ-PR-Y]{2}(?:0[2-9]|5[1-9]|[1-46-9][0-9])[A-HJ-PR-Z]{3}$",
    "prefix": "^[A-HJ-NP-TV-Y][1-9][0-9]{0,2}[A-HJ-PR-Z]{3}$",
    "suffix": "^[A-HJ-PR-Z]{3}[1-9][0-9]{0,2}[A-HJ-NPR-TV-Y]$",
    "northern_ireland": "^(?:[IZ][A-Z]{1,2}|[A-Z][IZ][A-Z]?|[A-Z]{2}[IZ])[1-9][0-9]{0,3}$",
    "dateless": "^(?:[1-9][0-9]{0,3}[A-Z]{1,2}|[1-9][0-9]{0,2}[A-Z]{3}"
    "|[A-Z]{1,2}[1-9][0-9]{0,3}|[A-Z]{3}[1-9][0-9]{0,2})$",
    "diplomatic": "^[0-9]{3}[DX][0-9]{3}$",
    "military": "^[0-9]{2}[A-Z]{2}[0-9]{2}$",
    "trade": "^[0-9]{5}$",
}
"""Format name to anchored regex over a normalised VRM, in order of priority; without look-ahead, for Arrow has none."""

UNRECOGNISED = "unrecognised"
INCOMPLETE = "incomplete"
"""A mark with `?` for a character that was not read: some vehicle's, and no one's in particular."""

FOLD_FROM = "OQDILZSBGYWM"
FOLD_TO = "000112586VNN"
"""Characters that readers confuse and what stands for them: for `str.maketrans` and Spark's `translate`."""

CONFUSED = ("0ODQ", "1ILTJ7", "27Z", "5S", "38B", "89", "6GC", "4A", "VYU", "MNHW", "EF", "PR", "KX")
"""Characters that readers take one for another, a group each: what one wrong character of a read may have been."""
CONFUSED_WITH = {
    one: "".join(sorted({other for group in CONFUSED if one in group for other in group if other != one}))
    for one in sorted(set("".join(CONFUSED)))
}
"""The characters that readers take for one, by that one."""

_FOLD = str.maketrans(FOLD_FROM, FOLD_TO)
_ALIKE = str.maketrans("OI", "01")
_COMPILED = {name: re.compile(pattern) for name, pattern in FORMATS.items()}

# Letter and digit patterns of the formats into which a reading may be corrected: L is a letter, D a digit.
_SHAPES: dict[str, tuple[str, ...]] = {
    "current": ("LLDDLLL",),
    "prefix": ("LDDDLLL", "LDDLLL", "LDLLL"),
    "suffix": ("LLLDDDL", "LLLDDL", "LLLDL"),
}
_AS_DIGIT = {
    "O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6", "A": "4", "T":
    "7",
}  # fmt: skip
_AS_LETTERS = {"0": "OD", "1": "IL", "2": "Z", "5": "S", "8": "B", "6": "G", "4": "A", "7": "T"}

_SCORE_AS_READ_UNRECOGNISED = 0.75
_ALIKE_FACTOR = 0.97
_CONFUSED_FACTOR = 0.7
"""One of these alone scores below an unrecognised reading: a foreign plate stays as read."""
_MAX_SUBSTITUTIONS = 3
_MAX_CONFUSED = 1
_EDGE_FACTOR = 0.9
_NOT_YET_ISSUED_FACTOR = 0.3
_LONGEST_READING = 12

_SEPTEMBER = 50
"""What the age digits of September to February have added to the year."""
_PREFIX_LETTERS = "ABCDEFGHJKLMNPRS"
_PREFIX_LATE = {
    "T": date(1999, 3, 1), "V": date(1999, 9, 1), "W": date(2000, 3, 1),
    "X": date(2000, 9, 1), "Y": date(2001, 3, 1),
}  # fmt: skip
_SUFFIX_JANUARY = "BCDE"
_SUFFIX_AUGUST = "FGHJKLMNPRSTVWXY"


@dataclass(frozen=True)
class Candidate:
    """A mark that a reading may stand for: its score (0 to 1) and the stable id of the rule that gave it."""

    vrm: str
    score: float
    rule: str


def normalise(text: str) -> str:
    """Return the upper-case letters A to Z and digits of a text, nothing else."""
    # Letters of other alphabets first: some have upper-case forms of A to Z, and no plate has them.
    return re.sub("[^A-Za-z0-9]", "", text).upper()


def classify(vrm: str) -> str:
    """Name the first format in `FORMATS` that a normalised VRM fits, `incomplete` or `unrecognised`."""
    if "?" in vrm:
        return INCOMPLETE
    return next((name for name, pattern in _COMPILED.items() if pattern.match(vrm)), UNRECOGNISED)


def fold(vrm: str) -> str:
    """Map characters that readers confuse onto one representative, so that such readings compare equal."""
    return vrm.translate(_FOLD)


def drawn_alike(vrm: str) -> str:
    """Map O and I onto 0 and 1, which UK plates draw alike: such readings are the same picture."""
    return vrm.translate(_ALIKE)


def earliest_issue(vrm: str) -> date | None:
    """Return the first day on which a mark of the current, prefix or suffix format can have been issued.

    Current: March to August the year's digits, September to February year + 50. Prefix and suffix: by the
    year letter, from the first of the month. None for formats without an age, and for Q plates, which hide
    it.
    """
    kind = classify(vrm)
    if kind == "current":
        age = int(vrm[2:4])
        return date(2000 + age, 3, 1) if age < _SEPTEMBER else date(2000 + age - _SEPTEMBER, 9, 1)
    if kind == "prefix":
        return _prefix_issue(vrm[0])
    return _suffix_issue(vrm[-1]) if kind == "suffix" else None


def _prefix_issue(letter: str) -> date | None:
    if letter in _PREFIX_LETTERS:
        return date(1983 + _PREFIX_LETTERS.index(letter), 8, 1)
    return _PREFIX_LATE.get(letter)


def _suffix_issue(letter: str) -> date:
    if letter == "A":
        return date(1963, 2, 1)
    if letter in _SUFFIX_JANUARY:
        return date(1964 + _SUFFIX_JANUARY.index(letter), 1, 1)
    return date(1967 + _SUFFIX_AUGUST.index(letter), 8, 1)


def candidates(text: str, seen_on: date | None) -> tuple[Candidate, ...]:
    """List the marks that a reading may stand for, best first; the raw reading is always among them.

    Substitutes, by position, characters that are drawn alike (nearly free) or that readers confuse (at most
    one, and then below the reading itself), and drops a plate's edge read as I or 1, or the letters of its
    band.

    Args:
        text: the reading, normalised or not.
        seen_on: the day of capture; a mark issued only later is scored down. None does not check.
    """
    read = normalise(text)
    score = 1.0 if classify(read) != UNRECOGNISED else _SCORE_AS_READ_UNRECOGNISED
    found = [Candidate(read, score, "as_read")]
    if len(read) <= _LONGEST_READING:
        found += _substituted(read)
        found += _without_edges(read)
    dated = [_score_by_date(candidate, seen_on) for candidate in found]
    best: dict[str, Candidate] = {}
    for candidate in sorted(dated, key=lambda c: (-c.score, c.rule != "as_read", c.rule)):
        best.setdefault(candidate.vrm, candidate)
    return tuple(best.values())


def _substituted(read: str) -> list[Candidate]:
    found = []
    for kind, shapes in _SHAPES.items():
        for shape in shapes:
            if len(shape) == len(read):
                found += [c for c in _fit(read, shape, kind) if classify(c.vrm) == kind]
    return found


def _fit(read: str, shape: str, kind: str) -> list[Candidate]:
    """Put a reading into a shape of letters and digits, where a few substitutions do it."""
    options = [_options(character, wanted) for character, wanted in zip(read, shape, strict=True)]
    changes = sum(character not in option for character, option in zip(read, options, strict=True))
    if changes > _MAX_SUBSTITUTIONS or changes == 0:
        return []
    found = []
    for chosen in product(*options):
        swaps = [(a, b, i) for i, (a, b) in enumerate(zip(read, chosen, strict=True), start=1) if a != b]
        confused = sum(drawn_alike(a) != drawn_alike(b) for a, b, _ in swaps)
        if confused <= _MAX_CONFUSED:
            score = _ALIKE_FACTOR ** (len(swaps) - confused) * _CONFUSED_FACTOR**confused
            rule = f"{kind}:" + ",".join(f"{a}>{b}@{i}" for a, b, i in swaps)
            found.append(Candidate("".join(chosen), score, rule))
    return found


def _options(character: str, wanted: str) -> str:
    """Return the characters of the wanted class (L or D) that a read character may be; empty if none."""
    if wanted == "D":
        return character if character.isdigit() else _AS_DIGIT.get(character, "")
    return character if character.isalpha() else _AS_LETTERS.get(character, "")


def _without_edges(read: str) -> list[Candidate]:
    """Drop what is no character of the mark: GB or UK on the band, a border read as I, 1 or L.

    Only down to the current format, whose shape is too particular to be left over by chance.
    """
    trims = [(read[2:], f"band:{read[:2]}")] if read[:2] in {"GB", "UK"} else []
    trims += [(read[1:], f"edge:{read[0]}@1")] if read[:1] in {"I", "1", "L"} else []
    trims += [(read[:-1], f"edge:{read[-1]}@{len(read)}")] if read[-1:] in {"I", "1", "L"} else []
    return [Candidate(vrm, _EDGE_FACTOR, rule) for vrm, rule in trims if classify(vrm) == "current"]


def _score_by_date(candidate: Candidate, seen_on: date | None) -> Candidate:
    issued = earliest_issue(candidate.vrm)
    if seen_on is None or issued is None or issued <= seen_on:
        return candidate
    return Candidate(candidate.vrm, candidate.score * _NOT_YET_ISSUED_FACTOR, candidate.rule)
