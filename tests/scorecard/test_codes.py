"""Class numbers of values: against a plain count of the cuts below each."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.scorecard.codes import level_codes, number_codes

numbers = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 5).map(float)
cuts = st.lists(st.integers(-5, 5).map(float) | st.floats(-1e9, 1e9), max_size=200, unique=True).map(sorted)


@settings(max_examples=300, deadline=None)
@given(st.lists(numbers, max_size=600), cuts, st.lists(st.integers(-5, 5).map(float), unique=True, max_size=4))
def test_a_number_is_in_the_class_of_the_cuts_it_reaches(
    values: list[float], cuts: list[float], special: list[float]
) -> None:
    found = number_codes(np.array(values, dtype=np.float64), special, np.array(cuts, dtype=np.float64))
    for value, code in zip(values, found.tolist(), strict=True):
        if np.isnan(value):
            assert code == 0
        elif value in special:
            assert code == 1 + special.index(value)
        else:
            assert code == 1 + len(special) + sum(cut <= value for cut in cuts)


def test_every_value_of_a_strided_column_is_coded() -> None:
    values = np.arange(2000.0).reshape(1000, 2)[:, 0]
    cuts = np.arange(0.0, 2000.0, 10.0)[1:]
    assert (number_codes(values, (), cuts) == 1 + values // 10).all()


def test_levels_are_numbered_after_missing_and_special_ones_and_others_come_last() -> None:
    values = np.array([None, "none given", "rent", "own", "castle"], dtype=object)
    assert level_codes(values, ["none given"], ["own", "rent"]).tolist() == [0, 1, 3, 2, 4]
