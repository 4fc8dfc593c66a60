"""Calibration: chances against outcomes drawn from them, and from others."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, kstest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from goodstanding.scorecard.validation import Group, by_band, calibration, reliability

often = settings(max_examples=100, deadline=None)
# Few distinct chances, so that many tie.
people = st.lists(st.tuples(st.sampled_from([0.0, 0.02, 0.1, 0.3, 0.5, 0.9, 1.0]), st.booleans()), min_size=1)

Floats = NDArray[np.float64]
Bads = NDArray[np.bool_]


def _arrays(people: list[tuple[float, bool]]) -> tuple[Floats, Bads]:
    return np.array([chance for chance, _ in people]), np.array([bad for _, bad in people])


def _drawn(rng: np.random.Generator, n: int) -> tuple[Floats, Bads]:
    """Chances like those of small loans, and outcomes drawn from them."""
    chance = rng.beta(2, 8, n)
    return chance, rng.random(n) < chance


@often
@given(people)
def test_brier_is_that_of_scikit_learn(people: list[tuple[float, bool]]) -> None:
    chance, bad = _arrays(people)
    expected = brier_score_loss(bad, chance, labels=[False, True])
    assert calibration(chance, bad).brier == pytest.approx(expected, abs=1e-12)


def test_skill_is_0_for_the_average_1_for_a_seer_and_below_0_for_worse_than_the_average() -> None:
    bad = np.arange(200) % 5 == 0
    assert calibration(np.full(200, 0.2), bad).skill == pytest.approx(0)
    assert calibration(bad.astype(float), bad).skill == pytest.approx(1)
    assert calibration(np.full(200, 0.8), bad).skill < 0


def test_p_values_are_uniform_where_the_chances_are_true() -> None:
    rng = np.random.default_rng(41)
    found = [calibration(*_drawn(rng, 3000)).p_value for _ in range(400)]
    assert kstest(found, "uniform").pvalue > 0.01
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.09


def test_in_sample_p_values_are_uniform_with_two_degrees_less() -> None:
    rng = np.random.default_rng(42)
    found: list[float] = []
    for _ in range(200):
        x = rng.normal(size=(3000, 1))
        bad = rng.random(3000) < 1 / (1 + np.exp(1.5 - 0.8 * x[:, 0]))
        chance = LogisticRegression(C=np.inf).fit(x, bad).predict_proba(x)[:, 1]
        said = calibration(chance, bad, in_sample=True)
        assert said.degrees == 8
        found.append(said.p_value)
    assert kstest(found, "uniform").pvalue > 0.01


def test_p_is_tiny_where_odds_are_twice_as_bad() -> None:
    rng = np.random.default_rng(43)
    chance, _ = _drawn(rng, 3000)
    odds = 2 * chance / (1 - chance)
    bad = rng.random(3000) < odds / (1 + odds)
    assert calibration(chance, bad).p_value < 1e-6


def test_the_statistic_is_the_sum_written_in_the_book() -> None:
    chance = np.repeat([0.1, 0.3], 50)
    bad = np.concatenate([np.arange(50) < 8, np.arange(50) < 12])
    # (8 - 5)^2 / (50 x .1 x .9) + (12 - 15)^2 / (50 x .3 x .7)
    expected = 9 / 4.5 + 9 / 10.5
    found = calibration(chance, bad)
    assert found.hosmer_lemeshow == pytest.approx(expected)
    assert found.degrees == 2


def test_a_bad_whose_chance_was_0_cannot_be_explained() -> None:
    chance = np.repeat([0.0, 0.5], 20)
    bad = np.concatenate([np.arange(20) < 1, np.arange(20) < 10])
    assert calibration(chance, bad).p_value < 1e-9


@often
@given(people, st.integers(1, 12))
def test_groups_part_the_sample_by_rising_chance_and_never_part_equal_chances(
    people: list[tuple[float, bool]], groups: int
) -> None:
    chance, bad = _arrays(people)
    found = calibration(chance, bad, groups).groups
    assert len(found) <= groups
    assert sum(group.n for group in found) == len(bad)
    assert sum(group.bads for group in found) == bad.sum()
    assert sum(group.expected for group in found) == pytest.approx(chance.sum())
    ends = [end for group in found for end in (group.least, group.most)]
    assert ends == sorted(ends)
    assert all(before.most < after.least for before, after in pairwise(found))
    for group in found:
        inside = (chance >= group.least) & (chance <= group.most)
        assert (group.n, group.bads) == (inside.sum(), bad[inside].sum())


def test_groups_of_distinct_chances_are_of_the_same_size() -> None:
    chance, bad = _drawn(np.random.default_rng(44), 1000)
    assert {group.n for group in calibration(chance, bad).groups} <= {99, 100, 101}


def test_a_cut_belongs_to_the_group_above_it() -> None:
    low, high = reliability(np.array([0.1, 0.2, 0.3]), np.array([False, True, True]), np.array([0.2]))
    assert (low.n, low.most, high.n, high.least) == (1, 0.1, 2, 0.2)
    assert (low.rate, high.rate) == (0, 1)


@often
@given(st.integers(1, 400), st.integers(0, 400))
def test_the_interval_of_a_rate_is_wilsons(n: int, bads: int) -> None:
    bads = min(bads, n)
    (group,) = reliability(np.full(n, 0.3), np.arange(n) < bads, np.empty(0))
    expected = binomtest(bads, n).proportion_ci(method="wilson")
    assert group.rate_interval == pytest.approx((expected.low, expected.high), abs=1e-9)


@often
@given(st.lists(st.tuples(st.integers(300, 900), st.booleans()), min_size=1, max_size=80))
def test_bands_hold_the_scores_from_their_least_up_to_the_next(people: list[tuple[int, bool]]) -> None:
    score = np.array([score for score, _ in people])
    bad = np.array([bad for _, bad in people])
    chance = 1 / (1 + np.exp((score - 500) / 60))
    bands = {"low": 350, "middle": 550, "high": 700}
    found = by_band(score, chance, bad, bands)
    for name, least, above in (("low", 350, 550), ("middle", 550, 700), ("high", 700, 10_000)):
        inside = (score >= least) & (score < above)
        assert (name in found) == inside.any()
        if inside.any():
            group = found[name]
            assert (group.n, group.bads) == (inside.sum(), bad[inside].sum())
            assert group.expected == pytest.approx(chance[inside].sum())
    # Below the first band there is none.
    assert sum(group.n for group in found.values()) == (score >= 350).sum()


def test_bands_come_in_rising_order_and_empty_ones_are_left_out() -> None:
    found = by_band(np.array([710, 600, 400]), np.full(3, 0.1), np.zeros(3, bool), {"low": 350, "void": 450, "up": 600})
    assert list(found) == ["low", "up"]
    assert isinstance(found["low"], Group)
