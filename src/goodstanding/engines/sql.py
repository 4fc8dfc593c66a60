"""Writing names and values into SQL text, safely."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | float | date | None) -> str:
    """A value as SQL: text quoted, a date as DATE, None as NULL."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return repr(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Values as a SQL list for IN: ('a', 'b')."""
    return "(" + ", ".join(literal(value) for value in values) + ")"


def path_literal(path: Path) -> str:
    """A file's path as text that is no pattern: DuckDB reads *, ? and [ in paths as such."""
    plain = {"*": "[*]", "?": "[?]", "[": "[[]"}
    return literal("".join(plain.get(character, character) for character in str(path)))


def files(paths: Iterable[Path]) -> str:
    """Parquet files as a relation; `month=...` in a path is a folder, not a column."""
    return "read_parquet([" + ", ".join(map(path_literal, paths)) + "], hive_partitioning = false)"
