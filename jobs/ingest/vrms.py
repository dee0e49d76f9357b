"""Marks as suppliers write them, to VRMs: A to Z, 0 to 9, and `?` for a character that was not read.

No letter is dropped, for a mark without one of its letters is another vehicle's. Letters of Latin alphabets become
what travel documents print for them, letters of others what is drawn alike; a mark with a letter that has no such form
is refused. What stands between the characters (blanks, signs, seals) is no part of a mark.
"""

import re
import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ocr.vrm import FORMATS, INCOMPLETE, UNRECOGNISED

TRANSLITERATED = "transliterated"
"""Flag of a read whose mark came with letters that are not A to Z."""
FAULTS = ("vrm_control_characters", "vrm_letter_unknown", "vrm_spreadsheet", "vrm_missing", "vrm_formula")
"""What may be wrong with the text of a mark, in the order in which it is told."""

# ICAO Doc 9303 part 3, section 6, transliteration of Latin letters, where it is not the letter without its accent.
_LATIN = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ð": "D", "Đ": "D", "Ħ": "H", "Ŋ": "N", "Ł": "L", "Ö": "OE", "Ø": "OE",
    "Œ": "OE", "ẞ": "SS", "Ŧ": "T", "Þ": "TH", "Ü": "UE",
    # No letter, but what an encoder puts for one that it lost.
    "\ufffd": "?",
}  # fmt: skip
# The letters that Cyrillic and Greek plates choose because they are drawn as Latin ones.
_ALIKE = dict(
    zip("АВЕКМНОРСТУХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXISJABEZHIKMNOPTYX", strict=True)  # noqa: RUF001 - those letters are meant
)
_FRACTION_SLASH = "\u2044"

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)"
SPREADSHEET = re.compile(
    r"(?i)^ *(?:"
    r"[0-9]+(?:[.,][0-9]+)?E\+[0-9]+|[0-9]+[.,][0-9]+E-?[0-9]+|"  # 1E23 shown as a number
    rf"[0-9]{{1,2}}-{_MONTH}(?:-(?:[0-9]{{2}}){{1,2}})?|{_MONTH}-(?:[0-9]{{2}}){{1,2}}|"  # MAR10 shown as a date
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: 00:00(?::00)?)?|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{2}){1,2}|"
    r"[0-9]+\.0+|"  # 12345 as a number with decimals
    r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)"
    r") *$"
)
"""What a spreadsheet made of a mark: certain, for no mark is written so; with the form that Arrow and Python share.

`MAR10`, `1E23ABC`, `1E23`, `1E-23` and `TRUE` may be marks and lost nothing. `10-MAR` is refused in capitals too: it
was MAR10 or 10MAR, two vehicles.
"""


def transliterated(text: str) -> str | None:
    """The text in ASCII, separators as blanks; None where a letter or number has no form there."""
    if text.isascii():
        return text
    found = [_ascii(character) for character in unicodedata.normalize("NFKC", text).upper()]
    return None if None in found else "".join(part for part in found if part is not None)


def _ascii(character: str) -> str | None:
    """What stands for one upper-case character; None where nothing does."""
    if character.isascii():
        return character
    known = _LATIN.get(character) or _ALIKE.get(character)
    kind = unicodedata.category(character)
    base = unicodedata.normalize("NFD", character)[0]
    digit = unicodedata.digit(character, None)
    if known or digit is not None:
        return known or str(digit)
    if kind[0] == "L" and base.isascii():
        return base
    if kind[0] == "M":  # an accent on a letter with which it makes no other
        return ""
    is_separator = kind[0] in "PSZ" or kind in {"Cc", "Cf"}
    return " " if is_separator and character != _FRACTION_SLASH else None


@dataclass(frozen=True)
class ReadVrms:
    """One element a row.

    Attributes:
        vrm: normalised; null where no mark is stated, or a letter has no form.
        fault: place in `FAULTS` from 1, or 0.
        is_transliterated: whether letters are there that the text has not.
    """

    vrm: pa.Array
    fault: npt.NDArray[np.int64]
    is_transliterated: npt.NDArray[np.bool_]


