"""A card's SQL gives the card's points: on DuckDB, PostgreSQL and SQLite, for any table and any rows."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from goodstanding.errors import BadInput
from goodstanding.scorecard import Attribute, Characteristic, Cross, PointsTable, Scorecard
from goodstanding.scorecard.levels import level_text

CardOf: TypeAlias = Callable[[PointsTable], Scorecard]
Ask: TypeAlias = Callable[[str, str, pa.Table, str], tuple[list[str], list[tuple[Any, ...]]]]
DIALECTS = ["duckdb", "spark", "postgres", "snowflake", "bigquery", "databricks", "redshift", "mysql", "clickhouse"]
# The engine and the way to make a card are the same for all examples.
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
points = st.integers(-90, 90)
numbers = (
    st.floats(-1e15, 1e15).map(lambda value: value + 0.0)
    | st.integers(-20, 20).map(float)
    | st.integers(-9999, 9999).map(lambda n: n / 100)
    | st.sampled_from([1e-300, -1e300, 0.1 + 0.2, 2.0**53, 1e22])
)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5) | st.sampled_from(
    ["it's", '"', "''", "žluť", "東京", "😀", "a\\b", "\\", "%", "NULL", " ", "", "1", "1.0", "true", "{x}", "--", "\n"]
)
KINDS = ["double", "int", "bool", "text", "real", "decimal"]
ENGINES = ["duckdb", "sqlite", "postgres"]
ROWS = 24


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def _attribute(draw: st.DrawFn, least: float | None = None, levels: tuple[Any, ...] | None = None) -> Attribute:
    return Attribute(least, levels, draw(points))


@st.composite
def _characteristics(draw: st.DrawFn, name: str, kind: str) -> Characteristic:
    missing = Attribute(points=draw(points))
    if kind == "text":
        levels = draw(st.lists(words, max_size=8, unique=True))
        ends = sorted(draw(st.lists(st.integers(0, len(levels)), max_size=3)))
        special, *groups = [
            tuple(levels[start:end]) for start, end in zip([0, *ends], [*ends, len(levels)], strict=True)
        ]
        return Characteristic(
            name,
            "",
            tuple(_attribute(draw, levels=group) for group in groups),
            tuple(_attribute(draw, levels=(level,)) for level in special),
            missing,
            _attribute(draw),
        )
    special = draw(st.lists(numbers, max_size=2, unique=True))
    cuts = sorted(draw(st.lists(numbers, max_size=4, unique=True)))
    ranges = tuple(_attribute(draw, least=cut) for cut in [None, *cuts])
    return Characteristic(name, "", ranges, tuple(_attribute(draw, levels=(value,)) for value in special), missing)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[PointsTable, list[str]]:
    """A table of up to four characteristics, with crosses, and the kinds of their columns."""
    names = draw(
        st.lists(st.sampled_from(["x", "two words", 'q"t', "it's", "ž", "select"]), min_size=1, max_size=4, unique=True)
    )
    kinds = [draw(st.sampled_from(KINDS)) for _ in names]
    parts = tuple(draw(_characteristics(name, kind)) for name, kind in zip(names, kinds, strict=True))
    crosses: list[Cross] = []
    for row, column in pairwise(parts):
        if draw(st.booleans()):
            shape = len(row.all_attributes), len(column.all_attributes)
            cells = tuple(tuple(draw(points) for _ in range(shape[1])) for _ in range(shape[0]))
            crosses.append(Cross(f"{row.name} x {column.name}", "", row.name, column.name, cells))
    base = draw(st.integers(300, 1000))
    return PointsTable(base, (350, 950), 650, 20, 40, parts, tuple(crosses)), kinds


def _values(draw: Callable[[Any], Any], characteristic: Characteristic, kind: str) -> pa.Array:
    """ROWS values in any order: each that is named or a cut, its neighbours, missing both ways, and any others."""
    named = [value for attribute in characteristic.all_attributes for value in attribute.levels or ()]
    at = [*named, *(attribute.least for attribute in characteristic.attributes if attribute.least is not None)]
    if kind == "text":
        kept, others, typed = [*named, None, "never seen"], words | st.none(), pa.string()
    elif kind == "bool":
        kept, others, typed = [True, False, None], st.booleans(), pa.bool_()
    elif kind == "int":
        kept = [int(v) + d for v in at if abs(v) < 2**52 for d in (-1, 0, 1)] + [None, 0]
        others, typed = st.integers(-(2**53), 2**53) | st.integers(-20, 20), pa.int64()
    elif kind == "real":
        kept = [float(np.float32(v)) for v in at if abs(v) < 1e30] + [float("nan"), None, 0.1]
        others, typed = st.floats(width=32, allow_nan=False, allow_infinity=False), pa.float32()
    elif kind == "decimal":
        kept = [Decimal(round(100 * v)) / 100 for v in at if abs(v) < 1e6] + [None]
        others, typed = st.integers(-9999, 9999).map(lambda n: Decimal(n) / 100), pa.decimal128(9, 2)
    else:
        kept = [float(v) for cut in at for v in (cut, np.nextafter(cut, -np.inf), np.nextafter(cut, np.inf))]
        kept += [float("nan"), None, -0.0]
        others, typed = numbers, pa.float64()
    values = kept + draw(st.lists(others, min_size=ROWS - len(kept), max_size=ROWS - len(kept)))
    draw(st.randoms(use_true_random=False)).shuffle(values)
    return pa.array(values, typed, from_pandas=False)


def _agree(ask: Ask, dialect: str, card: Scorecard, x: pa.Table, relation: str = "applicants") -> None:
    names, rows = ask(dialect, relation, x, card.to_sql(dialect, relation))
    expected = card.points(x)
    assert names == [*x.column_names, *(f"points_{name}" for name in expected.column_names), "score"]
    found = list(zip(*rows, strict=True))[len(x.column_names) :]
    for name, column in zip(expected.column_names, found, strict=False):
        assert list(column) == expected[name].to_pylist(), name
    assert list(found[-1]) == card.total(x).tolist()


@often
@given(data=st.data(), made=_tables())
@pytest.mark.parametrize("dialect", ENGINES)
def test_the_query_gives_the_points_of_any_table_on_every_engine(
    dialect: str, ask: Ask, card_of: CardOf, data: st.DataObject, made: tuple[PointsTable, list[str]]
) -> None:
    table, kinds = made
    columns = {c.name: _values(data.draw, c, kind) for c, kind in zip(table.characteristics, kinds, strict=True)}
    _agree(ask, dialect, card_of(table), pa.table(columns))


@pytest.mark.parametrize("dialect", ENGINES)
def test_the_query_gives_the_points_of_a_fitted_card(
    dialect: str, ask: Ask, card: Scorecard, newcomers: pd.DataFrame, people: tuple[pd.DataFrame, np.ndarray]
) -> None:
    for x in (newcomers, people[0]):
        _agree(ask, dialect, card, pa.Table.from_pandas(x, preserve_index=False), '"people ""in"" line"')


def test_numbers_of_any_type_are_read_as_doubles(engine: duckdb.DuckDBPyConnection, card_of: CardOf) -> None:
    ranges = (Attribute(None, points=1), Attribute(0.3, points=2), Attribute(7.0, points=3))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("x", "", ranges),)))
    for kind, values in {"DECIMAL(9, 4)": "0.2999, 0.3, 7", "TINYINT": "0, 1, 7", "REAL": "0.2, 0.5, 7"}.items():
        engine.sql(f"CREATE OR REPLACE TABLE gathered AS SELECT CAST(unnest([{values}]) AS {kind}) AS x")
        assert [row[1] for row in engine.sql(card.to_sql(relation="gathered")).fetchall()] == [1, 2, 3]


CODES: dict[str, pa.Array] = {
    "int": pa.array([1, 0, 10, 25, None], pa.int64()),
    "double": pa.array([1.0, 0.0, 10.0, 2.5, None], pa.float64()),
    "real": pa.array([1.0, 0.0, 10.0, 2.5, None], pa.float32()),
    "decimal": pa.array(
        [Decimal("1.00"), Decimal("0.00"), Decimal("10.00"), Decimal("2.50"), None], pa.decimal128(9, 2)
    ),
    "bool": pa.array([True, False, True, False, None], pa.bool_()),
    "text": pa.array(["1", "0", "10", "2.5", None]),
    "text of doubles": pa.array(["1.0", "0.00", "10.0", "2.50", None]),
    "text of booleans": pa.array(["true", "False", "TRUE", "other", None]),
}


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("dialect", ENGINES)
def test_a_level_that_is_a_number_is_the_same_in_any_type_of_column(
    dialect: str, kind: str, ask: Ask, card_of: CardOf
) -> None:
    levels = tuple(Attribute(None, (level,), points) for points, level in enumerate(["0", "1", "2.5", "10"], 1))
    part = Characteristic("code", "", levels, (), Attribute(points=7), Attribute(points=9))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (part,)))
    x = pa.table({"code": CODES[kind]})
    assert card.points(x)["code"].to_pylist()[:2] == [2, 1]
    _agree(ask, dialect, card, x)


NUMBERED = ["0", "1", "2", "-3", "7.0", "1.5", "0.30000000000000004", "10000000", "1e-05", "100000000000000000000"]
OF_CODES: dict[str, tuple[pa.DataType, Callable[[float], Any]]] = {
    "double": (pa.float64(), float),
    "real": (pa.float32(), lambda code: float(np.float32(code))),
    "decimal": (pa.decimal128(9, 2), lambda code: Decimal(round(100 * code) if abs(code) < 1e6 else 0) / 100),
    "whole": (pa.int64(), lambda code: int(code) if abs(code) < 2**53 else 0),
    "true and false": (pa.bool_(), bool),
    "text": (pa.string(), lambda code: repr(float(code))),
}


@often
@given(
    levels=st.lists(st.sampled_from(NUMBERED), min_size=1, max_size=8, unique=True),
    values=st.lists(st.none() | st.sampled_from([*NUMBERED, "0.3", "5"]), min_size=ROWS, max_size=ROWS),
    kind=st.sampled_from(list(OF_CODES)),
)
@pytest.mark.parametrize("dialect", ENGINES)
def test_a_level_that_is_a_number_is_known_in_a_column_of_any_type(
    dialect: str, ask: Ask, card_of: CardOf, levels: list[str], values: list[str | None], kind: str
) -> None:
    typed, make = OF_CODES[kind]
    # In a real a level is the double that the real is.
    named = [level_text(float(np.float32(one))) or "" for one in levels] if kind == "real" else levels
    groups = tuple(Attribute(levels=(level,), points=10 * at) for at, level in enumerate(dict.fromkeys(named), 1))
    code = Characteristic("code", "", groups, missing=Attribute(points=-5), other=Attribute(points=-90))
    given = [None if one is None else make(float(one)) for one in values]
    x = pa.table({"code": pa.array(given, typed)})
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (code,)))
    _agree(ask, dialect, card, x)
    found = card.points(x)["code"].to_pylist()
    for number, value in zip(given, found, strict=True):
        same = [g.points for g in groups for level in g.levels or () if number and float(level) == float(number)]
        if number is None or number:
            assert value == (-5 if number is None else (same or [-90])[0])


@pytest.mark.parametrize("dialect", ENGINES)
def test_text_that_is_no_number_stays_text_beside_levels_that_are(dialect: str, ask: Ask, card_of: CardOf) -> None:
    groups = tuple(Attribute(levels=(level,), points=at) for at, level in enumerate(["1", "x", "abc.", "2", "2.0"], 1))
    code = Characteristic("code", "", groups, missing=Attribute(points=-5), other=Attribute(points=-90))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (code,)))
    words = ["1", "x", "1.00", "true", "01", "1..0", "x.0", "abc.0", "2", "2.0", "2.00", "NaN", "", None]
    x = pa.table({"code": words})
    assert card.points(x)["code"].to_pylist() == [1, 2, 1, 1, -90, -90, -90, -90, 4, 5, -90, -90, -90, -5]
    _agree(ask, dialect, card, x)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_nan_in_a_column_of_levels_is_missing(dialect: str, ask: Ask, card_of: CardOf) -> None:
    groups = (Attribute(levels=("1",), points=1), Attribute(levels=("2",), points=2))
    code = Characteristic("code", "", groups, missing=Attribute(points=-5), other=Attribute(points=-90))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (code,)))
    for kind in (pa.float64(), pa.float32()):
        x = pa.table({"code": pa.array([float("nan"), None, 1.0, 3.0], kind, from_pandas=False)})
        assert card.points(x)["code"].to_pylist() == [-5, -5, 1, -90]
        _agree(ask, dialect, card, x)


def test_nan_and_null_are_both_missing(ask: Ask, card_of: CardOf) -> None:
    ranges = (Attribute(None, points=1), Attribute(0.5, points=2))
    part = Characteristic("x", "", ranges, (Attribute(levels=(9.0,), points=4),), Attribute(points=3))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (part,)))
    x = pa.table({"x": pa.array([float("nan"), None, 0.0, 1.0, 9.0], pa.float64(), from_pandas=False)})
    assert x["x"].null_count == 1
    assert card.points(x)["x"].to_pylist() == [3, 3, 1, 2, 4]
    for dialect in ENGINES:
        _agree(ask, dialect, card, x)


def test_the_score_is_held_inside_the_range(engine: duckdb.DuckDBPyConnection, card_of: CardOf) -> None:
    ranges = (Attribute(None, points=-500), Attribute(0.0, points=-1), Attribute(1.0, points=500))
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, (Characteristic("x", "", ranges),)))
    engine.sql("CREATE OR REPLACE TABLE gathered AS SELECT unnest([-1.0, 0.5, 1.0, NULL]) AS x")
    assert engine.sql(f"SELECT score FROM ({card.to_sql(relation='gathered')})").fetchall() == [
        (350,),
        (599,),
        (950,),
        (600,),
    ]


def test_a_card_without_characteristics_is_its_base(engine: duckdb.DuckDBPyConnection, card_of: CardOf) -> None:
    card = card_of(PointsTable(600, (350, 950), 650, 20, 40, ()))
    engine.sql("CREATE OR REPLACE TABLE gathered AS SELECT 1 AS x")
    assert engine.sql(card.to_sql(relation="gathered")).fetchall() == [(1, 600)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_reads_its_query_again(dialect: str, card: Scorecard) -> None:
    text = card.to_sql(dialect, "people in line")
    (query,) = sqlglot.parse(text, read=dialect)
    assert isinstance(query, exp.Select)
    assert sqlglot.parse_one(query.sql(dialect), read=dialect) == query
    assert [table.name for table in query.find_all(exp.Table)] == ["people in line"]
    points = [f"points_{name}" for name in card.points(pd.DataFrame({n: [] for n in card.feature_names_in_}))]
    inner = query.find(exp.Subquery)
    assert inner is not None
    assert inner.this.named_selects == ["*", *points]
    assert query.named_selects == ["*", "score"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_levels_and_names_come_through_every_dialect(dialect: str, card_of: CardOf) -> None:
    levels = ("it's", 'say "x"', "back\\slash", "\\", "''", "žluť 東京 😀", "", "a`b", "--", "/* */")
    home = Characteristic('ho"me`s', "", (Attribute(levels=levels, points=5),), other=Attribute(points=-5))
    text = card_of(PointsTable(600, (350, 950), 650, 20, 40, (home,))).to_sql(dialect)
    query = sqlglot.parse_one(text, read=dialect)
    (among,) = query.find_all(exp.In)
    assert tuple(literal.this for literal in among.expressions) == levels
    assert {column.name for column in among.find_all(exp.Column)} == {'ho"me`s'}


# Of these, only the first four have the function that DuckDB's isnan is written as.
HAVE_NOT_A_NUMBER = {"duckdb": "ISNAN(", "spark": "ISNAN(", "bigquery": "IS_NAN(", "databricks": "ISNAN("}


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "mysql", "redshift"])
def test_no_dialect_is_asked_for_a_function_it_has_not(dialect: str, card: Scorecard) -> None:
    text = card.to_sql(dialect).upper()
    assert "IS_NAN(" not in text
    assert "ISNAN(" not in text


@pytest.mark.parametrize("dialect", HAVE_NOT_A_NUMBER)
def test_not_a_number_is_missing(dialect: str, card: Scorecard) -> None:
    assert HAVE_NOT_A_NUMBER[dialect] in card.to_sql(dialect)


@pytest.mark.parametrize("dialect", ["", "sql", "DuckDB", "postgresql"])
def test_a_dialect_that_is_not_known_is_refused(dialect: str, card: Scorecard) -> None:
    with pytest.raises(BadInput, match="SQL dialect") as refused:
        card.to_sql(dialect)
    assert "snowflake" in refused.value.expected
