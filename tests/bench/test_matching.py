"""The benchmark's own arithmetic: which read is of which vehicle, which box of which plate."""

from dataclasses import replace

from tests.bench.ocr.calibration import binned
from tests.bench.ocr.parts import _spread
from tests.bench.ocr.rendered import _as_listed, _band
from tests.bench.plate_boxes import _matches
from tests.bench.rendered_reads import Pair, ReadPassage, matched
from tests.bench.rendered_set import TruePassage
from tests.ocr.looks import look

TRUE = TruePassage("a.mp4", "AB12CDE", "current", "white", 1, "towards", False, 0.0, 0.1, 90.0, 1.0, 2.0, 12)
READ = ReadPassage("AB12CDE", "AB12 CDE", "as_read", "current", 0.9, 5, (), 1.1, 1.9, ())


def pairs(truth, found):
    return [(p.truth and p.truth.vrm, p.read and p.read.vrm) for p in matched(truth, found)]


def test_nose_to_tail_each_read_goes_to_the_vehicle_that_it_is_like():
    other = replace(TRUE, vrm="XY65ZWT", first_s=1.2, last_s=2.2)
    found = [replace(READ, vrm="XY65ZWI"), READ]
    assert pairs([TRUE, other], found) == [("AB12CDE", "AB12CDE"), ("XY65ZWT", "XY65ZWI")]


def test_a_wrong_read_at_the_time_counts_as_captured_and_not_as_right():
    (pair,) = matched([TRUE], [replace(READ, vrm="KL51MNP")])
    assert pair.read
    assert not pair.exact


def test_a_read_at_another_time_is_of_no_vehicle():
    assert pairs([TRUE], [replace(READ, first_s=3.0, last_s=4.0)]) == [("AB12CDE", None), (None, "AB12CDE")]


def test_a_second_read_of_a_vehicle_is_left_over():
    assert pairs([TRUE], [READ, replace(READ, vrm="AB12")]) == [("AB12CDE", "AB12CDE"), (None, "AB12")]


def test_letters_drawn_alike_make_a_read_right_and_not_exact():
    (pair,) = matched([replace(TRUE, vrm="OY09FEU")], [replace(READ, vrm="0Y09FEU")])
    assert (pair.right, pair.exact) == (True, False)


def test_a_plate_is_found_once_and_only_by_a_box_that_covers_it():
    plate = (100.0, 100.0, 50.0, 10.0)
    second = ((100, 100, 50, 10), 0.8)
    assert _matches([plate], [((101, 100, 50, 10), 0.9), second]) == (1, [second])
    aside = ((120, 105, 50, 10), 0.9)
    assert _matches([plate], [aside]) == (0, [aside])


def test_bands_stand_in_the_order_of_their_edges():
    bands = [_band(value, (80, 120)) for value in (130, 60, 80)]
    assert sorted(bands, key=_as_listed) == ["0 to 80", "80 to 120", "120 or more"]


def test_the_bins_of_confidence_hold_every_read_once():
    confidences = (0.0, 0.35, 0.9, 0.9, 1.0)
    pairs = [Pair(TRUE, replace(READ, confidence=confidence)) for confidence in confidences]
    pairs.append(Pair(None, replace(READ, confidence=0.9)))
    bins = {each.low: each for each in binned(pairs)}
    assert sum(each.count for each in bins.values()) == len(pairs)
    assert (bins[0.9].count, round(bins[0.9].right, 3)) == (3, 0.667)


def test_looks_are_taken_from_the_whole_passage():
    looks = [look(i / 4, 50, 50 + 10 * i, f"A{i}") for i in range(7)]
    assert [each.text for each in _spread(looks, 1)] == ["A3"]
    assert [each.text for each in _spread(looks, 3)] == ["A0", "A3", "A6"]
