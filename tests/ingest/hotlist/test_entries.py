"""The lines of a hot-list: each rule has its code, and a mark with a purpose is one entry."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.ingest.hotlist.dates import read_date
from jobs.ingest.hotlist.entries import (
    FIELDS,
    EntryLimits,
    broken_rule,
    entry,
    latest_weed_date,
    normalised_pattern,
    parse_line,
)

LIMITS = EntryLimits(
    latest_weed_date=date(2026, 12, 18), min_characters=3, max_vrm_chars=15, placeholders={"UNKNOWN"}, unread="?*_#"
)  # fmt: skip


def fields(**changes):
    return (
        dict.fromkeys(FIELDS, "") | {"vrm": "AB12 CDE", "weed_date": "2026-12-01", "reason": "INTEL: drugs"} | changes
    )


LINES = [
    (fields(), None),
    (fields(vrm="AB1? C*"), None),
    (fields(weed_date=" 2026-12-18 "), None),
    (fields(weed_date="2026-12-19"), "weed_date_too_far"),
    (fields(weed_date="2020-01-01"), None),  # expired: it is kept, and never matches
    (fields(weed_date=" "), "weed_date_missing"),
    (fields(weed_date="01/12/2026"), "weed_date_ambiguous"),
    (fields(weed_date="30-Nov-26"), "weed_date_ambiguous"),
    (fields(weed_date="46356"), "weed_date_spreadsheet"),
    (fields(weed_date="next week"), "weed_date_malformed"),
    (fields(weed_date="2026-11-31"), "weed_date_malformed"),
    (fields(weed_date="30/11/2026"), None),
    (fields(reason="theft"), "purpose_unknown"),
    (fields(reason="INTELLIGENCE: x"), "purpose_unknown"),
    (fields(reason=" "), "purpose_unknown"),
    (fields(vrm="B-TÜ 123"), None),
    (fields(vrm="AB12 Ж"), "vrm_letter_unknown"),
    (fields(vrm="10-Mar"), "vrm_spreadsheet"),
    (fields(vrm="+AB12 CDE"), "formula"),
    (fields(vrm="MAR10"), None),
    (fields(vrm="1E23ABC"), None),
    (fields(vrm="TRUE"), None),
    (fields(vrm="unknown"), "vrm_placeholder"),
    (fields(vrm="AB12CDE/XY12ZZZ"), "vrm_several"),
    (fields(vrm="AB12/CDE"), None),
    (fields(vrm="AB12CDE XY12ZZZ"), "vrm_several"),
    (fields(vrm="AB12 CDE - XY12 ZZZ"), "vrm_several"),
    (fields(vrm=r"AB12CDE\XY12ZZZ (A1)"), "vrm_several"),
    (fields(vrm=" ".join(["AB12CDE"] * 5 + ["A1BCD"])), "vrm_several"),
    (fields(vrm=" ".join(["AB12CDE"] * 5 + ["A1BCDE"])), "vrm_too_long"),  # of 41 characters no marks are looked for
    (fields(vrm="B-AB 1234"), None),
    (fields(vrm="12-AB-34"), None),
    (fields(vrm="A 1"), None),
    (fields(vrm="A_1BCD"), None),
    (fields(vrm="A#"), "vrm_too_vague"),
    (fields(vrm="##"), "vrm_matches_everything"),
    (fields(vrm=""), "vrm_missing"),
    (fields(vrm=" ·"), "vrm_missing"),
    (fields(vrm="*"), "vrm_matches_everything"),
    (fields(vrm="??? ?*"), "vrm_matches_everything"),
    (fields(vrm="AB*"), "vrm_too_vague"),
    (fields(vrm="?1*B"), "vrm_too_vague"),
    (fields(vrm="AB1*"), None),
    (fields(vrm="*1?B*2"), None),
    (fields(vrm="A1"), None),  # a whole mark names one vehicle, however short
    (fields(vrm="A" * 15 + "*"), None),
    (fields(vrm="A" * 15 + "?"), "vrm_too_long"),
    (None, "malformed"),
]


@pytest.mark.parametrize(("line", "reason"), LINES)
def test_each_rule_has_its_code(line, reason):
    assert broken_rule(line, LIMITS) == reason


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.parametrize("field", ["vrm", "make", "reason", "information", "spare_2"])
def test_a_field_that_a_spreadsheet_would_run_is_a_formula(start, field):
    assert broken_rule(fields(**{field: start + "SUM(A1)"}), LIMITS) == "formula"


@pytest.mark.parametrize("text", ["-cmd|' /C calc'!A0", "@SUM(A1)", '+HYPERLINK("x")', "-2+3", "-Sheet2!A1"])
def test_words_that_run_something_are_a_formula(text):
    assert broken_rule(fields(information=text), LIMITS) == "formula"


@pytest.mark.parametrize(
    "text", ["-", "+", "-12", "+44", "-0.5", "A=1", " =1", "a@b", "-5 days", "- see log", "+44 7700 900123", "@home"]
)
def test_a_sign_before_words_and_numbers_or_within_a_text_is_no_formula(text):
    assert broken_rule(fields(cad_information=text), LIMITS) is None


@pytest.mark.parametrize(
    "text",
    ["", ",", ",".join("x" * 15), ",".join("x" * 17), ",".join("x" * 15) + ',"x', '"a"b' + "," * 15, "a\rb" + "," * 15],
)
def test_a_line_without_sixteen_whole_fields_is_no_entry(text):
    assert parse_line(text) is None


def test_quoted_fields_may_hold_commas_and_quotes():
    parsed = parse_line('AB12CDE,"a, ""b"""' + "," * 14 + "z")
    assert (parsed["vrm"], parsed["make"], parsed["spare_2"]) == ("AB12CDE", 'a, "b"', "z")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("INTEL: x", ("intelligence", 1)),
        ("post", ("post_incident", 2)),
        ("Roads policing", ("roads_policing", 3)),
        ("INTEL - x", ("intelligence", 1)),
        (" Intel -  x", ("intelligence", 1)),
        ('"INTEL": x', ("intelligence", 1)),
    ],
)
def test_the_reason_begins_with_the_purpose_which_gives_the_priority(reason, expected):
    row = entry(fields(reason=reason), LIMITS.unread)
    assert (row["purpose"], row["priority"]) == expected


