"""Beside many columns of noise, and past every number of people, odds stay true and what tells is found."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from goodstanding.scorecard import Scorecard

WIDE: dict[str, Any] = {"score_range": (-100_000, 100_000)}


def _people(seed: int, n: int, noise: int) -> tuple[pd.DataFrame, Any]:
    chance = np.random.default_rng(seed)
    tells = {f"x{i}": chance.normal(size=n) for i in range(5)}
    z = -2 + 0.9 * tells["x0"] - 0.7 * tells["x1"] + 0.6 * np.abs(tells["x2"]) + 0.4 * tells["x3"]
    frame = pd.DataFrame(tells | {f"noise {i}": chance.normal(size=n) for i in range(noise)})
    return frame, (chance.random(n) < 1 / (1 + np.exp(-z))).astype(int)


def _slope(card: Scorecard, x: pd.DataFrame, bad: Any) -> float:
    chance = card.chance_of_bad(x)
    log_odds = np.log(chance / (1 - chance))[:, None]
    return float(LogisticRegression(C=1e9).fit(log_odds, bad).coef_[0, 0])


def test_two_hundred_columns_of_noise_cost_little() -> None:
    x, bad = _people(1, 1000, 200)
    fresh, outcomes = _people(2, 20_000, 200)
    card = Scorecard(**WIDE).fit(x, bad)
    alone = Scorecard(**WIDE).fit(x.iloc[:, :5], bad)
    told, at_most = (roc_auc_score(outcomes, one.chance_of_bad(fresh)) for one in (card, alone))
    assert told > at_most - 0.03


@pytest.mark.parametrize(("n", "noise"), [(3000, 40), (19_900, 40), (20_100, 40), (130_000, 10)])
def test_odds_are_true_at_any_size(n: int, noise: int) -> None:
    card = Scorecard(**WIDE).fit(*_people(3, n, noise))
    assert _slope(card, *_people(4, 40_000, noise)) == pytest.approx(1, abs=0.1)


def _of_few_values(kind: str, chance: np.random.Generator, n: int) -> tuple[pd.DataFrame, Any]:
    """Columns of few values, so that many people say the same, and the true log-odds."""
    match kind:
        case "three of three":
            x = pd.DataFrame({name: chance.integers(0, 3, n) for name in "abc"})
            return x, 0.5 * x["a"] - 0.5 * x["b"] + 0.3 * x["c"]
        case "six flags":
            x = pd.DataFrame({name: chance.integers(0, 2, n) for name in "abcdef"})
            return x, 0.8 * x["a"] - 0.6 * x["b"] + 0.4 * x["c"] + 0.3 * x["d"]
        case _:
            town = chance.integers(0, 50, n)
            return pd.DataFrame({"town": np.char.add("t", town.astype(str)).astype(object)}), 0.2 * (town % 8)


@pytest.mark.parametrize("kind", ["three of three", "six flags", "towns"])
def test_what_columns_of_few_values_tell_is_believed(kind: str) -> None:
    found: list[tuple[float, float]] = []
    for seed in range(4):
        chance = np.random.default_rng(seed)
        x, z = _of_few_values(kind, chance, 2000)
        bad = chance.random(2000) < 1 / (1 + np.exp(2 - z + z.mean()))
        p = Scorecard(**WIDE).fit(x, bad).chance_of_bad(x)
        both = np.cov(z, np.log(p / (1 - p)))
        found.append((float(both[0, 1]), float(both[1, 1])))
    # The slope of the truth on what is said; it was between 5 and 10.
    together, own = np.sum(found, axis=0)
    assert together / own == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("method", ["boosted", "logistic"])
@pytest.mark.parametrize("n", [2000, 15_000, 60_000])
def test_what_one_characteristic_tells_is_believed(n: int, method: Any) -> None:
    said: list[float] = []
    for seed in range(4):
        chance = np.random.default_rng(seed)
        x = chance.normal(size=(n, 1))
        bad = chance.random(n) < 1 / (1 + np.exp(2 - 0.5 * x[:, 0]))
        p = Scorecard(method=method, **WIDE).fit(x, bad).chance_of_bad(x)
        said.append(float(np.log(p / (1 - p)).std()))
    # Many people of few classes say the same; of the half that is there so much is said.
    assert np.mean(said) == pytest.approx(0.5, abs=0.1 if n < 10_000 else 0.04)
