import numpy as np
import pytest

from ocr.detect import TextBox, lines_of
from ocr.lines import plates_among, plausible
from ocr.recognise import Reading


def piece(text, x, y, w, h=20):
    quad = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float32)
    return TextBox(quad, 0.9), Reading(text, 0.95)


def texts_of(*pieces):
    return [plate.text for plate in plates_among([box for box, _ in pieces], [reading for _, reading in pieces])]


@pytest.mark.parametrize("raw", ["AB12 CDE", "34A-368.37", "RK:755AJ", "CHII HXG", "A1", "12345"])
def test_what_reads_like_a_plate_may_be_one(raw):
    assert plausible(raw)


@pytest.mark.parametrize("raw", ["", "ROADSIDE", "08:04:34", "171.74", "AB12CDE456", "2026-11-20", "京A12345", "20"])
def test_times_words_and_numbers_are_no_plates(raw):
    assert not plausible(raw)


def test_two_short_lines_above_each_other_are_one_plate():
    assert texts_of(piece("AB12", 50, 50, 60), piece("CDE", 55, 75, 50)) == ["AB12CDE"]


def test_two_groups_beside_each_other_are_one_plate():
    assert texts_of(piece("CDE", 118, 52, 50), piece("AB12", 50, 50, 60)) == ["AB12CDE"]


def test_two_plates_above_each_other_stay_two():
    assert texts_of(piece("AB12CDE", 50, 50, 90), piece("XY65ZWT", 50, 75, 90)) == ["AB12CDE", "XY65ZWT"]


def test_lines_far_from_each_other_are_not_joined():
    assert texts_of(piece("AB12", 50, 50, 60), piece("CDE", 55, 150, 50)) == ["AB12"]


def test_a_text_too_long_for_its_box_is_two_lines_found_as_one_and_no_plate():
    assert texts_of(piece("AB12C", 50, 50, 30, h=27)) == []


def test_a_box_as_square_as_two_lines_is_split_into_them():
    (square, _), (wide, _) = piece("", 50, 50, 44, h=37), piece("", 50, 50, 100)
    upper, lower = lines_of(square)
    assert upper.quad[0].tolist() == [50, 50]
    assert lower.quad[2].tolist() == [94, 87]
    assert upper.size[1] == lower.size[1] == pytest.approx(0.53 * 37)
    assert lines_of(wide) == [wide]
