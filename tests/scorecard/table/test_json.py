"""A card written as text and read again."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard

People: TypeAlias = tuple[pd.DataFrame, np.ndarray]


def test_a_card_read_again_is_the_card(card: Scorecard, newcomers: pd.DataFrame) -> None:
    again = Scorecard.from_json(card.to_json())
    assert again.table_ == card.table_
    assert json.loads(again.to_json()) == json.loads(card.to_json())
    pd.testing.assert_frame_equal(again.points(newcomers), card.points(newcomers))
    np.testing.assert_array_equal(again.total(newcomers), card.total(newcomers))
    np.testing.assert_array_equal(again.predict_proba(newcomers), card.predict_proba(newcomers))
    assert again.explain(newcomers) == card.explain(newcomers)
    assert again.to_sql() == card.to_sql()
    assert again.to_pmml() == card.to_pmml()
    assert again.get_params()["points_to_double"] == card.points_to_double


def test_the_scale_is_read_again(people: People) -> None:
    x, bad = people
    card = Scorecard(method="logistic", score_range=(0, 100), base_score=50, base_odds=7.5, points_to_double=9.5)
    again = Scorecard.from_json(card.fit(x, bad).to_json())
    assert (again.score_range, again.base_score, again.base_odds, again.points_to_double) == ((0, 100), 50, 7.5, 9.5)
    np.testing.assert_array_equal(again.predict_proba(x), card.predict_proba(x))
    assert again.total(x).min() >= 0


@pytest.mark.parametrize("classes", [["good", "bad"], [False, True], [0, 1], [-1, 1], [0.0, 1.0], [1, 2]])
def test_classes_of_any_kind_are_read_again(classes: list[Any], people: People) -> None:
    x, bad = people
    y = np.array(classes)[bad]
    card = Scorecard(method="logistic", bad=classes[1]).fit(x, y)
    again = Scorecard.from_json(card.to_json())
    assert again.predict(x).dtype == card.predict(x).dtype
    np.testing.assert_array_equal(again.predict(x), card.predict(x))
    assert set(again.predict(x)) <= set(y)


def test_a_card_of_an_array_is_read_again(people: People) -> None:
    x, bad = people
    values = x[["net income", 'visits "so far"']].to_numpy()
    card = Scorecard(method="logistic").fit(values, bad)
    again = Scorecard.from_json(card.to_json())
    assert not hasattr(again, "feature_names_in_")
    np.testing.assert_array_equal(again.total(values), card.total(values))


def test_a_card_read_again_refuses_other_columns(card: Scorecard, newcomers: pd.DataFrame) -> None:
    again = Scorecard.from_json(card.to_json())
    with pytest.raises(ValueError, match="yet now missing"):
        again.total(newcomers.drop(columns="f"))


FEW = 240
names = st.one_of(
    st.integers(-3, 9),
    st.text(max_size=5),
    st.tuples(st.text(max_size=2), st.integers(0, 2)),
    st.floats(0, 3),
    st.none(),
)
columns: dict[str, Callable[[np.random.Generator], Any]] = {
    "numbers": lambda chance: chance.normal(0, 1, FEW),
    "great numbers": lambda chance: chance.integers(-(2**62), 2**62, FEW),
    "tiny numbers": lambda chance: chance.normal(0, 1e-300, FEW),
    "flags": lambda chance: chance.random(FEW) < 0.5,
    "gaps": lambda chance: np.where(chance.random(FEW) < 0.5, np.nan, chance.integers(0, 5, FEW)),
    "text": lambda chance: chance.choice(np.array(["", "a", "ž'\"<", "1.0", "nan"], dtype=object), FEW),
    "categories of numbers": lambda chance: pd.Categorical(chance.integers(0, 9, FEW) / 2),
    "ordered categories": lambda chance: pd.Categorical(chance.integers(0, 9, FEW), ordered=True),
    "ranges": lambda chance: pd.cut(chance.random(FEW), 4),
}


@settings(max_examples=25, deadline=None)
@given(
    of=st.dictionaries(names, st.sampled_from(list(columns)), min_size=1, max_size=4),
    seed=st.integers(0, 100),
    asked=st.sampled_from([{}, {"crosses": 2}, {"unknown": "average"}, {"special_values": ["1.0", 0, -9999]}]),
)
def test_every_card_that_can_be_fitted_is_read_again(of: dict[Any, str], seed: int, asked: dict[str, Any]) -> None:
    chance = np.random.default_rng(seed)
    x = pd.concat([pd.Series(columns[kind](chance)) for kind in of.values()], axis=1)
    x.columns = pd.Index(list(of), dtype=object, tupleize_cols=False)
    bad = (chance.random(FEW) < 0.2 + 0.4 * (np.arange(FEW) % 2)).astype(int)
    card = Scorecard(method="logistic", **asked)
    try:
        card.fit(x, bad)
    except BadInput as refused:
        # Two of the names that were drawn are one.
        if not refused.where.startswith("column "):
            raise
        return
    again = Scorecard.from_json(card.to_json())
    assert again.table_ == card.table_
    assert again.to_json() == card.to_json()
    np.testing.assert_array_equal(again.total(x), card.total(x))


@pytest.mark.parametrize("text", ["", "x", "[]", "null", "{}", '{"classes": [0, 1], "table": 5}', '{"columns": []}'])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected a card as to_json writes it"):
        Scorecard.from_json(text)


def _set(**of_table: Any) -> Callable[[Any], None]:
    return lambda said: said["table"].update(of_table)


WRONG_KINDS: dict[str, Callable[[Any], None]] = {
    "points that are text": lambda said: said["table"]["characteristics"][0]["attributes"][0].update(points="5"),
    "points that are no whole number": lambda said: said["table"]["characteristics"][0]["missing"].update(points=0.5),
    "no base": lambda said: said["table"].pop("base"),
    "three ends of a range": _set(range=[1, 2, 3]),
    "a range of fractions": _set(range=[1.5, 2.5]),
    "characteristics that are text": _set(characteristics="none"),
    "classes that are lists": lambda said: said.update(classes=[[0], [1]]),
}
AT_ODDS: dict[str, Callable[[Any], None]] = {
    "one class": lambda said: said.update(classes=[0]),
    "a column too few": lambda said: said["columns"].remove("f"),
    "no attributes": lambda said: said["table"]["characteristics"][0].update(attributes=[]),
    "attributes out of order": lambda said: said["table"]["characteristics"][0]["attributes"].reverse(),
    "a cross of nothing": lambda said: said["table"]["crosses"][0].update(row="nothing"),
    "a cross of another shape": lambda said: said["table"]["crosses"][0].update(points=[[1]]),
    "a range upside down": _set(range=[950, 350]),
    "no points to double": _set(points_to_double=0),
    "no odds": _set(base_odds=0),
}


@pytest.mark.parametrize("kind", [*WRONG_KINDS, *AT_ODDS])
def test_a_card_that_was_changed_to_nonsense_is_refused(kind: str, card: Scorecard) -> None:
    said = json.loads(card.to_json())
    (WRONG_KINDS | AT_ODDS)[kind](said)
    with pytest.raises(BadInput):
        Scorecard.from_json(json.dumps(said))
