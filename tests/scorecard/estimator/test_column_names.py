"""Columns named by numbers are those of the array that they come from, and what is asked of them is asked of those."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard

Sample: TypeAlias = tuple[NDArray[np.float64], NDArray[np.int64]]
N = 900


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Two columns of numbers, the first with a code for some, and who was bad."""
    chance = np.random.default_rng(30)
    values = chance.normal(0, 1, (N, 2)).round(1)
    bad = chance.random(N) < 1 / (1 + np.exp(1.5 - values[:, 0] ** 2 + values[:, 1]))
    values[:60, 0] = -9999
    return values, bad.astype(np.int64)


ASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a column left out": ({"forbidden": ["x0"]}, {"forbidden": [0]}),
    "a trend": ({"trends": {"x0": "ascending"}}, {"trends": {np.int64(0): "ascending"}}),
    "special values": ({"special_values": {"x0": [-9999]}}, {"special_values": {0: [-9999]}}),
    "a cap": (
        {"dimensions": {"x0": "d", "x1": "e"}, "influence": {"d": 0.2}},
        {"dimensions": {0: "d", 1.0: "e"}, "influence": {"d": 0.2}},
    ),
}


@pytest.mark.parametrize("kind", ASKED)
def test_a_frame_numbered_as_an_array_is_the_array_and_so_is_what_is_asked(kind: str, sample: Sample) -> None:
    values, bad = sample
    by_name, by_number = ASKED[kind]
    expected = Scorecard(method="logistic", **by_name).fit(values, bad)
    for asked in (by_name, by_number):
        for x in (values, pd.DataFrame(values), pl.DataFrame(values, schema=["x0", "x1"])):
            fitted = Scorecard(method="logistic", **asked).fit(x, bad)
            assert fitted.table_ == expected.table_
            np.testing.assert_array_equal(fitted.total(x), expected.total(values))
            again = Scorecard.from_json(fitted.to_json())
            np.testing.assert_array_equal(again.total(x), expected.total(values))


def test_what_is_asked_of_a_numbered_column_is_done(sample: Sample) -> None:
    values, bad = sample
    x = pd.DataFrame(values)
    assert [c.name for c in Scorecard(forbidden=["x0"]).fit(x, bad).table_.characteristics] == ["x1"]
    (first,) = (c for c in Scorecard(special_values=[-9999]).fit(x, bad).table_.characteristics if c.name == "x0")
    assert [attribute.count for attribute in first.special] == [60]
    capped = Scorecard(dimensions={0: "d", 1: "e"}, influence={"d": 0.2}).fit(x, bad)
    assert {one.dimension: one.card <= 20 for one in capped.influence_ if one.free} == {"d": True, "e": False}


FRAMES: dict[str, Any] = {
    "numbered": pd.DataFrame,
    "numbered backwards": lambda values: pd.DataFrame({1: values[:, 1], 0: values[:, 0]}),
    "named backwards": lambda values: pd.DataFrame({"x1": values[:, 1], "x0": values[:, 0]}),
    "with one column more": lambda values: pl.DataFrame({"x1": values[:, 1], "more": values[:, 1], "x0": values[:, 0]}),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_card_of_an_array_finds_the_columns_of_a_frame_by_name(kind: str, sample: Sample) -> None:
    values, bad = sample
    card = Scorecard(method="logistic").fit(values, bad)
    np.testing.assert_array_equal(card.total(FRAMES[kind](values)), card.total(values))


def test_a_card_of_an_array_refuses_a_frame_with_other_names(sample: Sample) -> None:
    values, bad = sample
    card = Scorecard(method="logistic").fit(values, bad)
    for names in (["a", "b"], ["x0", "x2"], [1, 2]):
        with pytest.raises(BadInput, match=r"X: found .*; expected columns x0, x1"):
            card.total(pd.DataFrame(values, columns=names))


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_a_card_of_named_columns_takes_an_array_by_place(sample: Sample) -> None:
    values, bad = sample
    x = pd.DataFrame(values, columns=["debt", "age"])
    card = Scorecard(method="logistic").fit(x, bad)
    for given in (values, pd.DataFrame(values)):
        np.testing.assert_array_equal(card.total(given), card.total(x))


def test_numbers_among_names_and_names_of_several_parts_are_names(sample: Sample) -> None:
    values, bad = sample
    for columns, expected in ([(0, "b"), ["x0", "b"]], [(("a", 1), ("a", 2)), ["('a', 1)", "('a', 2)"]]):
        x = pd.DataFrame(dict(zip(columns, values.T, strict=True)))
        card = Scorecard(method="logistic", trends={columns[0]: "ascending"}).fit(x, bad)
        assert [c.name for c in card.table_.characteristics] == expected
        again = Scorecard.from_json(card.to_json())
        np.testing.assert_array_equal(again.total(x), card.total(x))


def test_two_columns_that_become_one_name_are_refused(sample: Sample) -> None:
    values, bad = sample
    with pytest.raises(BadInput, match="column x0: found 0, 'x0'; expected one column of that name"):
        Scorecard().fit(pd.DataFrame({0: values[:, 0], "x0": values[:, 1]}), bad)


@pytest.mark.parametrize("parameter", ["trends", "special_values", "dimensions"])
def test_two_answers_for_one_column_are_refused(parameter: str, sample: Sample) -> None:
    with pytest.raises(BadInput, match=f"{parameter}: found x0 twice"):
        Scorecard(**{parameter: {0: "none", "x0": "none"}}).fit(*sample)


@pytest.mark.parametrize("name", ["0", 2, "x2", -1, True])
def test_a_number_that_is_no_column_is_refused(name: Any, sample: Sample) -> None:
    with pytest.raises(BadInput, match=r"trends: found .*; expected one of x0, x1"):
        Scorecard(trends={name: "none"}).fit(pd.DataFrame(sample[0]), sample[1])
