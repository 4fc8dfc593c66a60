"""What nobody furnished is not known: words over the months for which a table is furnished, by worked example.

`x` and the level `z` are measures of a table t, `y` of a table u. A dict gives their values by age in months; t and u
have a record in a month where they have a value, and in those that an example names (`t`, `u`). As in statements, x
and y are 0 and z is not known in a month in which the other table alone has a record. `ended` is when feeds ended.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from goodstanding.engines import (
    Counted,
    Duck,
    compile_characteristic,
    compile_condition,
    furnished_sql,
    literal,
    on_file_sql,
)
from goodstanding.engines.spark import Spark
from goodstanding.errors import BadProgramme

Example = dict[str, Any]

COUNTED = {"x": Counted("t", zero=True), "z": Counted("t", zero=False), "y": Counted("u", zero=True)}
EXAMPLES: list[Example] = yaml.safe_load((Path(__file__).parent / "furnished.yaml").read_text(encoding="utf-8"))
IN_A_YEAR = [
    "sum(within(12, x))",
    "min(within(12, x))",
    "max(within(12, x))",
    "months_with(12, x)",
    "month_share(12, x)",
    "months_since(12, x)",
    "monthly(12, x)",
    "average(12, x)",
    "volatility(12, x)",
    "trend(12, x)",
    "sum(within(12, z))",
    "max(within(12, z))",
    "average(12, z)",
]
EVER = ["sum(x)", "min(x)", "max(x)", "months_since_first(x)", "max(z)"]
OF_BOTH = ["sum(within(12, x)) + sum(within(12, y))", "share(monthly(12, x), monthly(12, y))"]
ROWS_OF_TWO = ["monthly(12, x + y)", "average(6, x - y)", "sum(within(12, x + y))", "max(greatest(x, y))"]
COUNTS = ["count(x)", "count(within(12, x))", "share(sum(within(12, x)), months_on_file())"]


def relation(example: Example) -> str:
    """The rows of an example: statements, and one for each feed that ended."""
    values = {name: example.get(name) or {} for name in ("x", "z", "y")}
    of_t = {*(example.get("t") or []), *values["x"], *values["z"]}
    of_u = {*(example.get("u") or []), *values["y"]}
    rows = [
        (
            age,
            int(age in of_t),
            int(age in of_u),
            values["x"].get(age, 0),
            values["z"].get(age),
            values["y"].get(age, 0),
        )
        for age in sorted(of_t | of_u)
    ]
    ended = example.get("ended") or {}
    rows += [(age, -(table == "t"), -(table == "u"), 0, None, 0) for table, age in ended.items()]
    said = ", ".join(f"({', '.join(f'CAST({literal(value)} AS BIGINT)' for value in row)})" for row in rows)
    return f"(VALUES {said}) AS statements (age, t_records, u_records, x, z, y)"


def query(number: int, example: Example) -> str:
    """SQL of an example's number and of what it gives."""
    sql = compile_characteristic("example", example["text"], COUNTED, counted=COUNTED).sql
    return (
        f"SELECT {number} AS number, {furnished_sql('t')}, {furnished_sql('u')}, {on_file_sql('tu')}, "
        f"CAST({sql} AS DOUBLE) AS gives FROM {relation(example)}"
    )


def given(duck: Duck, example: Example) -> Any:
    return duck.value(f"SELECT gives FROM ({query(0, example)}) AS e")


def queries() -> Iterator[str]:
    for number, example in enumerate(EXAMPLES):
        yield f"SELECT number, gives FROM ({query(number, example)}) AS e"


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda e: f"{e['text']} of " + ", ".join(f"{k} {e[k]}" for k in "xzytu" if k in e)
)
def test_a_word_gives_what_its_example_says(duck: Duck, example: Example) -> None:
    expected = example["gives"]
    assert given(duck, example) == (None if expected is None else pytest.approx(expected, rel=1e-15))


@pytest.mark.parametrize("text", [*IN_A_YEAR, *EVER, *OF_BOTH, *COUNTS])
def test_of_a_table_that_nobody_furnished_no_word_gives_anything(duck: Duck, text: str) -> None:
    assert given(duck, {"text": text, "y": {0: 5, 3: 7, 11: 9}}) is None


