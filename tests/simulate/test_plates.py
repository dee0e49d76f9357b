from itertools import combinations
from string import ascii_uppercase, digits

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.simulate.glyphs import HEIGHT_MM, OLD_WIDTH_MM, STROKES, WIDTH_MM, draw_glyph, glyph_width
from jobs.simulate.plates import ONE_LINE_MM, TWO_LINE_MM, PlateStyle, draw_plate, plate_groups

ALIKE = {frozenset("I1"), frozenset("O0")}


def test_every_letter_and_digit_has_a_glyph():
    assert set(STROKES) == set(ascii_uppercase + digits)


def test_all_glyphs_differ_but_i_from_1_and_o_from_0():
    pictures = {c: cv2.resize(draw_glyph(c, 1.0), (WIDTH_MM, HEIGHT_MM)) > 127 for c in STROKES}
    for one, other in combinations(STROKES, 2):
        differing = np.count_nonzero(pictures[one] != pictures[other])
        if frozenset((one, other)) in ALIKE:
            assert differing == 0
        else:
            assert differing > 100, (one, other)


@pytest.mark.parametrize("character", sorted(STROKES))
def test_a_glyph_fills_its_box(character):
    ink = draw_glyph(character, 2.0) > 127
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert ink.shape == (2 * HEIGHT_MM, round(2 * glyph_width(character)))
    assert rows[0] <= 4
    assert rows[-1] >= ink.shape[0] - 5
    assert columns[-1] - columns[0] >= ink.shape[1] - 10


def test_old_plates_have_wider_characters():
    assert draw_glyph("B", 2.0, OLD_WIDTH_MM).shape[1] == 2 * OLD_WIDTH_MM


@pytest.mark.parametrize(
    ("vrm", "groups"),
    [
        ("AB12CDE", ("AB12", "CDE")),
        ("A123BCD", ("A123", "BCD")),
        ("ABC123K", ("ABC", "123K")),
        ("AIZ1234", ("AIZ", "1234")),
        ("123ABC", ("123", "ABC")),
        ("AB123CD", ("AB12", "3CD")),
    ],
)
def test_a_mark_is_split_into_the_groups_that_its_plate_shows(vrm, groups):
    assert plate_groups(vrm) == groups


@given(st.text(ascii_uppercase + digits, min_size=2, max_size=8))
def test_the_groups_of_any_mark_make_up_the_mark(vrm):
    assert "".join(plate_groups(vrm)) == vrm


def test_a_plate_has_the_size_and_colour_of_its_kind():
    white = draw_plate("AB12CDE", PlateStyle("white"), px_per_mm=1.0)
    yellow = draw_plate("AB12CDE", PlateStyle("yellow", two_lines=True), px_per_mm=1.0)
    assert white.shape == (ONE_LINE_MM[1], ONE_LINE_MM[0], 3)
    assert yellow.shape == (TWO_LINE_MM[1], TWO_LINE_MM[0], 3)
    assert white[8, 8].min() > 200
    assert yellow[8, 8, 0] < 100 < yellow[8, 8, 2]


def test_two_lines_show_one_group_each():
    picture = draw_plate("AB12CDE", PlateStyle("white", two_lines=True), px_per_mm=1.0)
    ink_by_row = (picture[:, 12:-12, 0] < 100).sum(axis=1)
    assert ink_by_row[20:80].min() > 0
    assert ink_by_row[94:106].max() == 0
    assert ink_by_row[115:185].min() > 0


def test_a_mark_of_eight_characters_stays_within_the_plate():
    picture = draw_plate("WM88WMWM", PlateStyle("white"), px_per_mm=1.0)
    assert (picture[20:90, 5:10, 0] > 200).all()
    assert (picture[20:90, -10:-5, 0] > 200).all()


def test_a_character_that_no_plate_has_is_an_error():
    with pytest.raises(KeyError):
        draw_plate("ÄB12CDE")
