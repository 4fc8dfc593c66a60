"""The leaves of a publication's tree of scores: each score behind a secret of its own.

Scores are few and ids can be guessed, so a bare hash could be tried out; and a proof shows neighbours' hashes.
"""

from collections.abc import Mapping
from typing import Any

from goodstanding.registry.keys import Keyring, canonical, keyed_hash
from goodstanding.registry.log.merkle_tree import leaf_hash

SCORE = ("score", "low", "high", "band", "not_scored", "dimensions", "reasons")


def blinding(keyring: Keyring, publication: int, person: object) -> str:
    """The secret of one score, in hex: told to its person with the proof, and to nobody else."""
    return keyed_hash(keyring, "blinding", str(publication), str(person)).hex()


def score_leaf(secret: str, publication: int, score: Mapping[Any, Any]) -> bytes:
    """The hash of a row of `scores` (its place apart) behind its secret."""
    whose = [str(score["person_id"]), score["programme"], score["as_of"], publication]
    return leaf_hash(canonical([secret, *whose, *(score[name] for name in SCORE)]))
