"""Nothing that became known after the as-of month shows in a characteristic as of it, for anybody.

Each test takes a town's records, leaves those known by the end of the as-of month as they are, and changes the
rest: deletes it, alters it, or adds thousands of rows. A characteristic that changes has looked into the future.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from goodstanding.engines import Duck, files, literal
from goodstanding.lab import Town
from goodstanding.months import Month
from goodstanding.programmes import Definition, characteristics_sql, measures_read
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.relations import known_as_of
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

PEOPLE = 30
MONTHS_AFTER = 4
ROLLED_UP = [name for name in TABLES if name != "outcomes"]

Values = dict[str, dict[str, Any]]
Tampering = Callable[[str, str], str]


def as_of(town: Town) -> Month:
    return town.first.plus(6)


def cut_off(town: Town) -> str:
    return literal(as_of(town).last_day)


def known(table: str, day: str) -> str:
    """What was known on a day, and had happened by then."""
    return f"SELECT * FROM {table} WHERE known_on <= {day} AND happened_on <= {day}"


def later(table: str, day: str) -> str:
    return f"SELECT * FROM {table} WHERE NOT (known_on <= {day} AND happened_on <= {day})"


def moved(table: str, day: str) -> str:
    """Columns of a later record with another amount and other dates, still after the day."""
    changes = {"known_on": "known_on + 62"}
    for field in TABLES[table].own:
        if field.name in {"amount_minor", "paid_minor"}:
            changes[field.name] = f"{field.name} * 3"
    happened = "last_day(happened_on + 40)" if table == "balances" else "happened_on + 40"
    changes["happened_on"] = f"CASE WHEN happened_on > {day} THEN {happened} ELSE happened_on END"
    for late in {"paid_on", "promised_on", "returned_on", "window_until"} & set(TABLES[table].columns):
        changes[late] = f"CASE WHEN happened_on > {day} THEN {late} + 50 ELSE {late} END"
    return ", ".join(f"{sql} AS {column}" for column, sql in changes.items())


def deleted(table: str, day: str) -> str:
    return known(table, day)


def altered(table: str, day: str) -> str:
    return f"{known(table, day)} UNION ALL SELECT * REPLACE ({moved(table, day)}) FROM ({later(table, day)})"


def flooded(table: str, day: str) -> str:
    """Copies of all that was known, which happened when they did but became known after, and all later rows."""
    if table == "people":
        return f"SELECT * FROM {table}"
    added = [
        f"SELECT * REPLACE (record_id || '/{n}/' || known_on AS record_id, {day} + {n} AS known_on) "
        f"FROM ({known(table, day)})"
        for n in (1, 2, 3)
    ]
    return " UNION ALL ".join([f"SELECT * FROM {table}", *added])


def withdrawn(table: str, day: str) -> str:
    """All that was known is withdrawn on the first day after."""
    latest = "QUALIFY row_number() OVER (PARTITION BY source, record_id ORDER BY known_on DESC) = 1"
    again = f"SELECT * REPLACE ({day} + 1 AS known_on, 'withdrawn' AS state) FROM ({known(table, day)} {latest})"
    return f"{known(table, day)} UNION ALL {again}"


def read_town(duck: Duck, town: Town) -> None:
    """The town's records of some people, until some months after the as-of month."""
    last = literal(as_of(town).plus(MONTHS_AFTER).last_day)
    people = f"(SELECT person_id FROM {files([town.folder / 'people.parquet'])} ORDER BY person_id LIMIT {PEOPLE})"
    for table in ROLLED_UP:
        found = f"SELECT * FROM {files([town.folder / f'{table}.parquet'])} SEMI JOIN {people} USING (person_id)"
        state = "" if "state" in duck.names(found) else ", 'valid' AS state"
        duck.run(f"CREATE TABLE {table} AS SELECT *{state} FROM ({found}) WHERE happened_on <= {last}")


@pytest.fixture(scope="module")
def records_of_town(town: Town) -> Iterator[Duck]:
    with Duck() as duck:
        read_town(duck, town)
        yield duck


@pytest.fixture(scope="module")
def values(
    records_of_town: Duck, town: Town, sesame: Definition, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Tampering], Values]:
    """Everybody's characteristics as of the month, from the town's records as tampered with."""

    def compute(tampering: Tampering) -> Values:
        folder = tmp_path_factory.mktemp("tampered")
        for table in ROLLED_UP:
            records_of_town.write_parquet(tampering(table, cut_off(town)), folder / f"{table}.parquet")
        return characteristics(folder, as_of(town), sesame)

    return compute


def characteristics(folder: Path, month: Month, sesame: Definition) -> Values:
    workspace = Workspace(folder / "standing")
    load(workspace, folder_feeds(folder), date(2026, 6, 15), strict=True)
    build_statements(workspace)
    statements = files(workspace.path(entry) for entry in workspace.catalogue.under("statements"))
    asked = f"(SELECT DISTINCT person_id, {literal(month.first_day)} AS as_of FROM {statements})"
    with Duck() as duck:
        known = known_as_of(workspace, duck, asked, measures_read(sesame.programme))
        return {row["person_id"]: row for row in duck.rows(characteristics_sql(sesame.programme, known))}


@pytest.fixture(scope="module")
def untouched(values: Callable[[Tampering], Values]) -> Values:
    return values(lambda table, _: f"SELECT * FROM {table}")


@pytest.mark.parametrize("tampering", [deleted, altered, flooded, withdrawn], ids=lambda tampering: tampering.__name__)
def test_no_characteristic_changes_when_what_came_later_is(
    tampering: Tampering, values: Callable[[Tampering], Values], untouched: Values
) -> None:
    assert values(tampering) == untouched


def test_the_tampering_would_be_seen(records_of_town: Duck, town: Town, untouched: Values) -> None:
    day = cut_off(town)
    happened_before = f"SELECT count(*) FROM ({later('dues', day)}) WHERE happened_on <= {day}"
    assert len(untouched) > PEOPLE / 2
    assert records_of_town.value(happened_before) > 0
    assert records_of_town.value(f"SELECT count(*) FROM ({later('payments', day)})") > 500
    assert records_of_town.value(f"SELECT count(*) FROM ({flooded('payments', day)})") > 2000
