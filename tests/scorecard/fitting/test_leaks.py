"""Characteristics that are the outcome over again: found whatever hides them, and never by chance."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard.binning import GroupLimits
from goodstanding.scorecard.fitting import Scale, Settings, fit_table
from goodstanding.scorecard.fitting.leaks import LEAK, LEAST_ROWS, check_leaks, found_leaks
from goodstanding.scorecard.fitting.prepared import Prepared, prepare

Bad: TypeAlias = NDArray[np.bool_]
ASKED = Settings("logistic", GroupLimits(0.05, 5, 4), Scale(650, 20, 40, (350, 950)))
often = settings(max_examples=60, deadline=None)


def _outcomes(n: int, bads: int, seed: int = 0) -> Bad:
    return np.random.default_rng(seed).permutation(n) < bads


def _prepared(values: dict[str, NDArray[Any]], bad: Bad) -> Prepared:
    return prepare(values, bad, np.ones(len(bad)), ASKED)[0]


def _found(values: dict[str, NDArray[Any]], bad: Bad) -> list[str]:
    return [leak.characteristic for leak in found_leaks(_prepared(values, bad))]


HIDDEN: dict[str, Callable[[np.random.Generator, Bad], NDArray[Any]]] = {
    "a copy": lambda _, bad: bad.astype(float),
    "the other way round": lambda _, bad: 1.0 - bad,
    "one row in twenty turned round": lambda chance, bad: (bad ^ (chance.random(len(bad)) < 0.05)).astype(float),
    "in words": lambda _, bad: np.where(bad, "charged off", "paid").astype(object),
    "a gap where it was good": lambda chance, bad: np.where(bad, chance.random(len(bad)), np.nan),
    "an amount that only bads have": lambda chance, bad: np.where(bad, chance.lognormal(size=len(bad)), 0.0),
    "bads between the goods": lambda chance, bad: np.where(bad, 0.5, chance.integers(0, 2, len(bad))),
}


@pytest.mark.parametrize("kind", HIDDEN)
@pytest.mark.parametrize("bads", [100, 1000])
def test_what_says_the_outcome_is_found(kind: str, bads: int) -> None:
    bad = _outcomes(2000, bads)
    values = HIDDEN[kind](np.random.default_rng(1), bad)
    assert _found({"leak": values, "honest": np.arange(2000.0)}, bad) == ["leak"]


def test_no_limit_and_no_trend_hides_a_leak() -> None:
    """A flag of one row in a hundred, where a card asks for one in twenty; bads in the middle of what has to rise."""
    bad = _outcomes(1000, 10)
    middle = np.where(bad, 0.5, np.random.default_rng(2).integers(0, 2, 1000))
    prepared, _ = prepare({"flag": bad.astype(float), "middle": middle}, bad, np.ones(1000), ASKED)
    asked = Settings("logistic", ASKED.limits, ASKED.scale, trends={"middle": "ascending"})
    with pytest.raises(BadInput, match=r"flag .*, middle "):
        check_leaks(found_leaks(prepared), prepared, asked)


@pytest.mark.parametrize("bads", [5, 10, 30])
@pytest.mark.parametrize("n", [100, 300, 1000])
def test_chance_is_no_leak(n: int, bads: int) -> None:
    bad, chance = _outcomes(n, bads), np.random.default_rng(n + bads)
    values: dict[str, NDArray[Any]] = {f"number {j}": chance.random(n) for j in range(100)}
    values |= {f"count {j}": np.floor(8 * chance.random(n) ** 2) for j in range(40)}
    for rows in (1, 5, 6, 10):
        for j in range(15):
            numbers = chance.permutation(n) // rows
            values[f"id of {rows} rows {j}"] = np.array([f"A{number}" for number in numbers], dtype=object)
    assert len(values) == 200
    assert _found(values, bad) == []


@often
@given(seed=st.integers(0, 2**31), bads=st.integers(3, 300), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_that_of_columns_changes_what_is_found(seed: int, bads: int, order: Any) -> None:
    bad, chance = _outcomes(600, bads, seed), np.random.default_rng(seed)
    values: dict[str, NDArray[Any]] = {
        f"{share}": np.where(chance.random(600) < share, ~bad, bad).astype(float)
        for share in (0.0, 0.02, 0.06, 0.1, 0.5)
    }
    names, rows = list(values), chance.permutation(600)
    order.shuffle(names)
    one = found_leaks(_prepared(values, bad))
    other = found_leaks(_prepared({name: values[name][rows] for name in names}, bad[rows]))
    assert sorted(one, key=str) == sorted(other, key=str)


@often
@given(scale=st.floats(-1e6, 1e6).filter(lambda scale: abs(scale) > 1e-6), shift=st.floats(-1e6, 1e6))
def test_a_copy_in_other_units_is_a_copy(scale: float, shift: float) -> None:
    bad = _outcomes(500, 50)
    (one,) = found_leaks(_prepared({"copy": bad.astype(float)}, bad))
    assert found_leaks(_prepared({"copy": bad * scale + shift}, bad)) == (one,)


def test_a_row_of_weight_three_is_the_row_three_times() -> None:
    bad = _outcomes(200, 40)
    values, weight = {"copy": bad.astype(float)}, np.full(200, 3.0)
    prepared, _ = prepare(values, bad, weight, ASKED)
    repeated = _prepared({"copy": np.repeat(values["copy"], 3)}, np.repeat(bad, 3))
    assert found_leaks(prepared) == found_leaks(repeated) != ()
    for sample in (prepared, repeated):
        with pytest.raises(BadInput, match="copy"):
            check_leaks(found_leaks(sample), sample, ASKED)


def test_the_figure_is_the_information_value() -> None:
    """Half of one stands for the bads that the goods' class lacks: ln(2 x 900) + ln(2 x 100), and that half of one."""
    (leak,) = found_leaks(_prepared({"copy": _outcomes(1000, 100).astype(float)}, _outcomes(1000, 100)))
    goods, bads = (900.5 / 900 - 0.5 / 100), (100.5 / 100 - 0.5 / 900)
    expected = goods * np.log(900.5 / 900 / (0.5 / 100)) + bads * np.log(100.5 / 100 / (0.5 / 900))
    assert leak.figure == pytest.approx(expected, abs=1e-4)
    assert leak.figure > LEAK


@pytest.mark.parametrize("n", [LEAST_ROWS - 1, LEAST_ROWS])
def test_below_so_many_rows_it_is_told_and_stops_nothing(n: int) -> None:
    bad = _outcomes(n, n // 4)
    values = {"copy": bad.astype(float), "honest": np.random.default_rng(5).random(n)}
    if n < LEAST_ROWS:
        warnings = fit_table(values, bad, np.ones(n), ASKED).warnings
        assert [(one.characteristic, one.why) for one in warnings] == [("copy", "leak")]
    else:
        with pytest.raises(BadInput, match="copy"):
            fit_table(values, bad, np.ones(n), ASKED)
