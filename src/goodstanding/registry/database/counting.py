"""Writing rows, and counting that as many were written as were meant.

A trigger, a rule or a policy that somebody planted may swallow a row that is written, and a constraint that was dropped
may let two be written for one. The database says how many there were; nothing else would notice before the next check.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Insert, Table, Update, delete, func, insert, select, update

from goodstanding.errors import NotReady
from goodstanding.wording import tr

# Without it the library forgets what the driver said of an INSERT.
_COUNTED = {"preserve_rowcount": True}


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows. Raises NotReady unless that many were written."""
    if rows:
        # One row is executed as one: many drivers count an array of one differently, and it costs more.
        written = connection.execute(insert(table), rows[0] if len(rows) == 1 else rows, execution_options=_COUNTED)
        _check(table, written.rowcount, len(rows))


def update_rows(
    connection: Connection,
    table: Table,
    which: ColumnElement[bool],
    values: Mapping[str, Any],
    meant: int | Sequence[Mapping[str, Any]],
) -> None:
    """Change as many rows as are meant, or one for each set of parameters. Raises NotReady unless it did."""
    statement = update(table).where(which).values(dict(values))
    if isinstance(meant, int):
        _execute(connection, table, statement, meant)
    elif meant:
        written = connection.execute(statement, meant, execution_options=_COUNTED)
        _check(table, written.rowcount, len(meant))


def delete_rows(connection: Connection, table: Table, which: ColumnElement[bool], meant: int | None = None) -> int:
    """Delete the rows that are there, or as many as are meant; gives how many. Raises NotReady unless it did."""
    if meant is None:
        # Looking costs no more than deleting what is mostly not there.
        meant = connection.scalar(select(func.count()).select_from(table).where(which)) or 0
    if meant:
        _execute(connection, table, delete(table).where(which), meant)
    return meant


def _execute(connection: Connection, table: Table, statement: Insert | Update | Delete, meant: int) -> None:
    _check(table, connection.execute(statement, execution_options=_COUNTED).rowcount, meant)


def _check(table: Table, written: int, meant: int) -> None:
    if written != meant:
        raise NotReady(
            str(table.name),
            tr("rows written: {n}", n=written),
            tr("rows written: {n}", n=meant),
            tr(
                "Nothing was changed. Something in the database stands in the way; run `{verb}`.",
                verb="standing verify",
            ),
        )