@pytest.mark.parametrize("text", [*IN_A_YEAR, *OF_BOTH, "count(within(12, x))"])
def test_of_a_table_whose_feed_ended_before_the_months_asked_about_no_word_gives_anything(
    duck: Duck, text: str
) -> None:
    example = {"text": text, "x": {30: 1, 13: 1}, "z": {13: 1}, "y": {0: 5, 13: 7}, "ended": {"t": 12}}
    assert given(duck, example) is None


@pytest.mark.parametrize("text", ROWS_OF_TWO)
def test_a_row_of_two_tables_has_no_value_where_one_is_not_furnished_so_it_is_refused(text: str) -> None:
    with pytest.raises(BadProgramme, match="measures of one table"):
        compile_characteristic("example", text, COUNTED, counted=COUNTED)


def test_sums_of_two_tables_are_over_months_of_their_own_so_no_share_of_one_in_the_other_is_taken() -> None:
    text = "share(sum(within(12, x)), sum(within(12, y)))"
    with pytest.raises(BadProgramme, match="monthly"):
        compile_characteristic("example", text, COUNTED, counted=COUNTED)


@pytest.mark.parametrize(
    "text", ["sum(x * x)", "sum(within(12, 100 * x * 100))", "max(x * (2 * z))", "sum(x + 10000000000000000)"]
)
def test_no_row_grows_beyond_what_an_engine_adds_up(text: str) -> None:
    with pytest.raises(BadProgramme, match="up to"):
        compile_characteristic("example", text, COUNTED, counted=COUNTED)


def test_products_of_sums_may_be_of_any_size(duck: Duck) -> None:
    example = {"text": "max(within(12, x)) * max(within(12, x))", "x": {0: 10**15}}
    assert given(duck, example) == pytest.approx(1e30)


def test_an_address_of_long_ago_is_no_month_on_file(duck: Duck) -> None:
    rows = "(VALUES (0, 1, 0), (1, 1, 0), (80, 0, 1)) AS statements (age, dues_records, details_records)"
    assert duck.value(f"SELECT file_months FROM (SELECT {on_file_sql(['details', 'dues'])} FROM {rows})") == 2


@pytest.mark.parametrize("text", [*IN_A_YEAR, *EVER])
def test_what_another_table_says_changes_no_word(duck: Duck, text: str) -> None:
    own = {"text": text, "x": {0: 4, 1: 0, 3: 9, 4: 2, 11: 1}, "z": {0: -3, 3: 8}}
    alone = given(duck, own)
    assert alone is not None
    assert given(duck, own | {"y": {0: 1, 2: 7, 30: 5}}) == alone


@pytest.mark.parametrize(
    ("x", "ended", "columns"),
    [
        ({0: 1, 3: 1}, {}, (4, 0)),
        ({2: 1, 3: 0}, {}, (4, 0)),
        ({}, {}, (0, 0)),
        ({5: 1, 3: 1}, {"t": 3}, (6, 3)),
        ({5: 1, 1: 1}, {"t": 3}, (6, 1)),
        ({5: 1, 0: 1}, {"t": 3}, (6, 0)),
    ],
    ids=["goes on", "a record of nothing", "never", "ended", "a record after the end", "a record now, after the end"],
)
def test_a_table_is_furnished_from_its_first_record_to_the_end_that_was_declared(
    duck: Duck, x: dict[int, int], ended: dict[str, int], columns: tuple[int, int]
) -> None:
    example = {"x": x, "y": {0: 1, 30: 1}, "ended": ended}
    (row,) = duck.rows(f"SELECT {furnished_sql('t')} FROM {relation(example)}")
    assert (row["furnished_t"], row["ended_t"]) == columns


def test_a_condition_on_what_nobody_furnished_is_neither_true_nor_false(duck: Duck) -> None:
    sql = compile_condition("example", "months_with(12, x) >= 2", COUNTED, counted=COUNTED).sql
    rows = relation({"y": {0: 1}})
    asked = f"SELECT {furnished_sql('t')}, {furnished_sql('u')}, {sql} AS holds FROM {rows}"
    assert duck.value(f"SELECT holds FROM ({asked}) AS c") is None


def test_spark_gives_the_same_to_the_last_bit(duck: Duck, spark: Spark) -> None:
    asked = f"{' UNION ALL '.join(queries())} ORDER BY number"
    assert [row["gives"] for row in spark.rows(asked)] == [row["gives"] for row in duck.rows(asked)]
