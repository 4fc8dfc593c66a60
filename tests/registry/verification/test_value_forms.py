"""A value that reads as it was written, but lies in another form, is found: nobody who looks for it finds it."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import JSON, Column, Connection, Integer, LargeBinary, String, Table, Uuid, literal_column, select
from tests.registry.office import Office
from tests.registry.verification.built import Attacker, Built, attacking
from tests.registry.verification.test_tampering import found_in, names_no_other, names_of

from goodstanding.registry.answers import Refused
from goodstanding.registry.consent import Frequency, grant_consent
from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.keys import canonical
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.unreadable import UNREADABLE
from goodstanding.registry.verification import Finding, table_scan, verify_registry
from goodstanding.registry.verification.log_lines import verify_log
from goodstanding.registry.verification.logged_digests import LoggedDigests
from goodstanding.registry.verification.logged_rows import verify_rows

Lying: TypeAlias = str | int | float | bytes

TABLES = METADATA.sorted_tables
EACH_COLUMN = [pytest.param(table, column, id=f"{column}") for table in TABLES for column in table.columns]
EACH_JSON = [param for param in EACH_COLUMN if isinstance(param.values[1].type, JSON)]
ON_SQLITE = pytest.mark.parametrize("module_engine", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("module_engine", ["postgresql"], indirect=True)


def other_forms(value: Lying) -> Iterator[Lying]:
    """What may read as a value that lies there, whatever it is of; much of it does not."""
    match value:
        case str():
            yield from of_text(value)
            yield from of_uuid(value)
            yield from of_time(value)
            yield from of_json(value)
        case int():
            yield from (float(value), str(value), f"{value} ", str(value).encode())
        case bytes():
            # The log's digest of bytes is that of their base64.
            yield from (base64.b64encode(value).decode(), value.hex(), len(value), value.decode("latin-1"))
        case _:
            raise NotImplementedError(value)


def of_text(value: str) -> Iterator[Lying]:
    yield from (value.upper(), value.lower(), f" {value}", f"{value} ", f"{value}\n", f"{value}\0", value.encode())
    if re.fullmatch(r"([A-Za-z0-9+/]{4})+", value):
        yield base64.b64decode(value)


def of_uuid(value: str) -> Iterator[str]:
    if re.fullmatch(r"[0-9a-f]{32}", value):
        dashed = str(UUID(value))
        yield from (dashed, f"{{{value}}}", f"urn:uuid:{dashed}", value[:31] + value[31].upper())


def of_time(value: str) -> Iterator[str]:
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return
    day, clock = value[:10], value[11:]
    year, week, weekday = read.isocalendar()
    yield from (f"{day}{blank}{clock}" for blank in "T\x01_")
    yield from (f"{value}{zone}" for zone in ("Z", "+00:00", "+08:00"))
    yield from (f"{year}-W{week:02d}-{weekday} {clock}", value.replace("-", ""), f"{day} {clock.replace(':', '')}")
    yield from (value.removesuffix(".000000"), f"{value}0", value.replace(".", ","))


def of_json(value: str) -> Iterator[str]:
    if value[:1] not in ("{", "["):
        return
    read = json.loads(value)
    yield from (json.dumps(read, indent=1, ensure_ascii=False), json.dumps(read, separators=(",", ":")), f"{value} ")
    yield re.sub(r"[a-z]", lambda letter: f"\\u{ord(letter[0]):04x}", value, count=1)
    yield re.sub(r'"(\w+)":', r'"\1":0,"\1":', value, count=1)
    yield re.sub(r"\d\b(?=[,}\]])", r"\g<0>e0", value, count=1)


@contextmanager
def of_any_kind(attacker: Attacker, table: Table) -> Iterator[Connection]:
    """A connection on which SQLite keeps each value in a table as it is given: its types would make some of them over.

    Nothing is checked there, and afterwards the table says again what it said.
    """
    with attacker.engine.connect() as connection:
        for pragma in ("ignore_check_constraints", "writable_schema"):
            connection.exec_driver_sql(f"PRAGMA {pragma} = ON")
        sql = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = ?", (table.name,)).scalar_one()
        untyped = re.sub(
            r" (BIGINT|INTEGER|SMALLINT|VARCHAR\(\d+\)|CHAR\(\d+\)|DATETIME|TEXT|JSON)(?=[ ,])", " BLOB", sql
        )
        assert untyped != sql
        say(connection, table, untyped)
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            say(connection, table, sql)


def say(connection: Connection, table: Table, sql: str) -> None:
    """Have SQLite take a table for another than it was made."""
    connection.exec_driver_sql("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, table.name))
    (version,) = connection.exec_driver_sql("PRAGMA schema_version").one()
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.commit()


@contextmanager
def lying_as(attacker: Attacker, column: Column[Any], place: int, form: Lying, was: Lying) -> Iterator[None]:
    """Have a value lie in a row as it is given, and at the end as it was."""
    own = f"UPDATE {column.table.name} SET {column.name} = ? WHERE rowid = ?"
    try:
        with of_any_kind(attacker, column.table) as connection:
            assert connection.exec_driver_sql(own, (form, place)).rowcount == 1
        yield
    finally:
        with of_any_kind(attacker, column.table) as connection:
            connection.exec_driver_sql(own, (was, place))


def reads_as(attacker: Attacker, column: Column[Any], place: int, value: object) -> bool:
    """Whether what lies in a row reads as a value, or has the same digest."""
    with attacker.engine.connect() as connection:
        try:
            read = connection.scalar(select(column).where(literal_column("rowid") == place))
        except UNREADABLE:
            return False
    return bool(read == value) or canonical(read) == canonical(value)


def kinds_of(column: Column[Any]) -> int:
    """How many forms at least read as any value of a column's."""
    match column.type:
        case Uuid() | UtcTime():
            return 4
        case JSON():
            return 3
        case Integer() | LargeBinary():
            return 1
        case String():
            return 0
    raise NotImplementedError(column)


