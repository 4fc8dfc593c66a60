"""Whatever is changed, removed or added in any table, the check names the row."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import JSON, CheckConstraint, Column, Integer, LargeBinary, String, Table, UniqueConstraint, Uuid
from tests.registry.conftest import START
from tests.registry.verifying.conftest import SMALL_TILE, Built, Row

from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.rows import row_key
from goodstanding.registry.verifying import verify_registry

# What passes within hours, and proves nothing.
PASSING = {
    "sessions": "who is signed in: of use only with a token that the registry signed",
    "authorisations": "a consent that is being asked for: the consent itself is in `consents`",
    "spent": "what may not be used again",
    "requests": "what was answered to a request that may be sent again",
}

# What proves itself, in tests of its own (test_witnessed.py).
BY_ANOTHER_KEY = {"cosignatures": "each is signed by its witness"}

TABLES = [table for table in METADATA.sorted_tables if table.name not in PASSING | BY_ANOTHER_KEY]
COLUMNS = [(table, column) for table in TABLES for column in table.columns]

# What the registry writes again and again without a line of the log.
WITHOUT_A_LINE = {
    "deliveries.tries": "counts how often a party could not be reached",
    "deliveries.next_at": "when a party is tried again",
    "deliveries.done_at": "when a party had it",
    "messages.read_at": "when the person opened it",
    "marks.collected_at": "when the mark got into the workspace's records",
    "furnished.collected_at": "when the record got into the workspace's records",
    "passkeys.sign_count": "how often the device says that it signed",
    "passkeys.used_at": "when somebody last signed in with it",
}


def other(column: Column[Any], value: Any) -> Any:
    """Another value of a column that its type and its checks let through."""
    if (allowed := allowed_in(column)) is not None:
        return next(one for one in allowed if one != value)
    match column.type:
        case Uuid():
            return uuid4()
        case UtcTime():
            return START if value is None else value.replace(microsecond=value.microsecond ^ 1)
        case LargeBinary():
            return b"other" if not value else value[:-1] + bytes([value[-1] ^ 1])
        case JSON():
            return [*value, "other"] if isinstance(value, list) else value | {"other": 1}
        case String():
            return "o" if not value else value[:-1] + ("o" if value[-1] != "o" else "p")
        case Integer():
            return 7 if value is None else value + 1000
    raise NotImplementedError(column)


def allowed_in(column: Column[Any]) -> list[str] | None:
    """The values that a check of the table lists for a column."""
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint) and str(check.sqltext).startswith(f"{column.name} IN"):
            return re.findall(r"'(\w+)'", str(check.sqltext))
    return None


def names_of(table: Table, row: Row, built: Built) -> set[tuple[str, str]]:
    """By which names the check may call a row."""
    tables = METADATA.tables
    if table.name == "log":
        return {("log", str(row["log_index"]))}
    if table.name == "log_tiles":
        unit = SMALL_TILE ** (row["level"] + 1)
        return {("log", f"{row['place'] * unit}-{(row['place'] + 1) * unit - 1}")}
    if table.name not in ("scores", "erased_scores"):
        return {(table.name, row_key(table, row))}
    publications = {one["id"]: one for one in built.attacker.rows(tables["publications"])}
    if row["publication"] not in publications:
        return {(table.name, row_key(table, row))}
    publication = publications[row["publication"]]
    title, last = f"{publication['programme']} {publication['as_of']}", publication["people"] - 1
    names = {(name, f"{title} #{row['place']}") for name in ("scores", "erased_scores")}
    names.add((table.name, row_key(table, row)))
    return names | {("scores", f"{title} #0-{last}"), ("scores", f"{title} {row.get('person_id')}")}


def chosen(rows: Sequence[dict[str, Any]], column: Column[Any]) -> list[dict[str, Any]]:
    """The last row that holds something in a column, and the last that holds nothing."""
    full = [row for row in rows if row[column.name] is not None]
    empty = [row for row in rows if row[column.name] is None]
    return [*full[-1:], *empty[-1:]]


def ends_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first rows and the last."""
    return [*rows[:2], *rows[2:][-2:]]


def found_in(built: Built) -> set[tuple[str, str]]:
    return {(one.table, one.row) for one in verify_registry(built.changes).findings}


