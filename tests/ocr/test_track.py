import pytest

from ocr.track import Place, SiteText, Tracker
from tests.ocr.looks import PICTURE, look, track_of


def follow(*frames):
    """Follow the looks of one frame after the other; return the tracks in order of their first look."""
    tracker = Tracker()
    for looks in frames:
        tracker.add(looks, PICTURE)
    return tracker.close_before(float("inf"))


def test_looks_along_a_way_are_one_track():
    tracks = follow(*([look(i * 0.2, 50 + 30 * i, 50 + 20 * i)] for i in range(5)))
    assert [len(track.looks) for track in tracks] == [5]


def test_a_look_has_its_middle_and_its_weight():
    assert look(0, 50, 60, height=20).centre == (100.0, 70.0)
    assert look(0, 50, 60, height=20).weight == pytest.approx(0.95 * 20)
    assert look(0, 50, 60, height=20, at_edge=True).weight == pytest.approx(0.95 * 20 * 0.1)


@pytest.mark.parametrize(
    ("text", "widths", "tracks"),
    [("AB12CDE", 3, 1), ("AB12CDE", 7, 2), ("AB19XDE", 1, 1), ("AB19XDE", 2, 2), ("XY65ZWT", 0, 2)],
)
def test_the_more_alike_a_look_is_the_further_away_it_may_be(text, widths, tracks):
    assert len(follow([look(0, 0, 50)], [look(0.2, widths * 100, 50, text)])) == tracks


def test_a_misread_look_stays_in_its_track():
    tracks = follow([look(0, 50, 50)], [look(0.2, 60, 70, "AB12CDF")], [look(0.4, 70, 90)])
    assert [len(track.looks) for track in tracks] == [3]


def test_two_vehicles_nose_to_tail_stay_two():
    """The second one's plate comes to where the first one's was."""
    tracks = follow(
        [look(0, 100, 100, "AB12CDE")],
        [look(0.2, 100, 160, "AB12CDE"), look(0.2, 100, 40, "XY65ZWT")],
        [look(0.4, 100, 100, "XY65ZWT")],
    )
    assert [[each.text for each in track.looks] for track in tracks] == [["AB12CDE"] * 2, ["XY65ZWT"] * 2]


def test_a_vehicle_that_was_gone_for_long_is_closed():
    tracker = Tracker()
    tracker.add([look(0, 50, 50)], PICTURE)
    assert tracker.close_before(1.0) == []
    assert len(tracker.close_before(3.0)) == 1
    assert tracker.close_before(float("inf")) == []


def test_a_plate_that_stands_and_was_read_often_is_not_read_again_for_a_while():
    tracker = Tracker()
    standing = look(0, 50, 50).box
    for i in range(5):
        assert not tracker.touch(Place(i, i * 0.2, standing))
        tracker.add([look(i * 0.2, 50, 50)], PICTURE)
    assert tracker.touch(Place(5, 1.0, standing))
    assert not tracker.touch(Place(30, 6.0, standing))


def test_a_plate_that_moves_and_was_read_often_is_followed_without_reading_until_it_is_larger_or_elsewhere():
    def moving(step, *, aside=0, text="AB12CDE", height=20):
        return look(step * 0.2, 50 + 30 * step + aside, 50 + 20 * step, text, height=height)

    tracker = Tracker()
    for step in range(5):
        tracker.add([moving(step)], PICTURE)
    assert not tracker.touch(Place(60, 1.0, moving(5, aside=60).box))
    assert not tracker.touch(Place(60, 1.0, moving(5, height=30).box))
    assert tracker.touch(Place(60, 1.0, moving(5).box))
    (track,) = tracker.close_before(float("inf"))
    assert (len(track.looks), track.places[-1].frame) == (5, 60)


def test_a_plate_that_is_followed_without_reading_is_read_again_after_a_second():
    tracker = Tracker()

    def moving(step):
        return look(step * 0.2, 50 + 30 * step, 50)

    for step in range(5):
        tracker.add([moving(step)], PICTURE)
    assert all(tracker.touch(Place(step, step * 0.2, moving(step).box)) for step in range(5, 9))
    assert not tracker.touch(Place(10, 2.0, moving(10).box))


def test_a_plate_whose_looks_disagree_is_read_again():
    tracker = Tracker()
    for step, text in enumerate(("AB12CDE", "AB12CDF", "AB12CDE", "A812CDE", "AB12CDE")):
        tracker.add([look(step * 0.2, 50 + 30 * step, 50, text)], PICTURE)
    assert not tracker.touch(Place(60, 1.0, look(1.0, 200, 50).box))


