"""The Merkle tree of RFC 9162, section 2.1: hashes, paths and their checks. Pure functions over SHA-256 digests.

A tree of `n` leaves splits at the greatest power of two below `n`. Leaves are hashed behind a byte 0 and nodes behind a
byte 1, so that neither can be passed off as the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

EMPTY_ROOT = sha256(b"").digest()

HashOf: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the leaves from one index up to, not with, another."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children (RFC 9162, 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The greatest power of two below `size`, for a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (RFC 9162, 2.1.1), in one pass without recursion."""
    return Frontier().grown(leaves).root if leaves else EMPTY_ROOT


@dataclass(frozen=True)
class Frontier:
    """What of a tree must be known to add to it: its size, and the roots of its full subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Sequence[bytes]) -> "Frontier":
        """The frontier with these leaf hashes added."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            joined, full = leaf, size
            # Each trailing 1 bit of the size is a full subtree that the new leaf completes a pair with.
            while full & 1:
                joined = node_hash(peaks.pop(), joined)
                full >>= 1
            peaks.append(joined)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, found = self.peaks
        for peak in reversed(rest):
            found = node_hash(peak, found)
        return found


def inclusion_path(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the first `size` leaves (RFC 9162, 2.1.3.1).

    Raises ValueError for an index outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} of a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(hash_of(middle, end))
            end = middle
        else:
            path.append(hash_of(start, middle))
            start = middle
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path lead to; None if the path is too long or too short (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def consistency_path(first: int, second: int, hash_of: HashOf) -> list[bytes]:
    """The hashes that show the first `first` leaves to begin the first `second` (RFC 9162, 2.1.4.1).

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"from {first} leaves to {second}")
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append(hash_of(middle, end))
            end = middle
        else:
            path.append(hash_of(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(hash_of(start, end))
    return path[::-1]


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path shows that the tree of the first root begins the tree of the second (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
