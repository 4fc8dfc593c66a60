"""Scores to answer from: published run by run, under one root each."""

from goodstanding.registry.scores.in_effect import IN_EFFECT, OF_PROGRAMME_IN_FORCE
from goodstanding.registry.scores.publication import Publication, RunOf, publish_scores, run_of
from goodstanding.registry.scores.score_erasure import erase_scores
from goodstanding.registry.scores.score_list import PublishedScore, scores_of
from goodstanding.registry.scores.score_proof import ScoreProof, prove_score

__all__ = [
    "IN_EFFECT",
    "OF_PROGRAMME_IN_FORCE",
    "Publication",
    "PublishedScore",
    "RunOf",
    "ScoreProof",
    "erase_scores",
    "prove_score",
    "publish_scores",
    "run_of",
    "scores_of",
]
