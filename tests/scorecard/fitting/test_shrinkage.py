"""One slope for each characteristic: what held on people left out, and no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.fitting.shrinkage import LeftOutRows, believed_slopes

N = 4000


def _held(seed: int, true: list[float]) -> LeftOutRows:
    """Components of which so much is true: outcomes follow the sum of each times its share."""
    chance = np.random.default_rng(seed)
    components = chance.normal(0, 0.7, (N, len(true))).T
    z = -1.5 + np.array(true) @ components
    bad = chance.random(N) < 1 / (1 + np.exp(-z))
    return LeftOutRows(components, bad, np.eye(5)[chance.integers(0, 5, N)].T)


def test_each_has_the_slope_that_is_true_of_it() -> None:
    true = [1.0, 0.5, 0.0, 1.0, 0.0]
    assert believed_slopes(_held(1, true)) == pytest.approx(true, abs=0.15)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), true=st.lists(st.floats(-1, 2), min_size=1, max_size=6))
def test_slopes_lie_within_0_and_1(seed: int, true: list[float]) -> None:
    found = believed_slopes(_held(seed, true))
    assert ((found >= 0) & (found <= 1)).all()


def test_where_all_are_as_true_all_have_the_common_slope() -> None:
    found = believed_slopes(_held(2, [0.7] * 8))
    assert found == pytest.approx(0.7, abs=0.12)


def test_the_order_of_people_and_of_characteristics_does_not_matter() -> None:
    held = _held(3, [1.0, 0.3, 0.0])
    rows, columns = np.random.default_rng(3).permutation(N), [2, 0, 1]
    other = LeftOutRows(held.components[columns][:, rows], held.bad[rows], held.parts[:, rows])
    assert believed_slopes(other) == pytest.approx(believed_slopes(held)[columns], abs=1e-4)


def test_a_person_of_weight_two_is_the_person_twice() -> None:
    held = _held(4, [1.0, 0.3])
    twice = LeftOutRows(np.hstack([held.components] * 2), np.tile(held.bad, 2), np.hstack([held.parts] * 2))
    heavy = LeftOutRows(held.components, held.bad, 2 * held.parts)
    assert believed_slopes(twice) == pytest.approx(believed_slopes(heavy), abs=1e-5)


def test_what_has_no_points_takes_none_from_the_others() -> None:
    held = _held(5, [1.0, 0.4])
    more = LeftOutRows(np.vstack([held.components, np.zeros(N)]), held.bad, held.parts)
    assert believed_slopes(more)[:2] == pytest.approx(believed_slopes(held), abs=1e-9)


def test_where_nothing_holds_nothing_is_believed() -> None:
    held = _held(6, [-1.0, -0.5])
    assert believed_slopes(held) == pytest.approx([0, 0])


def test_people_who_are_in_every_part_are_believed_as_people_who_are_in_one() -> None:
    held = _held(7, [1.0, 0.8])
    spread = LeftOutRows(held.components, held.bad, np.full((5, N), 0.2))
    assert believed_slopes(spread) == pytest.approx(believed_slopes(held), abs=0.1)
