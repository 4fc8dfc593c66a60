"""From log-odds to whole points that mean what the scale says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.fitting import Scale
from goodstanding.scorecard.fitting.design import ROWS_TO_START, chance
from goodstanding.scorecard.fitting.scale import base_points, calibrate, factor, level, whole_points

SCALE = Scale(600, 20, 40, (300, 900))
often = settings(max_examples=80, deadline=None)
seeds = st.integers(0, 2**32 - 1)


@often
@given(seed=seeds, n=st.integers(2, 300), spread=st.floats(0, 5), share=st.floats(0.01, 0.99))
def test_the_level_expects_as_many_bads_as_there_are(seed: int, n: int, spread: float, share: float) -> None:
    drawn = np.random.default_rng(seed)
    total, bad = spread * drawn.normal(size=n), drawn.random(n) < share
    bad[:2] = True, False
    weight = drawn.uniform(0.1, 3, n)
    expected = weight @ chance(level(total, bad, weight) + total)
    assert expected == pytest.approx(weight @ bad, rel=1e-6)


def test_the_level_of_a_far_away_sum_is_found() -> None:
    bad = np.arange(100) < 30
    assert level(np.full(100, 40.0), bad, np.ones(100)) == pytest.approx(np.log(3 / 7) - 40, abs=1e-6)
    assert np.isfinite(level(np.zeros(100), np.arange(100) < 0, np.ones(100)))


@often
@given(seed=seeds, slope=st.floats(0.3, 3), moved=st.floats(-3, 3))
def test_a_line_is_found_again(seed: int, slope: float, moved: float) -> None:
    drawn = np.random.default_rng(seed)
    total = drawn.normal(size=300)
    # Fractions of outcomes instead of draws: each row once as bad and once as good, with its chance as weight.
    p = chance(moved + slope * total)
    line = calibrate(np.tile(total, 2), np.repeat([True, False], 300), 1000 * np.concatenate([p, 1 - p]))
    assert [line.intercept, line.slope] == pytest.approx([moved, slope], rel=0.01, abs=0.01)


def test_a_line_that_points_down_is_flat_and_so_is_one_through_nothing() -> None:
    total, bad = np.linspace(-1, 1, 200), np.arange(200) < 60
    for found in (calibrate(total, bad, np.ones(200)), calibrate(np.zeros(200), bad, np.ones(200))):
        assert found.slope == 0
        assert found.intercept == pytest.approx(np.log(3 / 7), abs=0.02)


@pytest.mark.parametrize("times", [1e-3, 1.0, 1e3])
def test_a_perfect_split_has_a_finite_line(times: float) -> None:
    total = times * np.linspace(-1, 1, 200)
    line = calibrate(total, total > 0, np.ones(200))
    assert np.isfinite([line.intercept, line.slope]).all()
    # The sum's own slope is 1; beyond that a split of 200 people is worth so much and no more.
    assert 0 < times * line.slope < 20 + times


def test_base_points_are_those_of_the_odds() -> None:
    assert base_points(SCALE, -np.log(20)) == 600
    assert base_points(SCALE, -np.log(40)) == 640
    assert base_points(SCALE, -np.log(10)) == 560
    assert base_points(SCALE, 0.0) == round(600 - 40 * np.log2(20))


def test_points_double_the_odds() -> None:
    assert list(whole_points(np.log(2) * np.array([-1.0, 0.0, 1.0, 2.0]), SCALE)) == [40, 0, -40, -80]
    assert factor(SCALE) == pytest.approx(40 / np.log(2))


@often
@given(points=st.lists(st.integers(-400, 400), min_size=1, max_size=20), noise=st.floats(-1e-12, 1e-12))
def test_half_a_point_goes_to_the_even_one_whatever_the_last_digits_say(points: list[int], noise: float) -> None:
    halves = np.array(points) + 0.5
    found = whole_points(-halves / factor(SCALE) + noise, SCALE)
    assert list(found) == [round(half) for half in halves.tolist()]
    assert found.dtype == np.int64


@often
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=20))
def test_whole_points_are_the_nearest(values: list[float]) -> None:
    exact = -factor(SCALE) * np.array(values)
    assert (np.abs(whole_points(np.array(values), SCALE) - exact) <= 0.5 + 1e-8).all()


def test_every_row_counts_where_the_first_steps_look_at_some() -> None:
    drawn = np.random.default_rng(2)
    total = drawn.normal(size=3 * ROWS_TO_START)
    bad = drawn.random(len(total)) < chance(total - 1)
    # The rows that the first steps look at say the opposite.
    bad[::3] = ~bad[::3]
    mixed = drawn.permutation(len(total))
    one, other = (calibrate(total[order], bad[order], np.ones(len(order))) for order in (np.arange(len(total)), mixed))
    assert [one.intercept, one.slope] == pytest.approx([other.intercept, other.slope], rel=1e-6)
