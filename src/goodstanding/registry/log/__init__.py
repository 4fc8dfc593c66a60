"""The append-only log of all that happened, as a Merkle tree in the shape of RFC 9162, with signed heads and proofs."""

from goodstanding.registry.log.log_line import LogLine, line_hash
from goodstanding.registry.log.log_proofs import (
    Inclusion,
    hashes_of,
    log_size,
    prove_consistency,
    prove_inclusion,
    signed_head_now,
)
from goodstanding.registry.log.log_writer import End, append, read_end, read_frontier, stored_frontier
from goodstanding.registry.log.merkle_tree import Frontier
from goodstanding.registry.log.signed_heads import Head, keys_named, read_head

__all__ = [
    "End",
    "Frontier",
    "Head",
    "Inclusion",
    "LogLine",
    "append",
    "hashes_of",
    "keys_named",
    "line_hash",
    "log_size",
    "prove_consistency",
    "prove_inclusion",
    "read_end",
    "read_frontier",
    "read_head",
    "signed_head_now",
    "stored_frontier",
]
