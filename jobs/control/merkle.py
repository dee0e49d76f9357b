"""Merkle trees of RFC 9162 (Certificate Transparency 2.0), section 2.1: roots, and proofs that need no other leaf.

A tree is given by the hashes of its leaves, in order. Nothing here knows what a leaf stands for.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""


class ProofError(Exception):
    """A proof does not show what it should."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """What a tree must keep of its leaves to grow: the roots of its whole subtrees, the largest first.

    Attributes:
        size: number of leaves.
        peaks: one root for each 1 of the size in binary.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """The same with further leaves, given by their hashes."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            last, rest = leaf, size
            while rest & 1:  # two subtrees of one size become one
                last, rest = _node(peaks.pop(), last), rest >> 1
            peaks.append(last)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return EMPTY
        *others, root = self.peaks
        for peak in reversed(others):
            root = _node(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of the tree of so many leaves, given by their hashes."""
    return Frontier().grown(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that a leaf is in a tree: the sibling of each node on its way to the root, the lowest first.

    Raises:
        IndexError: the tree has no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], before: int) -> list[bytes]:
    """The proof that a tree began as the tree of its first leaves.

    Args:
        leaves: hashes of all leaves.
        before: how many the earlier tree had, at least 1.

    Raises:
        IndexError: there was no such tree.
    """
    if not 0 < before <= len(leaves):
        raise IndexError(before)
    return _consistency(leaves, before, whole=True)


def _consistency(leaves: Sequence[bytes], before: int, *, whole: bool) -> list[bytes]:
    """`whole`: the earlier tree itself is this subtree, whose root its reader has."""
    if before == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if before <= split:
        return [*_consistency(leaves[:split], before, whole=whole), root_of(leaves[split:])]
    return [*_consistency(leaves[split:], before - split, whole=False), root_of(leaves[:split])]


def _split(count: int) -> int:
    """The largest power of two below a count of at least 2."""
    return int(1 << (count - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check a proof of inclusion (RFC 9162, 2.1.3.2).

    Args:
        leaf: hash of the leaf.
        index: its place, from 0.
        size: leaves of the tree.
        proof: as `inclusion_proof` gives it.
        root: of the tree.

    Raises:
        ProofError: it does not lead to the root.
    """
    if not 0 <= index < size:
        raise ProofError("the tree has no such leaf")
    found = leaf
    for node, is_left in _siblings(index, size - 1, proof):
        found = _node(node, found) if is_left else _node(found, node)
    if found != root:
        raise ProofError("the proof does not lead to the root")


def _siblings(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The nodes of a proof, and whether they stand to the left of the way from a place to the root.

    Args:
        place: of the node at which the way begins, in its row.
        last: place of the row's last node.
        proof: the siblings, the lowest first.
    """
    for node in proof:
        if not last:
            raise ProofError("the proof is too long")
        is_left = bool(place & 1) or place == last
        yield node, is_left
        while is_left and not place & 1 and place:  # the last node of a row may have no sibling, and rises as it is
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")


def verify_consistency(before: int, size: int, root_before: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Check a proof of consistency (RFC 9162, 2.1.4.2).

    Args:
        before: leaves of the earlier tree, at least 1.
        size: leaves of the later one.
        root_before: of the earlier tree.
        root: of the later one.
        proof: as `consistency_proof` gives it.

    Raises:
        ProofError: the later tree did not begin as the earlier one, as far as the proof shows.
    """
    if not 0 < before <= size:
        raise ProofError("there was no such tree")
    if before == size:
        if proof or root_before != root:
            raise ProofError("two trees of one size differ")
        return
    nodes = list(proof)
    if not before & before - 1:  # a power of two: its root is a node of the later tree
        nodes.insert(0, root_before)
    if not nodes:
        raise ProofError("the proof is too short")
    place, last = before - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = nodes[0]
    for node, is_left in _siblings(place, last, nodes[1:]):
        if is_left:
            first = _node(node, first)
        second = _node(node, second) if is_left else _node(second, node)
    if first != root_before or second != root:
        raise ProofError("the proof does not lead to both roots")
