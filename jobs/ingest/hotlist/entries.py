"""The lines of a hot-list: which are entries, and which rule the others break."""

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FIELDS = (
    "vrm", "make", "model", "colour", "action", "warning_markers", "reason", "nim_code", "information", "force_area",
    "weed_date", "pnc_id", "gpms_marking", "cad_information", "spare_1", "spare_2",
)  # fmt: skip
# Primacy of use in the force's policy: intelligence, then post-incident investigation, then roads policing.
PURPOSES = {"INTEL": ("intelligence", 1), "POST": ("post_incident", 2), "ROADS": ("roads_policing", 3)}

# What a spreadsheet takes for the start of a formula when it opens a CSV (OWASP, CSV injection); a sign alone, or
# before nothing but a number, is none.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-][0-9]*(\.[0-9]+)?")

Fields = dict[str, str]


@dataclass(frozen=True)
class EntryLimits:
    """What an entry is held against.

    Attributes:
        latest_weed_date: an entry may match until this day at most.
        min_characters: letters and digits that a mark with wildcards must fix.
        max_vrm_chars: the longest mark, `*` not counted.
    """

    latest_weed_date: date
    min_characters: int
    max_vrm_chars: int


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
    if any(_runs_as_formula(value) for value in fields.values()):
        return "formula"
    return _broken_by_mark(normalised_pattern(fields["vrm"]), limits) or _broken_by_date(fields["weed_date"], limits)


def _runs_as_formula(text: str) -> bool:
    return text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text)


def _broken_by_mark(pattern: str, limits: EntryLimits) -> str | None:
    fixed = len(pattern) - pattern.count("?") - pattern.count("*")
    if not pattern:
        return "vrm_missing"
    if fixed == 0:
        return "vrm_matches_everything"
    # A whole mark is never vague: A1 is one vehicle.
    if fixed < limits.min_characters and fixed < len(pattern):
        return "vrm_too_vague"
    return "vrm_too_long" if len(pattern) - pattern.count("*") > limits.max_vrm_chars else None


def _broken_by_date(text: str, limits: EntryLimits) -> str | None:
    if not text.strip():
        return "weed_date_missing"
    try:
        weed_date = date.fromisoformat(text.strip())
    except ValueError:
        return "weed_date_malformed"
    return "weed_date_too_far" if weed_date > limits.latest_weed_date else None


def latest_weed_date(arrived_on: date, max_days: int) -> date:
    """The last day on which an entry of a list may match."""
    return arrived_on + timedelta(days=max_days)


def normalised_pattern(text: str) -> str:
    """Upper-case letters, digits and wildcards of an entry's mark; several `*` in a row are one."""
    return re.sub(r"\*+", "*", re.sub("[^A-Za-z0-9?*]", "", text).upper())


def entry(fields: Fields) -> dict[str, Any]:
    """The columns of `hotlist` that follow from the fields of a line that breaks no rule."""
    purpose, priority = PURPOSES.get(fields["reason"].partition(":")[0].strip().upper(), PURPOSES["ROADS"])
    vrm = normalised_pattern(fields["vrm"])
    return {
        **fields,
        "entry_id": hashlib.sha256(f"entry|{purpose}|{vrm}".encode()).hexdigest(),
        "vrm": vrm,
        "weed_date": date.fromisoformat(fields["weed_date"].strip()),
        "purpose": purpose,
        "priority": priority,
    }
