"""Clocks: how far one is off is found from vehicles that go both ways, and nothing is claimed where they do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.quality.clocks import ClockLimits, clock_offsets, is_off

LIMITS = ClockLimits(window_s=1800, min_way_pairs=8, min_pairs=30, asymmetry=0.03)
CAMERAS = 5


def drives(offsets=(0,) * CAMERAS, each_way=40, *, back=True, seed=1):
    """Vehicles that pass a row of cameras, some from its start and some from its end; about two minutes a leg."""
    random, cameras = np.random.default_rng(seed), len(offsets)
    vehicle = np.repeat(np.arange(each_way * (1 + back)), cameras)
    way = np.where(np.arange(len(vehicle)) // cameras < each_way, 1, -1)
    camera = np.tile(np.arange(cameras), each_way * (1 + back))
    camera = np.where(way == 1, camera, cameras - 1 - camera)
    legs_s = random.normal(120, 6, (len(vehicle) // cameras, cameras)).cumsum(axis=1)
    start_s = random.uniform(0, 80_000, (len(legs_s), 1))
    at_s = (start_s + legs_s).ravel() + np.array(offsets)[camera]
    return vehicle, camera, np.round(at_s * 1000).astype(np.int64)


@pytest.mark.parametrize("off_s", [-45, 20, 600, 3600, -3600])
def test_the_clock_that_is_off_is_found_and_the_others_are_not_blamed(off_s):
    clocks = clock_offsets(*drives((0, 0, off_s, 0, 0)), CAMERAS, LIMITS)
    assert clocks.offset_s == pytest.approx([0, 0, off_s, 0, 0], abs=4)
    assert (np.abs(clocks.offset_s - [0, 0, off_s, 0, 0]) < 3 * clocks.error_s).all()
    assert (clocks.error_s < 8).all()
    assert (clocks.pairs >= 80).all()


def test_a_road_that_may_be_slower_one_way_makes_the_answer_less_sure():
    errors = [
        clock_offsets(*drives(), CAMERAS, ClockLimits(1800, 8, 30, asymmetry)).error_s.mean()
        for asymmetry in (0.01, 0.1)
    ]
    assert errors[1] > 3 * errors[0]


def test_vehicles_that_all_go_one_way_tell_no_clock():
    clocks = clock_offsets(*drives(back=False), CAMERAS, LIMITS)
    assert np.isnan(clocks.offset_s).all()
    assert np.isnan(clocks.error_s).all()


def test_of_two_cameras_nobody_knows_which_one_is_off_and_few_pairs_tell_nothing():
    assert np.isnan(clock_offsets(*drives((0, 60)), 2, LIMITS).offset_s).all()
    assert np.isnan(clock_offsets(*drives(each_way=7), CAMERAS, LIMITS).offset_s).all()


def test_no_reads_tell_nothing():
    nobody = np.zeros(0, np.int64)
    assert np.isnan(clock_offsets(nobody, nobody, nobody, 3, LIMITS).offset_s).all()


@given(hours=st.integers(-24, 24), seed=st.integers(0, 1000))
def test_all_clocks_moved_alike_and_rows_in_another_order_change_nothing(hours, seed):
    vehicle, camera, at_ms = drives((0, 0, 90, 0, 0), each_way=12, seed=seed)
    order = np.random.default_rng(seed).permutation(len(vehicle))
    before = clock_offsets(vehicle, camera, at_ms, CAMERAS, LIMITS)
    after = clock_offsets(vehicle[order], camera[order], at_ms[order] + hours * 3_600_000, CAMERAS, LIMITS)
    np.testing.assert_array_equal(before.offset_s, after.offset_s)
    np.testing.assert_array_equal(before.error_s, after.error_s)


@pytest.mark.parametrize(("window_s", "pairs"), [(199.9, [20, 40, 40, 40, 20]), (200, [40, 60, 80, 60, 40])])
def test_reads_of_a_vehicle_at_most_the_window_apart_are_pairs(window_s, pairs):
    vehicle, camera, _ = drives(each_way=10)
    place = np.where(vehicle < 10, camera, CAMERAS - 1 - camera)
    start_ms = vehicle * 4_000_000
    clocks = clock_offsets(vehicle, camera, start_ms + place * 100_000, CAMERAS, ClockLimits(window_s, 8, 20, 0.03))
    assert clocks.pairs.tolist() == pairs
    assert clocks.offset_s == pytest.approx([0] * CAMERAS)


def test_a_camera_has_an_offset_from_so_many_pairs_on_each_way_and_in_all():
    vehicle, camera, at_ms = drives(each_way=8)
    pairs = clock_offsets(vehicle, camera, at_ms, CAMERAS, LIMITS).pairs
    assert pairs.tolist() == [48, 64, 64, 64, 48]
    known = [
        np.isfinite(clock_offsets(vehicle, camera, at_ms, CAMERAS, ClockLimits(1800, each_way, in_all, 0.03)).offset_s)
        for each_way, in_all in ((8, 48), (9, 48), (8, 49))
    ]
    assert [one.tolist() for one in known] == [[True] * 5, [False] * 5, [False, True, True, True, False]]


def test_off_is_beyond_the_limit_and_three_standard_errors():
    offset_s, error_s = np.array([10, 10.1, -10.1, 12, 12.1, np.nan]), np.array([1, 1, 1, 4, 4, np.nan])
    assert is_off(offset_s, error_s, 10).tolist() == [False, True, True, False, True, False]


@pytest.mark.parametrize(
    ("offsets", "offset_s", "error_s", "pairs"),
    [
        (
            (0, 0, 45, 0, 0),
            [-0.102250953043, 0.629230952384, 45.511279921338, -0.504008679774, 0],
            [2.384730358329, 1.681777665834, 1.540032851224, 1.673770792936, 2.225500860789],
            [180, 240, 240, 240, 180],
        ),
        (
            (0, -3600, 0, 0, 0, 20),
            [1.605363871901, -3599.916541050, -0.2321673055617, 0, 0.4626748314722, 20.53011449748],
            [2.546811178813, 1.990519501781, 1.703678587291, 1.620722044644, 1.980567217921, 2.534613099812],
            [180, 240, 300, 300, 240, 180],
        ),
    ],
)
def test_the_figures_change_only_on_purpose(offsets, offset_s, error_s, pairs):
    """As they were on 2026-11-29: who changes them raises the number of the stage's rules."""
    clocks = clock_offsets(*drives(offsets, each_way=30, seed=7), len(offsets), LIMITS)
    assert clocks.offset_s == pytest.approx(offset_s, abs=1e-6)
    assert clocks.error_s == pytest.approx(error_s, abs=1e-6)
    assert clocks.pairs.tolist() == pairs
