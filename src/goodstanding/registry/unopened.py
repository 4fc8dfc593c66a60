"""Rows that do not open, or do not read: a chore leaves each where it is, tells of it, and goes on with the rest.

Somebody changed it in the database, or the disk did. That is for whoever restores it from a copy; nobody else is to
wait for that, least of all who asked to be erased.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, func, select
from sqlalchemy.exc import DataError, IntegrityError, InvalidRequestError, OperationalError, SQLAlchemyError

from goodstanding.errors import Damaged, NotFound
from goodstanding.registry.database import portions, update_rows
from goodstanding.registry.keys import Keyring
from goodstanding.registry.row_digests import LoggedRow, logged_changed, row_digest, row_key
from goodstanding.registry.transactions import Registry, WriteTransaction
from goodstanding.registry.unreadable import UNREADABLE, Query, Unread, mapping_of, read_rows

# What is raised by a value that is not what was written, or by one that it names and that is gone. BadInput, and what
# a text raises that does not read, are ValueErrors. Of what the database raises, a fault of the statement is none, nor
# is one of its files, which says nothing of a row.
DAMAGE: tuple[type[Exception], ...] = (
    *(kind for kind in UNREADABLE if not issubclass(kind, (SQLAlchemyError, Damaged))),
    *(DataError, IntegrityError, InvalidRequestError, OperationalError),
    NotFound,
)

T = TypeVar("T")


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
    except DAMAGE as error:
        if left is None:
            raise
        known = [(table, mapping_of(table, row) if isinstance(row, Row) else row) for table, row in rows]
        table, row = next((one for one in known if not _opens(keyring, *one)), known[0])
        left.append(Unopened(str(table.name), row_key(table, row), str(error)))


def opened_rows(
    connection: Connection,
    table: Table,
    query: Query,
    read: Callable[[Row[Any]], T],
    left: list[Unopened] | None,
    *,
    most: int | None = None,
) -> list[T]:
    """What the rows of a query over a table say, but for those that do not read or open: `left` learns which.

    The query has the table's key. At most so many, of those that do. Raises what a row raises if there is no `left`.
    """
    found: list[T] = []
    start = 0
    while True:
        rows = list(read_rows(connection, table, query if most is None else query.offset(start).limit(most)))
        for row in rows:
            if len(found) == most:
                break
            if isinstance(row, Unread):
                leave_unopened(table, row, row.why, left)
                continue
            try:
                found.append(read(row))
            except DAMAGE as error:
                leave_unopened(table, row, error, left)
        if most is None or len(found) == most or len(rows) < most:
            return found
        start += most


def as_is(row: Row[Any]) -> Row[Any]:
    """A row as it was read."""
    return row


def leave_unopened(
    table: Table, row: Unread | Row[Any] | Mapping[Any, Any], why: Exception, left: list[Unopened] | None
) -> None:
    """Leave a row where it is: `left` learns of it and of what is wrong with it. Raises that if there is no `left`."""
    if left is None:
        raise why
    known = mapping_of(table, row) if isinstance(row, Row) else row
    left.append(Unopened(str(table.name), known.key if isinstance(known, Unread) else row_key(table, known), str(why)))


def one_by_one(
    transaction: WriteTransaction,
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
    for (one,) in opened_rows(transaction.connection, key.table, due, as_is, left):
        if done == most:
            break
        with leaving_unopened(transaction.keyring, left, (key.table, {key.name: one})):
            with transaction.step():
                work(one)
            done += 1
    return done


def in_turn(whose: Column[Any], *order: Column[Any]) -> list[ColumnElement[Any]]:
    """An order in which everybody's first comes before anybody's second: who has thousands puts nobody else off."""
    return [func.row_number().over(partition_by=whose, order_by=order), *order]


def until_none_is_left(registry: Registry, chore: Callable[..., int], left: list[Unopened] | None) -> int:
    """Do a chore that does so many rows at a time until it finds none, each time as a change of its own.

    Gives how many were done; `left` learns once of each row that does not open. Raises what the chore raises: what was
    done before is done.
    """
    done, met = 0, None if left is None else list[Unopened]()
    try:
        while some := registry.do(lambda transaction: chore(transaction, left=met)):
            done += some
    finally:
        if left is not None and met is not None:
            left += dict.fromkeys(met)
    return done


def update_opened(
    transaction: WriteTransaction,
    table: Table,
    column: Column[Any],
    keys: Iterable[object],
    left: list[Unopened] | None,
    **values: object,
) -> list[LoggedRow]:
    """Change the rows of these keys, but for those that do not open; gives what the log is to be told of them."""
    found: list[LoggedRow] = []
    for some in portions(keys):
        opened: list[object] = []
        for row in opened_rows(transaction.connection, table, select(table).where(column.in_(some)), as_is, left):
            with leaving_unopened(transaction.keyring, left, (table, row)):
                found.append(logged_changed(transaction.keyring, table, mapping_of(table, row), values))
                opened.append(getattr(row, column.name))
        if opened:
            update_rows(transaction.connection, table, column.in_(opened), values, len(opened))
    return found


def _opens(keyring: Keyring, table: Table, row: Mapping[Any, Any]) -> bool:
    try:
        row_digest(keyring, table, row)
    except DAMAGE:
        return False
    return True
