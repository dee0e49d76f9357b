"""Merkle trees against the vectors of Certificate Transparency's own tests, and proofs against all that is not true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.control.merkle import (
    EMPTY,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Inputs and roots of google/certificate-transparency's merkle tests: one more leaf each.
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {  # of the same tests: leaf from 0, size, proof
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
BEGINNINGS = {  # earlier size, later size, proof
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def roots(texts):
    return [bytes.fromhex(text) for text in texts]


def many(count):
    return [leaf_hash(number.to_bytes(4)) for number in range(count)]


def test_roots_are_those_of_certificate_transparency():
    assert [root_of(LEAVES[:size]) for size in range(9)] == roots(ROOTS)
    assert roots(ROOTS)[0] == EMPTY


@pytest.mark.parametrize(("place", "proof"), PATHS.items())
def test_proofs_of_inclusion_are_those_of_certificate_transparency(place, proof):
    index, size = place
    assert inclusion_proof(LEAVES[:size], index) == roots(proof)
    verify_inclusion(LEAVES[index], index, size, roots(proof), roots(ROOTS)[size])


@pytest.mark.parametrize(("sizes", "proof"), BEGINNINGS.items())
def test_proofs_of_consistency_are_those_of_certificate_transparency(sizes, proof):
    before, size = sizes
    assert consistency_proof(LEAVES[:size], before) == roots(proof)
    verify_consistency(before, size, roots(ROOTS)[before], roots(ROOTS)[size], roots(proof))


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_frontier_grows_to_the_same_root_in_any_steps(first, second):
    leaves = many(first + second)
    grown = Frontier().grown(leaves[:first]).grown(leaves[first:])
    assert (grown.size, grown.root()) == (len(leaves), root_of(leaves))
    assert len(grown.peaks) == len(leaves).bit_count()


@given(st.integers(1, 40), st.data())
def test_only_the_leaf_itself_is_proved_at_its_place_in_its_tree(size, data):
    leaves, index = many(size), data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(0, 40))
    wrong = [
        (leaf_hash(b"another"), index, size, proof, root), (leaves[index], size, size, proof, root),
        (leaves[index], -1, size, proof, root), (leaves[index], index, size, [*proof, root], root),
        (leaves[index], index, size, proof, leaf_hash(b"another")),
    ]  # fmt: skip
    if proof:
        wrong += [(leaves[index], index, size, proof[:-1], root), (leaves[index], index, size, proof[1:], root)]
    if other < size and other != index:
        wrong += [(leaves[index], other, size, proof, root), (leaves[other], index, size, proof, root)]
    for one in wrong:
        with pytest.raises(ProofError):
            verify_inclusion(*one)


@given(st.integers(1, 40), st.data())
def test_only_a_true_beginning_is_proved(size, data):
    leaves, before = many(size), data.draw(st.integers(1, size))
    proof, root, root_before = consistency_proof(leaves, before), root_of(leaves), root_of(leaves[:before])
    verify_consistency(before, size, root_before, root, proof)
    another = leaf_hash(b"another")
    wrong = [
        (before, size, another, root, proof), (before, size, root_before, another, proof),
        (before, size, root_before, root, [*proof, another]), (0, size, root_before, root, proof),
        (size + 1, size, root_before, root, proof),
    ]  # fmt: skip
    if proof:
        wrong += [(before, size, root_before, root, proof[:-1]), (before, size, root_before, root, proof[1:])]
    for one in wrong:
        with pytest.raises(ProofError):
            verify_consistency(*one)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_proof(index):
    with pytest.raises(IndexError):
        inclusion_proof(many(3), index)


@pytest.mark.parametrize("before", [0, 4])
def test_a_tree_that_never_was_has_no_proof(before):
    with pytest.raises(IndexError):
        consistency_proof(many(3), before)
