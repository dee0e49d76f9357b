# ruff: noqa: RUF001 - letters that are drawn as others are what this is about
"""Marks as suppliers write them: no letter is lost, and what a spreadsheet made of one is seen."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.ingest.vrms import SPREADSHEET, read_vrms, transliterated


@pytest.mark.parametrize(
    ("text", "vrm"),
    [
        # The rows of ICAO Doc 9303 part 3 that are more than a letter without its accent.
        ("Ä", "AE"), ("Å", "AA"), ("Æ", "AE"), ("Ð", "D"), ("Đ", "D"), ("Ħ", "H"), ("ı", "I"), ("Ĳ", "IJ"), ("Ł", "L"),
        ("Ŋ", "N"), ("Ö", "OE"), ("Ø", "OE"), ("Œ", "OE"), ("ß", "SS"), ("ẞ", "SS"), ("Ŧ", "T"), ("Þ", "TH"),
        ("Ü", "UE"), ("Ŀ", "L"),
        ("ÀÁÂÃĀĂĄ", "A" * 7), ("ÇĆĈĊČĎ", "CCCCCD"), ("ÈÉÊËĒĔĖĘĚ", "E" * 9), ("ĜĞĠĢĤĴĶĹĻĽ", "GGGGHJKLLL"),
        ("ÌÍÎÏĨĪĬĮİ", "I" * 9),
        ("ÑŃŅŇÒÓÔÕŌŎŐŔŖŘŚŜŞŠŢŤ", "NNNNOOOOOOORRRSSSSTT"), ("ÙÚÛŨŪŬŮŰŲŴÝŶŸŹŻŽ", "UUUUUUUUUWYYYZZZ"),
        ("ü", "UE"), ("TU\u0308 1", "TUE1"), ("X\u0302", "X"),
        ("АВЕКМНОРСТУХІЅЈ", "ABEKMHOPCTYXISJ"), ("ав", "AB"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
        ("ＡＢ１２", "AB12"), ("①²", "12"), ("٣", "3"), ("Ⓐ", "A"), ("ＡＢ？", "AB?"), ("AB·12\u00a0–CD★", "AB12CD"),
    ],
)  # fmt: skip
def test_a_letter_becomes_what_a_travel_document_prints_or_what_it_is_drawn_as(text, vrm):
    assert read_vrms(pa.array([text]), "?").vrm.to_pylist() == [vrm]


@pytest.mark.parametrize("text", ["Ж", "Й", "Ё", "Δ", "ب", "京A", "ə", "½", "Ⅿ\ue000", "あ"])
def test_a_letter_without_such_a_form_has_none(text):
    assert transliterated(f"AB12{text}") is None


@given(st.text(st.characters(codec="utf-8"), max_size=8))
def test_every_letter_and_number_leaves_something_or_refuses_the_mark(text):
    found = transliterated(text)
    assert found is None or found.isascii()
    letters = [one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one)[0] in "LN"]
    assert found is None or sum(one.isalnum() for one in found) >= len(letters)
    vrms = read_vrms(pa.array([text, "A1"], pa.string()), "?")
    assert (vrms.vrm.to_pylist()[0] is None) == (found is None)
    assert vrms.vrm.to_pylist()[1] == "A1"


@pytest.mark.parametrize(
    "text",
    [
        "10-Mar", "Mar-10", "1-Sept", "10-MAR", "10-mar-26", "1.00E+23", "1E+23", "1,00E+23", "1.5e-05", "1.2E23",
        "01/03/2010", "2010-03-01", "2010-03-01 00:00:00", "12345.0", "#N/A", "#NAME?", " #REF! ",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_made_of_a_mark_is_seen(text):
    assert SPREADSHEET.search(text)
    assert pa.compute.match_substring_regex(pa.array([text]), SPREADSHEET.pattern).to_pylist() == [True]


@pytest.mark.parametrize(
    "text",
    ["MAR10", "10MAR", "1E23", "1E23ABC", "1E-23", "TRUE", "12345", "AB-12-CDE", "12-AB-34", "MAR-10-X", "1-MARY"],
)
def test_what_may_be_a_mark_is_none(text):
    assert not SPREADSHEET.search(text)
    assert pa.compute.match_substring_regex(pa.array([text]), SPREADSHEET.pattern).to_pylist() == [False]
