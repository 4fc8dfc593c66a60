"""Which outcome is bad is said and not guessed, in whatever way outcomes are written."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.model_selection import cross_val_score

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard, discrimination

Sample: TypeAlias = tuple[NDArray[np.float64], NDArray[np.bool_]]
Write: TypeAlias = Callable[[NDArray[np.bool_]], Any]
seldom = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
labels = (
    # NumPy drops a byte 0 at the end of a text.
    st.text(st.characters(exclude_characters="\x00"), max_size=6)
    | st.integers(-5, 5)
    | st.sampled_from(["bad", "good", "0", "1", "nan", "None", "好", "坏"])
)


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Three hundred rows of which the greater are bad more often."""
    chance = np.random.default_rng(11)
    x = chance.uniform(0, 1, 300)
    return x[:, None], chance.random(300) < 0.1 + 0.5 * x


def _fitted(sample: Sample, y: Any, bad: object = None) -> Scorecard:
    return Scorecard(method="logistic", bad=bad).fit(sample[0], y)


def _said(bad: NDArray[np.bool_], good_label: object, bad_label: object) -> list[object]:
    return [bad_label if one else good_label for one in bad]


@pytest.fixture(scope="module")
def expected(sample: Sample) -> Scorecard:
    """The card of true and false."""
    return _fitted(sample, sample[1])


@seldom
@given(two=st.lists(labels, min_size=2, max_size=2, unique_by=str))
def test_the_label_that_is_said_to_be_bad_lowers_the_score_whatever_it_is(
    sample: Sample, expected: Scorecard, two: list[Any]
) -> None:
    y = _said(sample[1], *two)
    card = _fitted(sample, y, two[1])
    assert card.table_ == expected.table_
    assert card.bad_class_ == two[1]
    np.testing.assert_array_equal(card.chance_of_bad(sample[0]), expected.predict_proba(sample[0])[:, 1])
    at = card.classes_.tolist().index(two[1])
    np.testing.assert_array_equal(card.predict_proba(sample[0])[:, at], card.chance_of_bad(sample[0]))
    assert card.predict(sample[0]).tolist() == _said(expected.predict(sample[0]), *two)
    again = Scorecard.from_json(card.to_json())
    assert again.predict(sample[0]).tolist() == card.predict(sample[0]).tolist()


@seldom
@given(two=st.lists(labels, min_size=2, max_size=2, unique_by=str).filter(lambda two: {*two} != {0, 1}))
def test_labels_other_than_0_and_1_are_refused_without_a_word_on_which_is_bad(sample: Sample, two: list[Any]) -> None:
    with pytest.raises(BadInput, match=r"^y: found .*bad=") as refused:
        _fitted(sample, _said(sample[1], *two))
    assert all(repr(label) in refused.value.found for label in two)


AS_0_AND_1: dict[str, Write] = {
    "true and false": lambda bad: bad,
    "whole numbers": lambda bad: bad.astype(np.int8),
    "doubles": lambda bad: bad.astype(float),
    "a list": lambda bad: bad.tolist(),
    "a list of numbers of several kinds": lambda bad: [1.0 if one else 0 for one in bad],
    "pandas": lambda bad: pd.Series(bad, index=np.arange(len(bad))[::-1]),
    "pandas nullable": lambda bad: pd.Series(bad, dtype="Int64"),
    "pandas nullable booleans": lambda bad: pd.Series(bad, dtype="boolean"),
    "pandas over Arrow": lambda bad: pd.Series(bad, dtype="bool[pyarrow]"),
    "pandas categories": lambda bad: pd.Series(bad.astype(int)).astype("category"),
    "pandas objects": lambda bad: pd.Series(bad.tolist(), dtype=object),
    "polars": pl.Series,
    "arrow": pa.array,
}


@pytest.mark.parametrize("kind", AS_0_AND_1)
def test_0_and_1_and_false_and_true_need_no_word(kind: str, sample: Sample) -> None:
    y = AS_0_AND_1[kind](sample[1])
    assert _fitted(sample, y).table_ == _fitted(sample, sample[1]).table_
    assert _fitted(sample, y, bad=0).table_ == _fitted(sample, ~sample[1]).table_


