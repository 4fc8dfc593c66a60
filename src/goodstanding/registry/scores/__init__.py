"""Scores to answer from: published run by run, under one root each."""

from goodstanding.registry.scores.publication import OF_PROGRAMME_IN_FORCE, Publication, RunOf, publish_scores, run_of
from goodstanding.registry.scores.score_erasure import erase_scores
from goodstanding.registry.scores.score_proof import ScoreProof, prove_score

__all__ = [
    "OF_PROGRAMME_IN_FORCE",
    "Publication",
    "RunOf",
    "ScoreProof",
    "erase_scores",
    "prove_score",
    "publish_scores",
    "run_of",
]
