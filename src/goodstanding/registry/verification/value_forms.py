"""The form in which a value lies: each is to lie as the program writes it.

The service looks values up as they lie, and a check reads them through their types. A key in capitals reads as the key
that it was, and is found by nobody who looks for it; so what was read is written again, and must give what lies there.
SQLite keeps a value of any kind in any column. PostgreSQL has one form for each value of its types, but for JSON, which
it keeps as it was given. The order of names in an object of JSON is no part of this: the program writes it as it reads.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    Uuid,
    cast,
    text,
    type_coerce,
)
from sqlalchemy.types import NullType

from goodstanding.registry.database import as_json
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.unreadable import UNREADABLE
from goodstanding.registry.verification.findings import Finding


@dataclass(frozen=True)
class Form:
    """How the values of a column are written: what the driver has for one that lies there, and how it comes about.

    `lies` is to be selected beside the column, under the name `name_lying`; None if reading changes nothing.
    """

    name: str
    name_lying: str
    lies: ColumnElement[Any] | None
    kind: type
    write: Callable[[Any], Any] | None

    def holds(self, read: object, lying: object) -> bool:
        """Whether a value lies as it is written. Nothing lies as NULL and as nothing else."""
        if read is None or lying is None:
            return read is lying
        if type(lying) is not self.kind:
            return False
        try:
            return self.write is None or bool(self.write(read) == lying)
        except UNREADABLE:
            return False


def verify_encoding(connection: Connection) -> Generator[Finding]:
    """An SQLite file in UTF-16, as the program makes none: there one sign can lie as different bytes."""
    if connection.dialect.name == "sqlite":
        encoding = connection.scalar(text("PRAGMA encoding"))
        if encoding != "UTF-8":
            yield Finding("database", str(encoding), "changed")


def forms_of(dialect: Dialect, table: Table) -> Sequence[Form]:
    """The forms of a table's columns, without those that a database of this kind keeps in one form only."""
    return [form for column in table.columns if (form := _form(dialect, column)) is not None]


def written_otherwise(forms: Sequence[Form], rows: Sequence[RowMapping]) -> set[int]:
    """Which of some rows, counted from 0, have a value that lies otherwise than it is written."""
    found: set[int] = set()
    for form in forms:
        holds, name, lying = form.holds, form.name, form.name_lying
        found.update(at for at, row in enumerate(rows) if not holds(row[name], row[lying]))
    return found


def _form(dialect: Dialect, column: Column[Any]) -> Form | None:
    name, server = str(column.name), dialect.name == "postgresql"
    if server and not isinstance(column.type, JSON):
        return None
    match column.type:
        case JSON():
            as_it_lies = cast(column, Text) if server else type_coerce(column, NullType())
            return _converted(name, as_it_lies, as_json)
        case Uuid() | UtcTime():
            write = column.type.dialect_impl(dialect).bind_processor(dialect)
            return _converted(name, type_coerce(column, NullType()), write)
        case String():
            return Form(name, name, None, str, None)
        case Integer():
            return Form(name, name, None, int, None)
        case LargeBinary():
            return Form(name, name, None, bytes, None)
        case _:
            raise NotImplementedError(f"{column}: in which form its values lie")


def _converted(name: str, lies: ColumnElement[Any], write: Callable[[Any], Any] | None) -> Form:
    lying = f"{name} as it lies"
    return Form(name, lying, lies.label(lying), str, write)
