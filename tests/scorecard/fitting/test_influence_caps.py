"""Shares of influence held to their greatest: the arithmetic, and the cards that come of it."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Fit, Method, Scale, Settings, fit_table
from goodstanding.scorecard.fitting.design import Design
from goodstanding.scorecard.fitting.influence_caps import (
    Caps,
    capped,
    deviation,
    rows_to_search,
    scales_under_caps,
    shares,
)
from goodstanding.scorecard.table import Characteristic

Values = NDArray[np.float64]
NAMES = ("history", "conduct", "means")
DIMENSIONS = {"a": "history", "b": "history", "c": "conduct", "d": "conduct", "e": "means"}
SCALE = Scale(600, 20, 40, (0, 1200))

often = settings(max_examples=200, deadline=None)
amount = st.just(0.0) | st.floats(0.001, 10)
most = st.one_of(st.floats(0.01, 1), st.floats(0.3, 1), st.floats(0.3, 1), st.just(0.0))
dimensions = st.lists(st.tuples(amount, most), min_size=1, max_size=6)
NOTHING = 1e-6


def _with_room(dimensions: list[tuple[float, float]], least: float, most: float) -> list[tuple[float, float]]:
    """The same with greatest shares, of those that have any influence, of `least` to `most` in all."""
    room = sum(greatest for amount, greatest in dimensions if amount)
    times = least / room if 0 < room < least else most / room if room > most else 1.0
    return [(amount, min(times * greatest, 1.0)) for amount, greatest in dimensions]


enough = dimensions.map(lambda drawn: _with_room(drawn, 1.01, 6))
too_little = dimensions.map(lambda drawn: _with_room(drawn, 0, 0.9))


def _cap(dimensions: list[tuple[float, float]]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """The free shares, the greatest ones and the answer."""
    total = sum(amount for amount, _ in dimensions)
    free = {str(i): amount / total if total else 0.0 for i, (amount, _) in enumerate(dimensions)}
    greatest = {str(i): most for i, (_, most) in enumerate(dimensions)}
    return free, greatest, capped(free, greatest)


@often
@given(dimensions)
def test_shares_sum_to_one_where_there_is_any_influence(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    assert sum(found.values()) == pytest.approx(1 if any(free[key] and greatest[key] for key in free) else 0)


@often
@given(enough)
def test_no_share_is_above_its_greatest_where_that_can_be(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    assert sum(greatest[key] for key in free if free[key]) >= 1 or not any(found.values())
    assert all(found[key] <= greatest[key] * (1 + 1e-9) for key in found)


@often
@given(too_little)
def test_where_the_greatest_cannot_hold_the_shares_are_in_their_proportion(
    dimensions: list[tuple[float, float]],
) -> None:
    free, greatest, found = _cap(dimensions)
    room = sum(greatest[key] for key in free if free[key])
    assume(0 < room < 1)
    assert found == pytest.approx({key: greatest[key] / room if free[key] else 0 for key in free})


@often
@given(enough)
def test_what_is_cut_goes_to_the_others_in_proportion(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    below = [key for key in found if 0 < found[key] < greatest[key] * (1 - 1e-9)]
    factors = [found[key] / free[key] for key in below]
    assert factors == pytest.approx([max(factors, default=1)] * len(factors))
    assert all(factor >= 1 - 1e-9 for factor in factors)


@often
@given(dimensions)
def test_a_dimension_without_influence_or_that_may_have_none_gets_none(dimensions: list[tuple[float, float]]) -> None:
    free, greatest, found = _cap(dimensions)
    assert all(found[key] == 0 for key in free if free[key] == 0 or greatest[key] == 0)


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
    assert deviation(np.array([0.0, 0.0, 10.0, 30.0]), np.ones(4)) == 10.0
    assert deviation(np.full(7, 40.0), np.ones(7)) == 0
    # A row of weight two is the row twice.
    assert deviation(np.array([0.0, 10.0, 30.0]), np.array([2.0, 1.0, 1.0])) == 10.0


def _sample(seed: int, n: int = 1500) -> tuple[dict[str, Values], NDArray[np.bool_]]:
    """Five characteristics, of which "a" and "b" tell most and "e" least."""
    chance = np.random.default_rng(seed)
    values = {name: np.round(chance.normal(size=n), 1) for name in "abcde"}
    z = -1 + 1.5 * values["a"] + values["b"] - 0.6 * values["c"] + 0.5 * values["d"] + 0.3 * values["e"]
    bad = chance.random(n) < 1 / (1 + np.exp(-z))
    values["c"][::9] = np.nan
    return values, bad


def _points(characteristic: Characteristic, values: Values) -> Values:
    """The points of each value, looked up by hand."""
    least = [attribute.least for attribute in characteristic.attributes[1:]]
    found = [
        characteristic.missing.points
        if np.isnan(value)
        else characteristic.attributes[sum(bound is not None and bound <= value for bound in least)].points
        for value in values
    ]
    return np.array(found, dtype=np.float64)


def _influence(fit: Fit, values: dict[str, Values], weight: Values) -> dict[str, float]:
    """Each dimension's share of the mean absolute deviation of whole points, from the card and the sample alone."""
    total = {name: np.zeros(len(weight)) for name in set(DIMENSIONS.values())}
    for characteristic in fit.table.characteristics:
        total[characteristic.dimension] += _points(characteristic, values[characteristic.name])
    share = weight / weight.sum()
    moved = {name: float(share @ np.abs(points - share @ points)) for name, points in total.items()}
    return {name: value / sum(moved.values()) for name, value in moved.items()}


