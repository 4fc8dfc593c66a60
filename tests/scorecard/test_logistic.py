"""The logistic fit against an optimiser of another kind, and in the corners."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.logistic import RIDGE, fit_logistic

Matrix = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
often = settings(max_examples=40, deadline=None)


def _drawn(seed: int, truth: list[float], n: int = 400) -> tuple[Matrix, NDArray[np.bool_]]:
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(n, len(truth)))
    return x, chance.random(n) < 1 / (1 + np.exp(-(0.7 + x @ np.array(truth))))


def _newton(x: Matrix, good: NDArray[np.bool_]) -> Matrix:
    """Ridge-penalised logistic regression by Newton's method: no bounds, no step rule."""
    design = np.column_stack([np.ones(len(x)), x])
    pull = np.diag([0.0] + [RIDGE] * x.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (p - good) + pull @ beta
        beta = beta - np.linalg.solve(design.T @ (design * (p * (1 - p))[:, None]) + pull, gradient)
    return beta


@often
@given(seed=seeds)
def test_it_agrees_with_newton_where_no_coefficient_is_at_its_bound(seed: int) -> None:
    x, good = _drawn(seed, [0.9, 0.7, 0.8])
    expected = _newton(x, good)
    assert (expected[1:] > 0).all()
    intercept, beta = fit_logistic(x, good)
    assert [intercept, *beta] == pytest.approx(list(expected), abs=1e-4)


@often
@given(seed=seeds, truth=st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_no_coefficient_is_negative(seed: int, truth: list[float]) -> None:
    x, good = _drawn(seed, truth, n=80)
    assert (fit_logistic(x, good)[1] >= 0).all()


@often
@given(seed=seeds)
def test_a_column_that_speaks_for_the_worse_gets_nothing_and_the_others_are_fitted_without_it(seed: int) -> None:
    x, good = _drawn(seed, [0.9, -1.5, 0.8])
    intercept, beta = fit_logistic(x, good)
    assert beta[1] == 0
    assert [intercept, beta[0], beta[2]] == pytest.approx(list(_newton(x[:, [0, 2]], good)), abs=1e-4)


@often
@given(seed=seeds)
def test_two_equal_columns_share_what_one_would_have(seed: int) -> None:
    x, good = _drawn(seed, [1.0])
    intercept, beta = fit_logistic(np.column_stack([x, x]), good)
    # Half the coefficient in each of two columns is pulled half as much.
    alone, whole = fit_logistic(x, good, ridge=RIDGE / 2)
    assert beta[0] == pytest.approx(beta[1], abs=1e-4)
    assert [intercept, beta.sum()] == pytest.approx([alone, whole[0]], abs=1e-4)


@pytest.mark.parametrize("ridge", [RIDGE, 1e-6])
def test_separable_data_stay_finite(ridge: float) -> None:
    x = np.linspace(-1, 1, 200)[:, None]
    intercept, beta = fit_logistic(x, x[:, 0] > 0, ridge)
    assert np.isfinite([intercept, *beta]).all()
    assert beta[0] > 1


def test_great_weights_do_not_overflow() -> None:
    x, good = _drawn(3, [1.0])
    intercept, beta = fit_logistic(x * 1e4, good)
    assert np.isfinite([intercept, *beta]).all()


def test_without_columns_the_intercept_is_the_log_odds() -> None:
    good = np.arange(100) < 80
    intercept, beta = fit_logistic(np.zeros((100, 0)), good)
    assert intercept == pytest.approx(np.log(4), abs=1e-4)
    assert len(beta) == 0