@ON_SQLITE
@pytest.mark.parametrize(("table", "column"), EACH_COLUMN)
def test_a_value_in_another_form_is_found_and_its_row_named(built: Built, table: Table, column: Column[Any]) -> None:
    attacker, tried = built.attacker, 0
    with attacker.engine.connect() as connection:
        held = select(table, literal_column("rowid").label("row_lies_at")).where(column.is_not(None)).limit(1)
        found = connection.execute(held).mappings().first()
        if found is None:
            assert column.nullable
            return
        row = dict(found)
        place, value = row.pop("row_lies_at"), row[column.name]
        own = f"SELECT {column.name} FROM {table.name} WHERE rowid = {place}"
        lying = connection.exec_driver_sql(own).scalar_one()
    for form in {(type(one), one): one for one in other_forms(lying)}.values():
        if (type(form), form) == (type(lying), lying):
            continue
        names = names_of(table, row, built)
        with lying_as(attacker, column, place, form, lying):
            if not reads_as(attacker, column, place, value):
                continue
            with attacker.engine.connect() as connection:
                read = connection.execute(select(table).where(literal_column("rowid") == place)).mappings().one()
            names |= names_of(table, read, built)
            named = {one for one in found_in(built) if one[0] not in ("index", "database")}
        tried += 1
        assert named & names, form
        # A line under another number is one that is gone, and what it told is told no more.
        assert column.primary_key or not names_no_other(table) or named <= names, form
    assert tried >= kinds_of(column)
    assert verify_registry(built.registry).findings == []


@ON_POSTGRESQL
@pytest.mark.parametrize(("table", "column"), EACH_JSON)
def test_json_in_another_form_is_found_on_a_server_as_well(built: Built, table: Table, column: Column[Any]) -> None:
    row = built.attacker.rows(table)[0]
    where = " AND ".join(f"{key.name} = %({key.name})s" for key in table.primary_key)
    transaction = f"UPDATE {table.name} SET {column.name} = CAST(%(form)s AS json) WHERE {where}"
    lying = json.dumps(row[column.name], separators=(",", ":"), ensure_ascii=False)
    forms = [form for form in of_json(lying) if form != lying and json.loads(form) == row[column.name]]
    assert forms
    with built.attacker.undone(table):
        for form in forms:
            with built.attacker.engine.begin() as connection:
                keys = {key.name: row[key.name] for key in table.primary_key}
                assert connection.exec_driver_sql(transaction, {"form": form, **keys}).rowcount == 1
            found = found_in(built)
            assert found
            assert found <= names_of(table, row, built), form


