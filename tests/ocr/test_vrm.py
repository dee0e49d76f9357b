import re
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.vrm import (
    CONFUSED_WITH,
    FOLD_FROM,
    FOLD_TO,
    FORMATS,
    UNRECOGNISED,
    candidates,
    classify,
    earliest_issue,
    fold,
    normalise,
)

CHARACTERS = string.ascii_uppercase + string.digits
texts = st.text(max_size=20)
vrms = st.text(alphabet=CHARACTERS, min_size=1, max_size=12)
vrms_of_any_format = st.sampled_from(sorted(FORMATS)).flatmap(lambda name: st.from_regex(FORMATS[name]))


@given(texts)
def test_a_normalised_text_has_only_capital_letters_and_digits_and_stays_as_it_is(text):
    once = normalise(text)
    assert set(once) <= set(CHARACTERS)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("vrm", "kind"),
    [
        ("AB12CDE", "current"),
        ("OY09FEU", "current"),
        ("AB71CDE", "current"),
        ("A123BCD", "prefix"),
        ("Q123BCD", "prefix"),
        ("V1SEO", "prefix"),
        ("ABC123D", "suffix"),
        ("AIZ1234", "northern_ireland"),
        ("IA1", "northern_ireland"),
        ("NOD1", "dateless"),
        ("1234AB", "dateless"),
        ("123ABC", "dateless"),
        ("A1", "dateless"),
        ("123D456", "diplomatic"),
        ("12AB34", "military"),
        ("12345", "trade"),
    ],
)
def test_each_format_is_named(vrm, kind):
    assert classify(vrm) == kind


@pytest.mark.parametrize(
    "vrm",
    ["AB01CDE", "AB00CDE", "AB50CDE", "QA12CDE", "AB12CIE", "O123ABC", "A012BCD", "34A36837", "RK755AJ", ""],
)
def test_marks_that_were_never_issued_and_foreign_ones_are_unrecognised(vrm):
    assert classify(vrm) == UNRECOGNISED


@given(vrms)
def test_every_pattern_is_anchored_so_that_a_longer_text_does_not_fit(vrm):
    assert classify(vrm + "-") == UNRECOGNISED
    assert classify("-" + vrm) == UNRECOGNISED


@pytest.mark.parametrize("pattern", FORMATS.values())
def test_no_pattern_uses_what_python_and_java_write_differently(pattern):
    assert re.fullmatch(r"[\^$A-Z0-9\-\[\]{},()|?:!]+", pattern)


@pytest.mark.parametrize(
    ("vrm", "day"),
    [
        ("AB51CDE", date(2001, 9, 1)),
        ("AB02CDE", date(2002, 3, 1)),
        ("AB74CDE", date(2024, 9, 1)),
        ("A123BCD", date(1983, 8, 1)),
        ("S123BCD", date(1998, 8, 1)),
        ("T123BCD", date(1999, 3, 1)),
        ("V123BCD", date(1999, 9, 1)),
        ("W123BCD", date(2000, 3, 1)),
        ("X123BCD", date(2000, 9, 1)),
        ("Y123BCD", date(2001, 3, 1)),
        ("ABC123A", date(1963, 2, 1)),
        ("ABC123E", date(1967, 1, 1)),
        ("ABC123F", date(1967, 8, 1)),
        ("ABC123Y", date(1982, 8, 1)),
    ],
)
def test_a_mark_with_an_age_tells_its_first_day(vrm, day):
    assert earliest_issue(vrm) == day


@pytest.mark.parametrize("vrm", ["NOD1", "123D456", "Q123BCD", "34A36837"])
def test_a_mark_without_an_age_has_no_first_day(vrm):
    assert earliest_issue(vrm) is None


def test_the_two_folding_strings_fit_each_other():
    assert len(FOLD_FROM) == len(FOLD_TO) == len(set(FOLD_FROM))


@given(vrms)
def test_folding_keeps_the_length_and_folding_again_changes_nothing(vrm):
    assert len(fold(vrm)) == len(vrm)
    assert fold(fold(vrm)) == fold(vrm)


@given(texts)
def test_the_raw_reading_is_always_among_the_candidates_and_the_best_comes_first(text):
    found = candidates(text, seen_on=None)
    assert normalise(text) in [candidate.vrm for candidate in found]
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 < c.score <= 1 and c.rule for c in found)
    assert len({c.vrm for c in found}) == len(found)


