"""Scores to answer from: published run by run, under one root each."""

from goodstanding.registry.scores.erasing import erase_scores
from goodstanding.registry.scores.proving import ScoreProof, prove_score
from goodstanding.registry.scores.publishing import OF_PROGRAMME_IN_FORCE, Publication, RunOf, publish_scores, run_of

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