IN_ORDER = pd.CategoricalDtype(["good", "bad"], ordered=True)
UNSAID: dict[str, Write] = {
    "an ordered category": lambda bad: pd.Series(_said(bad, "good", "bad")).astype(IN_ORDER),
    "polars categories": lambda bad: pl.Series(_said(bad, "good", "bad"), dtype=pl.Enum(["good", "bad"])),
    "the German bank's 1 and 2": lambda bad: bad + 1,
    "-1 and 1": lambda bad: np.where(bad, 1, -1),
    "text of numbers": lambda bad: bad.astype(int).astype(str),
    "text of which one says nan": lambda bad: _said(bad, "good", "nan"),
    "three words": lambda bad: [*_said(bad, "paid", "default")[:-1], "late"],
    "days": lambda bad: pd.Series(_said(bad, "2024-01-01", "2024-01-02")).astype("datetime64[s]"),
}


@pytest.mark.parametrize("kind", UNSAID)
def test_all_else_has_to_say_and_is_told_what_to_write(kind: str, sample: Sample) -> None:
    with pytest.raises(BadInput, match=r"^y: found .*bad="):
        _fitted(sample, UNSAID[kind](sample[1]))


MISSING: dict[str, Write] = {
    "None": lambda bad: [None, *bad[1:].tolist()],
    "NaN among numbers": lambda bad: np.where(np.arange(len(bad)) == 0, np.nan, bad),
    "NaN among words": lambda bad: [float("nan"), *_said(bad[1:], "good", "bad")],
    "NA": lambda bad: pd.Series([pd.NA, *bad[1:]], dtype="boolean"),
    "null": lambda bad: pl.Series([None, *bad[1:].tolist()]),
    "null of arrow": lambda bad: pa.array([None, *bad[1:].tolist()]),
    "masked": lambda bad: np.ma.MaskedArray(bad, mask=np.arange(len(bad)) == 0),
    "no category": lambda bad: pd.Series(pd.Categorical([None, *_said(bad[1:], "good", "bad")])),
}


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("bad", [None, "bad"])
def test_a_missing_outcome_is_counted_and_refused_and_never_good(kind: str, bad: Any, sample: Sample) -> None:
    with pytest.raises(BadInput, match=r"^y, row 0: found 1 of 300 missing"):
        _fitted(sample, MISSING[kind](sample[1]), bad)


@pytest.mark.parametrize("bad", ["Bad", "", ["bad", "late"], [], np.nan, 1, None])
def test_a_word_that_is_no_label_is_refused_with_the_labels(bad: Any, sample: Sample) -> None:
    with pytest.raises(BadInput, match="'bad', 'good'"):
        _fitted(sample, _said(sample[1], "good", "bad"), bad)


def test_all_bad_or_none_is_refused(sample: Sample) -> None:
    for y, bad in ((_said(sample[1], "good", "bad"), ["bad", "good"]), (["bad"] * 300, "bad"), ([1] * 300, None)):
        with pytest.raises(BadInput, match="one class only"):
            _fitted(sample, y, bad)


def test_several_labels_may_be_bad_and_all_others_are_good(sample: Sample) -> None:
    words = np.array(["paid", "current", "default", "charged off"])[2 * sample[1] + np.arange(300) % 2]
    card = _fitted(sample, words, ["default", "charged off"])
    assert card.table_ == _fitted(sample, sample[1]).table_
    assert card.classes_.tolist() == [False, True]
    assert card.bad_class_ is True
    assert Scorecard.from_json(card.to_json()).predict(sample[0]).tolist() == card.predict(sample[0]).tolist()


@pytest.mark.parametrize("words", [("good", "bad"), ("bad", "good")])
def test_cross_validation_sees_the_card_the_right_way_round(words: tuple[str, str], sample: Sample) -> None:
    card = Scorecard(method="logistic", bad=words[1])
    found = cross_val_score(card, sample[0], _said(sample[1], *words), scoring="roc_auc", cv=3)
    assert found.mean() > 0.6
    told = discrimination(card.fit(sample[0], _said(sample[1], *words)).total(sample[0]), sample[1])
    assert told is not None
    assert told.auc > 0.6


def test_a_card_written_before_the_bad_one_was_named_has_it_last(sample: Sample) -> None:
    card = _fitted(sample, _said(sample[1], "a good one", "bad"), "bad")
    text = card.to_json()
    old = "\n".join(line for line in text.splitlines() if not line.startswith(' "bad":'))
    assert old != text.rstrip()
    assert Scorecard.from_json(old).predict(sample[0]).tolist() == card.predict(sample[0]).tolist()


def test_a_missing_period_is_refused(sample: Sample) -> None:
    with pytest.raises(BadInput, match="periods, row 1: found 1 of 300 missing"):
        Scorecard(most_psi=0.1).fit(*sample, periods=["2024", None, *["2025"] * 298])