def read_vrms(texts: pa.Array, unread: str) -> ReadVrms:
    """The marks of texts; `unread` are the characters that stand for one not read.

    Nearly all texts are letters and digits of ASCII alone, with which nothing can be wrong: the others are looked at.
    """
    vrm, fault = pc.ascii_upper(texts), np.zeros(len(texts), np.int64)
    is_transliterated = np.zeros(len(texts), np.bool_)
    odd = pc.invert(pc.fill_null(pc.ascii_is_alnum(texts), False))
    if pc.any(odd).as_py():
        places, some = np.flatnonzero(odd), texts.filter(odd)
        in_ascii = _ascii_texts(some)
        found = normalised_vrm(in_ascii, unread)
        fault[places] = _faults(some, in_ascii, found)
        is_transliterated[places] = pc.fill_null(pc.not_equal(found, normalised_vrm(some, unread)), False)
        vrm = pc.replace_with_mask(vrm, odd, found)
    return ReadVrms(vrm, fault, is_transliterated)


def _faults(texts: pa.Array, in_ascii: pa.Array, vrm: pa.Array) -> npt.NDArray[np.int64]:
    """The first of `FAULTS` of each text."""
    broken = (
        pc.match_substring_regex(texts, r"[\x00-\x1f\x7f]"),
        pc.and_(pc.is_null(in_ascii), pc.is_valid(texts)),
        pc.match_substring_regex(in_ascii, SPREADSHEET.pattern),
        pc.invert(pc.match_substring_regex(pc.coalesce(vrm, ""), "[A-Z0-9]")),
        pc.match_substring_regex(texts, "^[=+@-]"),
    )
    rows = [np.asarray(pc.fill_null(one, False)) for one in broken]
    found: npt.NDArray[np.int64] = np.select(rows, list(range(1, len(FAULTS) + 1)), 0)
    return found


def _ascii_texts(texts: pa.Array) -> pa.Array:
    """`transliterated` of each text; null where it is None."""
    foreign = pc.fill_null(pc.invert(pc.string_is_ascii(texts)), False)
    if not pc.any(foreign).as_py():
        return texts
    found = [transliterated(text) for text in texts.filter(foreign).to_pylist()]
    return pc.replace_with_mask(texts, foreign, pa.array(found, pa.string()))


def normalised_vrm(texts: pa.Array, unread: str) -> pa.Array:
    """Upper-case letters and digits of texts, as `ocr.vrm.normalise`, and `?` for each of the `unread` characters.

    Null where a text is null.
    """
    marked = pc.replace_substring_regex(pc.ascii_upper(texts), f"[{re.escape(unread)}]", "?")
    return pc.replace_substring_regex(marked, "[^A-Z0-9?]", "")


def vrm_format(vrm: pa.Array) -> pa.Array:
    """Name of the first format that each normalised mark fits; the same as `ocr.vrm.classify`."""
    names = [*FORMATS, INCOMPLETE, UNRECOGNISED]
    found = np.full(len(vrm), len(names) - 1, np.int8)
    left = np.arange(len(vrm))
    for number, pattern in enumerate((*FORMATS.values(), r"\?")):
        fits = pc.match_substring_regex(vrm.take(pa.array(left)), pattern).fill_null(False)
        fits = fits.to_numpy(zero_copy_only=False)
        found[left[fits]] = number
        left = left[~fits]
        if not len(left):
            break
    return pa.DictionaryArray.from_arrays(pa.array(found), pa.array(names)).cast(pa.string())


def is_placeholder(vrm: pa.Array, placeholders: AbstractSet[str]) -> pa.Array:
    """Whether a normalised mark is what a camera writes where there is none; NO_PLATE has a `?` by then."""
    return pc.is_in(pc.replace_substring(vrm, "?", ""), pa.array(sorted(placeholders), pa.string()))
