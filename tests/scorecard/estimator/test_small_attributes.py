"""How small an attribute may be: where bads are rare, where a rare one is off for sure, and where it is asked."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard import Scorecard

N = 20_000


def _flagged(seed: int, share: float = 0.005, odds: float = 20) -> tuple[pd.DataFrame, Any]:
    """A characteristic that tells a little, and a flag that few have, with so many times the odds of bad."""
    chance = np.random.default_rng(seed)
    x, flag = chance.normal(size=N), (chance.random(N) < share).astype(float)
    z = -3 + 0.5 * x + np.log(odds) * flag
    return pd.DataFrame({"x": x, "flag": flag}), (chance.random(N) < 1 / (1 + np.exp(-z))).astype(int)


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_a_flag_that_few_have_stands_where_it_is_off_for_sure(method: Any) -> None:
    x, bad = _flagged(1)
    card = Scorecard(method=method).fit(x, bad)
    (flag,) = [c for c in card.table_.characteristics if c.name == "flag"]
    assert [a.count for a in flag.attributes if a.count < 0.01 * N]
    points = card.points(x)["flag"].to_numpy()
    assert points[x["flag"] == 1].mean() < points[x["flag"] == 0].mean() - 100


@pytest.mark.parametrize("asked", [{"min_share": 0.01}, {"min_share": 0.01, "min_bads": 0}])
def test_a_least_share_that_is_asked_is_held_by_a_rare_flag_too(asked: Any) -> None:
    x, bad = _flagged(1)
    card = Scorecard(**asked).fit(x, bad)
    for characteristic in card.table_.characteristics:
        assert len(characteristic.attributes) == 1 or min(a.count for a in characteristic.attributes) >= 0.01 * N


def test_a_flag_that_few_have_and_that_tells_nothing_does_not_stand() -> None:
    x, bad = _flagged(2, odds=1)
    card = Scorecard().fit(x, bad)
    for characteristic in card.table_.characteristics:
        assert characteristic.name != "flag" or len(characteristic.attributes) == 1


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rate=st.sampled_from([0.01, 0.03, 0.1]))
def test_where_bads_are_rare_an_attribute_has_five_or_is_off_for_sure(seed: int, rate: float) -> None:
    chance = np.random.default_rng(seed)
    x = pd.DataFrame({name: chance.normal(size=4000) for name in "ab"})
    bad = (chance.random(4000) < rate * np.exp(0.7 * x["a"] - 0.25)).astype(int)
    card = Scorecard(method="logistic").fit(x, bad)
    floor = min(5, -(-int(bad.sum()) // 10))
    assert card.limits_.min_bads == floor
    average = bad.mean()
    for characteristic in card.table_.characteristics:
        for attribute in characteristic.attributes:
            expected = attribute.count * average
            # Of none where eight are expected the likelihood says four standard deviations, and the square root 2.83.
            sure = abs(attribute.bads - expected) > 2.8 * np.sqrt(expected)
            assert len(characteristic.attributes) == 1 or attribute.bads >= floor * (1 - 1e-9) or sure


@pytest.mark.parametrize(("asked", "found"), [({"min_bads": 0}, 0), ({"min_bads": 30}, 30), ({}, 5)])
def test_the_floor_of_bads_is_told(asked: Any, found: float) -> None:
    x, bad = _flagged(3)
    assert Scorecard(**asked).fit(x, bad).limits_.min_bads == found


def test_where_bads_are_many_none_are_asked_for() -> None:
    x, bad = _flagged(4)
    assert Scorecard().fit(x, np.where(np.arange(N) % 4 == 0, 1, bad)).limits_.min_bads == 0
