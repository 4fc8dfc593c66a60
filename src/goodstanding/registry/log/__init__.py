"""The append-only log of all that happened, as a Merkle tree in the shape of RFC 9162, with signed heads and proofs."""

from goodstanding.registry.log.entries import Line, digest_of
from goodstanding.registry.log.heads import Head, keys_named, read_head
from goodstanding.registry.log.proving import (
    Inclusion,
    hashes_of,
    log_size,
    prove_consistency,
    prove_inclusion,
    signed_head_now,
)
from goodstanding.registry.log.tree import Frontier
from goodstanding.registry.log.writing import End, append, read_end, read_frontier, stored_frontier

__all__ = [
    "End",
    "Frontier",
    "Head",
    "Inclusion",
    "Line",
    "append",
    "digest_of",
    "hashes_of",
    "keys_named",
    "log_size",
    "prove_consistency",
    "prove_inclusion",
    "read_end",
    "read_frontier",
    "read_head",
    "signed_head_now",
    "stored_frontier",
]
