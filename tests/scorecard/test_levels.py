"""One value has one text, and the text reads back as the value."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.scorecard.levels import level_text, number_in, number_text, writes_number

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(number=numbers)
def test_a_number_reads_back_from_its_text(number: float) -> None:
    assert float(number_text(number)) == number
    assert number_in(number_text(number)) == number
    assert not number_text(number).endswith(".0")


@pytest.mark.parametrize(
    ("number", "text"), [(1000999.0, "1000999"), (1e6, "1000000"), (45.5, "45.5"), (0.1, "0.1"), (-3, "-3")]
)
def test_a_number_is_written_in_the_digits_that_people_use(number: float, text: str) -> None:
    assert number_text(number) == text


@given(number=st.integers(-(2**53), 2**53))
def test_a_whole_number_is_one_level_whatever_its_type(number: int) -> None:
    same: list[Any] = [number, float(number), np.int64(number), np.float64(number), Decimal(number), Fraction(number)]
    assert {level_text(value) for value in same} == {str(number)}
    assert level_text(Decimal(f"{number}.00")) == str(number)
    assert writes_number(str(number))


@given(number=numbers)
def test_a_fraction_is_one_level_whatever_its_type(number: float) -> None:
    text = level_text(number)
    assert text is not None
    assert {level_text(np.float64(number)), level_text(Decimal(number))} == {text}
    assert float(text) == number


@pytest.mark.parametrize(("flag", "text"), [(True, "1"), (np.True_, "1"), (False, "0"), (np.False_, "0")])
def test_true_is_one_and_false_is_nought(flag: object, text: str) -> None:
    assert level_text(flag) == text


def test_codes_past_the_precision_of_doubles_keep_their_digits() -> None:
    assert level_text(2**53 + 1) == "9007199254740993"
    assert not writes_number("9007199254740993")


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (pd.Interval(0, 10), "(0, 10]"),
        (pd.Interval(0.0, 10.0), "(0, 10]"),
        (pd.Interval(0.5, 1, closed="left"), "[0.5, 1)"),
    ],
)
def test_an_interval_is_its_bounds(interval: object, text: str) -> None:
    assert level_text(interval) == text


@pytest.mark.parametrize("value", [pd.Timestamp("2020-01-01"), np.timedelta64(1, "D"), b"a", (1, 2), None])
def test_other_kinds_are_no_levels(value: object) -> None:
    assert level_text(value) is None


@pytest.mark.parametrize("text", ["", "a", " 1", "1 ", "1_0", "nan", "inf", "1e999", "٣", "1,000"])
def test_a_text_that_writes_no_plain_number_is_none(text: str) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize("text", ["07", "7.0", "1e3", "+1", "-0"])
def test_a_level_that_a_number_is_not_written_as_is_text(text: str) -> None:
    assert number_in(text) is not None
    assert not writes_number(text)


def test_nothing_is_left_of_a_number_that_is_none() -> None:
    assert math.isnan(float(number_text(math.nan)))
