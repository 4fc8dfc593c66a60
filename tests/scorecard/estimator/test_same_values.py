"""The same values are the same people, whatever their order and type."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard

Sample: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]
N = 400


def _sample(seed: int) -> Sample:
    """Whole numbers, fractions with gaps, codes and words that are categories, and who was bad."""
    chance = np.random.default_rng(seed)
    visits = chance.integers(0, 12, N)
    share = chance.normal(0, 1, N).round(2)
    code = chance.integers(1, 5, N)
    home = chance.choice(np.array(["own", "rent", "01"], dtype=object), N)
    bad = chance.random(N) < 1 / (1 + np.exp(1 + visits / 6 - share * (code > 2) - (home == "rent")))
    share[chance.random(N) < 0.1] = np.nan
    x = pd.DataFrame({"visits": visits, "share": share, "code": pd.Categorical(code), "home": pd.Categorical(home)})
    return x, bad.astype(np.int64)


def _gaps(values: pd.Series, make: Callable[[Any], Any]) -> list[Any]:
    return [None if pd.isna(value) else make(value) for value in values]


AS_NUMBERS: dict[str, Callable[[pd.Series], Any]] = {
    "doubles": lambda values: values.astype("float64"),
    "nullable": lambda values: values.convert_dtypes(),
    "decimals": lambda values: pd.Series(_gaps(values, lambda value: Decimal(repr(float(value)))), dtype=object),
    "NumPy's own": lambda values: pd.Series(_gaps(values, np.float64), dtype=object),
    "Arrow's": lambda values: values.convert_dtypes(dtype_backend="pyarrow"),
    "Arrow's decimals": lambda values: pd.Series(
        _gaps(values, lambda value: Decimal(repr(float(value)))), dtype=pd.ArrowDtype(pa.decimal128(12, 4))
    ),
}
AS_CATEGORIES: dict[str, Callable[[pd.Series], Any]] = {
    "doubles": lambda values: values.cat.rename_categories([float(level) for level in values.cat.categories]),
    "decimals": lambda values: pd.Categorical([Decimal(f"{value}.0") for value in values]),
    "text": lambda values: values.astype(str).astype("category"),
    "plain text": lambda values: values.astype(str).astype(object),
    "text dtype": lambda values: values.astype(str).astype("string"),
    "Arrow's dictionary": lambda values: pd.Series(
        values.to_list(), dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.int64()))
    ),
    "ordered": lambda values: values.cat.as_ordered(),
}


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    order=st.permutations(range(4)),
    visits=st.sampled_from(list(AS_NUMBERS)),
    share=st.sampled_from(list(AS_NUMBERS)),
    code=st.sampled_from(list(AS_CATEGORIES)),
    method=st.sampled_from(["boosted", "logistic"]),
    crosses=st.integers(0, 1),
)
def test_the_order_and_type_of_columns_change_no_points(  # noqa: PLR0913, PLR0917 - each is drawn
    seed: int, order: list[int], visits: str, share: str, code: str, method: Any, crosses: int
) -> None:
    x, bad = _sample(seed)
    other = x.assign(
        visits=AS_NUMBERS[visits](x["visits"]),
        share=AS_NUMBERS[share](x["share"]),
        code=AS_CATEGORIES[code](x["code"]),
        home=x["home"].astype(object),
    )
    one = Scorecard(method=method, crosses=crosses).fit(x, bad)
    np.testing.assert_array_equal(one.total(other), one.total(x))
    moved = other.iloc[:, order]
    again = Scorecard(method=method, crosses=crosses).fit(moved, bad)
    assert {c.name: c for c in again.table_.characteristics} == {c.name: c for c in one.table_.characteristics}
    assert again.table_.crosses == one.table_.crosses
    assert [c.name for c in again.table_.characteristics] == [
        name for name in moved.columns if name in one.points(x).columns
    ]
    np.testing.assert_array_equal(again.total(moved), one.total(x))


READ_AGAIN: dict[str, Callable[[list[int]], Any]] = {
    "pandas whole numbers": lambda code: pd.DataFrame({"code": code}),
    "pandas numbers with gaps elsewhere": lambda code: pd.DataFrame({"code": np.array(code, dtype=float)}),
    "pandas text": lambda code: pd.DataFrame({"code": [str(one) for one in code]}),
    "polars numbers": lambda code: pl.DataFrame({"code": code}),
    "polars categories": lambda code: pl.DataFrame({"code": [str(one) for one in code]}).cast(pl.Categorical),
    "polars enumeration": lambda code: pl.DataFrame({"code": [str(one) for one in code]}).cast(pl.Enum(list("7123"))),
    "Arrow's dictionary of numbers": lambda code: pa.table({"code": pa.array(code, pa.float64()).dictionary_encode()}),
    "Arrow's dictionary of text": lambda code: pa.table(
        {"code": pa.array([str(one) for one in code]).dictionary_encode()}
    ),
}


@pytest.mark.parametrize("kind", READ_AGAIN)
def test_a_category_of_whole_numbers_is_known_again(kind: str) -> None:
    code = [1, 2, 3] * 60
    bad = [int(one == 3 or i % 7 == 0) for i, one in enumerate(code)]
    fitted = pd.DataFrame({"code": pd.Categorical(code)})
    card = Scorecard(method="logistic").fit(fitted, bad)
    assert len(set(card.total(fitted).tolist())) > 1
    np.testing.assert_array_equal(card.total(READ_AGAIN[kind](code)), card.total(fitted))


@settings(max_examples=60, deadline=None)
@given(
    codes=st.lists(st.integers(-(10**18), 10**18) | st.integers(-30, 30), min_size=2, max_size=6, unique=True),
    write=st.sampled_from(
        [str, "{}.0".format, "{}.00".format, lambda one: str(Decimal(one)), lambda one: repr(float(one))]
    ),
)
def test_the_text_of_a_number_is_the_level_that_the_number_is(codes: list[int], write: Callable[[int], str]) -> None:
    codes = [code for code in codes if int(float(code)) == code]
    assume(len(codes) > 1)
    column = codes * 60
    bad = [int(i % len(codes) == 0 or i % 7 == 0) for i in range(len(column))]
    fitted = pd.DataFrame({"code": pd.Categorical(column)})
    card = Scorecard(method="logistic").fit(fitted, bad)
    as_text = [write(code) for code in column]
    for x in (pd.DataFrame({"code": as_text}), pd.DataFrame({"code": pd.Categorical(as_text)})):
        np.testing.assert_array_equal(card.total(x), card.total(fitted))


@pytest.mark.parametrize("words", [("True", "False"), ("true", "false"), ("TRUE", "FALSE"), ("1.0", "0.0")])
def test_true_and_false_are_levels_as_text_both_ways(words: tuple[str, str]) -> None:
    flag = np.arange(200) % 3 == 0
    bad = (flag & (np.arange(200) % 2 == 0)).astype(int)
    as_text, as_flags = np.where(flag, *words).astype(object), pd.DataFrame({"flag": pd.Categorical(flag)})
    for one, other in ((as_flags, pd.DataFrame({"flag": as_text})), (pd.DataFrame({"flag": as_text}), as_flags)):
        card = Scorecard(method="logistic").fit(one, bad)
        assert len(set(card.total(one).tolist())) == 2
        np.testing.assert_array_equal(card.total(other), card.total(one))
        np.testing.assert_array_equal(card.total(pd.DataFrame({"flag": flag})), card.total(one))


def test_true_and_false_are_one_and_nought_in_a_category_too() -> None:
    flag = np.arange(200) % 3 == 0
    bad = (flag & (np.arange(200) % 2 == 0)).astype(int)
    card = Scorecard(method="logistic").fit(pd.DataFrame({"flag": pd.Categorical(flag)}), bad)
    totals = card.total(pd.DataFrame({"flag": pd.Categorical(flag.astype(int))}))
    assert len(set(totals.tolist())) == 2
    np.testing.assert_array_equal(card.total(pd.DataFrame({"flag": flag})), totals)
    np.testing.assert_array_equal(card.total(pa.table({"flag": pa.array(flag).dictionary_encode()})), totals)


def test_a_category_of_numbers_is_numbers_where_the_card_is_of_numbers() -> None:
    age = np.arange(300) % 50
    bad = (age < 20).astype(int)
    card = Scorecard(method="logistic").fit(pd.DataFrame({"age": age}), bad)
    np.testing.assert_array_equal(
        card.total(pd.DataFrame({"age": pd.Categorical(age)})), card.total(pd.DataFrame({"age": age}))
    )


def test_numbers_for_levels_that_are_no_numbers_are_refused() -> None:
    post = np.array(["01", "02"] * 100, dtype=object)
    card = Scorecard(method="logistic").fit(pd.DataFrame({"post": post}), (post == "01").astype(int))
    with pytest.raises(BadInput, match="characteristic post: found numbers; expected text"):
        card.total(pd.DataFrame({"post": [1, 2]}))


def test_gaps_in_text_are_missing_and_empty_text_is_a_level() -> None:
    word = np.array(["", "a", "b", "c"] * 60, dtype=object)
    card = Scorecard(method="logistic").fit(pd.DataFrame({"word": word}), (word == "").astype(int))
    (only,) = card.table_.characteristics
    assert ("",) in [attribute.levels for attribute in only.attributes]
    for gap in (None, np.nan, pd.NA, pd.NaT, float("nan")):
        points = card.points(pd.DataFrame({"word": pd.Series([gap, "a"], dtype=object)}))["word"]
        assert points.iloc[0] == only.missing.points


ODD: dict[str, tuple[Callable[[], Any], str]] = {
    "dates as a category": (lambda: pd.Categorical(pd.to_datetime(["2020-01-01", "2021-01-01"] * 50)), "Timestamp"),
    "text and numbers in a category": (lambda: pd.Categorical(["a", 1] * 50), "text and int mixed"),
    "bytes": (lambda: pd.Series([b"5", b"6"] * 50, dtype=object), "bytes"),
    "spans of time": (lambda: pd.Series([np.timedelta64(1, "D")] * 100, dtype=object), "timedelta64"),
    "numbers past all doubles": (lambda: pd.Series([10**400, 1] * 50, dtype=object), "infinite"),
}


def test_text_that_no_card_can_be_written_with_is_refused() -> None:
    half = "\ud800"
    for x in (
        pd.DataFrame({"odd": pd.Series([half, "b"] * 50, dtype=object)}),
        np.array([[half], ["b"]] * 50),
        pd.DataFrame([[1.0], [2.0]] * 50, columns=pd.Index([half], dtype=object)),
    ):
        with pytest.raises(BadInput, match=r"found '\\ud800'; expected text"):
            Scorecard().fit(x, [0, 1] * 50)


@pytest.mark.parametrize("kind", ODD)
def test_values_of_another_kind_are_refused(kind: str) -> None:
    make, found = ODD[kind]
    with pytest.raises(BadInput, match=f"characteristic odd.*{found}"):
        Scorecard().fit(pd.DataFrame({"odd": make()}), [0, 1] * 50)


def test_ranges_as_pandas_cuts_them_are_levels_by_their_bounds() -> None:
    age = np.arange(300) % 60
    bad = (age < 20).astype(int)
    whole = pd.DataFrame({"age": pd.cut(age, [-1, 20, 40, 60])})
    card = Scorecard(method="logistic", trends="descending").fit(whole, bad)
    assert card.table_.characteristics[0].attributes[0].levels == ("(-1, 20]",)
    doubles = pd.DataFrame({"age": pd.cut(age.astype(float), [-1.0, 20.0, 40.0, 60.0])})
    np.testing.assert_array_equal(card.total(doubles), card.total(whole))


@pytest.mark.parametrize("made", [lambda code: code.astype(float).astype(str), lambda code: code.map("{:.2f}".format)])
def test_a_code_written_as_a_double_is_the_code(made: Callable[[pd.Series], pd.Series]) -> None:
    x, bad = _sample(4)
    card = Scorecard().fit(x, bad)
    code = x["code"].astype(int)
    np.testing.assert_array_equal(card.total(x.assign(code=made(code))), card.total(x))


def test_what_a_mask_hides_is_missing() -> None:
    x, bad = _sample(3)
    cells = x[["visits", "share"]].to_numpy(float)
    hidden = np.random.default_rng(5).random(cells.shape) < 0.2
    masked = np.ma.masked_array(np.nan_to_num(cells), mask=hidden | np.isnan(cells))
    plain = np.where(hidden, np.nan, cells)
    card = Scorecard().fit(plain, bad)
    assert Scorecard().fit(masked, bad).table_ == card.table_
    np.testing.assert_array_equal(card.total(masked), card.total(plain))
    with pytest.raises(BadInput, match="sample_weight, row 2"):
        Scorecard().fit(plain, bad, np.ma.masked_array(np.ones(N), mask=np.arange(N) == 2))


def test_a_gap_beside_text_is_missing_in_a_list_as_in_a_frame() -> None:
    rows = [["a"], [np.nan], ["b"], [None]] * 100
    bad = [1, 0, 0, 1] * 100
    # The two levels are told apart perfectly, so that every point of the gap's is its own.
    card = Scorecard(allowed_leaks=["x0"]).fit(rows, bad)
    assert (
        card.table_.characteristics[0].missing.points
        == Scorecard(allowed_leaks=["x0"])
        .fit(pd.DataFrame(rows, columns=["x0"]), bad)
        .table_.characteristics[0]
        .missing.points
    )
    np.testing.assert_array_equal(card.total(rows), card.total(np.array(rows, dtype=object)))


@pytest.mark.parametrize("words", [False, True])
def test_a_mask_hides_in_a_list_what_it_hides_in_an_array(*, words: bool) -> None:
    chance = np.random.default_rng(6)
    cells = chance.choice(np.array(["a", "b"]), (N, 1)).astype(object) if words else chance.normal(0, 1, (N, 1))
    hidden = chance.random((N, 1)) < 0.3
    bad = (chance.random(N) < np.where(hidden[:, 0], 0.7, 0.2)).astype(int)
    masked = np.ma.masked_array(cells, mask=hidden)
    card = Scorecard().fit(masked, bad)
    (only,) = card.table_.characteristics
    assert only.missing.count == hidden.sum()
    of_arrays = list(masked)
    of_cells = [[np.ma.masked if gone else cell] for cell, gone in zip(cells[:, 0].tolist(), hidden[:, 0], strict=True)]
    for rows in (of_arrays, of_cells):
        assert Scorecard().fit(rows, bad).table_ == card.table_
        np.testing.assert_array_equal(card.total(rows), card.total(masked))


def test_an_outcome_or_weight_that_is_masked_in_a_list_is_refused() -> None:
    x = np.arange(8.0)[:, None]
    masked: list[Any] = [1, 0, np.ma.masked, 1, 0, 1, 0, 1]
    with pytest.raises(BadInput, match="y, row 2"):
        Scorecard().fit(x, masked)
    with pytest.raises(BadInput, match="sample_weight, row 2"):
        Scorecard().fit(x, [0, 1] * 4, masked)
