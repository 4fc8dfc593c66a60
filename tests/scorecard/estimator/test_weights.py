"""Weights: fractions, great ones, and bads that count for more than goods."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard


def _same_in_any_order(x: pd.DataFrame, bad: np.ndarray, weight: np.ndarray, **asked: Any) -> None:
    first = Scorecard(**asked).fit(x, bad, sample_weight=weight)
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(x))
        again = Scorecard(**asked).fit(x.iloc[order].reset_index(drop=True), bad[order], sample_weight=weight[order])
        assert again.table_ == first.table_
        assert again.to_json() == first.to_json()


def test_fractions_that_add_up_to_whole_people_do_not_depend_on_the_order_of_rows() -> None:
    """Some cells' weights add up to five, which is as many as there are folds."""
    chance = np.random.default_rng(0)
    x = pd.DataFrame(
        {"a": chance.integers(0, 6, 6000), "b": chance.integers(0, 6, 6000), "g": chance.choice(list("uvw"), 6000)}
    )
    odds = -1 + 0.5 * (x["a"] - 2.5) * (x["b"] > 2) - 0.3 * (x["g"] == "u")
    bad = (chance.random(6000) < 1 / (1 + np.exp(-odds))).astype(int).to_numpy()
    weight = np.random.default_rng(3).choice([0.1, 0.2, 0.7], 6000)
    _same_in_any_order(x, bad, weight, crosses=2)


def test_fractions_of_many_people_do_not_depend_on_the_order_of_rows() -> None:
    """Numbers of each exponent hold exactly half of the weight."""
    chance = np.random.default_rng(0)
    half = 30_000
    x = np.concatenate([1 + chance.random(half), 2 + 2 * chance.random(half)])
    bad = (chance.random(2 * half) < 1 / (1 + np.exp(3 - 0.6 * x))).astype(int)
    _same_in_any_order(pd.DataFrame({"x": x}), bad, np.tile(chance.random(half) * 2 + 0.1, 2))


def test_a_zero_of_either_sign_is_the_same() -> None:
    chance = np.random.default_rng(0)
    x = np.where(chance.random(2000) < 0.3, chance.choice([0.0, -0.0], 2000), np.abs(chance.normal(size=2000)))
    bad = (chance.random(2000) < 1 / (1 + np.exp(1 - x))).astype(int)
    _same_in_any_order(pd.DataFrame({"x": x}), bad, np.ones(2000))


@pytest.mark.parametrize("heavier", [5.0, 20.0])
def test_a_person_of_much_weight_is_not_held_against_himself(heavier: float) -> None:
    """Where nothing is crossed, bads that count for more than goods bring no cross, in most samples at least."""
    crossed = 0
    for seed in range(4):
        chance = np.random.default_rng(seed)
        x = chance.normal(size=(2000, 8))
        bad = (chance.random(2000) < 1 / (1 + np.exp(2.5 - x[:, 0] + 0.7 * x[:, 1]))).astype(int)
        crossed += len(Scorecard(crosses=3).fit(x, bad, sample_weight=np.where(bad, heavier, 1.0)).table_.crosses)
    assert crossed <= 1


@pytest.mark.parametrize("weight", [1e9, 1e12])
def test_the_card_of_very_many_people_is_fitted(weight: float) -> None:
    chance = np.random.default_rng(0)
    x = pd.DataFrame(chance.normal(size=(1000, 4)), columns=list("abcd"))
    bad = (chance.random(1000) < 1 / (1 + np.exp(1.5 - 1.5 * x["a"] * x["b"]))).astype(int)
    card = Scorecard(crosses=1).fit(x, bad, sample_weight=np.full(1000, weight))
    assert [cross.name for cross in card.table_.crosses] == ["a x b"]


@pytest.mark.parametrize("weight", [1e13, 1e300])
def test_more_people_than_there_are_are_refused(weight: float) -> None:
    x = pd.DataFrame({"a": np.arange(200.0)})
    with pytest.raises(BadInput, match=r"a weight of .*; expected at most 1e\+15 in all"):
        Scorecard().fit(x, np.arange(200) % 2, sample_weight=np.full(200, weight))


def test_runs_of_nothing_but_bads_do_not_depend_on_the_order_of_rows() -> None:
    for seed in range(12):
        chance = np.random.default_rng(seed)
        x, weight = chance.normal(size=(600, 1)), 3 * chance.random(600)
        bad = chance.random(600) < 1 / (1 + np.exp(-3 * x[:, 0]))
        order = chance.permutation(600)
        one, other = Scorecard().fit(x, bad, weight), Scorecard().fit(x[order], bad[order], weight[order])
        assert one.table_ == other.table_


@pytest.mark.parametrize("weights", [[1e12, 1e-12], [1e-12, 1e12], [1.0, 1e-300], [5e-324, 1.0]])
def test_an_outcome_whose_weight_is_lost_in_rounding_is_refused(weights: list[float]) -> None:
    with pytest.raises(BadInput, match="of the weight on"):
        Scorecard().fit([[1.0], [2.0]], [0, 1], weights)


def test_levels_that_tell_nothing_are_not_believed_for_the_weights_of_people() -> None:
    said: list[float] = []
    for seed in range(3):
        chance = np.random.default_rng(seed)
        x = pd.DataFrame({"level": chance.integers(0, 50, 2000).astype(str)})
        bad = chance.random(2000) < 0.1
        p = Scorecard(allowed_leaks=["level"]).fit(x, bad, chance.exponential(1, 2000)).chance_of_bad(x)
        said.append(float(np.log(p / (1 - p)).std()))
    assert np.mean(said) < 0.2
