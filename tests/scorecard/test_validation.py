"""AUC, KS and their interval against counting every pair."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from goodstanding.scorecard import Discrimination, discrimination

often = settings(max_examples=100, deadline=None)
# Few distinct scores, so that most pairs tie.
people = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=60)


def _arrays(people: list[tuple[int, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    score = np.array([score for score, _ in people], dtype=np.float64)
    bad = np.array([bad for _, bad in people], dtype=np.bool_)
    assume(2 <= bad.sum() <= len(bad) - 2)
    return score, bad


def _found(score: NDArray[np.float64], bad: NDArray[np.bool_]) -> Discrimination:
    found = discrimination(score, bad)
    assert found is not None
    return found


@often
@given(people)
def test_the_auc_is_the_share_of_pairs_in_order_with_ties_half(people: list[tuple[int, bool]]) -> None:
    score, bad = _arrays(people)
    pairs = [(g > b) + 0.5 * (g == b) for g in score[~bad] for b in score[bad]]
    found = _found(score, bad)
    assert found.auc == pytest.approx(np.mean(pairs), abs=5.1e-5)
    assert found.gini == pytest.approx(2 * np.mean(pairs) - 1, abs=5.1e-5)


@often
@given(people)
def test_ks_is_the_greatest_gap_between_the_shares_at_or_below_any_score(people: list[tuple[int, bool]]) -> None:
    score, bad = _arrays(people)
    gaps = [abs(np.mean(score[bad] <= at) - np.mean(score[~bad] <= at)) for at in score]
    assert _found(score, bad).ks == pytest.approx(max(gaps), abs=5.1e-5)


@often
@given(people)
def test_the_interval_holds_the_auc_and_stays_inside_0_and_1(people: list[tuple[int, bool]]) -> None:
    found = _found(*_arrays(people))
    low, high = found.auc_interval
    assert 0 <= low <= found.auc <= high <= 1


@often
@given(people)
def test_the_score_turned_round_turns_the_answer_round(people: list[tuple[int, bool]]) -> None:
    score, bad = _arrays(people)
    one, other = _found(score, bad), _found(-score, bad)
    assert other.auc == pytest.approx(1 - one.auc, abs=1.1e-4)
    assert other.ks == one.ks
    assert other.auc_interval == pytest.approx([1 - one.auc_interval[1], 1 - one.auc_interval[0]], abs=1.1e-4)


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    chance, apart, covered, rounds = np.random.default_rng(88), 1.2, 0, 600
    truth = norm.cdf(apart / np.sqrt(2))
    bad = np.arange(120) < 40
    for _ in range(rounds):
        low, high = _found(chance.normal(size=120) + np.where(bad, 0, apart), bad).auc_interval
        covered += low <= truth <= high
    assert 0.925 <= covered / rounds <= 0.975


def test_a_perfect_order_of_four_people_is_not_said_to_be_certain() -> None:
    low, high = _found(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, False])).auc_interval
    assert low < 0.9
    assert high == 1


@pytest.mark.parametrize("bad", [[], [True] * 5, [False] * 5, [True, False, False, False, False]])
def test_without_two_of_each_there_is_no_answer(bad: list[bool]) -> None:
    assert discrimination(np.arange(len(bad), dtype=np.float64), np.array(bad, dtype=np.bool_)) is None


def test_n_and_bad_are_counted() -> None:
    found = _found(np.arange(10.0), np.arange(10) < 3)
    assert (found.n, found.bad) == (10, 3)
