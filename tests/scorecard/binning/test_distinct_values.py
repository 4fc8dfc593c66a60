"""Distinct values and runs of them: all are counted once, in order, in whatever order the rows are."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import FineClasses, fine_classes
from goodstanding.scorecard.binning.distinct_values import FEW_PEOPLE, LEAST_RUNS, distinct_values, runs_of_values
from goodstanding.scorecard.binning.fine_classes import FINE_CLASSES

Floats = NDArray[np.float64]
MANY = FEW_PEOPLE + 10_000
COLUMNS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "normal": lambda rng: rng.normal(size=MANY),
    "skewed": lambda rng: np.exp(3 * rng.normal(size=MANY)),
    "far from 0": lambda rng: 1e9 + rng.normal(size=MANY),
    "moments": lambda rng: 1.7e9 + 5e7 * rng.random(MANY),
    "half of it 0": lambda rng: np.where(rng.random(MANY) < 0.5, 0.0, rng.normal(size=MANY)),
    "a zero of each sign": lambda rng: np.where(rng.random(MANY) < 0.5, 0.0, -0.0) + 1e-3 * rng.integers(0, 200, MANY),
    "money": lambda rng: np.round(np.exp(rng.normal(size=MANY) + 5), 2),
    "with infinities": lambda rng: 1 / np.where(rng.random(MANY) < 0.1, 0.0, rng.normal(size=MANY)),
    "with gaps": lambda rng: np.where(rng.random(MANY) < 0.1, np.nan, rng.normal(size=MANY)),
    "few": lambda rng: rng.integers(0, 7, MANY) / 10,
    "near each other": lambda rng: 1 + rng.integers(0, 100, MANY) * 1e-12,
}


@pytest.fixture(params=COLUMNS)
def column(request: pytest.FixtureRequest) -> Floats:
    with np.errstate(divide="ignore"):
        return COLUMNS[request.param](np.random.default_rng(3))


def test_runs_hold_every_value_once_in_order(column: Floats) -> None:
    runs = runs_of_values(column, np.ones(MANY), FINE_CLASSES)
    known = np.sort(column[~np.isnan(column)])
    ends = np.cumsum(runs.weights).astype(np.int64)
    assert ends[-1] == len(known)
    np.testing.assert_array_equal(runs.most, known[ends - 1])
    np.testing.assert_array_equal(runs.least, known[np.concatenate([[0], ends[:-1]])])
    assert (runs.least[1:] > runs.most[:-1]).all()


def test_a_run_of_several_values_holds_little_and_few_values_are_runs_of_their_own(column: Floats) -> None:
    runs = runs_of_values(column, np.ones(MANY), FINE_CLASSES)
    several = runs.least < runs.most
    assert (runs.weights[several] <= MANY / LEAST_RUNS).all()
    if len(distinct_values(column, np.ones(MANY))[0]) <= FINE_CLASSES:
        assert not several.any()


def test_fine_classes_are_about_quantiles(column: Floats) -> None:
    fine = fine_classes(column, np.ones(MANY))
    codes = fine.codes(column)
    most = MANY * (1 / FINE_CLASSES + 1 / LEAST_RUNS)
    for number in range(fine.first, fine.end):
        held = column[codes == number]
        # What holds more is the last of its class, and but for it the class is as small as the others.
        assert (held < held.max()).sum() <= most


def _same(one: FineClasses, other: FineClasses) -> bool:
    return bool(np.array_equal(one.cuts, other.cuts) and np.array_equal(one.below, other.below))


def test_the_order_of_rows_does_not_matter(column: Floats) -> None:
    order = np.random.default_rng(4).permutation(MANY)
    assert _same(fine_classes(column, np.ones(MANY)), fine_classes(column[order], np.ones(MANY)))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.01, 0.5, 1]))
def test_a_row_of_weight_three_is_three_rows(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    rows = int(share * MANY)
    values, weight = np.exp(rng.normal(size=rows)), rng.integers(0, 4, rows)
    written_out = np.repeat(values, weight)
    assert _same(fine_classes(values, weight.astype(np.float64)), fine_classes(written_out, np.ones(len(written_out))))


def test_whole_numbers_that_are_followed_by_one_with_a_fraction_are_all_counted() -> None:
    values = np.arange(MANY, dtype=np.float64)
    values[-1] += 0.5
    assert len(runs_of_values(values, np.ones(MANY), FINE_CLASSES)) == len(
        runs_of_values(values[::-1], np.ones(MANY), FINE_CLASSES)
    )
    distinct, held = distinct_values(values, np.ones(MANY))
    assert len(distinct) == MANY
    assert held.sum() == MANY
