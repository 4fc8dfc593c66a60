"""Reading the rows of a query beside rows that do not read: those are named, and the others read on.

SQLite lets any value into any column, and not every value of PostgreSQL is one of Python's: one of them, and the whole
query reads nothing. Then rows are read by where they lie, which no value of theirs has a say in: all, half of them, and
half of that, until one that does not read is alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Row,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    TextClause,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from goodstanding.errors import Damaged
from goodstanding.registry.row_digests import NOT_AS_WRITTEN, key_names, part_of_key
from goodstanding.wording import tr

# What a value that does not read makes of the library that reads it, of the database, and of ours.
UNREADABLE = (*NOT_AS_WRITTEN, SQLAlchemyError, Damaged)

Query: TypeAlias = "Select[*tuple[Any, ...]]"
Which: TypeAlias = ColumnElement[bool] | TextClause


@dataclass(frozen=True)
class Unread:
    """A row with a value that does not read, or lies otherwise than it is written.

    It has its key, each part as far as that itself reads, and all of it if all of it reads. `logged` has those of its
    columns that read, `why` what the first that does not raises; both only if it was read as one of a query.
    """

    key: str
    row: RowMapping | None = None
    logged: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    why: Exception = field(default_factory=Exception, compare=False)


def read_rows(connection: Connection, table: Table, query: Query) -> Iterator[Row[Any] | Unread]:
    """The rows of a query, in its order. `table` is the one whose rows they are, each of them once."""
    kinds = _kinds(connection, query)
    try:
        found = list[Row[Any]](connection.execute(query))
        # Only SQLite has values of another kind than their column's: they read, and are of no use to anybody.
        whole = all(_are_of(kinds, row) for row in found)
    except UNREADABLE:
        found, whole = [], False
    if whole:
        yield from found
        return
    address = literal_column(f'CAST("{table.name}".{_own(connection)} AS text)', Text)
    with apart(connection):
        places = list(connection.scalars(query.with_only_columns(address, maintain_column_froms=True)))
    yield from _lying_at(connection, table, query.limit(None).offset(None), kinds, places)


def mapping_of(table: Table, row: Row[Any]) -> Mapping[Any, Any]:
    """What a row of a query says, by the columns of the table that it has."""
    return {column.name: getattr(row, column.name) for column in table.columns if hasattr(row, column.name)}


def _lying_at(
    connection: Connection, table: Table, query: Query, kinds: Sequence[tuple[int, type]], places: Sequence[str]
) -> Iterator[Row[Any] | Unread]:
    if not places:
        return
    own = _own(connection)
    at = text(f'"{table.name}".{own} IN ({", ".join(_literal(place) for place in places)})')
    found: Sequence[Row[Any]] = []
    why: Exception | None = None
    try:
        with apart(connection):
            found = list[Row[Any]](connection.execute(query.where(at)))
    except UNREADABLE as error:
        why = error
    if why is None and all(_are_of(kinds, row) for row in found):
        yield from found
    elif len(places) == 1:
        lying = text(f'"{table.name}".{own} = {_literal(places[0])}')
        yield Unread(
            key_lying(connection, table, lying),
            logged=_logged(connection, table, lying),
            why=why or TypeError(tr("a value of another kind than its column's")),
        )
    else:
        half = len(places) // 2
        yield from _lying_at(connection, table, query, kinds, places[:half])
        yield from _lying_at(connection, table, query, kinds, places[half:])


def _own(connection: Connection) -> str:
    """Where a row lies; SQLite numbers the rows of every table."""
    return "ctid" if connection.dialect.name == "postgresql" else "rowid"


def _literal(place: str) -> str:
    return f"'{place}'" if place.startswith("(") else str(int(place))


def _kinds(connection: Connection, query: Query) -> Sequence[tuple[int, type]]:
    """The kinds of value that columns have, by their place, where the database lets others in and they read."""
    if connection.dialect.name == "postgresql":
        return []
    found = ((at, _kind(column)) for at, column in enumerate(query.selected_columns))
    return [(at, kind) for at, kind in found if kind is not None]


def _kind(column: ColumnElement[Any]) -> type | None:
    match column.type:
        case String():
            return str
        case Integer():
            return int
        case LargeBinary():
            return bytes
        case _:
            return None


def _are_of(kinds: Sequence[tuple[int, type]], row: Row[Any]) -> bool:
    return all(row[at] is None or isinstance(row[at], kind) for at, kind in kinds)


def _logged(connection: Connection, table: Table, lying: Which) -> dict[str, Any]:
    """What reads of a row, column by column."""
    found: dict[str, Any] = {}
    for column in table.columns:
        query = select(column).where(lying)
        try:
            with apart(connection):
                row = connection.execute(query).one()
        except UNREADABLE:
            continue
        if _are_of(_kinds(connection, query), row):
            found[column.name] = row[0]
    return found


def key_lying(connection: Connection, table: Table, lying: Which) -> str:
    """The key of one row, whatever its parts hold."""
    parts: list[str] = []
    for name in key_names(table):
        try:
            with apart(connection):
                parts.append(part_of_key(connection.execute(select(table.c[name]).where(lying)).scalar_one()))
        except UNREADABLE:
            parts.append(_as_it_lies(connection, table, name, lying))
    return "/".join(parts)


def _as_it_lies(connection: Connection, table: Table, name: str, lying: Which) -> str:
    """A value in printable signs."""
    if connection.dialect.name == "postgresql":
        query = select(literal_column(f'CAST("{name}" AS text)', Text)).select_from(table).where(lying)
        with apart(connection):
            return str(connection.scalar(query))
    lies = connection.scalar(
        select(func.hex(literal_column(f'"{name}"', Text), type_=Text)).select_from(table).where(lying)
    )
    return bytes.fromhex(str(lies)).decode("ascii", "backslashreplace")


def apart(connection: Connection) -> AbstractContextManager[Any]:
    """In PostgreSQL what goes wrong would end the whole transaction."""
    return connection.begin_nested() if connection.dialect.name == "postgresql" else nullcontext()
