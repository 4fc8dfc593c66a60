"""No interval of a sample is of width zero, and each holds what it is of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.validation import discrimination, population_stability


@st.composite
def samples(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores of a few values, of goods and bads that may be alike or apart."""
    goods, bads = draw(st.integers(2, 40)), draw(st.integers(2, 40))
    apart = draw(st.sampled_from([0.0, 5.0, -5.0]))
    few = st.sampled_from([1.0, 2.0, 3.0])
    of_goods = draw(st.lists(few, min_size=goods, max_size=goods))
    of_bads = [score - apart for score in draw(st.lists(few, min_size=bads, max_size=bads))]
    return np.array([*of_goods, *of_bads]), np.array([0] * goods + [1] * bads)


@settings(max_examples=60, deadline=None)
@given(sample=samples())
def test_no_interval_is_of_width_zero_and_each_holds_its_figure(
    sample: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> None:
    found = discrimination(*sample)
    assert found is not None
    for figure, (low, high) in (
        (found.auc, found.auc_interval),
        (found.ks, found.ks_interval),
        (found.gini, found.gini_interval),
    ):
        assert low < high
        assert low <= figure <= high


def test_goods_and_bads_apart_are_surer_the_more_there_are() -> None:
    lows = []
    for n in (5, 50, 500):
        found = discrimination(np.repeat([2.0, 1.0], n), np.repeat([0, 1], n))
        assert found is not None
        lows.append((found.auc_interval[0], found.ks_interval[0]))
    assert lows == sorted(lows)
    assert 0.9 < lows[1][0] < lows[2][0] < 1


def test_one_pair_in_the_wrong_order_among_millions_leaves_something_open() -> None:
    scores = np.concatenate([np.arange(2000, 4000), np.arange(1999), [2000]])
    found = discrimination(scores, np.repeat([0, 1], 2000))
    assert found is not None
    assert found.auc_interval[0] < 1


def test_nobody_is_of_no_shape() -> None:
    with pytest.raises(BadInput, match="nobody"):
        population_stability([10, 20, 30], [0, 0, 0])