@given(vrms_of_any_format)
def test_a_reading_that_fits_a_format_stays_as_read(vrm):
    vrm = vrm.strip()  # from_regex lets `$` match before a line feed
    assert candidates(vrm, seen_on=None)[0].vrm == vrm


@pytest.mark.parametrize(
    ("read", "vrm", "rule"),
    [
        ("OYO9FEU", "OY09FEU", "current:O>0@3"),
        ("AB1OCDE", "AB10CDE", "current:O>0@4"),
        ("ABI2CDE", "AB12CDE", "current:I>1@3"),
        ("AB120DE", "AB12ODE", "current:0>O@5"),
        ("GBAB12CDE", "AB12CDE", "band:GB"),
        ("IAB12CDE", "AB12CDE", "edge:I@1"),
        ("AB12CDEL", "AB12CDE", "edge:L@8"),
    ],
)
def test_characters_that_are_drawn_alike_are_told_apart_by_their_position(read, vrm, rule):
    best = candidates(read, seen_on=None)[0]
    assert (best.vrm, best.rule) == (vrm, rule)


@pytest.mark.parametrize("foreign", ["RK755AJ", "34A36837", "BS47040", "VW4X4WP", "2T40211", "B1234XYZ"])
def test_a_foreign_plate_stays_as_read(foreign):
    best = candidates(foreign, seen_on=date(2026, 1, 1))[0]
    assert (best.vrm, best.rule, classify(best.vrm)) == (foreign, "as_read", UNRECOGNISED)


@given(vrms)
def test_no_candidate_differs_from_the_reading_by_more_than_three_characters(vrm):
    same_length = [c for c in candidates(vrm, seen_on=None) if not c.rule.startswith(("band", "edge"))]
    for candidate in same_length:
        assert sum(a != b for a, b in zip(vrm, candidate.vrm, strict=True)) <= 3


def test_what_a_character_may_have_been_is_said_both_ways_and_never_the_character_itself():
    assert CONFUSED_WITH["0"] == "DOQ"
    assert CONFUSED_WITH["7"] == "12IJLTZ"
    assert all(one not in others for one, others in CONFUSED_WITH.items())
    assert all(one in CONFUSED_WITH[other] for one, others in CONFUSED_WITH.items() for other in others)


def test_a_mark_that_was_not_yet_issued_loses_against_the_reading():
    before, after = date(2009, 2, 28), date(2009, 3, 1)
    assert candidates("OYO9FEU", seen_on=before)[0].vrm == "OYO9FEU"
    assert candidates("OYO9FEU", seen_on=after)[0].vrm == "OY09FEU"


@pytest.mark.parametrize(
    ("text", "seen_on", "expected"),
    [
        ("AB12CDE", None, {"AB12CDE": 1.0, "A812CDE": 0.7}),
        ("ABIOCDE", None, {"AB10CDE": 0.97**2, "ABIOCDE": 0.75}),  # drawn alike, twice
        ("A8I2CDE", None, {"A812CDE": 0.97, "AB12CDE": 0.97 * 0.7}),  # drawn alike, and one confused
        ("AB27CDE", date(2026, 11, 20), {"AB27CDE": 0.3}),  # not issued yet
    ],
)
def test_each_substitution_and_a_date_to_come_has_its_price(text, seen_on, expected):
    scores = {candidate.vrm: candidate.score for candidate in candidates(text, seen_on)}
    assert {vrm: scores[vrm] for vrm in expected} == pytest.approx(expected)


def test_a_character_is_confused_with_others_of_its_groups_and_not_with_itself():
    assert CONFUSED_WITH["8"] == "39B"
    assert CONFUSED_WITH["5"] == "S"
    assert all(one not in others for one, others in CONFUSED_WITH.items())


@pytest.mark.parametrize("read", ["AB0OCDE", "ABOOCDE", "A0OOBCD", "QQ12OOO"])
def test_what_a_reading_is_put_into_is_a_mark_of_that_format(read):
    """00 is no age, and no mark has a Q in its letters."""
    of_formats = [one for one in candidates(read, seen_on=None) if one.rule.partition(":")[0] in FORMATS]
    assert [classify(one.vrm) for one in of_formats] == [one.rule.partition(":")[0] for one in of_formats]
