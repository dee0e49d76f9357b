"""Pairs and passages as columns: what is kept of a camera gone mad is bounded."""

import numpy as np

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
