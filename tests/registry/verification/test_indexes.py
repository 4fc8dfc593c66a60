"""What is looked up goes by an index: one that does not say what its table says is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, insert, select
from tests.registry.office import Office
from tests.registry.verification.built import Attacker, Built, attacking

from goodstanding.registry.consent import consents_of, grant_consent
from goodstanding.registry.database.schema import METADATA, consents
from goodstanding.registry.verification import Finding, verify_registry
from goodstanding.registry.verification.indexes import indexes_can_be_compared, verify_indexes

INDEXES = [
    pytest.param(table.name, str(index.name), id=str(index.name))
    for table in METADATA.sorted_tables
    for index in sorted(table.indexes, key=lambda one: str(one.name))
]


@contextmanager
def past_the_index(engine: Engine, index: str) -> Iterator[Connection]:
    """A connection whose changes do not reach an index: both databases keep what they know of one in a table."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            own = connection.connection.cursor()
            own.execute("PRAGMA writable_schema = ON")
            row = own.execute("SELECT * FROM sqlite_schema WHERE name = ?", (index,)).fetchone()
            away = [("DELETE FROM sqlite_schema WHERE name = ?", (index,))]
            back = [("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)]
        else:
            ready = f"UPDATE pg_index SET indisready = %s WHERE indexrelid = CAST('{index}' AS regclass)"
            away, back = [(ready, (False,))], [(ready, (True,))]
        for one in (away, back):
            for statement, values in one:
                connection.exec_driver_sql(statement, values)
            if engine.dialect.name == "sqlite":
                (version,) = connection.exec_driver_sql("PRAGMA schema_version").one()
                connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
            connection.commit()
            if one is away:
                yield connection
                connection.commit()


def hide(attacker: Attacker, table: str, index: str) -> None:
    """Take a table's rows out, and put them back past one of its indexes."""
    found = METADATA.tables[table]
    rows = attacker.rows(found)
    attacker.put_back({table: []})
    with past_the_index(attacker.engine, index) as connection:
        connection.execute(insert(found), rows)


def compares(engine: Engine) -> None:
    """Skip where the database does not compare."""
    with engine.connect() as connection:
        if not indexes_can_be_compared(connection):
            pytest.skip("the server has no amcheck")


def test_indexes_that_say_what_their_tables_say_are_in_order(built: Built) -> None:
    with built.registry.engine.connect() as connection:
        assert list(verify_indexes(connection)) == []


@pytest.mark.parametrize(("table", "index"), INDEXES)
def test_an_index_that_does_not_find_its_rows_is_named(built: Built, table: str, index: str) -> None:
    engine = built.attacker.engine
    compares(engine)
    with built.attacker.undone(METADATA.tables[table]):
        hide(built.attacker, table, index)
        with built.registry.engine.connect() as connection:
            assert Finding("index", index, "changed") in list(verify_indexes(connection))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"REINDEX {'' if engine.dialect.name == 'sqlite' else 'INDEX '}{index}")
        assert list(verify_indexes(connection)) == []


def test_a_consent_hidden_from_its_person_is_found(office: Office) -> None:
    person = office.person()
    consent = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(person)))
    engine = office.registry.engine
    compares(engine)
    assert consents_named(office, person) == [consent.id]
    with attacking(engine) as attacker:
        hide(attacker, "consents", "ix_consents_person_id_party_id")
    assert consents_named(office, person) == []
    with engine.connect() as connection:
        # No index has all columns.
        assert [row.person_id for row in connection.execute(select(consents))] == [person]
    assert verify_registry(office.registry).findings == [Finding("index", "ix_consents_person_id_party_id", "changed")]


def test_a_server_that_cannot_compare_says_so(office: Office) -> None:
    with office.registry.engine.connect() as connection:
        can = indexes_can_be_compared(connection)
    assert verify_registry(office.registry).indexes is can
    assert can or office.registry.engine.dialect.name == "postgresql"


def consents_named(office: Office, person: UUID) -> list[UUID]:
    return [one.id for one in office.registry.do(lambda transaction: consents_of(transaction, person=person))]
