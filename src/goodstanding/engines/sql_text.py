"""Writing names and values into SQL text, safely."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from goodstanding.errors import BadInput
from goodstanding.wording import tr

# Catalogue, schema and table.
MOST_PARTS = 3
_PART = re.compile(r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^."`][^.]*', re.DOTALL)
_RELATION = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*", re.DOTALL)

_NO_PATTERN = str.maketrans({"*": "[*]", "?": "[?]", "[": "[[]"})


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def relation_name(text: str) -> str:
    """A relation's name, `table` or `schema.table` or `catalog.schema.table`, each part quoted.

    A part may come in double quotes or backticks, which are written twice inside, and then have dots of its own.
    Raises BadInput for an empty part, one that does not end, and more than three.
    """
    parts = [_unquoted(part) for part in _PART.findall(text)] if _RELATION.fullmatch(text) else []
    if not 1 <= len(parts) <= MOST_PARTS or "" in parts:
        raise BadInput(
            where=tr("relation"),
            found=repr(text),
            expected=tr("a table, or schema.table"),
            do=tr("Put a part that has dots or quotes of its own in double quotes."),
        )
    return ".".join(name(part) for part in parts)


def _unquoted(part: str) -> str:
    quote = part[:1]
    return part[1:-1].replace(2 * quote, quote) if quote in {'"', "`"} else part


def literal(value: str | float | date | None) -> str:
    """A value as SQL: text quoted, a date as DATE, None as NULL.

    >>> literal("O'Brien"), literal(date(2026, 6, 1)), literal(None)
    ("'O''Brien'", "DATE '2026-06-01'", 'NULL')
    """
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
    return literal(str(path).translate(_NO_PATTERN))


def files(paths: Iterable[Path]) -> str:
    """Parquet files as a relation; `month=...` in a path is a folder, not a column."""
    return "read_parquet([" + ", ".join(map(path_literal, paths)) + "], hive_partitioning = false)"
