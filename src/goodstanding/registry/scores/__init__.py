"""Scores to answer from: published run by run, under one root each."""

from goodstanding.registry.scores.erasing import erase_scores
from goodstanding.registry.scores.publishing import Publication, RunOf, publish_scores, run_of

__all__ = ["Publication", "RunOf", "erase_scores", "publish_scores", "run_of"]
