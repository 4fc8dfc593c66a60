"""A list of any length gets to the database, and what is too long for it is not told as a lost connection."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from tests.registry.office import Office

from goodstanding.registry.database import portions, rows_among
from goodstanding.registry.database.portions import AT_ONCE
from goodstanding.registry.database.schema import people

TOO_MANY = 65_536


@given(st.lists(st.integers(0, 5_000), max_size=3_000))
def test_portions_are_of_at_most_a_thousand_and_have_each_value_once(values: list[int]) -> None:
    some = list(portions(iter(values)))
    assert all(0 < len(one) <= AT_ONCE for one in some)
    assert [value for one in some for value in one] == list(dict.fromkeys(values))


def test_rows_are_found_among_more_values_than_a_statement_takes(office: Office) -> None:
    person = office.person()
    absent = [f"{number:032x}" for number in range(TOO_MANY)]
    with office.registry.engine.connect() as connection:
        found = rows_among(connection, select(people.c.jurisdiction), people.c.language, [*absent, "en"])
        assert [row.jurisdiction for row in found] == ["cn"]
    assert person


def test_more_values_than_a_statement_takes_are_a_fault_and_no_lost_connection(engine: Engine) -> None:
    query = text("SELECT 1 WHERE 1 IN :values").bindparams(bindparam("values", expanding=True))
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        if isinstance(driver, sqlite3.Connection):
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, TOO_MANY - 1)
        with pytest.raises(DBAPIError, match=r"too many SQL variables|number of parameters"):
            connection.execute(query, {"values": list(range(TOO_MANY))})
