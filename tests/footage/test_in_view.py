"""Which frames show a vehicle."""

import pytest

from jobs.footage.in_view import frames_of_a_second, in_view, overlap


@pytest.mark.parametrize(("rate", "frames"), [(12.5, 13), (25.0, 25), (59.94, 60), (None, 25), (0.0, 25)])
def test_a_second_has_as_many_frames_as_the_video_tells(rate, frames):
    assert frames_of_a_second(rate) == frames


def test_a_vehicle_is_in_view_a_second_before_and_after_its_plate_was_read():
    assert [*in_view([("a", 50, 60), ("b", 5, 6)], {"a": 10.0})] == [("a", 40, 70), ("b", -20, 31)]


@pytest.mark.parametrize(
    ("first", "last", "shown"), [(30, 39, False), (30, 40, True), (45, 50, True), (70, 80, True), (71, 80, False)]
)
def test_ranges_overlap_where_they_have_a_frame_of_the_same_video_in_common(first, last, shown):
    assert overlap("a", first, last, [("b", 0, 99), ("a", 40, 70)]) == shown
