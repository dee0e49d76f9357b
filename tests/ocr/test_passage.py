from dataclasses import replace
from datetime import date

import cv2
import numpy as np

from ocr.passage import merge_pieces, settle
from ocr.shot import take_shot
from tests.ocr.looks import look, track_of


def passing(text="AB12CDE", start=0.0, looks=4):
    """A track that comes towards the camera."""
    return track_of(*(look(start + i * 0.2, 50, 50 + 40 * i, text, 20 + 2 * i) for i in range(looks)))


def passage(**changes):
    return replace(settle(passing(), None), **changes)


def test_a_vehicle_that_comes_by_gives_a_passage_with_its_pictures():
    found = settle(passing(), None)
    assert (found.vrm, found.vrm_format, found.vrm_rule) == ("AB12CDE", "current", "as_read")
    assert (found.looks, found.direction, found.flags) == (4, "towards", ())
    assert (found.first_frame, found.last_frame) == (0, 7)
    for jpeg, size in ((found.patch_jpeg, found.patch_size), (found.overview_jpeg, found.overview_size)):
        decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert decoded.shape[1::-1] == size


def test_every_look_stays_with_its_passage():
    track = passing()
    assert settle(track, None).looks_seen == tuple(track.looks)


def test_a_wide_frame_is_scaled_down_for_the_overview():
    track = passing()
    track.shots = [(track.looks[0], take_shot(np.zeros((1080, 1920, 3), np.uint8), track.looks[0].box))]
    assert settle(track, None).overview_size == (960, 540)


def test_the_raw_text_stays_beside_the_mark_that_the_rules_choose():
    found = settle(passing("OYO9FEU"), date(2026, 1, 1))
    assert (found.raw_text, found.vrm, found.vrm_rule) == ("OYO9FEU", "OY09FEU", "current:O>0@3")
    assert "OYO9FEU" in [candidate.vrm for candidate in found.candidates]


def test_text_that_stays_in_its_place_is_no_passage():
    assert settle(track_of(*(look(i, 50, 50) for i in range(5))), None) is None


def test_a_plate_that_is_always_cut_by_the_edge_is_no_passage():
    assert settle(track_of(look(0, 0, 50, at_edge=True), look(0.2, 0, 90, at_edge=True)), None) is None


def test_a_sure_single_look_of_a_telling_format_is_kept_and_flagged():
    assert settle(passing(looks=1), None).flags == ("single_look",)


def test_a_single_look_that_reads_like_no_telling_format_is_dropped():
    assert settle(passing("ABC12", looks=1), None) is None
    assert settle(passing("34A36837", looks=1), None) is None


def test_more_agreeing_looks_make_a_passage_surer():
    confidences = [settle(passing(looks=count), None).confidence for count in (1, 2, 4)]
    assert confidences == sorted(set(confidences))


def test_the_same_plate_again_within_seconds_is_the_same_passage():
    first, again = passage(), passage(first_s=10.0, last_s=11.0, first_frame=120, last_frame=132)
    (merged,) = merge_pieces([again, first])
    assert (merged.looks, merged.first_frame, merged.last_frame) == (8, 0, 132)
    assert merged.readings == {"AB12CDE": 8}
    assert len(merged.looks_seen) == 8


def test_the_same_plate_an_hour_later_is_another_passage():
    assert len(merge_pieces([passage(), passage(first_s=3600.0, last_s=3601.0)])) == 2


def test_a_fragment_beside_a_plate_belongs_to_it():
    (merged,) = merge_pieces([passage(looks=6), passage(vrm="B12CD", looks=1, readings={"B12CD": 1})])
    assert (merged.vrm, merged.looks) == ("AB12CDE", 7)


def test_two_different_plates_of_the_same_length_stay_two():
    found = merge_pieces([passage(looks=6), passage(vrm="XY65ZWT", looks=1)])
    assert [each.vrm for each in found] == ["AB12CDE", "XY65ZWT"]
