"""The same people in any library's frame are the same people."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from goodstanding.errors import BadInput
from goodstanding.scorecard import Scorecard
from goodstanding.scorecard.frames import columns_of

People: TypeAlias = tuple[pd.DataFrame, NDArray[np.int64]]


def _lists(x: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns of plain values, None for missing."""
    return {name: [None if pd.isna(value) else value for value in column.tolist()] for name, column in x.items()}


def _with_nan(x: pd.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(_lists(x)).with_columns(pl.col("income").fill_null(float("nan")))


OTHERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": lambda x: pl.DataFrame(_lists(x)),
    "polars with NaN": _with_nan,
    "polars categories": lambda x: pl.DataFrame(_lists(x)).with_columns(pl.col("home").cast(pl.Categorical)),
    "polars whole numbers": lambda x: pl.DataFrame(_lists(x)).with_columns(pl.col("visits").cast(pl.Int16)),
    "pyarrow": lambda x: pa.table(_lists(x)),
    "pyarrow dictionary": lambda x: pa.table({**_lists(x), "home": pa.array(_lists(x)["home"]).dictionary_encode()}),
    "pandas nullable": lambda x: pd.DataFrame(_lists(x)).convert_dtypes(),
    "pandas over Arrow": lambda x: x.convert_dtypes(dtype_backend="pyarrow"),
    "pandas categories": lambda x: x.assign(home=x["home"].astype("category")),
    "pandas text": lambda x: x.assign(home=x["home"].astype("str")),
    "pandas objects": lambda x: pd.DataFrame({name: pd.Series(of, dtype=object) for name, of in _lists(x).items()}),
    "pandas nullable booleans": lambda x: x.assign(member=x["member"].astype("boolean")),
    "pandas small integers": lambda x: x.assign(visits=x["visits"].astype("int8"), member=x["member"].astype(int)),
    "pandas with NaN for text": lambda x: x.assign(home=pd.Series(_lists(x)["home"], dtype=object).fillna(np.nan)),
    "pandas rows from 1000": lambda x: x.set_index(np.arange(1000, 1000 + len(x))),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_same_data_give_the_same_table_and_points(
    other: str, people: People, card: Scorecard, asked: dict[str, Any]
) -> None:
    x, bad = people
    given = OTHERS[other](x)
    fitted = Scorecard(**asked).fit(given, bad)
    assert fitted.table_ == card.table_
    assert fitted.decisions_ == card.decisions_
    points = card.points(given)
    assert type(points) is type(given)
    expected = card.points(x)
    assert list(map(str, getattr(points, "column_names", None) or points.columns)) == list(expected.columns)
    for name in expected.columns:
        np.testing.assert_array_equal(np.asarray(points[name]), expected[name].to_numpy())


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_outcomes_may_be_columns_of_a_frame(
    library: str, people: People, card: Scorecard, asked: dict[str, Any]
) -> None:
    x, bad = people
    y = pl.Series("bad", bad) if library == "polars" else pa.array(bad)
    assert Scorecard(**asked).fit(OTHERS[library](x), y).table_ == card.table_


def test_the_table_is_a_frame_of_any_library(card: Scorecard) -> None:
    by_library = {library: card.table(library) for library in ("pandas", "polars", "pyarrow")}
    assert [type(frame) for frame in by_library.values()] == [pd.DataFrame, pl.DataFrame, pa.Table]
    rows = by_library["polars"].to_dicts()
    assert by_library["pyarrow"].to_pylist() == rows
    for frame in (by_library["pandas"], card.table()):
        # What a cell does not know is NaN there.
        found = frame.astype(object).where(frame.notna(), None).to_dict("records")
        assert found == rows


def test_arrays_of_numbers_are_columns_without_names(people: People) -> None:
    x, bad = people
    named = x[["income", "visits"]]
    by_array = Scorecard(method="logistic").fit(named.to_numpy(), bad)
    by_frame = Scorecard(method="logistic").fit(named, bad)
    assert [c.name for c in by_array.table_.characteristics] == ["x0", "x1"]
    assert [c.attributes for c in by_array.table_.characteristics] == [
        c.attributes for c in by_frame.table_.characteristics
    ]
    np.testing.assert_array_equal(by_array.total(named.to_numpy()), by_frame.total(named))
    assert list(by_array.points(named.to_numpy()).columns) == ["x0", "x1"]


def test_arrays_of_objects_hold_numbers_and_text(people: People, card: Scorecard) -> None:
    x, bad = people
    special = {"special_values": {"x1": [99], "x2": ["it's"]}, "crosses": 1}
    fitted = Scorecard(**special).fit(x.to_numpy(dtype=object), bad)
    assert [c.attributes for c in fitted.table_.characteristics] == [c.attributes for c in card.table_.characteristics]
    np.testing.assert_array_equal(fitted.total(x.to_numpy(dtype=object)), card.total(x))


def test_arrays_of_text_are_levels() -> None:
    x = np.array([["a"], ["b"]] * 100)
    fitted = Scorecard(method="logistic").fit(x, [0, 1, 0, 0, 0, 1, 0, 1, 1, 0] * 20)
    points = fitted.points(np.array([["a"], ["b"], ["c"]]))["x0"].tolist()
    assert points[0] > 0 > points[1]
    assert points[2] == 0


@pytest.mark.parametrize("other", ["pandas", "polars", "pyarrow"])
def test_further_columns_are_left_alone(other: str, people: People, card: Scorecard) -> None:
    x, _ = people
    wide = x.assign(when=dt.date(2020, 1, 1), infinite=np.inf)[
        ["when", "member", "visits", "infinite", "home", "income"]
    ]
    given = {"pandas": wide, "polars": pl.DataFrame(wide.to_dict("list")), "pyarrow": pa.table(wide.to_dict("list"))}
    np.testing.assert_array_equal(card.total(given[other]), card.total(x))


@pytest.mark.parametrize("other", ["pandas nullable", "polars", "pyarrow"])
def test_a_missing_column_is_refused_by_name(other: str, people: People, card: Scorecard) -> None:
    given = OTHERS[other](people[0]) if other == "pandas nullable" else OTHERS[other](people[0].drop(columns="home"))
    given = given.drop(columns="home") if isinstance(given, pd.DataFrame) else given
    with pytest.raises(ValueError, match=r"(?s)Feature names seen at fit time, yet now missing.*home"):
        card.total(given)


@pytest.mark.parametrize("other", ["pandas nullable", "polars", "pyarrow"])
def test_columns_in_another_order_are_refused(other: str, people: People, card: Scorecard) -> None:
    given = OTHERS[other](people[0][["visits", "income", "home", "member"]])
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        card.total(given)


def test_a_card_of_arrays_refuses_another_number_of_columns() -> None:
    x = np.arange(200.0).reshape(-1, 2)
    fitted = Scorecard(method="logistic").fit(x, [0, 1] * 50)
    with pytest.raises(ValueError, match="X has 3 features, but Scorecard is expecting 2 features"):
        fitted.total(np.ones((2, 3)))


DATE = dt.date(2020, 1, 1)
REFUSED: dict[str, tuple[Callable[[int], Any], str]] = {
    "dates of pandas": (lambda n: pd.DataFrame({"since": [pd.Timestamp(DATE)] * n}), "Datetime"),
    "dates as objects": (lambda n: pd.DataFrame({"since": pd.Series([DATE] * n, dtype=object)}), "date"),
    "spans of time": (lambda n: pd.DataFrame({"since": [pd.Timedelta(1)] * n}), "Duration"),
    "dates of polars": (lambda n: pl.DataFrame({"since": [DATE] * n}), "Date"),
    "dates of Arrow": (lambda n: pa.table({"since": [DATE] * n}), "Date"),
    "lists": (lambda n: pl.DataFrame({"since": [[1, 2]] * n}), "List"),
    "complex numbers": (lambda n: pd.DataFrame({"since": [1j] * n}), "complex"),
    "text and numbers": (
        lambda n: pd.DataFrame({"since": pd.Series(["a", 1] * (n // 2), dtype=object)}),
        "text and int",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_column_of_another_kind_is_refused_by_name(kind: str) -> None:
    make, found = REFUSED[kind]
    with pytest.raises(BadInput, match="characteristic since") as refused:
        Scorecard().fit(make(20), [0, 1] * 10)
    assert found in refused.value.found
    assert "number" in refused.value.do


def test_dates_in_an_array_are_refused_by_number() -> None:
    with pytest.raises(BadInput, match="characteristic x1"):
        Scorecard().fit(np.array([[1, DATE], [2, DATE]] * 10, dtype=object), [0, 1] * 10)
    with pytest.raises(BadInput, match="characteristic x0"):
        Scorecard().fit(np.full((20, 2), np.datetime64("2020-01-01")), [0, 1] * 10)


def test_no_rows_are_scored_as_none(card: Scorecard, people: People) -> None:
    nobody = people[0].iloc[:0]
    assert card.total(nobody).shape == card.predict(nobody).shape == (0,)
    assert card.predict_proba(nobody).shape == (0, 2)
    assert card.points(nobody).shape == (0, len(card.table_.characteristics) + len(card.table_.crosses))
    assert card.explain(nobody) == []


@pytest.mark.parametrize("other", ["pandas objects", "pandas nullable", "polars", "pyarrow"])
@pytest.mark.parametrize(
    "column",
    [
        "income",
        "visits",
        "home",
        "member",
    ],
)
def test_a_column_that_is_all_missing_is_missing(column: str, other: str, people: People, card: Scorecard) -> None:
    x, _ = people
    (missing,) = (c.missing.points for c in card.table_.characteristics if c.name == column)
    alone = OTHERS[other](x.astype(object).assign(**{column: None}).iloc[[0]])
    assert np.asarray(card.points(alone)[column]).tolist() == [missing]


@pytest.mark.parametrize("other", ["pandas text", "polars", "pyarrow"])
def test_rows_score_the_same_alone_and_together(other: str, people: People, card: Scorecard) -> None:
    x = people[0].iloc[:40]
    alone = [card.total(OTHERS[other](x.iloc[[row]])).item() for row in range(len(x))]
    assert alone == card.total(x).tolist()


def test_whole_numbers_past_the_precision_of_doubles_are_taken(card: Scorecard, people: People) -> None:
    great = people[0].iloc[:1].assign(visits=2**53 + 1)
    assert {card.total(OTHERS[other](great)).item() for other in ("pandas objects", "polars", "pyarrow")} == {
        card.total(great).item()
    }


def test_points_of_nobody_to_tell_apart_still_have_a_row_each() -> None:
    still = pd.DataFrame({"still": np.ones(20)})
    assert len(Scorecard(method="logistic").fit(still, [0, 1] * 10).points(still)) == 20


def test_points_keep_the_labels_of_the_rows(card: Scorecard, people: People) -> None:
    x = people[0].iloc[5:9]
    assert card.points(x).index.tolist() == x.index.tolist()


def test_decimals_are_the_nearest_doubles() -> None:
    amounts = [Decimal("-99.99"), Decimal("-18.49"), Decimal("0.30"), None]
    of = pa.array(amounts, pa.decimal128(9, 2))
    for frame in (pa.table({"x": of}), pl.DataFrame({"x": of}), pd.DataFrame({"x": amounts})):
        found = columns_of(frame, ["x"], {"x"})["x"]
        assert found[:3].tolist() == [-99.99, -18.49, 0.3]
        assert np.isnan(found[3])
