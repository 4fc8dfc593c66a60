"""Stability: of shares, of a score, of each characteristic."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from goodstanding.scorecard import Attribute, Characteristic, PointsTable
from goodstanding.scorecard.validation import characteristic_stability, population_stability, score_stability

often = settings(max_examples=200, deadline=None)
counts = st.lists(st.integers(0, 200), min_size=2, max_size=8)
two_counts = st.integers(2, 8).flatmap(
    lambda k: st.tuples(*[st.lists(st.integers(0, 200), min_size=k, max_size=k)] * 2)
)

AGE = Characteristic(
    "age", "person", (Attribute(None, points=-20), Attribute(30.0, points=0), Attribute(50.0, points=30))
)
HOME = Characteristic(
    "home",
    "person",
    (Attribute(levels=("own",), points=25), Attribute(levels=("rent", "room"), points=-15)),
    other=Attribute(points=-5),
)
KEPT = Characteristic(
    "kept",
    "credit",
    (Attribute(None, points=-10), Attribute(0.8, points=10)),
    special=(Attribute(levels=(-1.0,), points=3),),
    missing=Attribute(points=-7),
)
TABLE = PointsTable(600, (350, 950), 650, 20, 40, (AGE, HOME, KEPT))


def _sample(seed: int, n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "age": rng.integers(20, 70, n).astype(np.float64),
        "home": rng.choice(np.array(["own", "rent", "room", "boat", None], dtype=object), n),
        "kept": rng.choice([-1.0, 0.5, 0.9, np.nan], n),
    }


@often
@given(counts)
def test_a_population_does_not_move_against_itself_nor_against_twice_itself(counts: list[int]) -> None:
    assume(sum(counts) > 0)
    of = np.array(counts, dtype=float)
    assert population_stability(of, of) == 0
    # Empty classes are half a person's in both.
    assert population_stability(of[of > 0], 2 * of[of > 0]) == pytest.approx(0, abs=1e-12)


@often
@given(two_counts)
def test_psi_is_the_same_both_ways_and_never_below_0(two: tuple[list[int], list[int]]) -> None:
    then, now = (np.array(one, dtype=float) for one in two)
    assume(then.sum() > 0 and now.sum() > 0)
    found = population_stability(then, now)
    assert found == pytest.approx(population_stability(now, then))
    assert np.isfinite(found)
    assert found >= 0


def test_psi_of_an_example_worked_by_hand() -> None:
    # Shares .5 .3 .2 become .4 .4 .2: (-.1) ln(.8) + .1 ln(4/3) + 0.
    expected = -0.1 * np.log(0.8) + 0.1 * np.log(4 / 3)
    assert population_stability(np.array([50.0, 30, 20]), np.array([400.0, 400, 200])) == pytest.approx(expected)
    assert expected == pytest.approx(0.05108, abs=1e-5)


def test_an_empty_class_counts_as_half_a_person() -> None:
    expected = (0.95 - 1) * np.log(0.95) + (0.05 - 0.005) * np.log(0.05 / 0.005)
    assert population_stability(np.array([100.0, 0]), np.array([95.0, 5])) == pytest.approx(expected)


def test_a_class_that_is_empty_both_times_does_not_count() -> None:
    then, now = np.array([60.0, 0, 40]), np.array([50.0, 0, 50])
    assert population_stability(then, now) == population_stability(then[[0, 2]], now[[0, 2]])


def test_a_score_is_stable_against_another_draw_and_not_against_one_moved() -> None:
    rng = np.random.default_rng(8)
    then, now = (np.rint(rng.normal(650, 60, 4000)).astype(np.int64) for _ in range(2))
    assert score_stability(then, then) == 0
    assert score_stability(then, now) < 0.02
    assert score_stability(then, now + 20) > score_stability(then, now + 10) > 0.02
    assert score_stability(then, now + 60) > 0.25


def test_a_scores_classes_are_tenths_of_the_first_sample() -> None:
    then = np.arange(100)
    # Half of the people now stand in the lowest tenth, the others are spread over all as before.
    now = np.concatenate([np.zeros(100, dtype=np.int64), np.arange(100)])
    shares = np.array([0.55] + [0.05] * 9)
    expected = np.sum((shares - 0.1) * np.log(shares / 0.1))
    assert score_stability(then, now) == pytest.approx(expected)


def test_scores_that_tie_are_never_parted() -> None:
    then = np.repeat([500, 600, 700], [10, 80, 10])
    assert score_stability(then, then[::-1]) == 0
    moved = np.repeat([500, 600, 700], [20, 60, 20])
    expected = population_stability(np.array([10.0, 80, 10]), np.array([20.0, 60, 20]))
    # By tenths the lowest score is a class of its own only from the cut at 600 down.
    assert score_stability(then, moved) == pytest.approx(expected)


def test_characteristics_that_stay_have_no_index() -> None:
    sample = _sample(1, 500)
    found = characteristic_stability(TABLE, sample, sample)
    assert [(one.index, one.points) for one in found] == [(0, 0)] * 3
    assert [one.characteristic for one in found] == ["age", "home", "kept"]


@pytest.mark.parametrize("moved", ["age", "home", "kept"])
def test_the_one_that_moved_is_named_first(moved: str) -> None:
    then, now = _sample(1, 3000), _sample(2, 3000)
    turned = np.arange(3000) < 1000
    value = {"age": 65.0, "home": "own", "kept": 0.9}[moved]
    now[moved] = now[moved].copy()
    now[moved][turned] = value
    first, *others = characteristic_stability(TABLE, then, now)
    assert first.characteristic == moved
    assert first.index > 0.1
    # A third of all people moved, to points above the mean.
    assert first.points > 3
    assert max(abs(one.points) for one in others) < 2
    assert max(one.index for one in others) < 0.02


def test_the_index_counts_missing_special_and_other_and_the_points_are_the_mean_points_now_less_those_then() -> None:
    then = {
        "age": np.array([25.0, 25, 35, 55]),
        "home": np.array(["own", "own", "rent", "boat"], dtype=object),
        "kept": np.array([np.nan, -1, 0.5, 0.9]),
    }
    now = {
        "age": np.array([25.0, 35, 35, 55]),
        "home": np.array(["own", "room", "rent", "boat"], dtype=object),
        "kept": np.array([np.nan, np.nan, -1, 0.9]),
    }
    found = {one.characteristic: one for one in characteristic_stability(TABLE, then, now)}
    assert found["age"].points == pytest.approx((-20 + 0 + 0 + 30) / 4 - (-20 - 20 + 0 + 30) / 4)
    assert found["home"].points == pytest.approx((25 - 15 - 15 - 5) / 4 - (25 + 25 - 15 - 5) / 4)
    assert found["kept"].points == pytest.approx((-7 - 7 + 3 + 10) / 4 - (-7 + 3 - 10 + 10) / 4)
    assert found["age"].index == pytest.approx(population_stability(np.array([2.0, 1, 1]), np.array([1.0, 2, 1])))
    assert found["kept"].index == pytest.approx(
        population_stability(np.array([1.0, 1, 1, 1]), np.array([2.0, 1, 0, 1]))
    )
