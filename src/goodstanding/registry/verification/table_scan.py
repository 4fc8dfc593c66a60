"""Reading all rows of a table, also beside rows that do not read: those are named, and the others read on.

SQLite lets any value into any column, and not every value of PostgreSQL is one of Python's. Rows are read some thousand
at a time by where they lie, which no value of theirs has a say in; where that fails, one by one. What reads, but lies
otherwise than the program writes it, counts as what does not: the service does not find it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    Text,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)

from goodstanding.registry.row_digests import row_key
from goodstanding.registry.unreadable import UNREADABLE, Unread, Which, apart, key_lying
from goodstanding.registry.verification.value_forms import forms_of, written_otherwise

AT_A_TIME = 5_000
_BLOCKS = 1_024
_PLACE = "place_of_row"
_ADDRESS = "address_of_row"


Scanned: TypeAlias = RowMapping | Unread


def scanned_key(table: Table, row: Scanned) -> str:
    """A row's key as text."""
    return row.key if isinstance(row, Unread) else row_key(table, row)


def as_read(row: Scanned) -> RowMapping | None:
    """What a row says, if it reads."""
    return row.row if isinstance(row, Unread) else row


def scan(connection: Connection, table: Table) -> Iterator[Scanned]:
    """Every row of a table, in the order of where they lie. Raises SQLAlchemyError if there is no such table."""
    if connection.dialect.name == "postgresql":
        yield from _by_block(connection, table)
    else:
        # SQLite numbers the rows of every table.
        yield from _in_order(connection, table, literal_column("rowid"), true())


def scan_in_order(
    connection: Connection, column: Column[Any], which: ColumnElement[bool] | None = None
) -> Iterator[Scanned]:
    """Rows of a table in the order of a column of whole numbers; what holds something else comes last."""
    which = true() if which is None else which
    if connection.dialect.name == "postgresql":
        yield from _in_order(connection, column.table, column, which)
        return
    is_whole = func.typeof(column) == "integer"
    yield from _in_order(connection, column.table, column, and_(which, is_whole))
    yield from _in_order(connection, column.table, literal_column("rowid"), and_(which, is_whole.is_not(true())))


def _in_order(
    connection: Connection, table: Table, column: ColumnElement[Any], which: ColumnElement[bool]
) -> Iterator[Scanned]:
    # Where each row lies tells those of one number apart: none is passed over between two reads.
    own = "ctid" if connection.dialect.name == "postgresql" else "rowid"
    place, address = column.label(_PLACE), literal_column(f"CAST({own} AS text)", Text).label(_ADDRESS)
    more = which
    while True:
        some = select(place, address).select_from(table).where(more).order_by(column, literal_column(own))
        some = some.limit(AT_A_TIME)
        rows = some.with_only_columns(*_columns(connection, table), place, address)
        try:
            found: Sequence[RowMapping] = connection.execute(rows).mappings().all()
        except UNREADABLE:
            found = connection.execute(some).mappings().all()
            for row in found:
                yield from _one(connection, table, text(f"{own} = '{row[_ADDRESS]}'"))
        else:
            yield from _as_written(connection, table, found)
        if len(found) < AT_A_TIME or found[-1][_PLACE] is None:
            return
        last = found[-1]
        after = or_(column > last[_PLACE], text(f"{own} > '{last[_ADDRESS]}'"))
        more = and_(which, column >= last[_PLACE], after)


def _by_block(connection: Connection, table: Table) -> Iterator[Scanned]:
    """PostgreSQL says in which block of a table's file a row lies, and which there it is."""
    with connection.begin_nested():
        size = "SELECT pg_relation_size(CAST(:name AS regclass)) / CAST(current_setting('block_size') AS bigint)"
        blocks = connection.scalar(text(size), {"name": f'"{table.name}"'}) or 0
    for start in range(0, blocks + 1, _BLOCKS):
        within = text(f"ctid >= '({start},0)' AND ctid < '({start + _BLOCKS},0)'")
        try:
            with connection.begin_nested():
                rows = select(*_columns(connection, table)).where(within)
                found: Sequence[RowMapping] = connection.execute(rows).mappings().all()
        except UNREADABLE:
            places = select(literal_column("CAST(ctid AS text)", Text)).select_from(table).where(within)
            for place in list(connection.scalars(places)):
                yield from _one(connection, table, text(f"ctid = '{place}'"))
        else:
            yield from _as_written(connection, table, found)


def _columns(connection: Connection, table: Table) -> Sequence[ColumnElement[Any]]:
    """What is selected of a table: its values as they read, and beside them as they lie where that can differ."""
    return [*table.columns, *(form.lies for form in forms_of(connection.dialect, table) if form.lies is not None)]


def _as_written(connection: Connection, table: Table, rows: Sequence[RowMapping]) -> Iterator[Scanned]:
    otherwise = written_otherwise(forms_of(connection.dialect, table), rows)
    for at, row in enumerate(rows):
        yield Unread(row_key(table, row), row) if at in otherwise else row


def _one(connection: Connection, table: Table, own: Which) -> Iterator[Scanned]:
    try:
        with apart(connection):
            rows = select(*_columns(connection, table)).where(own)
            found = connection.execute(rows).mappings().all()
    except UNREADABLE:
        yield Unread(key_lying(connection, table, own))
    else:
        yield from _as_written(connection, table, found)
