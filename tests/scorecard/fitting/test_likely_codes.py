"""Numbers that look like codes are named; ages, percentages and amounts are not."""

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.scorecard.fitting.likely_codes import LEAST_WEIGHT, likely_codes

Values: TypeAlias = NDArray[np.float64]
N = 2000
often = settings(max_examples=200, deadline=None)


def _drawn(least: int, most: int, *codes: float, each: int = LEAST_WEIGHT) -> Values:
    """Whole numbers from `least` to `most`, some rows of them with codes instead."""
    ordinary = np.random.default_rng(3).integers(least, most + 1, N - each * len(codes))
    return np.concatenate([ordinary, np.repeat(codes, each)]).astype(float)


def _codes(values: Values, weight: Values | None = None, special: tuple[float, ...] = ()) -> tuple[float, ...]:
    found = likely_codes({"a": values}, np.ones(len(values)) if weight is None else weight, {"a": special})
    return found[0].values if found else ()


CODES: dict[str, tuple[Values, tuple[float, ...]]] = {
    "times late of Give Me Some Credit": (_drawn(0, 13, 96, 98), (96, 98)),
    "four survey codes": (_drawn(0, 20, 96, 97, 98, 99), (96, 97, 98, 99)),
    "longer survey codes": (_drawn(0, 500, 9996, 9997, 9998), (9996, 9997, 9998)),
    "nines beyond ages": (_drawn(18, 95, 999), (999,)),
    "none beside amounts": (_drawn(0, 5000, -1), (-1,)),
    "a bureau's": (_drawn(0, 90, -9, -8, -7), (-9, -8, -7)),
    "long nines below": (_drawn(0, 90, -99999), (-99999,)),
    "eights": (_drawn(0, 1000, 8888), (8888,)),
    "at both ends": (_drawn(1, 40, -1, 998, 999), (-1, 998, 999)),
    "a rare one beside a common one": (np.append(_drawn(0, 13, 98), 96.0), (96, 98)),
    "a flag that may be unknown": (_drawn(0, 1, -1), (-1,)),
}


@pytest.mark.parametrize("kind", CODES)
def test_likely_codes_are_named(kind: str) -> None:
    values, codes = CODES[kind]
    assert _codes(values) == codes
    assert _codes(values, special=codes) == ()


ORDINARY: dict[str, Values] = {
    "ages up to 99": _drawn(18, 90, *range(91, 100)),
    "a few of 99": _drawn(18, 75, 99),
    "ages up to 103": _drawn(18, 99, 103),
    "percentages": _drawn(0, 99),
    "percentages with a gap": _drawn(0, 80, 96, 97, 98, 99),
    "months late of Taiwan": _drawn(-2, 8),
    "balances": _drawn(-5000, 9000, -9999, -1, each=50),
    "amounts up to 9,999": _drawn(0, 9990, 9999),
    "minus one and one": _drawn(0, 0, -1, 1, each=N // 2),
    "three classes": _drawn(1, 3),
    "nine": _drawn(0, 3, 9),
    "not whole": _drawn(0, 3, 99.9),
    "too few": _drawn(0, 13, 99, each=LEAST_WEIGHT - 1),
    "minus seven alone": _drawn(0, 90, -7),
    "a thousand million": _drawn(0, 90, 1e9),
    "only codes": _drawn(99, 99, 98),
    "nothing known": np.full(N, np.nan),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_values_are_not(kind: str) -> None:
    assert _codes(ORDINARY[kind]) == ()


def test_text_is_passed_over() -> None:
    assert likely_codes({"a": np.array(["99", "1", "2"] * 10, dtype=object)}, np.ones(30), {}) == ()


def test_the_figure_is_their_share_of_all_the_weight() -> None:
    values = np.concatenate([_drawn(0, 13, 96, 98), np.full(N, np.nan)])
    (found,) = likely_codes({"a": values}, np.ones(2 * N), {})
    assert found.figure == pytest.approx(2 * LEAST_WEIGHT / (2 * N))
    weight = np.where(values == 98, 3.0, 1.0)
    (found,) = likely_codes({"a": values}, weight, {})
    assert found.figure == pytest.approx(4 * LEAST_WEIGHT / weight.sum(), abs=1e-4)


@often
@given(
    ordinary=st.lists(st.integers(-3, 120), min_size=3, max_size=40),
    codes=st.lists(st.sampled_from([-9, -8, -1, 96, 98, 99, 999, 8888]), max_size=12),
    seed=st.integers(0, 2**31),
)
def test_neither_order_nor_counting_changes_what_is_named(ordinary: list[int], codes: list[int], seed: int) -> None:
    values, chance = np.array([*ordinary, *codes], dtype=float), np.random.default_rng(seed)
    times = chance.integers(1, 5, len(values))
    repeated: Any = chance.permutation(np.repeat(values, times))
    one = likely_codes({"a": values, "b": -values}, times.astype(float), {})
    other = likely_codes({"b": -repeated, "a": repeated}, np.ones(len(repeated)), {})
    assert sorted(one, key=str) == sorted(other, key=str)
    for found in one:
        assert {abs(code) for code in found.values} <= {1, 9, 8, 7, 96, 97, 98, 99, 999, 8888}
