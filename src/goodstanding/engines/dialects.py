"""A query for another engine."""

import sqlglot
from sqlglot.dialects import Dialects

from goodstanding.errors import BadInput
from goodstanding.wording import tr


def in_dialect(sql: str, dialect: str) -> str:
    """A query written for DuckDB as another engine writes it. Raises BadInput for a dialect that is not known."""
    known = sorted(d.value for d in Dialects if d.value)
    if dialect not in known:
        raise BadInput(
            tr("SQL dialect"), dialect, tr("one of {names}", names=", ".join(known)), tr("Name one of these.")
        )
    return sqlglot.transpile(sql, read="duckdb", write=dialect, pretty=True)[0] + "\n"