def names_no_other(table: Table) -> bool:
    """Whether a changed row of a table can cast no doubt on others."""
    return table.name not in ("log", "log_head", "publications")


EACH_COLUMN = [
    pytest.param(table, column, id=f"{column}") for table, column in COLUMNS if f"{column}" not in WITHOUT_A_LINE
]
EACH_TABLE = [pytest.param(table, id=table.name) for table in TABLES]


def test_a_registry_with_rows_of_every_kind_is_in_order(built: Built) -> None:
    held = built.attacker.everything()
    assert [name for name, rows in held.items() if not rows] == []
    consents = {row["state"] for row in held["consents"]}
    assert consents == {"PENDING", "ACTIVE", "PAUSED", "REVOKED", "EXPIRED", "REJECTED"}
    assert {row["state"] for row in held["people"]} == {"open", "closed"}
    assert {row["level"] for row in held["log_tiles"]} >= {0, 1}
    found = verify_registry(built.changes)
    assert found.findings == []
    assert found.lines == len(held["log"])
    assert found.head == held["log_head"][0]["signed"]


def test_the_columns_without_a_line_are_these_and_no_others() -> None:
    unproven = {str(column) for _, column in COLUMNS if column.info.get("proven") is False}
    assert unproven == WITHOUT_A_LINE.keys() | {"identifiers.hash"}


def test_the_tables_that_are_not_held_against_the_log_are_these_and_no_others() -> None:
    unproven = {table.name for table in METADATA.sorted_tables if table.info.get("proven") is False}
    assert unproven == PASSING.keys() | BY_ANOTHER_KEY.keys()


def test_what_passes_may_change_and_go_without_a_line(built: Built) -> None:
    tables = [METADATA.tables[name] for name in PASSING]
    with built.attacker.undone(*tables):
        for table in tables:
            held = [column for column in table.columns if not column.primary_key]
            for row in built.attacker.rows(table):
                changed = {one.name: other(one, row[one.name]) for one in held if row[one.name] is not None}
                built.attacker.change(table, row, **changed)
        assert verify_registry(built.changes).findings == []
        for table in tables:
            for row in built.attacker.rows(table):
                built.attacker.remove(table, row)
        assert verify_registry(built.changes).findings == []


@pytest.mark.parametrize(("table", "column"), EACH_COLUMN)
def test_a_changed_value_is_found_and_its_row_named(built: Built, table: Table, column: Column[Any]) -> None:
    rows = chosen(built.attacker.rows(table), column)
    assert rows
    for row in rows:
        values = [other(column, row[column.name])]
        if column.nullable and row[column.name] is not None:
            values.append(None)
        for value in values:
            changed = row | {column.name: value}
            names = names_of(table, row, built) | names_of(table, changed, built)
            with built.attacker.undone(table):
                built.attacker.change(table, row, **{column.name: value})
                found = found_in(built)
            assert found & names, (row, value)
            assert not names_no_other(table) or found <= names


@pytest.mark.parametrize("table", EACH_TABLE)
def test_a_removed_row_is_found_and_named(built: Built, table: Table) -> None:
    for row in ends_of(built.attacker.rows(table)):
        names = names_of(table, row, built)
        with built.attacker.undone(table):
            built.attacker.remove(table, row)
            found = found_in(built)
        assert found & names, row
        assert not names_no_other(table) or found <= names


# Of a key of several columns, what an attacker would have to choose anew.
CHOSEN_ANEW = {
    "scores": ["person_id", "place"],
    "erased_scores": ["place"],
    "identifiers": ["hash"],
    "programmes": ["version"],
    "log_tiles": ["place"],
    "marks": ["item_hash"],
}


@pytest.mark.parametrize("table", EACH_TABLE)
def test_an_added_row_is_found_and_named(built: Built, table: Table) -> None:
    anew = CHOSEN_ANEW.get(table.name, [column.name for column in table.primary_key])
    for unique in table.constraints:
        if isinstance(unique, UniqueConstraint):
            anew = [*anew, list(unique.columns)[-1].name]
    for row in ends_of(built.attacker.rows(table)):
        added = row | {name: other(table.columns[name], row[name]) for name in anew}
        names = names_of(table, added, built)
        with built.attacker.undone(table):
            built.attacker.add(table, added)
            found = found_in(built)
        assert found & names, added
        assert not names_no_other(table) or found <= names
