"""Does a file have the columns of its table?"""

from collections.abc import Collection

from goodstanding.errors import BadInput
from goodstanding.law import check_collected
from goodstanding.records.tables import Table
from goodstanding.wording import tr


def our_names(table: Table, columns: Collection[str]) -> dict[str, str]:
    """Columns that a file names in other letters, or with spaces about them, and what they are called here."""
    meant = {column: column.strip().casefold() for column in columns}
    return {column: ours for column, ours in meant.items() if ours in table.columns and ours != column}


def check_columns(table: Table, origin: str, columns: Collection[str]) -> None:
    """Raise AgainstTheLaw for a forbidden column, BadInput for one that is missing or unknown."""
    check_collected(origin, columns)
    missing = [field.name for field in table.fields if field.required and field.name not in columns]
    unknown = sorted(set(columns) - set(table.columns))
    if missing:
        raise BadInput(
            origin,
            tr("no column {names}", names=", ".join(missing)),
            tr("the columns {names}", names=", ".join(field.name for field in table.fields if field.required)),
            tr("Add it; docs/records.md says what it holds."),
        )
    if unknown:
        raise BadInput(
            origin,
            tr("the column {names}", names=", ".join(unknown)),
            tr("only the columns {names}", names=", ".join(table.columns)),
            tr("Leave it out or rename it: nothing is kept that is not asked for."),
        )
