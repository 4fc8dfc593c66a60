"""Rows spoilt column by column, past the program: as somebody at the database would, or a disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType

from goodstanding.registry.row_digests import row_key


def spoil(engine: Engine, table: Table, rows: Sequence[ColumnElement[bool]]) -> list[tuple[str, str]]:
    """Spoil each row in another column, as long as there are both: gives the columns, and the keys the rows had.

    In SQLite a value of no kind that the column has, in PostgreSQL another one, as far as it lets one in.
    """
    assert len(rows) > len(table.columns), "one row at least is to be whole"
    found: list[tuple[str, str]] = []
    with engine.connect() as connection, _unchecked(connection):
        for column, own in zip(table.columns, rows, strict=False):
            before = connection.execute(select(table).where(own)).mappings().one()
            if _let_in(connection, column, own):
                found.append((str(column.name), row_key(table, before)))
        connection.commit()
    assert found
    return found


@contextmanager
def _unchecked(connection: Connection) -> Iterator[None]:
    """SQLite as who has the file opens it: it checks only what it is asked to."""
    if connection.dialect.name == "postgresql":
        yield
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys = off")
    raw.execute("PRAGMA ignore_check_constraints = on")
    yield
    raw.execute("PRAGMA foreign_keys = on")
    raw.execute("PRAGMA ignore_check_constraints = off")


def _let_in(connection: Connection, column: Column[Any], own: ColumnElement[bool]) -> bool:
    server = connection.dialect.name == "postgresql"
    value: Any = _other(column) if server else type_coerce(_of_no_kind(column), NullType())
    try:
        with connection.begin_nested():
            connection.execute(update(column.table).where(own).values({column: value}))
    except SQLAlchemyError:
        assert server
        return False
    return True


def _of_no_kind(column: Column[Any]) -> Any:
    return "zz" if isinstance(column.type, LargeBinary | Uuid | JSON) or column.name.endswith("_at") else b"\xff\xfe"


def _other(column: Column[Any]) -> Any:
    match column.type:
        case Uuid():
            return text("gen_random_uuid()")
        case LargeBinary():
            return b"\0\1" + bytes(30)
        case JSON():
            return {}
        case Integer():
            return 7
        case String():
            return "zz"
        case _:
            # A moment that no calendar of Python's has.
            return text("'infinity'")
