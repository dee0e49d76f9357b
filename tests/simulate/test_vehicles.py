import re
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.simulate.vehicles import FORMATS, age_identifier, draw_vrms

DAY = date(2026, 11, 14)
PATTERNS = {
    "current": r"[A-HJ-PR-Y]{2}(?!00|01|50)[0-9]{2}[A-HJ-PR-Z]{3}",
    "prefix": r"[A-HJ-NPR-TV-Y][1-9][0-9]{0,2}[A-HJ-PR-Z]{3}",
    "suffix": r"[A-HJ-PR-Z]{3}[1-9][0-9]{0,2}[A-HJ-NPR-TV-Y]",
    "dateless": r"[A-HJ-PR-Y]{3}[1-9][0-9]{0,2}|[1-9][0-9]{0,2}[A-HJ-PR-Y]{3}",
    "northern_ireland": r"[A-HJ-Z](IZ|IL)[1-9][0-9]{3}",
}
UK = "|".join(f"(?:{pattern})" for pattern in PATTERNS.values()) + r"|[0-9]{3}[DX][0-9]{3}"


@pytest.fixture(scope="module")
def vrms():
    return draw_vrms(20_000, DAY, np.random.default_rng(3))


@pytest.mark.parametrize("name", PATTERNS)
def test_marks_of_a_uk_format_are_valid(vrms, name):
    vrm, formats = vrms
    mine = vrm[formats == FORMATS.index(name)]
    assert len(mine) > 50
    assert [vrm for vrm in mine if not re.fullmatch(PATTERNS[name], vrm)] == []


def test_foreign_marks_have_no_uk_shape(vrms):
    vrm, formats = vrms
    foreign = vrm[formats == FORMATS.index("foreign")]
    assert len(foreign) > 50
    assert [vrm for vrm in foreign if re.fullmatch(UK, vrm)] == []


def test_no_two_vehicles_have_the_same_mark(vrms):
    assert len(np.unique(vrms[0])) == len(vrms[0])


def test_most_marks_are_current_and_all_formats_occur(vrms):
    counts = np.bincount(vrms[1], minlength=len(FORMATS))
    assert counts.min() > 0
    assert counts[0] > 0.85 * len(vrms[1])


@pytest.mark.parametrize(
    ("registered", "digits"),
    [
        (date(2001, 9, 1), 51),
        (date(2002, 2, 28), 51),
        (date(2002, 3, 1), 2),
        (date(2026, 8, 31), 26),
        (date(2026, 9, 1), 76),
        (date(2027, 1, 15), 76),
    ],
)
def test_age_digits_follow_the_half_year_of_registration(registered, digits):
    assert age_identifier(registered) == digits


def test_there_are_no_age_digits_before_the_scheme():
    with pytest.raises(ValueError, match="2001-09-01"):
        age_identifier(date(2001, 8, 31))


def issued_by(digits: int, day: date) -> bool:
    known = {age_identifier(date(2001, 9, 1) + timedelta(days=n)) for n in range((day - date(2001, 9, 1)).days + 1)}
    return digits in known


@settings(max_examples=15)
@given(st.dates(date(2001, 9, 10), date(2030, 1, 1)))
def test_no_current_mark_is_seen_before_it_was_issued(day):
    vrm, formats = draw_vrms(200, day, np.random.default_rng(1))
    ages = {int(vrm[2:4]) for vrm in vrm[formats == 0]}
    assert [age for age in ages if not issued_by(age, day)] == []