def test_an_entry_is_its_mark_and_purpose_whatever_else_is_said_of_it():
    first = entry(fields(), LIMITS.unread)
    same = entry(fields(vrm="ab12cde", colour="RED", weed_date="2026-12-05"), LIMITS.unread)
    assert same["entry_id"] == first["entry_id"]
    for other in (fields(reason="POST: x"), fields(vrm="AB12CD?")):
        assert entry(other, LIMITS.unread)["entry_id"] != first["entry_id"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-30", 30), ("20261130", 30), ("2026-W48-7", 29), ("2026-11-30T00:00:00", 30),
        ("2026-11-30 23:59:59Z", 30), ("2026/11/30", 30), ("30.11.2026", 30), ("11/30/2026", 30), ("30-Nov-2026", 30),
        ("11/11/2026", 11), ("11/12/2026", "ambiguous"), ("12/11/2026", "ambiguous"), ("02/03/2026", "ambiguous"),
        ("13/11/2026", 13), ("11/13/2026", 13),
        ("30/11/26", "ambiguous"), ("46356.0", "spreadsheet"),
        ("31/11/2026", "malformed"), ("2026-11-30 or later", "malformed"), ("30112026", "malformed"), ("", "missing"),
    ],
)  # fmt: skip
def test_a_date_in_another_notation_is_taken_where_it_means_one_day_only(text, day):
    assert read_date(text) == (day if isinstance(day, str) else date(2026, 11, day))


@given(st.text(max_size=30))
def test_a_normalised_pattern_holds_only_what_marks_and_wildcards_are_made_of(text):
    once = normalised_pattern(text, LIMITS.unread)
    assert set(once) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?*")
    assert "**" not in once
    assert normalised_pattern(once, LIMITS.unread) == once


def test_what_was_not_read_of_a_mark_is_any_character_and_not_left_out():
    assert normalised_pattern("a_1 bcd", LIMITS.unread) == normalised_pattern("A#1BCD", LIMITS.unread) == "A?1BCD"
    assert normalised_pattern("A*1BCD", LIMITS.unread) == "A*1BCD"


def test_an_entry_may_match_so_many_days_after_its_list_came():
    assert latest_weed_date(date(2026, 11, 20), 28) == LIMITS.latest_weed_date
