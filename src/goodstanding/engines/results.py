"""What a compiled formula gives: a number, a condition, or something that no score can be made of."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Literal, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from goodstanding.engines.duck import Duck
from goodstanding.engines.sql import name
from goodstanding.errors import EngineFailed

Result: TypeAlias = Literal["number", "condition", "other"]

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = frozenset({*_INTEGERS, *(f"U{kind}" for kind in _INTEGERS), "FLOAT", "DOUBLE"})


@cache
def texts_in(text: str) -> tuple[str, ...]:
    """The texts that a formula quotes; none if it does not parse. DuckDB takes one for a number until it computes."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        return ()
    return tuple(found.name for found in tree.find_all(exp.Literal) if found.is_string)


@lru_cache(maxsize=64)
def results_of(formulas: tuple[str, ...], columns: frozenset[str]) -> Sequence[tuple[Result, str]]:
    """What each compiled formula gives over whole numbers in columns, and the engine's own word for it.

    Where the engine refuses a formula, its first line of why stands for that word.
    """
    with Duck() as duck:
        _define(duck, columns)
        try:
            return _described(duck, formulas)
        except EngineFailed:
            # One of them does not fit: each by itself says which.
            return [_alone(duck, formula) for formula in formulas]


def _define(duck: Duck, columns: frozenset[str]) -> None:
    measures = "".join(f", {name(column)} BIGINT" for column in sorted(columns - {"age"}))
    duck.run(f"CREATE TEMP TABLE statements (age BIGINT{measures})")


def _described(duck: Duck, formulas: Sequence[str]) -> list[tuple[Result, str]]:
    columns = ", ".join(f"{formula} AS {name(str(number))}" for number, formula in enumerate(formulas))
    return [_kind(row["column_type"]) for row in duck.rows(f"DESCRIBE SELECT {columns} FROM statements")]


def _alone(duck: Duck, formula: str) -> tuple[Result, str]:
    try:
        return _described(duck, [formula])[0]
    except EngineFailed as error:
        return "other", str(error.__cause__).strip().splitlines()[0]


def _kind(written: str) -> tuple[Result, str]:
    if written in _NUMBERS or written.startswith("DECIMAL"):
        return "number", written
    return ("condition" if written == "BOOLEAN" else "other"), written
