"""Single records as somebody submits them: held against the same checks as a file's rows, at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Duck, name
from goodstanding.records.checking import checked_sql
from goodstanding.records.columns import check_columns
from goodstanding.records.feeds import text_columns
from goodstanding.records.tables import TABLES


@dataclass(frozen=True)
class Checked:
    """A submitted row: whether it speaks against the person; or a field that is wrong, what was found and expected."""

    adverse: bool
    field: str | None
    found: str | None
    expected: str | None


def check_submitted(
    table: str, rows: Sequence[Mapping[str, str]], today: date, currency: str | None = None
) -> list[Checked]:
    """Check rows of text by column for a table.

    Raises BadInput for a column that the table does not have or that is missing, AgainstTheLaw for one that may not be
    collected.
    """
    of = TABLES[table]
    present = list(dict.fromkeys(column for row in rows for column in row))
    check_columns(of, table, present)
    with Duck() as duck:
        duck.table("raw", text_columns(rows))
        duck.run(f"CREATE TABLE checked AS {checked_sql(of, 'raw', present, today, currency)}")
        adverse = f"coalesce({of.adverse or 'FALSE'}, FALSE)"
        found = duck.rows(f"SELECT {adverse} AS {name('adverse')}, field, found, expected FROM checked ORDER BY line")
    return [Checked(row["adverse"], row["field"], row["found"], row["expected"]) for row in found]
