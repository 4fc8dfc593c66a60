"""The logistic fit against an optimiser of another kind, and in the corners."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from goodstanding.scorecard.fitting.design import ROWS_AT_ONCE, ROWS_TO_START, Design
from goodstanding.scorecard.fitting.logistic import RIDGE, fit_logistic

Matrix = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
truths = st.lists(st.floats(-2, 2), min_size=1, max_size=5)
often = settings(max_examples=40, deadline=None)


def _drawn(seed: int, truth: list[float], n: int = 400) -> tuple[Design, NDArray[np.bool_], Matrix]:
    """Characteristics of seven attributes, outcomes that lean on them, weights."""
    chance = np.random.default_rng(seed)
    attribute = chance.integers(0, 7, (len(truth), n)).astype(np.uint8)
    design = Design(attribute, tuple(chance.normal(size=7) for _ in truth))
    bad = chance.random(n) < 1 / (1 + np.exp(0.7 - design.sum(np.array(truth))))
    return design, bad, chance.integers(1, 4, n).astype(np.float64)


def _loss(design: Design, bad: NDArray[np.bool_], weight: Matrix, ridge: float) -> Callable[[Matrix], float]:
    columns = np.column_stack([np.ones(len(design)), *(v[design.attribute[j]] for j, v in enumerate(design.values))])

    def loss(x: Matrix) -> float:
        z = columns @ x
        return float(weight @ np.logaddexp(0, np.where(bad, -z, z)) + ridge / 2 * x[1:] @ x[1:])

    return loss


def _best(design: Design, bad: NDArray[np.bool_], weight: Matrix, ridge: float = RIDGE) -> Matrix:
    """The same problem by limited-memory BFGS with bounds."""
    k = len(design.values)
    found = minimize(
        _loss(design, bad, weight, ridge),
        np.zeros(k + 1),
        method="L-BFGS-B",
        bounds=[(None, None)] + [(0, None)] * k,
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 2000},
    )
    return np.asarray(found.x)


@often
@given(seed=seeds, truth=truths)
def test_it_agrees_with_an_optimiser_of_another_kind(seed: int, truth: list[float]) -> None:
    design, bad, weight = _drawn(seed, truth)
    intercept, beta = fit_logistic(design, bad, weight)
    expected = _best(design, bad, weight)
    assert [intercept, *beta] == pytest.approx(list(expected), abs=2e-3)
    loss = _loss(design, bad, weight, RIDGE)
    assert loss(np.array([intercept, *beta])) <= loss(expected) + 1e-6


@often
@given(seed=seeds, truth=truths, n=st.integers(5, 80))
def test_no_coefficient_is_negative(seed: int, truth: list[float], n: int) -> None:
    design, bad, weight = _drawn(seed, truth, n)
    intercept, beta = fit_logistic(design, bad, weight)
    assert (beta >= 0).all()
    assert np.isfinite([intercept, *beta]).all()


@often
@given(seed=seeds)
def test_a_column_that_speaks_for_the_worse_gets_nothing_and_the_others_are_fitted_without_it(seed: int) -> None:
    design, bad, weight = _drawn(seed, [0.9, -1.5, 0.8])
    intercept, beta = fit_logistic(design, bad, weight)
    assert beta[1] == 0
    alone, others = fit_logistic(Design(design.attribute[[0, 2]], design.values[::2]), bad, weight)
    assert [intercept, beta[0], beta[2]] == pytest.approx([alone, *others], abs=1e-4)


@often
@given(seed=seeds, truth=truths)
def test_a_row_of_weight_two_is_the_row_twice(seed: int, truth: list[float]) -> None:
    design, bad, weight = _drawn(seed, truth, 120)
    row = np.repeat(np.arange(120), weight.astype(int))
    intercept, beta = fit_logistic(design, bad, weight)
    again, repeated = fit_logistic(Design(design.attribute[:, row], design.values), bad[row], np.ones(len(row)))
    assert [intercept, *beta] == pytest.approx([again, *repeated], abs=1e-6)


@often
@given(seed=seeds)
def test_two_equal_columns_share_what_one_would_have(seed: int) -> None:
    design, bad, weight = _drawn(seed, [1.0])
    twice = Design(np.repeat(design.attribute, 2, axis=0), design.values * 2)
    intercept, beta = fit_logistic(twice, bad, weight)
    # Half the coefficient in each of two columns is pulled half as much.
    alone, whole = fit_logistic(design, bad, weight, ridge=RIDGE / 2)
    assert beta[0] == pytest.approx(beta[1], abs=1e-4)
    assert [intercept, beta.sum()] == pytest.approx([alone, whole[0]], abs=1e-4)


@pytest.mark.parametrize("ridge", [RIDGE, 1e-6])
def test_separable_data_stay_finite(ridge: float) -> None:
    attribute = (np.arange(200) >= 100).astype(np.uint8)[None]
    intercept, beta = fit_logistic(
        Design(attribute, (np.array([-1.0, 1.0]),)), np.arange(200) >= 100, np.ones(200), ridge
    )
    assert np.isfinite([intercept, *beta]).all()
    assert beta[0] > 1


@pytest.mark.parametrize("bads", [0, 100])
def test_where_everybody_ended_alike_the_fit_stays_finite(bads: int) -> None:
    design, _, _ = _drawn(2, [1.0, 1.0], 100)
    intercept, beta = fit_logistic(design, np.arange(100) < bads, np.ones(100))
    assert np.isfinite([intercept, *beta]).all()


def test_great_log_odds_do_not_overflow() -> None:
    design, bad, weight = _drawn(3, [1.0])
    intercept, beta = fit_logistic(Design(design.attribute, (design.values[0] * 1e4,)), bad, weight)
    assert np.isfinite([intercept, *beta]).all()


def test_a_column_without_differences_changes_nothing() -> None:
    design, bad, weight = _drawn(4, [1.0])
    flat = Design(np.vstack([design.attribute, np.zeros((1, 400), np.uint8)]), (*design.values, np.zeros(1)))
    alone, with_flat = fit_logistic(design, bad, weight), fit_logistic(flat, bad, weight)
    assert [with_flat[0], *with_flat[1]] == pytest.approx([alone[0], *alone[1], 0.0], abs=1e-6)


def test_without_columns_the_intercept_is_the_log_odds() -> None:
    intercept, beta = fit_logistic(Design(np.zeros((0, 100), np.uint8), ()), np.arange(100) < 20, np.ones(100))
    assert intercept == pytest.approx(-np.log(4), abs=1e-4)
    assert len(beta) == 0


def test_a_sample_of_many_pieces_is_one_sample() -> None:
    design, bad, weight = _drawn(6, [0.8, 0.5], 500)
    parts = 3 * ROWS_TO_START // 500
    many = Design(np.tile(design.attribute, parts), design.values)
    assert len(many) > max(2 * ROWS_TO_START, ROWS_AT_ONCE)
    one = fit_logistic(design, bad, weight * parts)
    other = fit_logistic(many, np.tile(bad, parts), np.tile(weight, parts))
    assert [one[0], *one[1]] == pytest.approx([other[0], *other[1]], abs=1e-6)


def test_every_row_counts_where_the_first_steps_look_at_some() -> None:
    design, bad, weight = _drawn(7, [0.8, 0.5], 3 * ROWS_TO_START)
    # The rows that the first steps look at say the opposite.
    odd = np.where(np.arange(len(bad)) % 3 == 0, ~bad, bad)
    mixed = np.random.default_rng(0).permutation(len(bad))
    one = fit_logistic(design, odd, weight)
    other = fit_logistic(
        Design(np.ascontiguousarray(design.attribute[:, mixed]), design.values), odd[mixed], weight[mixed]
    )
    assert [one[0], *one[1]] == pytest.approx([other[0], *other[1]], abs=1e-6)
