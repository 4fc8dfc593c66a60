"""Every validation gives the same figures however its columns are written, and counts nothing that is not there."""

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.scorecard import Attribute, Characteristic, PointsTable, augmented, validation

Write: TypeAlias = Callable[[list[Any]], Any]
Given: TypeAlias = dict[str, Any]

# Any function that the room gives away, so that the next one is held to it too; and reject inference, which is beside.
VALIDATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(validation, name) for name in validation.__all__ if inspect.isfunction(getattr(validation, name))
} | {
    "augmented": lambda bad, chance_accepted, chance_refused: _plain(
        augmented("fuzzy", bad, chance_accepted, chance_refused)
    )
}
# What is one for each person.
COLUMNS = {"score", "bad", "chance", "segment", "weight", "chance_accepted"}
OUTCOMES = sorted(name for name, function in VALIDATIONS.items() if "bad" in inspect.signature(function).parameters)
OF_COLUMNS = [
    (name, column)
    for name, function in VALIDATIONS.items()
    for column in inspect.signature(function).parameters
    if column in COLUMNS
]
INCOME = Characteristic("income", "", (Attribute(None, points=-9), Attribute(40.0, points=5)))
HOME = Characteristic("home", "", (Attribute(levels=("own",), points=7),), other=Attribute(points=-7))
TABLE = PointsTable(600, (350, 950), 650, 20, 40, (INCOME, HOME))


def _plain(found: Any) -> Any:
    return [part.tolist() for part in vars(found).values()] if hasattr(found, "weight") else found


def _given(name: str, seed: int = 3, n: int = 60) -> Given:
    """What a validation is asked about: plain lists, whole where they can be."""
    chance = np.random.default_rng(seed)
    bad = (chance.random(n) < 0.4).astype(int)
    bad[:4] = 0, 1, 0, 1
    known: Given = {
        "score": (600 + chance.integers(0, 9, n) * 20 - 40 * bad).tolist(),
        "bad": bad.tolist(),
        "chance": (chance.integers(0, 11, n) / 10).tolist(),
        "segment": chance.choice(["north", "south"], n).tolist(),
        "weight": chance.integers(0, 4, n).tolist(),
        "cuts": [0.2, 0.5],
        "cutoffs": [620, 700],
        "bands": {"low": 350, "high": 650},
        "then": [5, 6, 7, 8] * 5,
        "now": [5, 7, 8, 9] * 5,
        "chance_accepted": (chance.integers(1, 10, n) / 10).tolist(),
        "chance_refused": [0.2, 0.4],
    }
    if name == "characteristic_stability":
        values = {"income": [30.0, None, 50.0, 40.0], "home": ["own", "rent", None, "own"]}
        known |= {"table": TABLE, "then": values, "now": {key: of[1:] for key, of in values.items()}}
    asked = [one.name for one in inspect.signature(VALIDATIONS[name]).parameters.values() if one.default is one.empty]
    return {parameter: known[parameter] for parameter in asked}


def _written(given: Given, write: Write) -> Given:
    """The same in other columns; samples by characteristic in each column of theirs."""
    return {
        key: {name: write(of) for name, of in value.items()}
        if key in {"then", "now"} and isinstance(value, dict)
        else write(value)
        if isinstance(value, list) and key != "cutoffs"
        else value
        for key, value in given.items()
    }


FORMS: dict[str, Write] = {
    "tuples": tuple,
    "arrays": lambda of: np.array(of, dtype=object if None in of else None),
    "arrays of objects": lambda of: np.array(of, dtype=object),
    "small numbers": lambda of: np.array(of, dtype=np.uint16) if all(isinstance(one, int) for one in of) else of,
    "doubles": lambda of: np.array(of, dtype=float) if all(isinstance(one, int) for one in of) else of,
    "pandas": lambda of: pd.Series(of, index=range(len(of), 0, -1)),
    "pandas nullable": lambda of: pd.Series(of).convert_dtypes(),
    "pandas over Arrow": lambda of: pd.Series(of).convert_dtypes(dtype_backend="pyarrow"),
    "pandas objects": lambda of: pd.Series(of, dtype=object),
    "polars": pl.Series,
    "arrow": pa.array,
}
OUTCOME_FORMS: dict[str, Write] = FORMS | {
    "false and true": lambda of: [bool(one) for one in of],
    "booleans": lambda of: np.array(of, dtype=bool),
    "nullable booleans": lambda of: pd.Series(of, dtype="boolean"),
    "polars booleans": lambda of: pl.Series(of, dtype=pl.Int8).cast(pl.Boolean),
    "numbers of several kinds": lambda of: [1.0 if one else False for one in of],
    "categories": lambda of: pd.Series(of).astype("category"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", VALIDATIONS)
def test_columns_of_any_library_give_the_same_figures(name: str, form: str) -> None:
    given = _given(name)
    assert VALIDATIONS[name](**_written(given, FORMS[form])) == VALIDATIONS[name](**_written(given, list))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), form=st.sampled_from(sorted(OUTCOME_FORMS)), n=st.integers(4, 40))
