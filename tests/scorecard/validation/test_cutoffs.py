"""Cut-offs: who is taken, counted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.validation.cutoffs import Cutoff, cutoff_table

often = settings(max_examples=100, deadline=None)
people = st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=50)


def _table(people: list[tuple[int, bool]]) -> tuple[Cutoff, ...]:
    score = np.array([score for score, _ in people], dtype=np.int64)
    return cutoff_table(score, np.array([bad for _, bad in people], dtype=np.bool_), range(11))


@often
@given(people)
def test_shares_are_those_of_the_people_counted_one_by_one(people: list[tuple[int, bool]]) -> None:
    for cutoff in _table(people):
        taken = [bad for score, bad in people if score >= cutoff.score]
        bads, goods = sum(bad for _, bad in people), sum(not bad for _, bad in people)
        assert cutoff.taken == pytest.approx(len(taken) / len(people) if people else 0)
        assert cutoff.bads_taken == pytest.approx(sum(taken) / bads if bads else 0)
        assert cutoff.goods_taken == pytest.approx((len(taken) - sum(taken)) / goods if goods else 0)
        assert cutoff.bad_rate == pytest.approx(sum(taken) / len(taken) if taken else 0)


@often
@given(people)
def test_goods_and_bads_taken_are_all_that_are_taken(people: list[tuple[int, bool]]) -> None:
    bads = sum(bad for _, bad in people)
    goods = len(people) - bads
    for cutoff in _table(people):
        n = cutoff.taken * len(people)
        assert goods * cutoff.goods_taken + bads * cutoff.bads_taken == pytest.approx(n)
        assert cutoff.bad_rate * n == pytest.approx(bads * cutoff.bads_taken)


@often
@given(people)
def test_a_higher_cutoff_never_takes_more_of_anybody(people: list[tuple[int, bool]]) -> None:
    found = _table(people)
    for name in ("taken", "goods_taken", "bads_taken"):
        shares = [getattr(cutoff, name) for cutoff in found]
        assert shares == sorted(shares, reverse=True)


def test_the_lowest_takes_all_and_one_above_the_highest_nobody() -> None:
    score, bad = np.array([400, 500, 600, 700]), np.array([True, True, False, False])
    lowest, at, above = cutoff_table(score, bad, [400, 600, 701])
    assert (lowest.taken, lowest.goods_taken, lowest.bads_taken, lowest.bad_rate) == (1, 1, 1, 0.5)
    # A score of exactly the cut-off is taken.
    assert (at.taken, at.goods_taken, at.bads_taken, at.bad_rate) == (0.5, 1, 0, 0)
    assert (above.taken, above.goods_taken, above.bads_taken, above.bad_rate) == (0, 0, 0, 0)


def test_cutoffs_come_in_the_order_asked() -> None:
    found = cutoff_table(np.array([1, 2]), np.array([True, False]), [2, 1, 3])
    assert [cutoff.score for cutoff in found] == [2, 1, 3]
