import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.passage import merge_pieces, settle
from ocr.ranges import WHOLE, TimeRange, join, split
from ocr.video import Footage
from tests.ocr.clips import draw_plate, road, write_video
from tests.ocr.looks import look, track_of


@given(st.floats(0.0, 1e5), st.floats(100.0, 1e4))
def test_ranges_follow_each_other_from_the_beginning_to_the_end(duration_s, longest_s):
    ranges = split(duration_s, longest_s)
    assert ranges[0].start_s == 0.0
    assert ranges[-1].end_s == math.inf
    assert all(one.end_s == other.start_s for one, other in pairwise(ranges))
    assert all(part.end_s - part.start_s <= longest_s * (1 + 1e-9) for part in ranges[:-1])
    assert duration_s - ranges[-1].start_s <= longest_s * (1 + 1e-9)


PASSAGE = settle(track_of(*(look(i * 0.2, 50, 50 + 40 * i, "AB12CDE", 20 + 2 * i) for i in range(4))), None)


def piece(first_s, last_s, vrm="AB12CDE"):
    return replace(PASSAGE, first_s=first_s, last_s=last_s, vrm=vrm, first_frame=round(first_s * 25))


PIECES = st.lists(
    st.builds(
        lambda start, length, vrm: piece(start, start + length, vrm),
        st.floats(0, 300), st.floats(0.1, 30), st.sampled_from(["AB12CDE", "WX34YZA", "KL56MNO"]),
    ),
    max_size=12,
)  # fmt: skip


@given(PIECES, st.integers(1, 6))
def test_pieces_of_many_ranges_become_the_passages_of_the_whole(pieces, count):
    ranges = split(300.0, 300.0 / count)
    split_up = [(part, [each for each in pieces if part.holds(each.first_s)]) for part in ranges]
    found = sorted((p.vrm, p.first_s, p.last_s, p.looks) for p in join(split_up))
    assert found == sorted((p.vrm, p.first_s, p.last_s, p.looks) for p in merge_pieces(pieces))


def test_passages_of_a_range_come_before_the_next_range_is_read():
    def ranges():
        yield TimeRange(0.0, 100.0), [piece(10.0, 12.0)]
        raise AssertionError("the next range was asked for first")

    assert next(join(ranges())).first_s == 10.0


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    """24 seconds at 12.5 frames/s in which four vehicles come by, one of them at the half."""
    pictures = [road() for _ in range(300)]
    for start, text in ((30, "AB12 CDE"), (85, "WX34 YZA"), (138, "KL56 MNO"), (230, "FG19 HJK")):
        for i in range(24):
            draw_plate(pictures[start + i], text, 120 + 2 * i, 40 + 7 * i, 90 + 2 * i)
    return write_video(tmp_path_factory.mktemp("traffic") / "a.mp4", pictures)


@pytest.mark.parametrize("longest_s", [13.0, 7.0])
def test_split_and_whole_reading_give_the_same_passages(reader, traffic, longest_s):
    footage = Footage(traffic)
    whole = [(p.vrm, p.first_frame, p.last_frame, p.best_frame, p.box) for p in reader.read_video(traffic).passages]
    assert [vrm for vrm, *_ in whole] == ["AB12CDE", "WX34YZA", "KL56MNO", "FG19HJK"]
    ranges = split(footage.times.duration_s, longest_s)
    found = [
        (p.vrm, p.first_frame, p.last_frame, p.best_frame, p.box)
        for p in join((part, reader.read_range(footage, part)) for part in ranges)
    ]
    assert found == whole
    assert footage.lost_s == 0.0


def test_a_range_reads_on_until_the_vehicles_that_came_within_it_have_left(reader, traffic):
    footage = Footage(traffic)
    middle = footage.times.time_of(150)  # a vehicle is half way down the picture then
    before, after = (reader.read_range(footage, part) for part in (TimeRange(0.0, middle), TimeRange(middle)))
    assert [p.vrm for p in before] == ["AB12CDE", "WX34YZA", "KL56MNO"]
    assert before[-1].last_frame > 150
    assert [p.vrm for p in after] == ["FG19HJK"]


def test_the_whole_is_a_range_too(reader, traffic):
    assert len(reader.read_range(Footage(traffic), WHOLE)) == 4