@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes_of_any_kind_give_the_figures_of_true_and_false(name: str, seed: int, form: str, n: int) -> None:
    given = _given(name, seed, n)
    truth = np.array(given["bad"], dtype=bool)
    expected = VALIDATIONS[name](**given | {"bad": truth})
    assert VALIDATIONS[name](**given | {"bad": OUTCOME_FORMS[form](given["bad"])}) == expected


@pytest.mark.parametrize("gone", [None, np.nan, pd.NA, pd.NaT], ids=str)
@pytest.mark.parametrize(("name", "column"), OF_COLUMNS)
def test_what_is_missing_is_refused_with_how_many_are(name: str, column: str, gone: Any) -> None:
    given = _given(name)
    given[column] = [*given[column][:7], gone, gone, *given[column][9:]]
    for written in (given[column], pd.Series(given[column], dtype=object)):
        with pytest.raises(BadInput, match=f"^{column}, row 7: found 2 of 60 missing"):
            VALIDATIONS[name](**given | {column: written})


@pytest.mark.parametrize("name", ["population_stability", "score_stability"])
@pytest.mark.parametrize("sample", ["then", "now"])
def test_a_score_or_count_that_is_missing_is_refused(name: str, sample: str) -> None:
    given = _given(name)
    with pytest.raises(BadInput, match=f"^{sample}, row 0: found 1 of 20 missing"):
        VALIDATIONS[name](**given | {sample: np.array([np.nan, *given[sample][1:]])})


@pytest.mark.parametrize(("name", "column"), OF_COLUMNS)
def test_columns_of_other_lengths_are_refused(name: str, column: str) -> None:
    given = _given(name)
    for other in (given[column][:-1], [*given[column], given[column][0]], given[column][:1]):
        with pytest.raises(BadInput, match=r"found \d+; expected"):
            VALIDATIONS[name](**given | {column: other})


OTHERS: dict[str, Write] = {
    "words": lambda of: ["bad" if one else "good" for one in of],
    "words for numbers": lambda of: [str(one) for one in of],
    "1 and 2": lambda of: [1 + one for one in of],
    "-1 and 1": lambda of: [2 * one - 1 for one in of],
    "chances": lambda of: [0.2 + 0.6 * one for one in of],
    "categories": lambda of: pd.Series(["bad" if one else "good" for one in of]).astype("category"),
    "one column of a table": lambda of: np.array(of)[:, None],
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes_of_other_values_are_refused(name: str, kind: str) -> None:
    given = _given(name)
    with pytest.raises(BadInput, match=r"^bad: found"):
        VALIDATIONS[name](**given | {"bad": OTHERS[kind](given["bad"])})


ODD: dict[str, tuple[str, Given, str]] = {
    "a chance above 1": ("calibration", {"chance": [1.5] * 60}, "chance, row 0: found 1.5; expected a chance from 0"),
    "an infinite score": ("discrimination", {"score": [np.inf] * 60}, "score, row 0: found inf"),
    "scores in words": ("auc", {"score": ["a"] * 60}, "score: found str"),
    "a weight below 0": ("auc", {"weight": [-1] * 60}, "weight, row 0: found -1"),
    "half a point": ("cutoff_table", {"cutoffs": [600.5]}, "cutoffs: found 600.5; expected whole numbers"),
    "bands that fall": ("by_band", {"bands": {"high": 650, "low": 350}}, "bands: found"),
    "1 and '1' as segments": ("by_segment", {"segment": [1, "1"] * 30}, "segment: found labels of several kinds"),
    "nobody": ("calibration", {"chance": [], "bad": []}, "chance: found nobody"),
    "no scores": ("score_stability", {"then": []}, "then: found nobody"),
    "no groups": ("calibration", {"groups": 0}, "groups: found 0"),
    "counts below 0": ("population_stability", {"now": [-1] * 20}, "now, row 0: found -1"),
    "no such characteristic": ("characteristic_stability", {"now": {"home": ["own"]}}, "now: found no column income"),
    "words for numbers": (
        "characteristic_stability",
        {"now": {"income": ["a"], "home": ["own"]}},
        "income: found text",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_cannot_be_is_refused(kind: str) -> None:
    name, odd, message = ODD[kind]
    with pytest.raises(BadInput, match=message):
        VALIDATIONS[name](**_given(name) | odd)


def test_small_whole_scores_do_not_overflow() -> None:
    score, bad = [-120, 100, 127, -5], [1, 0, 0, 1]
    assert validation.auc(np.array(score, dtype=np.int8), bad, [1] * 4) == 1.0
