"""A card's columns are told apart by every engine that its exports may run on, and so are the columns they add."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.scorecard import Attribute, Characteristic, Cross, PointsTable, Scorecard

Ask: TypeAlias = Callable[[str, str, pa.Table, str], tuple[list[str], list[tuple[Any, ...]]]]
Found: TypeAlias = tuple[list[str], list[tuple[Any, ...]]]
ENGINES = ["duckdb", "sqlite", "postgres"]
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Short names that fall on each other, and long ones whose ends are cut off.
short = st.sampled_from(
    [
        "a",
        "A",
        "b",
        "x",
        "score",
        "Score",
        "points_a",
        "POINTS_A",
        "points_points_a",
        "a x b",
        "A X b",
        "points_a x b",
        "b x x",
        "ß",
    ]
)
long = st.tuples(
    st.sampled_from(["L" * 50, "l" * 56, "L" * 60, "年收入" * 8]), st.sampled_from(["", "1", "2", "年", "_2", " x a"])
)
names = st.lists(short | long.map("".join), min_size=1, max_size=6, unique=True)


def _fitted(columns: Sequence[str], *, crosses: int = 0) -> Scorecard:
    """A card on some columns of which all have points."""
    chance = np.random.default_rng(5)
    x = pd.DataFrame(chance.normal(size=(60, len(columns))), columns=list(columns))
    return Scorecard(method="logistic", crosses=crosses).fit(x, x.sum(axis=1) + chance.normal(size=60) > 0)


def _table(columns: Sequence[str]) -> PointsTable:
    """A points table on columns, each with its own points, and a cross of each with the next."""
    parts = tuple(
        Characteristic(name, "", (Attribute(None, points=i), Attribute(0.0, points=-3 * i)))
        for i, name in enumerate(columns)
    )
    cells = ((0, 0, 0), (0, 1, 2), (0, 3, 4))
    return PointsTable(
        600, (350, 950), 650, 20, 40, parts, tuple(Cross(f"{a} x {b}", "", a, b, cells) for a, b in pairwise(columns))
    )


@often
@given(columns=names)
def test_a_card_is_refused_or_gives_its_score_on_every_engine(
    columns: list[str], ask: Ask, card_of: Callable[[PointsTable], Scorecard]
) -> None:
    x = pa.table({name: pa.array([-1.0, 1.0, None]) for name in columns})
    card = card_of(_table(columns))
    try:
        Scorecard(method="logistic").fit(pd.DataFrame({name: [-1.0, 1.0] * 10 for name in columns}), [0, 1] * 10)
    except BadInput:
        with pytest.raises(BadInput, match="Rename it before fitting"):
            card.to_sql()
        return
    for dialect in ENGINES:
        found, rows = ask(dialect, "applicants", x, card.to_sql(dialect))
        added = found[len(columns) :]
        assert len({name.casefold() for name in found}) == len(found)
        assert added[-1] == "score"
        assert all(name.startswith("points_") for name in added[:-1])
        expected = card.points(x)
        for i, name in enumerate(expected.column_names):
            assert [row[len(columns) + i] for row in rows] == expected[name].to_pylist()
        assert [row[-1] for row in rows] == card.total(x).tolist()


@pytest.mark.parametrize(
    "columns",
    [
        ["age", "Age"],
        ["STRASSE", "straße"],
        ["x", "points_x"],
        ["x", "Points_X"],
        ["score", "x"],
        ["a", "b", "a x b"],
        ["a", "b", "points_a x b"],
        ["points_a", "b", "points_a x b"],
        ["a", "b x c", "a x b", "c"],
        ["q" * 63 + "1", "q" * 63 + "2"],
        ["年" * 21 + "甲", "年" * 21 + "乙"],
    ],
    ids=str,
)
def test_columns_that_some_engine_takes_for_one_are_refused_before_the_card_is_made(columns: list[str]) -> None:
    with pytest.raises(BadInput, match=r"^column .*: found the name .*Rename it before fitting") as refused:
        _fitted(columns)
    assert any(name in refused.value.where for name in columns)


@pytest.mark.parametrize(
    "columns", [["age", "aged"], ["points_x", "y"], ["scores", "total", "reason1"], ["a x c", "a", "b"]]
)
def test_other_columns_are_not(columns: list[str]) -> None:
    assert _fitted(columns).table_.characteristics


def test_long_names_are_cut_as_postgresql_cuts_them_and_stay_apart() -> None:
    columns = ["p" * 60 + "1", "p" * 60 + "2"]
    card = _fitted(columns, crosses=1)
    assert len(card.table_.characteristics) == 2
    text = card.to_sql("postgres")
    assert f'"points_{"p" * 56}"' in text
    assert f'"points_{"p" * 54}_2"' in text
    assert f'"points_{"p" * 60}1"' in card.to_sql("duckdb")


def test_an_output_of_the_model_is_never_named_as_a_characteristic() -> None:
    text = _fitted(["total", "reason1", "x"]).to_pmml()
    space = {"p": "http://www.dmg.org/PMML-4_4"}
    root = ET.fromstring(text.encode())  # noqa: S314 - our own text
    fields = [field.get("name") for field in root.findall("p:DataDictionary/p:DataField", space)]
    outputs = [field.get("name") for field in root.findall(".//p:Output/p:OutputField", space)]
    assert outputs == ["card_total", "score", "card_reason1", "reason2", "reason3", "reason4"]
    assert not {*fields} & {*outputs}
    (reference,) = root.findall(".//p:OutputField//p:FieldRef", space)
    assert reference.get("field") == "card_total"


RELATIONS = {
    "applicants": '"applicants"',
    "credit.applicants": '"credit"."applicants"',
    '"credit"."applicants"': '"credit"."applicants"',
    '"my.credit"."the ""new"" ones"': '"my.credit"."the ""new"" ones"',
    "`my.credit`.applicants": '"my.credit"."applicants"',
    '"a.b"': '"a.b"',
    "warehouse.credit.applicants": '"warehouse"."credit"."applicants"',
    "people in line": '"people in line"',
    'people "in" line': '"people ""in"" line"',
    "申请人": '"申请人"',
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_table_of_a_schema_is_read_part_by_part(relation: str, card: Scorecard) -> None:
    text = " ".join(card.to_sql("postgres", relation).split())
    assert f"FROM {RELATIONS[relation]}" in text


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_a_table_of_a_schema_is_scored(dialect: str, ask: Ask, card: Scorecard, newcomers: pd.DataFrame) -> None:
    x = pa.Table.from_pandas(newcomers, preserve_index=False)
    for relation, asked in (('"the.credit"."new.ones"', '"the.credit"."new.ones"'), ("credit.applicants",) * 2):
        _, rows = ask(dialect, asked, x, card.to_sql(dialect, relation))
        assert [row[-1] for row in rows] == card.total(x).tolist()


@pytest.mark.parametrize("relation", ["", ".", "a.", ".a", "a..b", '""', '"a', '"a"b', '"a".', "a.b.c.d", '"a".""'])
def test_a_relation_that_is_none_is_refused(relation: str, card: Scorecard) -> None:
    with pytest.raises(BadInput, match="relation: found"):
        card.to_sql("duckdb", relation)
