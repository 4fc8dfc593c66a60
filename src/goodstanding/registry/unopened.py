"""Rows that do not open: a chore leaves each where it is, tells of it, and goes on with the rest.

Somebody changed it in the database, or the disk did. That is for whoever restores it from a copy; nobody else is to
wait for that, least of all who asked to be erased.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Row, Select, Table, select
from sqlalchemy.exc import NoResultFound

from goodstanding.errors import NotFound
from goodstanding.registry.changing import Change
from goodstanding.registry.database import portions, update_rows
from goodstanding.registry.keys import Keyring
from goodstanding.registry.rows import RowTold, row_digest, row_key, told

# What is raised by a value that is not what was written, or by one that it names and that is gone. BadInput, and what
# a text raises that does not read, are ValueErrors.
_DAMAGE = (ValueError, TypeError, LookupError, NoResultFound, NotFound)


@dataclass(frozen=True)
class Unopened:
    """A row that is left where it is: its table, its key, and what is wrong with it."""

    table: str
    key: str
    why: str = field(compare=False)


@contextmanager
def leaving_unopened(
    keyring: Keyring, left: list[Unopened] | None, *rows: tuple[Table, Row[Any] | Mapping[Any, Any]]
) -> Generator[None]:
    """Leave the block if one of the rows that it reads does not open: `left` learns which.

    Of a row that is not read yet its key will do. Raises what the row raises if there is no `left`.
    """
    try:
        yield
    except _DAMAGE as error:
        if left is None:
            raise
        known = [(table, _mapping(table, row) if isinstance(row, Row) else row) for table, row in rows]
        table, row = next((one for one in known if not _opens(keyring, *one)), known[0])
        left.append(Unopened(str(table.name), row_key(table, row), str(error)))


def one_by_one(
    change: Change,
    key: Column[Any],
    due: Select[Any],
    work: Callable[[Any], object],
    *,
    most: int,
    left: list[Unopened] | None,
) -> int:
    """Do some work with each row of a query by its key, all of it or nothing, but for rows that do not open.

    Gives how many were done, at most `most`: those that do not open are none of them.
    """
    done = 0
    for one in change.connection.scalars(due).all():
        if done == most:
            break
        with leaving_unopened(change.keyring, left, (key.table, {key.name: one})), change.step():
            work(one)
            done += 1
    return done


def update_opened(
    change: Change,
    table: Table,
    column: Column[Any],
    keys: Iterable[object],
    left: list[Unopened] | None,
    **values: object,
) -> list[RowTold]:
    """Change the rows of these keys, but for those that do not open; gives what the log is to be told of them."""
    found: list[RowTold] = []
    for some in portions(keys):
        opened: list[object] = []
        for row in change.connection.execute(select(table).where(column.in_(some))).mappings().all():
            with leaving_unopened(change.keyring, left, (table, row)):
                found.append(told(change.keyring, table, {**row, **values}))
                opened.append(row[column.name])
        if opened:
            update_rows(change.connection, table, column.in_(opened), values, len(opened))
    return found


def _mapping(table: Table, row: Row[Any]) -> Mapping[Any, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}


def _opens(keyring: Keyring, table: Table, row: Mapping[Any, Any]) -> bool:
    try:
        row_digest(keyring, table, row)
    except _DAMAGE:
        return False
    return True
