"""Fine classes: every value in exactly one, few enough for a byte, whatever the values are."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import FineClasses, fine_classes
from goodstanding.scorecard.binning.fine_classes import FINE_CLASSES, LEAST_OF_LEVEL, MOST_LEVELS, shortest

often = settings(max_examples=100, deadline=None)
seeds = st.integers(0, 2**32 - 1)
anything = st.floats(allow_nan=False) | st.integers(-5, 5).map(float)
columns = st.lists(anything | st.just(float("nan")), min_size=1, max_size=60)
MOST_NUMBERS = 250


def _text(*values: str | None) -> NDArray[Any]:
    return np.array([*values, None], dtype=object)[:-1]


def _ones(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.ones(len(values))


@often
@given(columns)
def test_few_distinct_numbers_have_a_class_each_in_their_order(values: list[float]) -> None:
    column = np.array(values)
    fine = fine_classes(column, _ones(column))
    known = sorted({value + 0.0 for value in values if not np.isnan(value)})
    assert [int(fine.codes(np.array([value]))[0]) for value in known] == [fine.first + i for i in range(len(known))]


@often
@given(columns)
def test_only_what_is_missing_has_the_number_0(values: list[float]) -> None:
    column = np.array(values)
    codes = fine_classes(column, _ones(column)).codes(column)
    assert list(codes == 0) == [bool(np.isnan(value)) for value in values]


@settings(max_examples=25, deadline=None)
@given(seed=seeds, n=st.integers(200, 3000), steep=st.floats(0.2, 30), special=st.integers(0, 20))
def test_many_distinct_numbers_are_at_most_250_classes_of_about_equal_weight(
    seed: int, n: int, steep: float, special: int
) -> None:
    chance = np.random.default_rng(seed)
    values = chance.random(n) ** steep
    weight = chance.integers(1, 4, n).astype(np.float64)
    fine = fine_classes(values, weight, tuple(range(-special, 0)))
    assert fine.size <= MOST_NUMBERS
    codes = fine.codes(values)
    assert codes.max() < fine.size
    held = np.bincount(codes, weights=weight, minlength=fine.size)[fine.first :]
    assert (held > 0).all()
    # Without ties a class overshoots its quantile by one row at most.
    assert held.max() <= weight.sum() / FINE_CLASSES + 2 * weight.max()


def test_a_class_ends_with_a_common_value() -> None:
    values = np.concatenate([np.zeros(5000), np.linspace(-1, 1, 1000)])
    fine = fine_classes(values, _ones(values))
    inside = np.unique(values[fine.codes(values) == fine.codes(np.zeros(1))[0]])
    # Below the common value there may be up to a quantile of others, above it none.
    assert inside.max() == 0
    assert len(inside) <= 6000 / FINE_CLASSES + 1


@often
@given(seed=seeds, few=st.booleans(), text=st.booleans())
def test_a_row_of_weight_three_is_three_rows(seed: int, *, few: bool, text: bool) -> None:
    chance = np.random.default_rng(seed)
    values: NDArray[Any] = chance.integers(0, 20 if few else 400, 300).astype(np.float64)
    if text:
        values = np.array([f"level {value:.0f}" for value in values], dtype=object)
    weight = chance.integers(1, 4, 300)
    one = fine_classes(values, weight.astype(np.float64))
    repeated = np.repeat(values, weight)
    other = fine_classes(repeated, _ones(repeated))
    assert list(one.cuts) == list(other.cuts)
    assert list(one.below) == list(other.below)
    assert one.levels == other.levels


def test_a_weight_of_nothing_counts_for_no_level() -> None:
    values = _text(*["a"] * 10, *["b"] * 10)
    assert fine_classes(values, np.repeat([1.0, 0.0], 10)).levels == ("a",)


@often
@given(values=columns, asked=columns)
def test_a_cut_is_the_lower_bound_of_its_class_and_belongs_to_it(values: list[float], asked: list[float]) -> None:
    column = np.array(values)
    fine = fine_classes(column, _ones(column))
    for cut in fine.cuts[np.abs(fine.cuts) < np.finfo(float).max]:
        below, at = fine.codes(np.array([np.nextafter(cut, -np.inf), cut]))
        assert at == below + 1
    # Values never seen before too are above every cut of their class and below the next.
    for value in asked:
        if not np.isnan(value):
            assert fine.codes(np.array([value]))[0] == fine.first + sum(cut <= value for cut in fine.cuts)


def test_each_class_keeps_the_greatest_value_seen_below_its_cut() -> None:
    values = np.arange(1000.0)
    fine = fine_classes(values, _ones(values))
    assert list(fine.below) == list(fine.cuts - 1)
    values = np.array([1.0, 4.0, 9.0])
    fine = fine_classes(values, _ones(values))
    assert (list(fine.below), list(fine.cuts)) == ([1.0, 4.0], [4.0, 9.0])


def test_special_numbers_are_looked_at_first_and_are_in_no_other_class() -> None:
    values = np.array([-1.0, -1.0, 3.0, 7.0, np.nan, -2.0, 5.0])
    fine = fine_classes(values, _ones(values), (-1, -2.0, "none"))
    assert (fine.special, fine.first, fine.size) == ((-1.0, -2.0), 3, 6)
    assert list(fine.codes(values)) == [1, 1, 3, 5, 0, 2, 4]
    assert list(fine.cuts) == [5.0, 7.0]


def test_special_levels_are_looked_at_first_and_are_not_other() -> None:
    values = _text(*["refused"] * 2, *["b"] * 5, *["a"] * 6, None, "c")
    fine = fine_classes(values, _ones(values), ("refused", 9))
    assert (fine.special, fine.levels, fine.size) == (("refused",), ("a", "b"), 5)
    assert list(np.unique(fine.codes(values))) == [0, 1, 2, 3, 4]
    assert list(fine.codes(_text(None, "refused", "a", "b", "c", "never seen", ""))) == [0, 1, 2, 3, 4, 4, 4]


def test_a_level_is_known_when_it_is_seen_often_enough() -> None:
    values = _text(*["rare"] * (LEAST_OF_LEVEL - 1), *["common"] * LEAST_OF_LEVEL)
    assert fine_classes(values, _ones(values)).levels == ("common",)


def test_of_ten_thousand_levels_the_commonest_are_known() -> None:
    often_seen = [f"level {i:05d}" for i in range(150)]
    values = _text(*(f"level {i:05d}" for i in range(10_000)), *often_seen * 10, *[None] * 3)
    fine = fine_classes(values, _ones(values))
    assert fine.levels == tuple(often_seen)
    codes = fine.codes(values)
    assert fine.size <= MOST_NUMBERS
    assert (codes == fine.size - 1).sum() == 10_000 - 150
    assert (codes == 0).sum() == 3


def test_of_ten_thousand_common_levels_at_most_so_many_are_known() -> None:
    values = _text(*[f"level {i:05d}" for i in range(10_000)] * LEAST_OF_LEVEL)
    fine = fine_classes(values, _ones(values))
    assert fine.levels == tuple(f"level {i:05d}" for i in range(MOST_LEVELS))
    assert fine.codes(values).dtype == np.uint16
    assert (fine.codes(values) == fine.size - 1).sum() == (10_000 - MOST_LEVELS) * LEAST_OF_LEVEL


@pytest.mark.parametrize("values", [np.full(4, np.nan), np.full(4, 7.0), np.empty(0)])
def test_one_number_or_none_is_one_class(values: NDArray[np.float64]) -> None:
    fine = fine_classes(values, _ones(values))
    assert (len(fine.cuts), fine.size) == (0, 2)
    assert list(fine.codes(np.array([np.nan, 7.0, -1e300]))) == [0, 1, 1]


def test_huge_and_infinite_numbers_are_sorted_like_any_others() -> None:
    values = np.array([-np.inf, -1.7e308, -1.0, 0.0, 5e-324, 1.7e308, np.inf])
    fine = fine_classes(values, _ones(values))
    assert list(fine.codes(values)) == [1, 2, 3, 4, 5, 6, 7]
    assert list(FineClasses((), np.array([np.inf]), np.array([1.0])).codes(values)) == [1, 1, 1, 1, 1, 1, 2]


def test_many_huge_numbers_are_sorted_like_any_others() -> None:
    values = np.random.default_rng(2).permutation(np.concatenate([-np.logspace(0, 308, 500), np.logspace(0, 308, 500)]))
    fine = fine_classes(values, _ones(values))
    codes = fine.codes(values)[np.argsort(values)].astype(int)
    assert (np.diff(codes) >= 0).all()
    assert codes.max() == fine.size - 1


@settings(max_examples=300, deadline=None)
@given(one=anything, other=anything)
def test_a_short_cut_is_above_the_lower_value_and_not_above_the_higher(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low < high:
        assert low < shortest(low, high) <= high


def _digits(low: Fraction, high: Fraction) -> int:
    """After how many digits behind the point there is a number above low and not above high; -6 for millions."""
    return next(d for d in range(-15, 16) if low < (high * Fraction(10) ** d // 1) / Fraction(10) ** d <= high)


@settings(max_examples=300, deadline=None)
@given(low=st.integers(-20_000, 20_000), step=st.integers(1, 300), digits=st.integers(-6, 4))
@example(low=565, step=5, digits=3)
@example(low=20415, step=5, digits=4)
def test_a_short_cut_has_the_fewest_digits_that_will_do(low: int, step: int, digits: int) -> None:
    bounds = [Fraction(value) / Fraction(10) ** digits for value in (low, low + step)]
    cut = shortest(*(float(bound) for bound in bounds))
    fewest = _digits(*bounds)
    shortened = round(Fraction(cut) * Fraction(10) ** fewest) / Fraction(10) ** fewest
    assert cut == pytest.approx(float(shortened), rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("low", "high", "short"),
    [
        (0.123, 0.987, 0.9),
        (0.9849, 0.9951, 0.99),
        (3.0, 4.0, 4.0),
        (-2.7, -2.2, -2.2),
        (-0.4, 0.3, 0.0),
        (1_234_000, 1_310_000, 1_300_000),
        (-np.inf, 5.3, 0.0),
        (5.3, np.inf, np.inf),
        (1_000_000_000, 9_876_540_000, 9_000_000_000),
    ],
)
def test_short_cuts_are_those_a_person_would_make(low: float, high: float, short: float) -> None:
    assert shortest(low, high) == short