def _fitted(
    values: dict[str, Values],
    bad: NDArray[np.bool_],
    weight: Values,
    influence: dict[str, float] | None,
    method: Method,
) -> Fit:
    asked = Settings(method, GroupLimits(0.05, 5, 8), SCALE, dimensions=DIMENSIONS, influence=influence)
    return fit_table(values, bad, weight, asked)


@pytest.mark.parametrize(
    ("history", "conduct", "means"),
    [(0.5, 0.4, 0.3), (0.3, 0.6, 0.6), (0.9, 0.1, 0.5), (1.0, 1.0, 0.02), (0.35, 0.35, 0.35), (0.0, 0.7, 0.7)],
)
@pytest.mark.parametrize("method", get_args(Method))
def test_no_dimension_of_a_card_has_more_influence_than_it_may(
    method: Method, history: float, conduct: float, means: float
) -> None:
    values, bad = _sample(1)
    weight = np.random.default_rng(1).integers(1, 3, len(bad)).astype(np.float64)
    greatest = {"history": history, "conduct": conduct, "means": means}
    fit = _fitted(values, bad, weight, greatest, method)
    found = _influence(fit, values, weight)
    for name, share in found.items():
        assert share <= greatest[name] + 0.005
    # The record says what the points do.
    assert {one.dimension: one.card for one in fit.influence} == pytest.approx(
        {name: 100 * share for name, share in found.items()}, abs=0.051
    )
    assert {one.dimension: one.greatest for one in fit.influence} == pytest.approx(
        {name: 100 * share for name, share in greatest.items()}
    )


@pytest.mark.parametrize("seed", range(4))
def test_coarse_points_do_not_lift_a_dimension_over_its_cap(seed: int) -> None:
    values, bad = _sample(seed)
    greatest = {"history": 0.5, "conduct": 0.4, "means": 0.3}
    scale = Scale(600, 20, 5, (0, 1200))
    asked = Settings("logistic", GroupLimits(0.05, 5, 8), scale, dimensions=DIMENSIONS, influence=greatest)
    fit = fit_table(values, bad, np.ones(len(bad)), asked)
    assert all(share <= greatest[name] for name, share in _influence(fit, values, np.ones(len(bad))).items())


