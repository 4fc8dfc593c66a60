"""AUC, KS, Gini and their intervals against counting every pair; weighted; by segment."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from goodstanding.scorecard import Discrimination, discrimination
from goodstanding.scorecard.validation import auc, by_segment

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


@often
@given(people)
def test_the_interval_of_ks_holds_it_and_stays_inside_0_and_1(people: list[tuple[int, bool]]) -> None:
    found = _found(*_arrays(people))
    low, high = found.ks_interval
    assert 0 <= low <= found.ks <= high <= 1


def test_the_interval_of_ks_covers_the_truth_about_95_times_in_100() -> None:
    chance, apart, covered, rounds = np.random.default_rng(89), 1.2, 0, 300
    truth = 2 * norm.cdf(apart / 2) - 1
    bad = np.arange(400) < 130
    for _ in range(rounds):
        low, high = _found(chance.normal(size=400) + np.where(bad, 0, apart), bad).ks_interval
        covered += low <= truth <= high
    assert 0.9 <= covered / rounds <= 0.99


def test_more_people_make_the_interval_of_ks_narrower() -> None:
    chance = np.random.default_rng(3)
    bad = np.arange(8000) % 4 == 0
    score = chance.normal(size=8000) + np.where(bad, 0, 1.0)
    few, many = _found(score[:400], bad[:400]), _found(score, bad)
    width_of_few, width_of_many = (high - low for low, high in (few.ks_interval, many.ks_interval))
    assert 0 < 2 * width_of_many < width_of_few


def test_the_interval_of_ks_is_the_same_each_time() -> None:
    score, bad = np.arange(50.0) % 7, np.arange(50) % 3 == 0
    assert _found(score, bad) == _found(score, bad)


@often
@given(people)
def test_the_interval_of_gini_follows_that_of_auc(people: list[tuple[int, bool]]) -> None:
    found = _found(*_arrays(people))
    low, high = found.auc_interval
    assert found.gini_interval == pytest.approx((2 * low - 1, 2 * high - 1), abs=1e-9)
    # Rounded each for itself: four digits of twice an AUC may be two units off twice its four digits.
    assert found.gini_interval[0] - 2e-4 <= found.gini <= found.gini_interval[1] + 2e-4


@often
@given(people, st.integers(0, 2**32 - 1))
def test_each_segment_has_the_figures_of_its_own_people(people: list[tuple[int, bool]], seed: int) -> None:
    score, bad = _arrays(people)
    segment = np.array(["north", "south", "west"])[np.random.default_rng(seed).integers(0, 3, len(bad))]
    found = by_segment(score, bad, segment)
    assert list(found) == sorted(set(segment))
    for name, figures in found.items():
        of = segment == name
        assert figures == discrimination(score[of], bad[of])
        if min(bad[of].sum(), (~bad[of]).sum()) < 2:
            assert figures is None


def test_numbered_segments_are_named_by_their_number() -> None:
    bad = np.arange(40) % 2 == 0
    found = by_segment(np.arange(40.0), bad, np.repeat([2, 11], 20))
    assert list(found) == ["2", "11"]
    assert [figures.n for figures in found.values() if figures] == [20, 20]


@often
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.floats(0.01, 5)), min_size=4, max_size=60))
def test_weighted_auc_is_that_of_scikit_learn_ties_included(people: list[tuple[int, bool, float]]) -> None:
    score = np.array([score for score, _, _ in people], dtype=np.float64)
    bad = np.array([bad for _, bad, _ in people])
    weight = np.array([weight for _, _, weight in people])
    assume(bad.any() and not bad.all())
    assert auc(score, bad, weight) == pytest.approx(roc_auc_score(~bad, score, sample_weight=weight), abs=1e-9)


@often
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=4, max_size=40))
def test_a_whole_weight_is_as_many_people(people: list[tuple[int, bool, int]]) -> None:
    score = np.array([score for score, _, _ in people], dtype=np.float64)
    bad = np.array([bad for _, bad, _ in people])
    weight = np.array([weight for _, _, weight in people])
    one_by_one = np.repeat(np.arange(len(bad)), weight)
    expected = auc(score[one_by_one], bad[one_by_one], np.ones(len(one_by_one)))
    assert auc(score, bad, weight.astype(np.float64)) == pytest.approx(expected, abs=1e-12)


@often
@given(people)
def test_auc_without_weights_is_the_auc_of_discrimination(people: list[tuple[int, bool]]) -> None:
    score, bad = _arrays(people)
    assert auc(score, bad, np.ones(len(bad))) == pytest.approx(_found(score, bad).auc, abs=5.1e-5)


@pytest.mark.parametrize(("bad", "weight"), [([], []), ([True, True], [1, 1]), ([True, False], [1, 0])])
def test_weighted_auc_without_either_is_a_half(bad: list[bool], weight: list[float]) -> None:
    found = auc(np.arange(len(bad), dtype=np.float64), np.array(bad, dtype=np.bool_), np.array(weight, dtype=float))
    assert found == 0.5
