"""Spark gives each word what its example says, to the last bit of what DuckDB gives."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from goodstanding.engines import Duck, Engine, compile_characteristic, compile_measure, literal
from goodstanding.engines.spark import Spark
from goodstanding.engines.vocabulary import MEASURE_WORDS

SAID: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
EXAMPLES = [example for example in SAID if "text" in example]
DATES = ["2024-02-28", "2024-03-01", "1969-12-31", "2023-12-31", "2024-12-31", None]
MEASURES = [
    "max(days(a, b))",
    "min(days(a, b))",
    "sum(case when a < b then days(a, b) else 0 end)",
    "count(case when days(a, b) between 1 and 60 then 1 end)",
    "max(days(a, month_end(b)))",
    "sum(days(a, month_end(a)))",
    "count(case when a = month_end(a) then 1 end)",
]


def of_examples() -> Iterator[str]:
    """A query for each example: its number, and what it gives."""
    for number, example in enumerate(EXAMPLES):
        x, y = example["x"], example.get("y") or {}
        rows = [f"({age}, {_whole(x.get(age))}, {_whole(y.get(age))})" for age in sorted(x.keys() | y.keys())]
        sql = compile_characteristic("example", example["text"], ["x", "y"]).sql
        relation = f"(VALUES {', '.join(rows)}) AS statements (age, x, y)"
        yield f"SELECT {number} AS number, CAST({sql} AS DOUBLE) AS gives FROM {relation}"


def of_measures() -> Iterator[str]:
    """The same for measures, over every pair of dates."""
    dates = ", ".join(f"({_date(day)})" for day in DATES)
    pairs = f"(SELECT l.d AS a, r.d AS b FROM (VALUES {dates}) AS l (d) CROSS JOIN (VALUES {dates}) AS r (d)) AS pairs"
    for number, text in enumerate(MEASURES):
        sql = compile_measure("example", text, ["a", "b"], ["a", "b"]).sql
        yield f"SELECT {number} AS number, CAST({sql} AS DOUBLE) AS gives FROM {pairs}"


def _whole(value: int | None) -> str:
    return f"CAST({literal(value)} AS BIGINT)"


def _date(day: str | None) -> str:
    return f"CAST({literal(day)} AS DATE)"


def given(engine: Engine, queries: Sequence[str]) -> list[float | None]:
    return [row["gives"] for row in engine.rows(f"{' UNION ALL '.join(queries)} ORDER BY number")]


@pytest.mark.parametrize("queries", [of_examples, of_measures])
def test_both_engines_give_the_same_to_the_last_bit(
    duck: Duck, spark: Spark, queries: Callable[[], Iterator[str]]
) -> None:
    asked = list(queries())
    assert given(spark, asked) == given(duck, asked)


def test_measures_have_an_example_of_each_of_their_words() -> None:
    assert [word for word in MEASURE_WORDS if not any(f"{word}(" in text for text in MEASURES)] == []


def test_the_digest_of_a_column_is_the_same_whatever_the_order(duck: Duck, spark: Spark) -> None:
    said = [
        " UNION ALL ".join(f"SELECT {literal(text)} AS t" for text in texts)
        for texts in (["b", "ä", "a"], ["a", "b", "ä"])
    ]
    digests = {engine.digest(f"({sql}) AS said", "t") for engine in (duck, spark) for sql in said}
    assert len(digests) == 1
