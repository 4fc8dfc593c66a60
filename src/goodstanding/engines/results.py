"""What a compiled formula gives: a number, a condition, or something that no score can be made of."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Literal, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from goodstanding.engines.duck import Duck
from goodstanding.engines.sql_text import name
from goodstanding.errors import EngineFailed

Result: TypeAlias = Literal["number", "condition", "other"]

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = frozenset({*WHOLE, *(f"U{kind}" for kind in WHOLE), "FLOAT", "DOUBLE"})


@cache
def texts_in(text: str) -> tuple[str, ...]:
    """The texts that a formula quotes; none if it does not parse. DuckDB takes one for a number until it computes."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        return ()
    return tuple(found.name for found in tree.find_all(exp.Literal) if found.is_string)


def added_up_in(formula: str) -> frozenset[str]:
    """The columns that a compiled formula adds up or takes the least or greatest of: it may be as large."""
    aggregates = sqlglot.parse_one(formula, dialect="duckdb").find_all(exp.Sum, exp.Min, exp.Max)
    return frozenset(column.name for aggregate in aggregates for column in aggregate.find_all(exp.Column))


@lru_cache(maxsize=64)
def results_of(
    formulas: tuple[str, ...], columns: tuple[tuple[str, str], ...], beside: tuple[str, ...] = ()
) -> Sequence[tuple[Result, str]]:
    """What each compiled formula gives over statements with columns of SQL types, and the engine's own word for it.

    `beside` are columns of the result, as SQL, that formulas name. Where the engine refuses a formula, the first line
    of why stands for its word.
    """
    with Duck() as duck:
        typed = "".join(f", {name(column)} {kind}" for column, kind in columns if column != "age")
        duck.run(f"CREATE TEMP TABLE statements (age INTEGER{typed})")
        try:
            return _described(duck, formulas, beside)
        except EngineFailed:
            # One of them does not fit: each by itself says which.
            return [_alone(duck, formula, beside) for formula in formulas]


def _described(duck: Duck, formulas: Sequence[str], beside: Sequence[str]) -> list[tuple[Result, str]]:
    given = [f"{formula} AS {name(str(number))}" for number, formula in enumerate(formulas)]
    rows = duck.rows(f"DESCRIBE SELECT {', '.join([*beside, *given])} FROM statements")
    return [_kind(row["column_type"]) for row in rows[-len(formulas) :]]


def _alone(duck: Duck, formula: str, beside: Sequence[str]) -> tuple[Result, str]:
    try:
        return _described(duck, [formula], beside)[0]
    except EngineFailed as error:
        return "other", str(error.__cause__).strip().splitlines()[0]


def _kind(written: str) -> tuple[Result, str]:
    if written in _NUMBERS or written.startswith("DECIMAL"):
        return "number", written
    return ("condition" if written == "BOOLEAN" else "other"), written
