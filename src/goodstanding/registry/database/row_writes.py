"""Writing rows, and counting that as many were written as were meant.

A trigger, a rule or a policy that somebody planted may swallow a row that is written, and a constraint that was dropped
may let two be written for one. The database says how many there were; nothing else would notice before the next check.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, delete, func, insert, select, update

from goodstanding.errors import NotReady
from goodstanding.wording import tr


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows. Raises NotReady unless that many were written."""
    if rows:
        _check(table, connection.execute(_insert(table), rows[0] if len(rows) == 1 else rows).rowcount, len(rows))


def update_rows(
    connection: Connection,
    table: Table,
    which: ColumnElement[bool],
    values: Mapping[str, Any],
    meant: int | Sequence[Mapping[str, Any]],
) -> None:
    """Change as many rows as are meant, or one for each set of parameters. Raises NotReady unless it did."""
    chosen = update(table).where(which)
    if isinstance(meant, int):
        _check(table, connection.execute(chosen, dict(values)).rowcount, meant)
    elif meant:
        _check(table, connection.execute(chosen.values(dict(values)), meant).rowcount, len(meant))


def delete_rows(connection: Connection, table: Table, which: ColumnElement[bool], meant: int | None = None) -> int:
    """Delete the rows that are there, or as many as are meant; gives how many. Raises NotReady unless it did."""
    if meant is None:
        # Looking costs no more than deleting what is mostly not there.
        meant = connection.scalar(select(func.count()).select_from(table).where(which)) or 0
    if meant:
        _check(table, connection.execute(delete(table).where(which)).rowcount, meant)
    return meant


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


def _check(table: Table, written: int, meant: int) -> None:
    if written != meant:
        raise NotReady(
            where=str(table.name),
            found=tr("rows written: {n}", n=written),
            expected=tr("rows written: {n}", n=meant),
            do=tr(
                "Nothing was changed. Something in the database stands in the way; run `{verb}`.",
                verb="standing verify",
            ),
        )
