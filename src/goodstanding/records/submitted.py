"""Single records as somebody submits them: held against the same checks as a file's rows, at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodstanding.engines import Duck, name
from goodstanding.records.characters import stored_form
from goodstanding.records.columns import check_columns
from goodstanding.records.feeds import text_columns
from goodstanding.records.row_checks import checked_sql
from goodstanding.records.tables import TABLES, Easing, Kind


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


def stored_row(table: str, values: Mapping[str, str]) -> dict[str, str]:
    """A row of text that passed the checks, as the records write it when they are read: 7 for 007, true for TRUE."""
    kinds = TABLES[table].kinds
    return {column: _as_stored(kinds.get(column), stored_form(text)) for column, text in values.items()}


def _as_stored(kind: Kind | None, text: str) -> str:
    match kind:
        case "integer" if re.fullmatch("-?[0-9]+", text):
            return str(int(text))
        case "flag" if text:
            return "true" if text.lower() in {"true", "1"} else "false"
        case _:
            return text


def open_until(table: str, values: Mapping[str, str]) -> date | None:
    """The day by which what a row speaks of is to be done, while it is not: after it time alone speaks against them.

    None where nothing is left to do. `values` is a row of text that passed the checks.
    """
    promise = TABLES[table].promise
    if promise is None or _value(values, "state") == "withdrawn" or _value(values, promise.done):
        return None
    return date.fromisoformat(_value(values, promise.by))


def no_worse(table: str, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether one version of a record is surely no worse for the person than another; both passed the checks.

    It says the same but for what was done: more of it, sooner, or done where it was not; or its day is a later one.
    """
    easing = TABLES[table].easing
    return all(
        old == new or (column in easing and _eases(easing[column], old, new))
        for column in {**before, **after}
        for old, new in [(_value(before, column), _value(after, column))]
    )


def _eases(how: Easing, old: str, new: str) -> bool:
    # Days as text, YYYY-MM-DD, come in their order.
    match how:
        case "later":
            return new >= old
        case "more":
            return int(new) >= int(old)
        case "sooner":
            return bool(new) and (not old or new <= old)


def _value(values: Mapping[str, str], column: str) -> str:
    return stored_form(values.get(column, ""))
