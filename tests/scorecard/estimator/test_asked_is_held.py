"""What is asked of a fit is held in the points, or refused: never dropped in silence."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Characteristic, Scorecard

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
GRADES = ("AAA", "B", "AA", "C", "A")
TRENDS = ("monotone", "ascending", "descending", "peak", "valley")


def _risky(seed: int, n: int) -> People:
    """Numbers, counts, a flag and ordered grades whose risk turns up and down, with gaps and a code."""
    chance = np.random.default_rng(seed)
    number, count, flag = (
        chance.normal(0, 1, n).round(2),
        chance.integers(0, 12, n).astype(float),
        chance.random(n) < 0.3,
    )
    grade = chance.choice(np.array(GRADES), n, p=[0.3, 0.3, 0.3, 0.09, 0.01])
    worse = dict(zip(GRADES, chance.normal(0, 1.5, len(GRADES)), strict=True))
    lean = np.sin(count * chance.uniform(0.3, 1.2)) + number**2 / 2 + flag * ((number > 0) - 0.5) * 2
    bad = chance.random(n) < 1 / (1 + np.exp(1.5 - lean - np.array([worse[one] for one in grade])))
    bad[:2] = True, False
    number[chance.random(n) < 0.1] = np.nan
    count[chance.random(n) < 0.1] = 99
    x = pd.DataFrame({"number": number, "count": count, "flag": flag})
    return x.assign(grade=pd.Categorical(grade, categories=GRADES, ordered=True)), bad.astype(np.int64)


def _keeps(points: Sequence[int], trend: str) -> bool:
    """Whether points go as the bad rate is to go, which is the other way; equal points are neither up nor down."""
    steps = [np.sign(after - before) for before, after in pairwise(points) if after != before]
    turns = sum(before != after for before, after in pairwise(steps))
    first = steps[0] if steps else 0
    return {
        "monotone": turns == 0,
        "ascending": turns == 0 and first <= 0,
        "descending": turns == 0 and first >= 0,
        "peak": turns == 0 or (turns == 1 and first < 0),
        "valley": turns == 0 or (turns == 1 and first > 0),
    }[trend]


def _in_order(characteristic: Characteristic) -> list[int]:
    """Points from the lowest range or level up."""
    if not characteristic.named:
        return [attribute.points for attribute in characteristic.attributes]
    points = {level: a.points for a in characteristic.attributes for level in a.levels or ()}
    return [points[grade] for grade in GRADES]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(60, 700),
    method=st.sampled_from(["boosted", "logistic"]),
    trends=st.fixed_dictionaries({name: st.sampled_from(TRENDS) for name in ("number", "count", "flag", "grade")}),
    special=st.sampled_from([(), {"count": [99]}]),
    unknown=st.sampled_from(["attribute", "average"]),
    cap=st.sampled_from([None, 0.3, 0.6]),
)
def test_every_trend_asked_is_held_in_points(  # noqa: PLR0913, PLR0917 - each is drawn
    seed: int, n: int, method: Any, trends: dict[str, str], special: Any, unknown: Any, cap: float | None
) -> None:
    x, bad = _risky(seed, n)
    card = Scorecard(
        method=method,
        trends=trends,
        special_values=special,
        unknown=unknown,
        points_to_double=12 if seed % 2 else 40,
        dimensions={"number": "d", "count": "d", "flag": "e", "grade": "e"},
        influence=None if cap is None else {"d": cap},
    )
    try:
        card.fit(x, bad)
    except BadInput:
        # Whole points may not meet a cap; then there is no card.
        assert cap is not None
        return
    assert {
        c.name: (trends[c.name], _in_order(c))
        for c in card.table_.characteristics
        if not _keeps(_in_order(c), trends[c.name])
    } == {}


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_a_cross_leaves_a_trend_that_was_asked_alone(method: Any) -> None:
    chance = np.random.default_rng(3)
    x = pd.DataFrame({name: chance.integers(0, 3, 3000).astype(float) for name in "abc"})
    # Who has more of a is worse, but for those with most of b, who are better.
    lean = x["a"] * np.where(x["b"] == 2, -0.9, 0.9)
    bad = (chance.random(3000) < 1 / (1 + np.exp(1.5 - lean - 0.2 * x["c"]))).astype(int)
    free = Scorecard(method=method, crosses=1).fit(x, bad)
    assert [cross.name for cross in free.table_.crosses] == ["a x b"]
    held = Scorecard(method=method, crosses=1, trends={"a": "ascending"}).fit(x, bad)
    assert all("a" not in {cross.row, cross.column} for cross in held.table_.crosses)
    # Whatever else is known of two people, who has more of it has no more points.
    for b, c in ((b, c) for b in range(3) for c in range(3)):
        totals = held.points(pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [b] * 3, "c": [c] * 3})).sum(axis=1)
        assert _keeps(totals.tolist(), "ascending")


@pytest.mark.parametrize("trends", ["monotone", {"a": "ascending", "b": "peak"}])
def test_crosses_are_refused_where_trends_leave_nothing_to_cross(trends: Any) -> None:
    chance = np.random.default_rng(3)
    x = pd.DataFrame({name: chance.normal(size=200) for name in "abc"})
    bad = chance.random(200) < 0.3
    with pytest.raises(BadInput, match=r"crosses: found 2, and [01] columns without a trend asked"):
        Scorecard(crosses=2, trends=trends).fit(x, bad)
    Scorecard(crosses=2, trends={"a": "ascending"}).fit(x, bad)


ORDERED: dict[str, Callable[[list[str]], Any]] = {
    "pandas": lambda levels: pd.DataFrame({"grade": pd.Categorical(levels, categories=GRADES, ordered=True)}),
    "polars": lambda levels: pl.DataFrame({"grade": levels}).cast(pl.Enum(GRADES)),
    "pyarrow": lambda levels: pa.table({"grade": _dictionary(levels)}),
    "pandas over Arrow": lambda levels: pd.DataFrame(
        {"grade": pd.Series(_dictionary(levels), dtype=pd.ArrowDtype(_dictionary(levels).type))}
    ),
}


def _dictionary(levels: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array([GRADES.index(level) for level in levels], pa.int8()), pa.array(GRADES), ordered=True
    )


@pytest.mark.parametrize("library", ORDERED)
def test_a_trend_of_a_category_goes_by_its_order_and_each_level_has_its_place(library: str) -> None:
    x, bad = _risky(1, 800)
    levels = [str(level) for level in x["grade"]]
    assert 0 < levels.count("A") < 20
    card = Scorecard(method="logistic", trends={"grade": "ascending"}).fit(ORDERED[library](levels), bad)
    (grade,) = card.table_.characteristics
    assert [level for attribute in grade.attributes for level in attribute.levels or ()] == list(GRADES)
    assert _keeps(card.total(ORDERED[library](list(GRADES))).tolist(), "ascending")
    assert card.table_ == Scorecard(method="logistic", trends="ascending").fit(x[["grade"]], bad).table_


NO_ORDER: dict[str, Callable[[list[str]], Any]] = {
    "text": lambda levels: pd.DataFrame({"grade": levels}),
    "categories": lambda levels: pd.DataFrame({"grade": pd.Categorical(levels)}),
    "polars categories": lambda levels: pl.DataFrame({"grade": levels}).cast(pl.Categorical),
    "Arrow's dictionary": lambda levels: pa.table({"grade": pa.array(levels).dictionary_encode()}),
}


@pytest.mark.parametrize("kind", NO_ORDER)
@pytest.mark.parametrize("trends", ["ascending", {"grade": "monotone"}])
def test_a_trend_of_text_without_order_is_refused(kind: str, trends: Any) -> None:
    x = NO_ORDER[kind](["a", "b"] * 50)
    with pytest.raises(BadInput, match=r"^trends, grade: found .* of text without an order"):
        Scorecard(trends=trends).fit(x, [0, 1] * 50)
    for unbound in ("auto", "none"):
        Scorecard(method="logistic", trends={"grade": unbound}).fit(x, [0, 1] * 50)


def test_a_trend_of_more_levels_than_a_card_can_have_is_refused() -> None:
    levels = [f"level {i:03}" for i in range(201)]
    x = pd.DataFrame({"grade": pd.Categorical(levels * 2, categories=levels, ordered=True)})
    with pytest.raises(BadInput, match="trends, grade: found ascending, of 201 levels"):
        Scorecard(trends="ascending").fit(x, [0, 1] * 201)


def _coded() -> People:
    """A number with the code -9999 for 100, and text with the code "-1" for 100."""
    chance = np.random.default_rng(5)
    number, word = chance.normal(0, 1, 600), chance.choice(np.array(["a", "b"], dtype=object), 600)
    number[:100], word[200:300] = -9999, "-1"
    bad = (chance.random(600) < 0.2 + 0.2 * (word == "a")).astype(int)
    return pd.DataFrame({"number": number, "word": pd.Series(word, dtype=object)}), bad


SPECIAL: dict[str, Any] = {
    "as the column holds them": {"number": [-9999], "word": ["-1"]},
    "of the other type": {"number": ["-9999"], "word": [-1]},
    "written otherwise": {"number": ["-9999.0"], "word": [-1.0]},
    "twice": {"number": [-9999, "-9999"], "word": ["-1", -1]},
    "for all": [-9999, "-1"],
    "for all, of the other type": ["-9999", -1],
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_a_special_value_is_the_value_that_the_column_holds(kind: str) -> None:
    x, bad = _coded()
    card = Scorecard(method="logistic", special_values=SPECIAL[kind]).fit(x, bad)
    counts = {
        c.name: {level: a.count for a in c.special for level in a.levels or () if a.count}
        for c in card.table_.characteristics
    }
    assert counts == {"number": {-9999.0: 100}, "word": {"-1": 100}}


@pytest.mark.parametrize("asked", [{"number": ["unknown"]}, {"number": ["1_0"]}, {"number": [" -9999"]}])
def test_a_special_value_that_a_column_cannot_hold_is_refused(asked: Any) -> None:
    with pytest.raises(BadInput, match=r"special_values, number: found .*; expected a number"):
        Scorecard(special_values=asked).fit(*_coded())


def test_a_special_value_for_all_that_no_column_can_hold_is_refused() -> None:
    x, bad = _coded()
    with pytest.raises(BadInput, match="special_values: found 'unknown'"):
        Scorecard(special_values=["unknown"]).fit(x[["number"]], bad)
    Scorecard(method="logistic", special_values=["unknown"]).fit(x, bad)


def test_a_special_value_that_no_row_holds_stands_on_the_table_with_no_points() -> None:
    x, bad = _coded()
    card = Scorecard(method="logistic", special_values={"word": ["gone"]}).fit(x, bad)
    rows = card.table("pandas").set_index(["characteristic", "attribute"])
    assert rows.loc[("word", "gone"), ["count", "points"]].tolist() == [0, 0]


PERIODS: dict[str, tuple[dict[str, Any], Any, str]] = {
    "none for most_psi": ({"most_psi": 0.1}, None, "most_psi: found 0.1; expected periods beside it"),
    "for nothing": ({}, [1, 2] * 300, "periods: found 600 rows; expected most_psi beside them"),
    "one for all": ({"most_psi": 0.1}, ["2024"] * 600, "periods: found 2024; expected two slices"),
    "one for all who have weight": ({"most_psi": 0.1}, [1] * 300 + [2] * 300, "periods: found 1; expected two"),
    "missing": ({"most_psi": 0.1}, [1, 2, None] * 200, "periods, row 2: found 200 of 600 missing"),
    "missing dates": (
        {"most_psi": 0.1},
        pd.to_datetime(["2024-01-01", None] * 300),
        "periods, row 1: found 300 of 600 missing",
    ),
    "in two columns": ({"most_psi": 0.1}, np.ones((600, 2)), r"periods: found an array of shape \(600, 2\)"),
}


@pytest.mark.parametrize("kind", PERIODS)
def test_periods_that_nothing_can_be_held_over_are_refused(kind: str) -> None:
    asked, periods, message = PERIODS[kind]
    weight = np.repeat([1, 0], 300) if "weight" in kind else None
    with pytest.raises(BadInput, match=message):
        Scorecard(**asked).fit(*_coded(), sample_weight=weight, periods=periods)


@pytest.mark.parametrize("slices", [[1, 2], ["a", "b"], [np.datetime64("2024-01"), np.datetime64("2024-02")], [1, "b"]])
def test_periods_may_be_of_any_kind_that_can_be_told_apart(slices: list[Any]) -> None:
    x, bad = _coded()
    periods = pd.Series([slices[0]] * 300 + [slices[1]] * 300)
    moved = x.assign(moved=np.repeat([0.0, 5.0], 300) + x["number"] % 1)
    card = Scorecard(method="logistic", most_psi=0.1).fit(moved, bad, periods=periods)
    assert {"moved"} <= {decision.characteristic for decision in card.decisions_ if decision.why == "unstable"}


def test_a_cap_that_the_others_cannot_make_up_for_is_refused() -> None:
    x, bad = _coded()
    for dimensions in ({"number": "d", "word": "d"}, {"word": "d"}):
        with pytest.raises(BadInput, match=r"influence, dimension d: found .* %; expected at most 20 %"):
            Scorecard(
                method="logistic",
                forbidden=[] if len(dimensions) > 1 else ["number"],
                dimensions=dimensions,
                influence={"d": 0.2},
            ).fit(x, bad)


CANNOT_BE: dict[str, list[Any]] = {
    "dimensions": [{"number": 1}, {"number": ""}, {"number": None}, ["number"], "number"],
    "influence": [["d"], 0.5, {1: 0.5}],
    "trends": [["ascending"]],
    "special_values": [{"number": [10**400]}, {"number": [True]}, {"number": 5}, {"no": [1]}],
    "points_to_double": [1e13],
    "base_score": [-1e13],
    "score_range": [(0, 10**20)],
}


@pytest.mark.parametrize(
    ("parameter", "value"), [(parameter, value) for parameter, values in CANNOT_BE.items() for value in values]
)
def test_what_cannot_be_asked_is_refused_by_name(parameter: str, value: Any) -> None:
    with pytest.raises(BadInput, match=f"^{parameter}"):
        Scorecard(**{"dimensions": {"word": "d"}} | {parameter: value}).fit(*_coded())


def test_more_attributes_of_their_own_than_there_may_be_are_refused() -> None:
    x, bad = _coded()
    x.loc[300:330, "number"] = np.nan
    asked = {"special_values": {"number": [-9999]}, "method": "logistic"}
    with pytest.raises(BadInput, match=r"max_attributes: found 2; expected at least 3, .* of number"):
        Scorecard(max_attributes=2, **asked).fit(x, bad)
    card = Scorecard(max_attributes=3, **asked).fit(x, bad)
    assert all(len([a for a in c.all_attributes if a.count]) <= 3 for c in card.table_.characteristics)


def test_a_column_named_as_a_cross_of_two_others_is_refused() -> None:
    x, bad = _coded()
    wide = x.assign(**{"number x word": 1.0})
    with pytest.raises(BadInput, match="column number x word"):
        Scorecard(crosses=1).fit(wide, bad)


def test_weights_that_are_text_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match="sample_weight: found could not convert"):
        Scorecard().fit(*_coded(), sample_weight=["much"] * 600)