@pytest.mark.parametrize("method", get_args(Method))
def test_caps_that_cannot_hold_are_kept_in_proportion(method: Method) -> None:
    values, bad = _sample(2)
    greatest = {"history": 0.4, "conduct": 0.2, "means": 0.2}
    found = _influence(_fitted(values, bad, np.ones(len(bad)), greatest, method), values, np.ones(len(bad)))
    assert found == pytest.approx({"history": 0.5, "conduct": 0.25, "means": 0.25}, abs=0.02)


@pytest.mark.parametrize("method", get_args(Method))
def test_caps_that_nothing_comes_near_change_little(method: Method) -> None:
    values, bad = _sample(3)
    ones = np.ones(len(bad))
    free, held = (_fitted(values, bad, ones, caps, method) for caps in (None, dict.fromkeys(NAMES, 1.0)))
    assert held.auc >= free.auc - 0.002
    assert _influence(held, values, ones) == pytest.approx(_influence(free, values, ones), abs=0.06)


def test_a_cap_costs_no_more_than_it_must() -> None:
    values, bad = _sample(4)
    ones = np.ones(len(bad))
    fit = _fitted(values, bad, ones, {"history": 0.5, "conduct": 1.0, "means": 1.0}, "logistic")
    assert fit.auc <= fit.auc_uncapped + 0.001
    # What is held is used up: the card would like more of it.
    assert _influence(fit, values, ones)["history"] == pytest.approx(0.5, abs=0.02)


def test_a_dimension_without_a_cap_may_have_all() -> None:
    values, bad = _sample(5)
    ones = np.ones(len(bad))
    found = _influence(_fitted(values, bad, ones, {"conduct": 0.1}, "logistic"), values, ones)
    assert found["conduct"] <= 0.105
    assert found["history"] > 0.5


def test_a_dimension_that_may_have_nothing_has_no_points_and_the_reason_is_kept() -> None:
    values, bad = _sample(6)
    caps = {"history": 0.0, "conduct": 1.0, "means": 1.0}
    fit = _fitted(values, bad, np.ones(len(bad)), caps, "logistic")
    assert {"a", "b"}.isdisjoint(c.name for c in fit.table.characteristics)
    assert {decision.characteristic: decision.why for decision in fit.decisions} == dict.fromkeys("ab", "no_weight")


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    caps=st.tuples(st.floats(0.1, 1), st.floats(0.1, 1), st.floats(0.1, 1)).filter(lambda caps: sum(caps) >= 1),
)
def test_scales_keep_exact_log_odds_under_the_caps(seed: int, caps: tuple[float, float, float]) -> None:
    chance = np.random.default_rng(seed)
    design = Design(chance.integers(0, 5, (4, 300)).astype(np.uint8), tuple(chance.normal(size=5) for _ in range(4)))
    bad = chance.random(300) < 1 / (1 + np.exp(-design.sum(np.array([1.5, 0.5, 1.0, 0.2]))))
    weight = chance.integers(1, 4, 300).astype(np.float64)
    asked = Caps(["x", "x", "y", "z"], dict(zip("xyz", caps, strict=True)))
    scales = scales_under_caps(design, bad, weight, asked)
    assert (scales >= 0).all()
    if scales.max() < NOTHING:
        # Those that have no cap tell nothing, and so no scale but 0 meets the caps of the others: a fit is refused.
        return
    assert all(share <= asked.greatest[name] + 1e-6 for name, share in shares(design, weight, scales, asked).items())


def test_of_many_rows_one_of_much_weight_is_searched_too() -> None:
    chance = np.random.default_rng(8)
    weight = np.ones(120_000)
    weight[chance.integers(0, 120_000)] = 60_000.0
    rows, stands_for = rows_to_search(weight)
    assert len(rows) < 52_000
    assert stands_for.sum() == pytest.approx(weight.sum())
    assert stands_for.max() == pytest.approx(60_000, rel=0.01)
    all_of_them, own = rows_to_search(weight[:1000])
    assert len(all_of_them) == 1000
    assert (own == weight[:1000]).all()
