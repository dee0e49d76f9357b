"""The lines of a hot-list: which are entries, and which rule the others break."""

import csv
import hashlib
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from jobs.domain.terms import PURPOSES
from jobs.ingest.hotlist.dates import read_date
from jobs.ingest.vrms import SPREADSHEET, transliterated
from ocr.vrm import UNRECOGNISED, classify, normalise

FIELDS = (
    "vrm", "make", "model", "colour", "action", "warning_markers", "reason", "nim_code", "information", "force_area",
    "weed_date", "pnc_id", "gpms_marking", "cad_information", "spare_1", "spare_2",
)  # fmt: skip

_PURPOSE = re.compile(r"\W*([A-Za-z]+)\b")
# What a spreadsheet takes for the start of a formula when it opens a CSV (OWASP, CSV injection); a sign before nothing
# but words and numbers calls no function and no program.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_WORDS = re.compile(r"[+@-][\w .,']*")
_SEVERAL = re.compile(r"[/,;&+|]")
_PARTED = re.compile("[^A-Za-z0-9?*]+")
_LONGEST = 40
"""Characters of a field in which several marks are looked for; a longer one is refused for its length."""

Fields = dict[str, str]


@dataclass(frozen=True)
class EntryLimits:
    """What an entry is held against.

    Attributes:
        latest_weed_date: an entry may match until this day at most.
        min_characters: letters and digits that a mark with wildcards must fix.
        max_vrm_chars: the longest mark, `*` not counted.
        placeholders: what is written for a mark that is not known, normalised.
        unread: what feeds write for a character that was not read; here `*` is a wildcard all the same.
    """

    latest_weed_date: date
    min_characters: int
    max_vrm_chars: int
    placeholders: AbstractSet[str]
    unread: str


def parse_line(text: str) -> Fields | None:
    """The sixteen fields of a line as supplied; None where it has not sixteen, or a quote that never closes."""
    try:
        values = next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None
    return dict(zip(FIELDS, values, strict=True)) if len(values) == len(FIELDS) else None


def broken_rule(fields: Fields | None, limits: EntryLimits) -> str | None:
    """Code of the first rule that a line's fields break, or None."""
    if fields is None:
        return "malformed"
    if fields["vrm"].startswith(_FORMULA_STARTS) or any(runs_as_formula(value) for value in fields.values()):
        return "formula"
    return (
        _damaged_vrm(fields["vrm"], limits)
        or _broken_by_vrm(normalised_pattern(fields["vrm"], limits.unread), limits)
        or (None if purpose_of(fields["reason"]) else "purpose_unknown")
        or _broken_by_date(fields["weed_date"], limits)
    )


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet would run a text as a formula."""
    return text.startswith(_FORMULA_STARTS) and not _PLAIN_WORDS.fullmatch(text)


def _damaged_vrm(text: str, limits: EntryLimits) -> str | None:
    """Why what stands for a mark is none, or not one."""
    ascii_text = transliterated(text)
    if ascii_text is None:
        return "vrm_letter_unknown"
    if SPREADSHEET.search(ascii_text):
        return "vrm_spreadsheet"
    if normalised_pattern(text, "") in limits.placeholders:
        return "vrm_placeholder"
    if any(sign in limits.unread for sign in ascii_text if sign not in "?*"):
        return None  # not read whole: it is one mark, however it looks
    parts = _SEVERAL.split(ascii_text)
    is_several = len(parts) > 1 and all(_is_mark(normalise(part)) for part in parts)
    return "vrm_several" if is_several or _are_marks(_PARTED.split(ascii_text)) else None


def _is_mark(vrm: str) -> bool:
    return classify(vrm) != UNRECOGNISED


def _are_marks(words: list[str]) -> bool:
    """Whether words are no mark together, but two or more marks one after the other: `AB12 CDE XY12 ZZZ`."""
    parts = [normalise(word) for word in words if word]
    if sum(map(len, parts)) > _LONGEST or _is_mark("".join(parts)):
        return False
    ends = [0]  # numbers of words that are marks, one after the other
    for end in range(1, len(parts) + 1):
        if any(_is_mark("".join(parts[start:end])) for start in ends):
            ends.append(end)
    return len(parts) in ends[1:]


def _broken_by_vrm(pattern: str, limits: EntryLimits) -> str | None:
    fixed = len(pattern) - pattern.count("?") - pattern.count("*")
    if not pattern:
        return "vrm_missing"
    if not fixed:
        return "vrm_matches_everything"
    # A whole mark is never vague: A1 is one vehicle.
    if fixed < limits.min_characters and fixed < len(pattern):
        return "vrm_too_vague"
    return "vrm_too_long" if len(pattern) - pattern.count("*") > limits.max_vrm_chars else None


def _broken_by_date(text: str, limits: EntryLimits) -> str | None:
    weed_date = read_date(text)
    if isinstance(weed_date, str):
        return f"weed_date_{weed_date}"
    return "weed_date_too_far" if weed_date > limits.latest_weed_date else None


def latest_weed_date(arrived_on: date, max_days: int) -> date:
    """The last day on which an entry of a list may match."""
    return arrived_on + timedelta(days=max_days)


def normalised_pattern(text: str, unread: str) -> str:
    """Upper-case letters, digits and wildcards of an entry's mark; several `*` in a row are one.

    A character that was not read is `?`, as in feeds: without it the mark would be another vehicle's.
    """
    marked = "".join("?" if sign in unread and sign != "*" else sign for sign in transliterated(text) or "")
    return re.sub(r"\*+", "*", re.sub("[^A-Za-z0-9?*]", "", marked).upper())


def purpose_of(reason: str) -> tuple[str, int] | None:
    """Purpose and priority by the first word of a reason; None where it names no purpose."""
    word = _PURPOSE.match(reason)
    return PURPOSES.get(word[1].upper()) if word else None


def entry(fields: Fields, unread: str) -> dict[str, Any]:
    """The columns of `hotlist` that follow from the fields of a line; `unread` as in the limits.

    Raises:
        ValueError: the line breaks a rule.
    """
    known, weed_date = purpose_of(fields["reason"]), read_date(fields["weed_date"])
    if known is None or isinstance(weed_date, str):
        raise ValueError("the line breaks a rule")
    purpose, priority = known
    vrm = normalised_pattern(fields["vrm"], unread)
    return {
        **fields,
        "entry_id": hashlib.sha256(f"entry|{purpose}|{vrm}".encode()).hexdigest(),
        "vrm": vrm,
        "weed_date": weed_date,
        "purpose": purpose,
        "priority": priority,
    }
