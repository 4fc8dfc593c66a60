"""Parts for tests of the engines: a real DuckDB, and formulas run in it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goodstanding.engines import Duck, compile_characteristic, compile_measure, literal

# Worked examples give a value for each month, by age: {0: 5, 2: 7} is 5 in the as-of month and 7 two months before.
Ages = dict[int, int | None]


@pytest.fixture(scope="session")
def duck() -> Iterator[Duck]:
    """One DuckDB; every test makes its tables anew."""
    with Duck() as engine:
        yield engine


@pytest.fixture
def worked(duck: Duck) -> Callable[..., Any]:
    """What a characteristic gives over the statements of one person, with a measure x and a measure y."""

    def value(text: str, x: Ages, y: Ages | None = None) -> object:
        y = y or {}
        ages = sorted(x.keys() | y.keys())
        rows = [f"({age}, {literal(x.get(age))}::BIGINT, {literal(y.get(age))}::BIGINT)" for age in ages]
        relation = f"(VALUES {', '.join(rows)}) AS statements(age, x, y)"
        return duck.value(f"SELECT {compile_characteristic('example', text, ['x', 'y']).sql} FROM {relation}")

    return value


@pytest.fixture
def measured(duck: Duck) -> Callable[..., Any]:
    """What a measure gives over rows with a date a and a date b."""

    def value(text: str, a: Sequence[date | None], b: Sequence[date | None] | None = None) -> object:
        days = zip(a, b or [None] * len(a), strict=True)
        rows = ", ".join(f"({literal(x)}::DATE, {literal(y)}::DATE)" for x, y in days)
        sql = compile_measure("example", text, ["a", "b"], ["a", "b"]).sql
        return duck.value(f"SELECT {sql} FROM (VALUES {rows}) AS records (a, b)")

    return value


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """A CSV file of this content."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def rows_of(duck: Duck) -> Callable[[str], list[tuple[Any, ...]]]:
    """A table's rows, in order of line."""

    def read(table: str) -> list[tuple[Any, ...]]:
        found: Sequence[dict[str, Any]] = duck.rows(f"SELECT * FROM {table} ORDER BY line")
        return [tuple(row.values()) for row in found]

    return read
