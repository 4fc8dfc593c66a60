"""Whatever is changed, removed or added in any table, the check names the row."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import JSON, CheckConstraint, Column, Integer, LargeBinary, String, Table, UniqueConstraint, Uuid
from tests.registry.office import START, HandClock
from tests.registry.verification.built import SMALL_TILE, Built, Row

from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.deliveries import SHOWN_WITHIN, WAITS
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.verification import verify_registry

# What is not held against the log; why stands beside each in the schema.
PASSING = {"sessions", "spent", "requests", "calls"}
WITHOUT_A_LINE = {
    "identifiers.hash",
    "deliveries.tries",
    "deliveries.next_at",
    "passkeys.entered",
}
# What is held to something else than the log.
HELD_OTHERWISE = {"identifiers.hash", "passkeys.entered"}

# What proves itself, in tests of its own (test_witnessed.py).
BY_ANOTHER_KEY = {"cosignatures": "each is signed by its witness"}

TABLES = [table for table in METADATA.sorted_tables if table.name not in PASSING | BY_ANOTHER_KEY.keys()]
COLUMNS = [(table, column) for table in TABLES for column in table.columns]


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
        of_lines = f"{row['place'] * unit}-{(row['place'] + 1) * unit - 1}"
        return {("log", of_lines), ("log_tiles", row_key(table, row))}
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
    return {(one.table, one.row) for one in verify_registry(built.registry).findings}


def names_no_other(table: Table) -> bool:
    """Whether a changed row of a table can cast no doubt on others."""
    return table.name not in ("log", "log_head", "publications", "witnesses")


EACH_COLUMN = [
    pytest.param(table, column, id=f"{column}")
    for table, column in COLUMNS
    if f"{column}" not in WITHOUT_A_LINE - HELD_OTHERWISE
]
EACH_TABLE = [pytest.param(table, id=table.name) for table in TABLES]


def test_a_registry_with_rows_of_every_kind_is_in_order(built: Built) -> None:
    held = built.attacker.everything()
    assert [name for name, rows in held.items() if not rows] == []
    consents = {row["state"] for row in held["consents"]}
    assert consents == {"PENDING", "ACTIVE", "PAUSED", "REVOKED", "EXPIRED", "REJECTED"}
    assert {row["state"] for row in held["people"]} == {"open", "closed"}
    assert {row["level"] for row in held["log_tiles"]} >= {0, 1}
    found = verify_registry(built.registry)
    assert found.findings == []
    assert found.lines == len(held["log"])
    assert found.head == held["log_head"][0]["signed"]


def test_what_is_unproven_is_this_and_no_more_and_each_says_why() -> None:
    columns = {str(column): column.info["unproven"] for _, column in COLUMNS if "unproven" in column.info}
    tables = {one.name: one.info["unproven"] for one in METADATA.sorted_tables if "unproven" in one.info}
    assert (columns.keys(), tables.keys()) == (WITHOUT_A_LINE, PASSING | BY_ANOTHER_KEY.keys())
    assert all(why.endswith(".") and len(why.split()) > 5 for said in (columns, tables) for why in said.values())
    assert not [
        one for one in METADATA.sorted_tables for c in one.columns if "unproven" in c.info and one.name in PASSING
    ]


def test_what_passes_may_change_and_go_without_a_line_but_no_answer_opens_elsewhere(built: Built) -> None:
    tables = [METADATA.tables[name] for name in sorted(PASSING)]
    with built.attacker.undone(*tables):
        for table in tables:
            for column in (column for column in table.columns if not column.primary_key or table.name == "requests"):
                for row in built.attacker.rows(table):
                    with built.attacker.undone(table):
                        built.attacker.change(table, row, **{column.name: other(column, row[column.name])})
                        found = {one.table for one in verify_registry(built.registry).findings}
                    assert found == ({"requests"} if table.name == "requests" else set()), column
        for table in tables:
            for row in built.attacker.rows(table):
                built.attacker.remove(table, row)
        assert verify_registry(built.registry).findings == []


WAITING = METADATA.tables["deliveries"]
FOREVER = START + timedelta(days=400)


@pytest.mark.parametrize(
    ("values", "what_is_found"),
    [
        ({"tries": 3, "next_at": START}, False),
        ({"tries": 3, "next_at": START + timedelta(days=9)}, True),
        ({"tries": len(WAITS) + 1, "next_at": None}, True),
        ({"tries": len(WAITS), "next_at": START}, True),
        ({"next_at": FOREVER}, True),
        ({"next_at": None}, True),
        ({"tries": -1}, True),
        ({"tries": len(WAITS) + 2, "next_at": None}, True),
        ({"tries": len(WAITS) + 1}, True),
    ],
    ids=str,
)
def test_a_delivery_that_waits_longer_than_it_would_is_found(
    built: Built, values: dict[str, Any], *, what_is_found: bool
) -> None:
    row = built.attacker.rows(WAITING)[0]
    with built.attacker.undone(WAITING):
        built.attacker.change(WAITING, row, **values)
        assert found_in(built) == ({("deliveries", row_key(WAITING, row))} if what_is_found else set())


@pytest.mark.parametrize("tries", range(len(WAITS) + 2))
def test_so_many_tries_take_the_time_that_they_take(built: Built, tries: int) -> None:
    row, clock = built.attacker.rows(WAITING)[-1], cast("HandClock", built.registry.clock)
    before, needed = clock.now, sum(WAITS[: max(tries - 1, 0)], timedelta())
    with built.attacker.undone(WAITING):
        for elapsed in (needed, needed - SHOWN_WITHIN - timedelta(seconds=1)):
            clock.now = row["at"] + elapsed
            # The log's lines say that it was later.
            latest = max(before, clock.now)
            built.attacker.change(WAITING, row, tries=tries, next_at=None if tries > len(WAITS) else latest)
            too_soon = row["at"] + needed > latest + SHOWN_WITHIN
            assert found_in(built) == ({("deliveries", row_key(WAITING, row))} if too_soon else set())
    clock.now = before
    assert too_soon == (tries >= len(WAITS))


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
