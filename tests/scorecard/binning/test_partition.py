"""The best partition against every partition there is."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.binning import Candidates, Trend, best_partitions

TRENDS = get_args(Trend)
often = settings(max_examples=150, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def _drawn(seed: int, classes: int, *, counted: bool) -> Candidates:
    """Gains in quarters, so that sums are exact, some of them not allowed; rates of counts or any, with many ties."""
    chance = np.random.default_rng(seed)
    shape = (classes + 1, classes + 1)
    gain = chance.integers(-8, 20, shape) / 4
    gain[chance.random(shape) < chance.choice([0.0, 0.2, 0.6])] = -np.inf
    rate = chance.integers(0, 4, shape) / 4
    if counted:
        reached = np.concatenate([[0], np.cumsum(chance.integers(0, 3, classes))])
        length = np.maximum(np.arange(classes + 1)[None, :] - np.arange(classes + 1)[:, None], 1)
        rate = (reached[None, :] - reached[:, None]) / length
    return Candidates(gain, rate)


def _partitions(classes: int, attributes: int) -> Iterator[tuple[int, ...]]:
    """The first class of each attribute but the first, every way."""
    return combinations(range(1, classes), attributes - 1)


def _keeps(rates: list[float], trend: Trend) -> bool:
    """The trend, by its definition."""
    up = [b >= a for a, b in pairwise(rates)]
    down = [b <= a for a, b in pairwise(rates)]
    turns = range(len(up) + 1)
    match trend:
        case "ascending":
            return all(up)
        case "descending":
            return all(down)
        case "peak":
            return any(all(up[:i]) and all(down[i:]) for i in turns)
        case "valley":
            return any(all(down[:i]) and all(up[i:]) for i in turns)
        case "none":
            return True


def _of(candidates: Candidates, starts: tuple[int, ...]) -> tuple[float, list[float]]:
    """The sum of gains of a partition and its rates in order."""
    bounds = [0, *starts, len(candidates.gain) - 1]
    return (
        float(sum(candidates.gain[i, j] for i, j in pairwise(bounds))),
        [float(candidates.rate[i, j]) for i, j in pairwise(bounds)],
    )


@pytest.mark.parametrize("trend", TRENDS)
@often
@given(seed=seeds, classes=st.integers(1, 8), most=st.integers(1, 4), counted=st.booleans())
def test_no_partition_of_any_number_of_attributes_is_better_than_the_one_found(
    trend: Trend, seed: int, classes: int, most: int, *, counted: bool
) -> None:
    candidates = _drawn(seed, classes, counted=counted)
    found = best_partitions(candidates, most, trend)
    assert len(found) == most
    for attributes, (value, starts) in enumerate(found, 1):
        every = [_of(candidates, other) for other in _partitions(classes, attributes)]
        assert value == max((gain for gain, rates in every if _keeps(rates, trend)), default=-np.inf)
        if value == -np.inf:
            assert starts == ()
            continue
        assert len(starts) == attributes - 1
        assert list(starts) == sorted(set(starts))
        gain, rates = _of(candidates, starts)
        assert gain == value
        assert _keeps(rates, trend)


@often
@given(seed=seeds, classes=st.integers(1, 8), counted=st.booleans())
def test_a_wider_trend_never_tells_less(seed: int, classes: int, *, counted: bool) -> None:
    candidates = _drawn(seed, classes, counted=counted)
    values = {trend: [value for value, _ in best_partitions(candidates, 4, trend)] for trend in TRENDS}
    for narrow, wide in [("ascending", "peak"), ("descending", "peak"), ("descending", "valley"), ("peak", "none")]:
        assert all(a <= b for a, b in zip(values[narrow], values[wide], strict=True))


def test_more_attributes_than_classes_cannot_be_reached() -> None:
    candidates = Candidates(np.ones((4, 4)), np.zeros((4, 4)))
    for trend in TRENDS:
        assert [value for value, _ in best_partitions(candidates, 5, trend)] == [1.0, 2.0, 3.0, -np.inf, -np.inf]


def test_equal_rates_keep_every_trend() -> None:
    candidates = Candidates(np.ones((7, 7)), np.full((7, 7), 0.3))
    assert {best_partitions(candidates, 6, trend)[-1] for trend in TRENDS} == {(6.0, (1, 2, 3, 4, 5))}
