"""Folds depend on what the rows say: not on their order, nor on whether a row is written twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.binning import ClassCodes
from goodstanding.scorecard.fitting.folds import fold_weights

often = settings(max_examples=80, deadline=None)
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(2, 7)
sizes = st.integers(2, 300)
distincts = st.sampled_from([1, 2, 5, 200])


def _drawn(seed: int, n: int, distinct: int) -> tuple[ClassCodes, NDArray[np.bool_], NDArray[np.float64]]:
    chance = np.random.default_rng(seed)
    bad = chance.random(n) < 0.3
    bad[:2] = True, False
    weight = chance.integers(0, 4, n)
    weight[:2] = 1
    return chance.integers(0, distinct, (2, n)).astype(np.uint8), bad, weight.astype(np.float64)


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts)
def test_all_of_a_row_is_in_the_folds_and_no_more(seed: int, n: int, distinct: int, folds: int) -> None:
    codes, bad, weight = _drawn(seed, n, distinct)
    found = fold_weights(codes, bad, weight, folds, 0)
    assert found.shape == (folds, n)
    assert (found >= 0).all()
    assert found.sum(axis=0) == pytest.approx(weight, abs=1e-6)


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts)
def test_goods_and_bads_are_split_evenly(seed: int, n: int, distinct: int, folds: int) -> None:
    codes, bad, weight = _drawn(seed, n, distinct)
    found = fold_weights(codes, bad, weight, folds, 0)
    for outcome in (False, True):
        rows = bad == outcome
        assert found[:, rows].sum(axis=1) == pytest.approx(np.full(folds, weight[rows].sum() / folds), abs=1e-6)


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts)
def test_rows_in_another_order_are_in_the_same_folds(seed: int, n: int, distinct: int, folds: int) -> None:
    codes, bad, weight = _drawn(seed, n, distinct)
    order = np.random.default_rng(seed + 1).permutation(n)
    moved = fold_weights(np.ascontiguousarray(codes[:, order]), bad[order], weight[order], folds, 0)
    assert moved == pytest.approx(fold_weights(codes, bad, weight, folds, 0)[:, order], abs=1e-6)


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts)
def test_a_row_of_weight_two_is_the_row_twice(seed: int, n: int, distinct: int, folds: int) -> None:
    codes, bad, weight = _drawn(seed, n, distinct)
    row = np.repeat(np.arange(n), weight.astype(int))
    twice = fold_weights(np.ascontiguousarray(codes[:, row]), bad[row], np.ones(len(row)), folds, 0)
    together = np.array([np.bincount(row, weights=fold, minlength=n) for fold in twice])
    assert together == pytest.approx(fold_weights(codes, bad, weight, folds, 0), abs=1e-6)


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts)
def test_twins_have_the_same_share_in_every_fold(seed: int, n: int, distinct: int, folds: int) -> None:
    codes, bad, _ = _drawn(seed, n, distinct)
    found = fold_weights(codes, bad, np.ones(n), folds, 0)
    _, twins = np.unique(np.vstack([codes, bad]), axis=1, return_inverse=True)
    for group in range(twins.max() + 1):
        shares = found[:, twins.ravel() == group]
        assert shares == pytest.approx(np.repeat(shares[:, :1], shares.shape[1], axis=1), abs=1e-9)


def test_one_of_much_weight_is_in_one_fold_and_people_alike_are_in_all() -> None:
    chance = np.random.default_rng(3)
    codes = chance.integers(0, 250, (3, 1000)).astype(np.uint8)
    bad = chance.random(1000) < 0.3
    heavy = fold_weights(codes, bad, np.full(1000, 20.0), 5, 0)
    assert ((heavy > 0).sum(axis=0) > 1).sum() <= 8
    # Ten say the same, and some were bad: they are as many people.
    codes[:, :10] = codes[:, :1]
    bad[:10] = np.arange(10) < 5
    alike = fold_weights(codes, bad, np.ones(1000), 5, 0)
    assert alike[:, :10] == pytest.approx(np.full((5, 10), 0.2))


def test_people_alike_of_either_outcome_are_drawn_each_for_himself() -> None:
    # Fifty classes of twenty people, three of them bad.
    codes = np.repeat(np.arange(50, dtype=np.uint8), 20)[None]
    bad = np.tile(np.arange(20) < 3, 50)
    found = fold_weights(codes, bad, np.ones(1000), 5, 0)
    share = found[:, bad].reshape(5, 50, 3)[:, :, 0]
    # Three in one fold once in 25 times, and not always.
    assert (share.max(axis=0) > 0.99).sum() <= 8
    goods = found[:, ~bad].reshape(5, 50, 17)[:, :, 0]
    assert abs(np.corrcoef(share[0], goods[0])[0, 1]) < 0.4
    assert found.sum(axis=0) == pytest.approx(np.ones(1000), abs=1e-9)


def test_people_who_happen_to_say_the_same_and_had_one_outcome_are_drawn_too() -> None:
    chance = np.random.default_rng(4)
    codes = chance.integers(0, 2, (6, 400)).astype(np.uint8)
    bad = chance.random(400) < 0.1
    found = fold_weights(codes, bad, np.ones(400), 5, 0)
    # Of 64 classes of six or so a third had no bads.
    number = (codes * 2 ** np.arange(6)[:, None]).sum(axis=0)
    pure = np.setdiff1d(number, number[bad])
    assert len(pure) > 20
    in_one = [(found[:, number == of].sum(axis=1) > 0.99 * (number == of).sum()).any() for of in pure.tolist()]
    assert np.mean(in_one) < 0.1


def test_one_of_much_weight_who_is_alone_in_what_he_says_is_in_one_fold_among_people_who_are_not() -> None:
    chance = np.random.default_rng(5)
    codes = chance.integers(0, 2, (7, 2000)).astype(np.uint8)
    codes[6] = np.arange(2000) == 0
    bad = chance.random(2000) < 0.1
    bad[0] = True
    weight = np.ones(2000)
    weight[0] = 8.0
    found = fold_weights(codes, bad, weight, 5, 0)
    assert found[:, 0].max() > 7


def test_rows_without_a_twin_are_mostly_in_one_fold() -> None:
    chance = np.random.default_rng(3)
    codes = chance.integers(0, 250, (3, 1000)).astype(np.uint8)
    found = fold_weights(codes, chance.random(1000) < 0.3, np.ones(1000), 5, 0)
    # Only a row that lies across an edge between two folds is split: four of the goods and four of the bads at most.
    assert ((found > 0).sum(axis=0) > 1).sum() <= 8


def test_another_seed_draws_other_folds_and_the_same_seed_the_same() -> None:
    codes, bad, _ = _drawn(1, 300, 200)
    one, again, other = (fold_weights(codes, bad, np.ones(300), 5, seed) for seed in (1, 1, 2))
    assert one.tobytes() == again.tobytes()
    assert 0.5 < np.abs(one - other).sum() / 600 < 1


def test_folds_do_not_follow_the_values() -> None:
    chance = np.random.default_rng(5)
    codes = chance.integers(0, 250, (2, 5000)).astype(np.uint8)
    found = fold_weights(codes, chance.random(5000) < 0.5, np.ones(5000), 5, 0)
    means = found @ codes[0] / found.sum(axis=1)
    assert means == pytest.approx(np.full(5, codes[0].mean()), abs=10)
    assert means.std() < 6


@pytest.mark.parametrize("bads", [0, 10])
def test_one_outcome_alone_is_split_evenly_too(bads: int) -> None:
    codes = np.arange(10, dtype=np.uint8)[None]
    found = fold_weights(codes, np.arange(10) < bads, np.ones(10), 5, 0)
    assert found.sum(axis=1) == pytest.approx(np.full(5, 2.0))


def test_without_characteristics_everyone_is_in_every_fold() -> None:
    found = fold_weights(np.empty((0, 10), np.uint8), np.arange(10) < 3, np.ones(10), 5, 0)
    assert found == pytest.approx(np.full((5, 10), 0.2))


@often
@given(seed=seeds, n=sizes, distinct=distincts, folds=counts, only=st.integers(1, 9))
def test_only_some_of_the_folds_are_the_first_of_all(seed: int, n: int, distinct: int, folds: int, only: int) -> None:
    codes, bad, weight = _drawn(seed, n, distinct)
    every, some = fold_weights(codes, bad, weight, folds, 0), fold_weights(codes, bad, weight, folds, 0, only)
    assert some.shape == (min(only, folds), n)
    assert (some == every[:only]).all()
