"""Cards fitted on people with gaps, codes, text that needs quoting, true and false; and cards made of any table."""

import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

import duckdb
import msgspec
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from tests.postgresql import started_server

from goodstanding.scorecard import PointsTable, Scorecard

People: TypeAlias = tuple[pd.DataFrame, np.ndarray]
CardOf: TypeAlias = Callable[[PointsTable], Scorecard]
# The names of the columns that a query gives, and its rows in the order of the table.
Found: TypeAlias = tuple[list[str], list[tuple[Any, ...]]]
# Of a dialect, the relation, its columns and the query over it.
Ask: TypeAlias = Callable[[str, str, pa.Table, str], Found]
N = 2000
POSTGRES_TYPES: dict[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.int16(): "smallint",
    pa.int64(): "bigint",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.string(): "text",
}


@pytest.fixture(scope="session")
def people() -> People:
    """A frame of 2,000 rows and who was bad; names with quotes and spaces; the effect of `net income` turns by `f`."""
    chance = np.random.default_rng(8)
    income = chance.normal(50, 20, N).round(1)
    visits = chance.integers(0, 10, N).astype(float)
    home = chance.choice(np.array(["own", "rent", "it's", "žluť & <b>", "back\\slash", ""], dtype=object), N)
    flag = chance.random(N) < 0.4
    odds = -1.5 + 1.6 * ((income > 50) ^ flag) - 0.2 * visits + 1.5 * (home == "rent")
    bad = (chance.random(N) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    income[chance.random(N) < 0.1] = np.nan
    visits[chance.random(N) < 0.1] = -99
    home[chance.random(N) < 0.1] = None
    x = pd.DataFrame(
        {"net income": income, 'visits "so far"': visits, "home's": pd.Series(home, dtype=object), "f": flag}
    )
    return x, bad


@pytest.fixture(scope="session", params=["boosted", "logistic"])
def card(request: pytest.FixtureRequest, people: People) -> Scorecard:
    """A fitted card with ranges, levels, special values and a cross. Tests must not change it."""
    special = {'visits "so far"': [-99], "home's": ["it's"]}
    fitted = Scorecard(method=request.param, special_values=special, crosses=2).fit(*people)
    assert fitted.table_.crosses
    assert len(fitted.table_.characteristics) == 4
    return fitted


@pytest.fixture(scope="session")
def newcomers(people: People) -> pd.DataFrame:
    """Rows from the sample and others that were never seen: the cuts' neighbours, unseen levels, gaps everywhere."""
    x, _ = people
    chance = np.random.default_rng(9)
    odd = pd.DataFrame(
        {
            "net income": chance.choice([np.nan, -1e9, 0.0, -0.0, 1e-9, 50.0, np.nextafter(50, 0), 1e15], 120),
            'visits "so far"': chance.choice([np.nan, -99.0, -98.5, -100.0, 0.0, 4.0, 5.0, 1e3], 120),
            "home's": pd.Series(
                chance.choice(np.array([None, "tent", "Own", "own ", "it's", "😀"], object), 120), dtype=object
            ),
            "f": chance.random(120) < 0.5,
        }
    )
    return pd.concat([x.iloc[:120], odd], ignore_index=True)


@pytest.fixture(scope="session")
def card_of() -> CardOf:
    """A card made of a points table, read from its file."""

    def made(table: PointsTable) -> Scorecard:
        columns = [characteristic.name for characteristic in table.characteristics]
        said = {"classes": [0, 1], "columns": columns, "named": True, "table": table}
        return Scorecard.from_json(msgspec.json.encode(said).decode())

    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[psycopg.Connection[Any]]:
    """A PostgreSQL of this machine."""
    with started_server() as server, psycopg.connect(server.get_uri()) as opened:
        yield opened


@pytest.fixture(scope="session")
def ask(postgres: psycopg.Connection[Any]) -> Iterator[Ask]:
    """Ask an engine, in the dialect of its name, over a relation of these columns, which is gone afterwards."""
    engines: dict[str, Any] = {"duckdb": duckdb.connect(), "sqlite": sqlite3.connect(":memory:"), "postgres": postgres}

    def asked(dialect: str, relation: str, x: pa.Table, query: str) -> Found:
        cursor = engines[dialect].cursor()
        columns = [f"{_quoted(name)} {_type(x.schema.field(name).type)}" for name in x.column_names]
        if dialect != "postgres":
            cursor.execute("BEGIN")
        try:
            schema, _, _ = relation.rpartition('."' if '"' in relation else ".")
            if schema:
                cursor.execute(f"CREATE SCHEMA {schema}")
            cursor.execute(f"CREATE TABLE {relation} ({', '.join(columns)})")
            mark = "%s" if dialect == "postgres" else "?"
            rows = list(zip(*(column.to_pylist() for column in x.columns), strict=True))
            cursor.executemany(f"INSERT INTO {relation} VALUES ({', '.join([mark] * len(columns))})", rows)
            cursor.execute(query)
            return [column[0] for column in cursor.description], cursor.fetchall()
        finally:
            cursor.execute("ROLLBACK")

    yield asked
    for name in ("duckdb", "sqlite"):
        engines[name].close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _type(of: pa.DataType) -> str:
    if pa.types.is_decimal(of):
        return f"numeric({of.precision}, {of.scale})"
    # The same words on every engine; SQLite takes them as advice.
    return POSTGRES_TYPES[of]


sqlite3.register_adapter(Decimal, float)
