"""A query for another engine reads every number as it was written."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goodstanding.engines import in_dialect, literal

HARD = [8.773235809237658e-308, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 9007199254740993.0, 0.1 + 0.2]


def read_by_sqlite(number: float) -> float:
    with closing(sqlite3.connect(":memory:")) as connection:
        (found,) = connection.execute(in_dialect(f"SELECT {literal(number)} AS x", "sqlite")).fetchone()
    return found


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-8.773235809237658e-308)
def test_sqlite_reads_a_number_to_the_last_bit(number: float) -> None:
    assert read_by_sqlite(number) == number


@pytest.mark.parametrize("number", HARD)
def test_sqlite_reads_what_it_would_read_as_the_number_beside(number: float) -> None:
    assert read_by_sqlite(number) == number


def test_a_plain_number_is_written_plainly() -> None:
    assert in_dialect("SELECT 0.35 AS x, -12 AS y", "sqlite").split() == [
        "SELECT",
        "0.35",
        "AS",
        "x,",
        "-12",
        "AS",
        "y",
    ]
