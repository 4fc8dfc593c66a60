"""Text of many levels: what differs for sure is told apart, what differs by chance is not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from goodstanding.scorecard import Scorecard

N, LEVELS = 24_000, 800


def _towns(seed: int, apart: float) -> tuple[pd.DataFrame, Any]:
    """Whose bad rates are so far apart, as a standard deviation of log-odds."""
    chance = np.random.default_rng(seed)
    effect = np.random.default_rng(99).normal(0, apart, LEVELS)
    town = chance.integers(0, LEVELS, N)
    bad = (chance.random(N) < 1 / (1 + np.exp(1.5 - effect[town]))).astype(int)
    return pd.DataFrame({"town": np.array([f"town {i:03}" for i in town], dtype=object)}), bad


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_levels_that_differ_are_told_apart_in_people_not_learned_from(method: Any) -> None:
    card = Scorecard(method=method).fit(*_towns(1, 0.8))
    x, bad = _towns(2, 0.8)
    (town,) = card.table_.characteristics
    assert sum(len(a.levels or ()) for a in town.attributes) > 700
    # Each level's own rate, drawn to the average as its numbers deserve, reaches 0.65.
    assert roc_auc_score(bad, card.chance_of_bad(x)) > 0.64


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_levels_that_differ_by_chance_hardly_move_a_score(method: Any) -> None:
    x, bad = _towns(3, 0.0)
    chances = Scorecard(method=method).fit(x, bad).chance_of_bad(x)
    assert chances.std() < 0.02
    assert chances.mean() == pytest.approx(bad.mean(), abs=0.01)
