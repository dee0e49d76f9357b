"""Pairs and passages as columns: what is kept of a camera gone mad is bounded."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.consolidate.same_vehicle import Sighted, find_pairs, passages


def sighted(vrms: list[str], at_ms: list[int]) -> Sighted:
    texts, vrm = np.unique(vrms, return_inverse=True)
    codes = np.array([list(text.encode().ljust(9, b"\0")) for text in texts], np.uint8)
    still = np.zeros(len(vrms), np.int64)
    return Sighted(still, np.array(at_ms), vrm, still, codes, np.ones(len(texts), bool))


def test_a_flood_of_reads_in_one_moment_gives_few_pairs_and_still_one_passage_a_vehicle():
    vrms = ["AB12CDE", "A812CDE", "XY34ZZZ"] * 400
    reads = sighted(vrms, [0] * len(vrms))
    pairs = find_pairs(reads, 6_000)
    assert len(pairs.equal) == len(vrms) - 3
    assert len(pairs.near) <= 16 * len(vrms)
    found = passages(reads, pairs, np.ones(len(vrms), np.int64))
    assert len(set(found)) == 2


def test_the_next_sighting_of_a_mark_is_its_partner_however_many_others_pass_between():
    reads = sighted(["AB12CDE", "XY34ZZZ", "KL56MNP", "AB12CDE", "AB12CDE"], [0, 1_000, 2_000, 5_000, 11_500])
    pairs = find_pairs(reads, 6_000)
    assert pairs.equal.tolist() == [[0, 3]]
    assert len(pairs.near) == 0


def near_of(one, other, ways=(0, 0)):
    """The near pair of two sightings, and whether it is twice wrong; None where there is none."""
    read = sighted([one, other], [0, 1_000])
    pairs = find_pairs(replace(read, way=np.array(ways)), 6_000)
    return bool(pairs.twice_wrong[0]) if len(pairs.near) else None


@pytest.mark.parametrize(
    ("ways", "near"), [((0, 1), True), ((1, 0), True), ((2, 2), True), ((1, 2), False), ((2, 1), False)]
)
def test_a_way_that_is_not_known_contradicts_none(ways, near):
    assert (near_of("AB12CDE", "A812CDE", ways) is not None) == near


@pytest.mark.parametrize(
    ("one", "other", "twice"),
    [("AB12CDE", "A812CDE", False), ("AB12CDE", "A8I2CDE", False), ("EB12CDP", "FB12CDR", True)],
)
def test_two_usual_confusions_are_not_two_wrong_characters(one, other, twice):
    assert near_of(one, other) is twice


def test_a_mark_is_near_to_one_that_it_lacks_a_character_of_and_to_no_greater_one():
    texts = sighted(["AB12CDE", "AB12CF"], [0, 1_000])
    short = int(np.count_nonzero(texts.texts, axis=1).argmin())
    known = replace(texts, recognised=np.arange(2) != short)
    assert len(find_pairs(known, 6_000).near) == 0


def test_of_a_camera_gone_mad_each_sighting_keeps_so_many_near_ones_and_no_more():
    vrms = ["AB12CDE", "A812CDE"] * 100
    pairs = find_pairs(sighted(vrms, [0] * len(vrms)), 6_000)
    assert np.bincount(pairs.near[:, 0]).max() == 16


@pytest.mark.parametrize(
    ("cameras", "vehicles"), [((2, 5), 2), ((5, 2), 2), ((2, 6), 1), ((1, 1), 1), ((1, 2), 1), ((3, 3), 2)]
)
def test_two_vehicles_are_seen_at_cameras_about_as_many(cameras, vehicles):
    reads = sighted(["AB12CDE", "A812CDE"], [0, 1_000])
    assert len(set(passages(reads, find_pairs(reads, 6_000), np.array(cameras)))) == vehicles


def test_of_neighbours_seen_at_as_many_cameras_the_one_with_more_sightings_is_joined_though_the_other_is_nearer():
    vrms = ["AB12CDE", "AB12CDE", "AB12CDX", "AB12CD?"]
    reads = sighted(vrms, [0, 1_000, 3_000, 3_500])
    known = np.array(["?" not in text for text in np.unique(vrms)])
    reads = replace(reads, recognised=known)
    found = passages(reads, find_pairs(reads, 6_000), np.ones(4, np.int64))
    assert found[3] == found[0] == found[1] != found[2]