def test_text_that_never_moves_has_not_moved():
    assert not track_of(look(0, 50, 50), look(1, 51, 50), look(2, 50, 51)).moved
    assert track_of(look(0, 50, 50), look(1, 50, 70)).moved
    assert track_of(look(0, 50, 50), look(1, 46, 48, height=25)).moved  # a quarter larger where it was
    assert not track_of(look(0, 50, 50), look(1, 49, 50, height=23)).moved


@pytest.mark.parametrize(
    ("heights", "ys", "direction"),
    [
        ((15, 20, 30), (50, 70, 100), "towards"),
        ((30, 20, 15), (100, 70, 50), "away"),
        ((20, 20, 20), (50, 100, 150), "towards"),
        ((20, 20, 20), (150, 100, 50), "away"),
        ((20, 20, 20), (50, 50, 50), "unknown"),
    ],
)
def test_direction_is_told_by_growth_and_else_by_the_way_down_the_picture(heights, ys, direction):
    looks = [look(i, 50, y, height=h) for i, (h, y) in enumerate(zip(heights, ys, strict=True))]
    assert track_of(*looks).direction == direction


def test_a_plate_cut_by_the_pictures_edge_does_not_vote_where_there_are_whole_ones():
    track = track_of(look(0, 50, 50), look(0.2, 2, 70, "2CDE", at_edge=True))
    assert [reading.text for reading in track.readings] == ["AB12CDE"]


def test_half_of_a_two_line_plate_does_not_vote_where_both_lines_were_read():
    track = track_of(look(0, 50, 50, "AB12"), look(0.2, 50, 60, "AB12"), look(0.4, 50, 70, rows=2))
    assert [reading.text for reading in track.readings] == ["AB12CDE"]


def test_only_the_frames_of_a_few_texts_are_kept():
    track = track_of(*(look(i * 0.2, 50, 50, f"AB1{i}CDE") for i in range(10)))
    assert len(track.shots) == 3


def test_site_text_is_known_after_three_readings_until_it_turns_out_to_be_a_plate():
    site, box = SiteText(), (10, 10, 100, 20)
    for second in range(3):
        assert not site.known(box, second)
        site.note(box, second, plate=False)
    assert site.known(box, 3.0)
    assert not site.known(box, 30.0)
    site.note(box, 3.0, plate=True)
    assert not site.known(box, 3.0)


@pytest.mark.parametrize(("height", "tracks"), [(39, 1), (41, 2), (11, 1), (9, 2)])
def test_a_look_of_more_than_twice_the_height_is_of_another_plate(height, tracks):
    assert len(follow([look(0, 50, 50, height=20)], [look(0.2, 50, 50, height=height)])) == tracks


@pytest.mark.parametrize(("other", "known"), [("AB12CDF", True), ("AB19XDE", False)])
def test_a_plate_that_stands_is_known_although_its_looks_differ_by_a_character(other, known):
    tracker, standing = Tracker(), look(0, 50, 50).box
    for i in range(5):
        tracker.add([look(i * 0.2, 50, 50, ("AB12CDE", other)[i % 2])], PICTURE)
    assert tracker.touch(Place(30, 5.7, standing)) == known
    assert not tracker.touch(Place(31, 5.9, standing))


def test_a_vehicle_that_crosses_the_picture_neither_comes_nor_goes():
    assert track_of(*(look(i, 50 + 100 * i, 50 + 4 * i) for i in range(3))).direction == "unknown"
    assert track_of(*(look(i, 50 + 100 * i, 50 + 6 * i) for i in range(3))).direction == "towards"


def test_two_looks_are_enough_to_tell_a_direction_and_one_is_not():
    assert track_of(look(0, 50, 50, height=15), look(1, 50, 50, height=30)).direction == "towards"
    assert track_of(look(0, 50, 50, height=15)).direction == "unknown"


@pytest.mark.parametrize(("seen_elsewhere_s", "known"), [(50, True), (70, False)])
def test_site_text_that_was_not_read_for_a_minute_is_forgotten(seen_elsewhere_s, known):
    site, box = SiteText(), (10, 10, 100, 20)
    for second in range(3):
        site.note(box, second, plate=False)
    site.note((10, 200, 100, 20), seen_elsewhere_s, plate=False)
    site.note(box, seen_elsewhere_s + 1, plate=False)
    assert site.known(box, seen_elsewhere_s + 2) == known
