"""Two-way tables: neighbours are alike, a sum of two is told from a cross, and what is not seen is not told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.fitting.cell_prior import drawn, side, sum_features, table_features

often = settings(max_examples=50, deadline=None)
shares = st.lists(st.integers(1, 50), min_size=2, max_size=8).map(lambda held: np.array(held, dtype=np.float64))


@often
@given(shares)
def test_a_side_is_a_constant_and_features_that_are_0_on_average(held: np.ndarray) -> None:
    features = side(held, range(1, len(held)))
    assert (features[:, 0] == 1).all()
    np.testing.assert_allclose(held @ features[:, 1:], 0, atol=1e-8 * held.sum())


@often
@given(shares, shares)
def test_a_table_of_weights_of_its_own_is_0_over_every_row_and_column_beyond_their_sum(
    row: np.ndarray, column: np.ndarray
) -> None:
    sides = side(row, range(len(row))), side(column, range(0))
    beyond = table_features(*sides)[:, sum_features(*sides).shape[1] :].reshape(len(row), len(column), -1)
    np.testing.assert_allclose(np.einsum("i,ijk", row, beyond), 0, atol=1e-8 * row.sum())
    np.testing.assert_allclose(np.einsum("j,ijk", column, beyond), 0, atol=1e-8 * column.sum())


def test_neighbours_follow_each_other_and_others_do_not() -> None:
    held = np.full(8, 100.0)
    gradient = np.zeros(8)
    gradient[3] = -30.0
    found = drawn(gradient, np.full(8, 10.0), side(held, range(8))[:, 1:]).values
    assert found[3] == found.max()
    assert found[2] > found[0]
    assert found[4] > found[7]
    apart = drawn(gradient, np.full(8, 10.0), side(held, range(0))[:, 1:]).values
    np.testing.assert_allclose(np.delete(apart, 3), apart[0])


def test_the_more_evidence_the_less_cells_are_drawn_in() -> None:
    features = side(np.full(6, 1.0), range(6))[:, 1:]
    gradient = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    few, many = (drawn(times * gradient, times * np.full(6, 10.0), features) for times in (0.1, 50.0))
    assert many.variance > few.variance
    assert np.abs(many.values).max() > np.abs(few.values).max()


def test_an_attribute_that_nobody_has_is_told_nothing_of() -> None:
    held = np.array([0.0, 5.0, 9.0, 2.0])
    assert not side(held, range(1, 4))[0, 1:].any()


@pytest.mark.parametrize("gradient", [0.0, 1e-9])
def test_cells_that_tell_nothing_are_0(gradient: float) -> None:
    features = side(np.full(6, 1.0), range(6))[:, 1:]
    assert np.abs(drawn(np.full(6, gradient), np.full(6, 20.0), features).values).max() < 1e-9


def test_a_side_of_which_one_attribute_is_seen_tells_nothing() -> None:
    sides = side(np.array([0.0, 9.0, 0.0]), range(1, 3)), side(np.array([4.0, 5.0]), range(2))
    features = table_features(*sides)
    # Only the other side tells anything, and alone.
    assert features.shape == sum_features(*sides).shape == (6, 1)
    alone = table_features(sides[0], sides[0])
    assert not drawn(np.ones(9), np.ones(9), alone).values.any()
