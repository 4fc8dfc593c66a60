"""Shares of influence held to their greatest."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.influence import capped, deviation, shares

often = settings(max_examples=200, deadline=None)
amount = st.just(0.0) | st.floats(0.001, 10)
dimensions = st.lists(st.tuples(amount, st.floats(0.01, 1)), min_size=1, max_size=6)


def _cap(dimensions: list[tuple[float, float]]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """The free shares, the greatest ones and the answer."""
    free = shares({str(i): amount for i, (amount, _) in enumerate(dimensions)})
    greatest = {str(i): most for i, (_, most) in enumerate(dimensions)}
    return free, greatest, capped(free, greatest)


@often
@given(dimensions)
def test_shares_sum_to_one_where_there_is_any_influence(dimensions: list[tuple[float, float]]) -> None:
    free, _, found = _cap(dimensions)
    assert sum(found.values()) == pytest.approx(1 if any(free.values()) else 0)


@often
@given(dimensions)
def test_no_share_is_above_its_greatest_where_that_can_be(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    assume(sum(greatest[key] for key in free if free[key]) >= 1)
    assert all(found[key] <= greatest[key] * (1 + 1e-9) for key in found)


@often
@given(dimensions)
def test_where_the_greatest_cannot_hold_the_shares_are_in_their_proportion(
    dimensions: list[tuple[float, float]],
) -> None:
    free, greatest, found = _cap(dimensions)
    room = sum(greatest[key] for key in free if free[key])
    assume(0 < room < 1)
    assert found == pytest.approx({key: greatest[key] / room if free[key] else 0 for key in free})


@often
@given(dimensions)
def test_what_is_cut_goes_to_the_others_in_proportion(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    assume(sum(greatest[key] for key in free if free[key]) > 1)
    below = [key for key in found if 0 < found[key] < greatest[key] * (1 - 1e-9)]
    factors = [found[key] / free[key] for key in below]
    assert factors == pytest.approx([max(factors, default=1)] * len(factors))
    assert all(factor >= 1 - 1e-9 for factor in factors)


@often
@given(dimensions)
def test_a_dimension_without_influence_gets_none(dimensions: list[tuple[float, float]]) -> None:
    free, _, found = _cap(dimensions)
    assert all(found[key] == 0 for key in free if free[key] == 0)


@often
@given(dimensions)
def test_holding_what_is_held_changes_nothing(dimensions: list[tuple[float, float]]) -> None:
    _, greatest, found = _cap(dimensions)
    assert capped(found, greatest) == pytest.approx(found)


def test_a_worked_example() -> None:
    found = capped({"history": 0.7, "conduct": 0.2, "means": 0.1}, {"history": 0.4, "conduct": 0.35, "means": 1.0})
    # History gives up 0.3; in proportion 0.2 : 0.1 conduct would have 0.4, is held at 0.35, and the rest is 0.25.
    assert found == pytest.approx({"history": 0.4, "conduct": 0.35, "means": 0.25})


def test_dimensions_that_may_have_no_influence_get_none_even_alone() -> None:
    assert capped({"ties": 1.0, "history": 0.0}, {"ties": 0.0, "history": 0.35}) == {"ties": 0.0, "history": 0.0}


def test_influence_is_the_mean_absolute_deviation() -> None:
    assert deviation(np.array([0.0, 0.0, 10.0, 30.0])) == 10.0
    assert deviation(np.full(7, 40.0)) == 0
