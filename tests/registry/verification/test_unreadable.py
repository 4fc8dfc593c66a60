"""A value that does not read, in any column of any table: its row is named, and so is what else was changed there."""

from typing import Any

import pytest
from sqlalchemy import JSON, Column, Table, literal_column, select
from tests.registry.verification.built import Attacker, Built
from tests.registry.verification.test_tampering import BY_ANOTHER_KEY, PASSING, found_in, names_of, other

from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.row_digests import row_key

TABLES = METADATA.sorted_tables
EACH_COLUMN = [pytest.param(table, column, id=f"{column}") for table in TABLES for column in table.columns]
EACH_JSON = [param for param in EACH_COLUMN if isinstance(param.values[1].type, JSON)]
EACH_TIME = [param for param in EACH_COLUMN if isinstance(param.values[1].type, UtcTime)]
# What SQLite takes for any column: text that is no UTF-8, bytes, text that is neither a time nor JSON, a number.
GARBAGE = ("CAST(x'c3' AS TEXT)", "x'c3'", "'garb[age'", "-7.5")
# JSON that no reader of it follows to its end.
DEEP = "[" * 5_000 + "]" * 5_000


def first_and_last(attacker: Attacker, table: Table) -> list[dict[str, Any]]:
    """A table's first row and its last, as they lie."""
    with attacker.engine.connect() as connection:
        rows = connection.execute(select(table).order_by(literal_column("rowid"))).mappings().all()
    return [dict(row) for row in (rows[0], rows[-1])]


@pytest.mark.parametrize("module_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "column"), EACH_COLUMN)
def test_a_row_that_does_not_read_is_named_and_hides_no_other(built: Built, table: Table, column: Column[Any]) -> None:
    proven = table.name not in PASSING | BY_ANOTHER_KEY.keys()
    held = [one for one in table.columns if not one.primary_key and "unproven" not in one.info]
    for value in GARBAGE:
        # Rows that were put back lie in another order.
        first, last = first_and_last(built.attacker, table)
        with built.attacker.undone(table):
            names = names_of(table, first, built)
            changed = last | {held[-1].name: other(held[-1], last[held[-1].name])}
            others = names_of(table, last, built) | names_of(table, changed, built)
            if last != first and proven:
                built.attacker.change(table, last, **{held[-1].name: changed[held[-1].name]})
            with built.attacker.engine.begin() as connection:
                connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
                place = f"(SELECT min(rowid) FROM {table.name})"
                connection.exec_driver_sql(f"UPDATE {table.name} SET {column.name} = {value} WHERE rowid = {place}")
            found = found_in(built)
        assert not {row for _, row in found if row == "*"}, value
        if proven:
            assert found & names, value
            assert found & others or last == first, value
    assert found_in(built) == set()


@pytest.mark.parametrize(("table", "column"), EACH_JSON)
def test_json_that_is_too_deep_is_named_in_its_row(built: Built, table: Table, column: Column[Any]) -> None:
    rows = built.attacker.rows(table)
    cast = "json" if built.attacker.engine.dialect.name == "postgresql" else "text"
    with built.attacker.undone(table):
        with built.attacker.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table.name} SET {column.name} = CAST('{DEEP}' AS {cast})")
        found = found_in(built)
    assert [row for row in rows if not names_of(table, row, built) & found] == []
    assert (table.name, "*") not in found


@pytest.mark.parametrize("module_engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("table", "column"), EACH_TIME)
def test_a_time_that_python_does_not_have_is_named_in_each_row(built: Built, table: Table, column: Column[Any]) -> None:
    rows = built.attacker.rows(table)
    with built.attacker.undone(table):
        with built.attacker.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table.name} SET {column.name} = 'infinity'")
        found = found_in(built)
    by_witness = table.name in BY_ANOTHER_KEY
    assert {(table.name, row["witness"] if by_witness else row_key(table, row)) for row in rows} <= found
    assert (table.name, "*") not in found
