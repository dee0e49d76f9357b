"""Weed dates as lists write them: ISO 8601, and other notations where they can mean one day only."""

import re
from datetime import date, datetime

_TIME = r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_ISO = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{8}}|[0-9]{{4}}-W[0-9]{{2}}-[1-7]){_TIME}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_MONTH_NAMED = re.compile(r"[0-9]{1,2}[ -][A-Za-z]{3}[ -][0-9]{4}")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}|[0-9]{1,2}[ -][A-Za-z]{3}[ -][0-9]{2}")
_DAY_NUMBER = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")


def read_date(text: str) -> date | str:
    """The day that a text means, a time of day left out; else why it means none.

    `2026-11-30`, `20261130`, `2026-W49-1`, `2026/11/30`, `30 Nov 2026`, and `30/11/2026` where day and month cannot
    change places. Reasons: missing, malformed; ambiguous, a year of two digits or a day that may be the month;
    spreadsheet, a day as its number.
    """
    text = text.strip()
    if not text:
        return "missing"
    if _DAY_NUMBER.fullmatch(text):
        return "spreadsheet"
    if _SHORT_YEAR.fullmatch(text):
        return "ambiguous"
    try:
        return _day(text)
    except ValueError:  # no notation, or none of the calendar's days
        return "malformed"


def _day(text: str) -> date | str:
    if found := _ISO.fullmatch(text):
        return date.fromisoformat(found[1])
    if found := _YEAR_FIRST.fullmatch(text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if _MONTH_NAMED.fullmatch(text):
        return datetime.strptime(text.replace("-", " "), "%d %b %Y").date()  # noqa: DTZ007 - a day has no zone
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        raise ValueError("no notation of a day")
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if max(first, second) <= 12 and first != second:  # noqa: PLR2004 - months
        return "ambiguous"
    return date(year, min(first, second), max(first, second))
