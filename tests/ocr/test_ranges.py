import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.passage import merge_pieces, settle
from ocr.ranges import TimeRange, join, split
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
    """12 seconds at 12 frames/s in which two vehicles come by, the second one at the half."""
    pictures = [road() for _ in range(144)]
    for start, text in ((20, "AB12 CDE"), (60, "KL56 MNO")):
        for i in range(24):
            draw_plate(pictures[start + i], text, 120 + 2 * i, 40 + 7 * i, 90 + 2 * i)
    return write_video(tmp_path_factory.mktemp("traffic") / "a.mp4", pictures)


def test_split_and_whole_reading_give_the_same_passages(reader, traffic):
    whole = [(p.vrm, p.first_frame, p.last_frame, p.best_frame, p.box) for p in reader.read_video(traffic).passages]
    assert [vrm for vrm, *_ in whole] == ["AB12CDE", "KL56MNO"]
    footage = Footage(traffic)
    before, after = split(footage.times.duration_s, 6.1)
    pieces = {part: reader.read_range(footage, part) for part in (before, after)}
    assert footage.lost_s == 0.0
    # The second vehicle is half way down the picture where the first range ends, which reads on until it has left.
    assert whole[1][1] < 72 < whole[1][2]
    assert [len(found) for found in pieces.values()] == [2, 0]
    joined = join(pieces.items())
    assert [(p.vrm, p.first_frame, p.last_frame, p.best_frame, p.box) for p in joined] == whole
