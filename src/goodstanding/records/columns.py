"""Does a file have the columns of its table?"""

from collections.abc import Collection, Sequence

from goodstanding.errors import BadInput
from goodstanding.law import check_collected
from goodstanding.records.tables import Table
from goodstanding.wording import tr


def our_names(table: Table, columns: Collection[str]) -> dict[str, str]:
    """Columns that a file names in other letters, or with spaces about them, and what they are called here."""
    meant = {column: column.strip().casefold() for column in columns}
    return {column: ours for column, ours in meant.items() if ours in table.columns and ours != column}


def check_columns(table: Table, origin: str, columns: Collection[str], filled: Collection[str] = ()) -> None:
    """Raise AgainstTheLaw for a forbidden column, BadInput for one that is missing or unknown.

    `filled` are those of the columns that whoever is told of it does not send: they are not asked for.
    """
    check_collected(origin, columns)
    missing = [field.name for field in table.fields if field.required and field.name not in columns]
    unknown = sorted(set(columns) - set(table.columns))
    if missing:
        raise BadInput(
            where=origin,
            found=tr("no column {names}", names=", ".join(missing)),
            expected=tr("the columns {names}", names=", ".join(_asked(table, filled, required=True))),
            do=tr("Add it; docs/records.md says what it holds."),
        )
    if unknown:
        raise BadInput(
            where=origin,
            found=tr("the column {names}", names=", ".join(unknown)),
            expected=tr("only the columns {names}", names=", ".join(_asked(table, filled))),
            do=tr("Leave it out or rename it: nothing is kept that is not asked for."),
        )


def _asked(table: Table, filled: Collection[str], *, required: bool = False) -> Sequence[str]:
    """The columns that are asked for, all or the required ones."""
    return [field.name for field in table.fields if field.name not in filled and (field.required or not required)]
