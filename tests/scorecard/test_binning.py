"""Attributes: complete, monotone, neither too small nor too many."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import MAX_ATTRIBUTES, MIN_SHARE, Binning, _short, bin_values

Values = NDArray[np.float64]
Draw = Callable[[int, int, int], tuple[Values, NDArray[np.bool_]]]

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(30, 600)
distincts = st.sampled_from([2, 5, 15, 40, 1000])
# `draw` gives a function without state, so examples may share it.
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _of(binning: Binning, value: float) -> list[int]:
    """The attributes a value is in, by the definition: from a lower bound up to the next."""
    bounds = [-np.inf, *binning.cuts, np.inf]
    return [i for i in range(len(bounds) - 1) if bounds[i] <= value < bounds[i + 1]]


@often
@given(seed=seeds, n=sizes, distinct=distincts, higher=st.booleans())
def test_weights_never_turn_against_the_declared_direction(
    draw: Draw, seed: int, n: int, distinct: int, *, higher: bool
) -> None:
    values, bad = draw(seed, n, distinct)
    binning = bin_values(values, bad, higher_is_better=higher)
    steps = np.diff(binning.weight) if higher else -np.diff(binning.weight)
    assert (steps >= -1e-12).all()


@often
@given(seed=seeds, n=sizes, distinct=distincts, higher=st.booleans())
def test_bad_rates_never_turn_against_the_declared_direction(
    draw: Draw, seed: int, n: int, distinct: int, *, higher: bool
) -> None:
    values, bad = draw(seed, n, distinct)
    binning = bin_values(values, bad, higher_is_better=higher)
    rate = binning.bads / np.maximum(binning.count, 1)
    assert (np.diff(rate if not higher else -rate) >= 0).all()


def test_a_rare_worst_class_weighs_no_more_than_the_common_one_beside_it() -> None:
    # 370 people with 50 % bad, then 30 with 53 %: drawn to the average, the rare class must not look the better one.
    values = np.repeat([0.0, 1.0, 2.0], [600, 370, 30])
    bad = np.concatenate([np.arange(600) < 6, np.arange(370) < 185, np.arange(30) < 16])
    weight = bin_values(values, bad, higher_is_better=False).weight
    assert list(weight) == sorted(weight, reverse=True)


@often
@given(seed=seeds, n=sizes, distinct=distincts, higher=st.booleans())
def test_every_known_value_is_in_exactly_one_attribute_and_counted_there(
    draw: Draw, seed: int, n: int, distinct: int, *, higher: bool
) -> None:
    values, bad = draw(seed, n, distinct)
    binning = bin_values(values, bad, higher_is_better=higher)
    count, bads = np.zeros(len(binning.count), dtype=int), np.zeros(len(binning.count), dtype=int)
    for value, was_bad in zip(values, bad, strict=True):
        if not np.isnan(value):
            (attribute,) = _of(binning, value)
            count[attribute] += 1
            bads[attribute] += was_bad
    assert (count == binning.count).all()
    assert (bads == binning.bads).all()


@often
@given(seed=seeds, n=sizes, distinct=distincts, higher=st.booleans())
def test_no_attribute_is_too_small_and_there_are_not_too_many(
    draw: Draw, seed: int, n: int, distinct: int, *, higher: bool
) -> None:
    values, bad = draw(seed, n, distinct)
    binning = bin_values(values, bad, higher_is_better=higher)
    assert len(binning.count) == len(binning.cuts) + 1 <= MAX_ATTRIBUTES
    if len(binning.cuts):
        assert binning.count.min() >= MIN_SHARE * (~np.isnan(values)).sum()


def test_a_class_of_one_person_in_a_hundred_joins_its_neighbour() -> None:
    # Bad rates of 80, 40 and 10 %, so that nothing but its size makes the first class join the second.
    values = np.repeat([0.0, 1.0, 2.0], [10, 490, 500])
    bad = np.concatenate([np.arange(10) < 8, np.arange(490) < 196, np.arange(500) < 50])
    assert list(bin_values(values, bad, higher_is_better=True).count) == [500, 500]


@often
@given(seed=seeds, n=sizes, distinct=distincts)
def test_the_order_of_rows_does_not_matter(draw: Draw, seed: int, n: int, distinct: int) -> None:
    values, bad = draw(seed, n, distinct)
    order = np.random.default_rng(seed + 1).permutation(n)
    one, other = (bin_values(v, b, higher_is_better=True) for v, b in ((values, bad), (values[order], bad[order])))
    assert one.cuts.tobytes() == other.cuts.tobytes()
    assert one.weight.tobytes() == other.weight.tobytes()


@often
@given(seed=seeds, n=sizes, distinct=distincts, rising=st.sampled_from(["line", "cube", "root"]))
def test_a_rising_transformation_of_the_values_keeps_the_counts(
    draw: Draw, seed: int, n: int, distinct: int, rising: str
) -> None:
    values, bad = draw(seed, n, distinct)
    moved = {"line": values * 0.37 + 11, "cube": values**3, "root": np.cbrt(values)}[rising]
    one, other = (bin_values(v, bad, higher_is_better=True) for v in (values, moved))
    assert list(one.count) == list(other.count)
    assert list(one.bads) == list(other.bads)


def test_an_unknown_value_weighs_nothing(draw: Draw) -> None:
    values, bad = draw(1, 300, 5)
    binning = bin_values(values, bad, higher_is_better=True)
    assert list(binning.weights_of(np.array([np.nan, np.nan]))) == [0.0, 0.0]


@often
@given(seed=seeds, n=sizes, distinct=distincts)
def test_a_known_value_weighs_what_its_attribute_does(draw: Draw, seed: int, n: int, distinct: int) -> None:
    values, bad = draw(seed, n, distinct)
    binning = bin_values(values, bad, higher_is_better=True)
    known = values[~np.isnan(values)]
    assert [binning.weight[_of(binning, value)[0]] for value in known] == list(binning.weights_of(known))


def test_a_constant_is_one_attribute_that_tells_nothing() -> None:
    binning = bin_values(np.full(100, 4.2), np.arange(100) < 20, higher_is_better=True)
    assert (len(binning.cuts), list(binning.count), list(binning.bads)) == (0, [100], [20])
    assert binning.weight == pytest.approx([0.0], abs=1e-12)


def test_a_column_that_is_never_known_is_one_empty_attribute() -> None:
    binning = bin_values(np.full(50, np.nan), np.arange(50) < 20, higher_is_better=True)
    assert (len(binning.cuts), list(binning.count), list(binning.weight)) == (0, [0], [0.0])


def test_where_all_known_people_are_good_there_is_one_attribute_of_finite_weight() -> None:
    values = np.where(np.arange(90) < 30, np.nan, np.arange(90.0))
    binning = bin_values(values, np.arange(90) < 30, higher_is_better=True)
    assert (len(binning.cuts), list(binning.bads)) == (0, [0])
    assert 0 < binning.weight[0] < np.inf


@pytest.mark.parametrize("all_of_them", [True, False])
def test_where_everybody_ended_alike_nothing_weighs_anything(*, all_of_them: bool) -> None:
    binning = bin_values(np.arange(60.0), np.full(60, all_of_them), higher_is_better=True)
    assert list(binning.weight) == [0.0]
    assert binning.information_value == 0


def test_the_information_value_is_that_of_the_textbook_but_for_the_pull_to_the_average() -> None:
    values, bad = np.repeat([0.0, 1.0], 50_000), np.tile(np.arange(50_000) % 10, 2) < np.repeat([4, 1], 50_000)
    value = bin_values(values, bad, higher_is_better=True).information_value
    goods, bads = np.array([0.6, 0.9]) / 1.5, np.array([0.4, 0.1]) / 0.5
    assert value == pytest.approx(np.sum((goods - bads) * np.log(goods / bads)), rel=1e-3)


numbers = st.floats(-1e12, 1e12) | st.integers(-1000, 1000).map(float) | st.floats(-1, 1)


@settings(max_examples=300, deadline=None)
@given(one=numbers, other=numbers)
def test_a_short_bound_lies_above_the_lower_value_and_not_above_the_higher(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low < high:
        assert low < _short(low, high) <= high


@pytest.mark.parametrize(
    ("low", "high", "short"),
    [
        (0.123, 0.987, 0.9),
        (0.9849, 0.9951, 0.99),
        (3.0, 4.0, 4.0),
        (-2.7, -2.2, -2.2),
        (1_234_000, 1_310_000, 1_300_000),
    ],
)
def test_a_short_bound_has_the_fewest_digits_that_separate(low: float, high: float, short: float) -> None:
    assert _short(low, high) == short