@pytest.mark.parametrize(("table", "column"), [param for param in EACH_JSON if param.values[1].nullable])
def test_nothing_lies_as_null_and_not_as_the_word(built: Built, table: Table, column: Column[Any]) -> None:
    row = built.attacker.rows(table)[0]
    with built.attacker.undone(table):
        # Written so by the library, which the program never asks for.
        built.attacker.change(table, row, **{column.name: None})
        with built.registry.engine.connect() as connection:
            (found,) = [
                one
                for one in table_scan.scan(connection, table)
                if table_scan.scanned_key(table, one) == row_key(table, row)
            ]
    assert isinstance(found, table_scan.Unread)


@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in TABLES])
def test_a_row_that_is_there_twice_is_named_as_added(
    built: Built, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_scan, "AT_A_TIME", 3)
    engine, told = built.attacker.engine, LoggedDigests()
    named = [names_of(table, row, built) for row in built.attacker.rows(table)]
    with built.registry.moment() as connection:
        keyring = built.registry.keyring_at(connection)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        own = table.name
        # Not the one beside the other: among so many others no index keeps them apart any more.
        connection.exec_driver_sql(f"CREATE TABLE twice AS SELECT * FROM {own} UNION ALL SELECT * FROM {own}")
        connection.exec_driver_sql(f"DROP TABLE {own} {'' if engine.dialect.name == 'sqlite' else 'CASCADE'}")
        connection.exec_driver_sql(f"ALTER TABLE twice RENAME TO {own}")
        found = {*verify_log(connection, keyring, told.sees, ())}
        found |= {*verify_rows(connection, keyring, told, built.registry.clock())}
        connection.rollback()
    added = {(one.table, one.row) for one in found if one.what == "added"}
    assert [names for names in named if not names & added] == []
    assert added <= set().union(*named)


def test_a_file_of_sqlite_in_another_encoding_is_named(office: Office) -> None:
    engine = office.registry.engine
    if engine.dialect.name != "sqlite":
        pytest.skip("a server has the encoding that its client asks for")
    office.person()
    file = Path(engine.url.database or "")
    engine.dispose()
    with closing(sqlite3.connect(file)) as old:
        said = "\n".join(old.iterdump())
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    with closing(sqlite3.connect(file)) as new:
        new.execute("PRAGMA encoding = 'UTF-16le'")
        new.executescript(said)
    assert verify_registry(office.registry).findings == [Finding("database", "UTF-16le", "changed")]


def test_a_limit_undone_by_a_key_in_capitals_or_a_blank_is_found(office: Office) -> None:
    if office.registry.engine.dialect.name != "sqlite":
        pytest.skip("a server keeps keys and times in one form only")
    person = office.person()
    office.publish({person: 700})
    once = office.terms(person, frequency=Frequency("DAY", 1))
    consent = office.registry.do(lambda transaction: grant_consent(transaction, once))
    first = office.ask(office.question(consent=consent.id)).use
    for undoing in ("consent_id = upper(consent_id)", "at = replace(at, ' ', char(1))"):
        with pytest.raises(Refused):
            office.ask(office.question(consent=consent.id))
        with attacking(office.registry.engine) as attacker, attacker.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE uses SET {undoing} WHERE log_index = {first}")
        assert verify_registry(office.registry).findings == [Finding("uses", str(first), "changed")]
        with attacking(office.registry.engine) as attacker, attacker.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE uses SET consent_id = lower(consent_id), at = replace(at, char(1), ' ')")
        assert verify_registry(office.registry).findings == []
