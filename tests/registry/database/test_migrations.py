"""Migrations bring a database to this version's tables and back, with data in them, on both databases."""

from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from tests.registry.office import HandClock, Office, open_office

from goodstanding.errors import NotReady
from goodstanding.registry import Registry
from goodstanding.registry.authentication.printed_codes import print_codes
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database import check_current, downgrade, upgrade
from goodstanding.registry.database.schema import METADATA, parties
from goodstanding.registry.database.upgrades import MIGRATIONS
from goodstanding.registry.parties import set_redirects
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry

# What is proven from this revision on is told to the log, in tables as they were.
CHANGES_NO_TABLE = {"0003"}
REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture
def empty(engine: Engine) -> Engine:
    """A database before the first migration."""
    downgrade(engine, "base")
    return engine


def tables_of(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def fill(office: Office) -> None:
    """Have a row in nearly every table."""
    people = [office.person() for _ in range(3)]
    office.registry.do(
        lambda transaction: set_redirects(transaction, office.merchant, ["https://bikes.example/back"], by="ann")
    )
    office.registry.do(lambda transaction: print_codes(transaction, people[0]))
    office.registry.do(lambda transaction: begin_session(transaction, people[0]))
    office.publish(dict.fromkeys(people, 700))
    office.registry.do(lambda transaction: leave(transaction, people[2]))
    consent = office.registry.do(lambda transaction: grant_consent(transaction, office.terms(people[0])))
    office.ask(office.question(consent=consent.id))


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in METADATA.sorted_tables
        }


def described(engine: Engine) -> dict[str, object]:
    """Every table with its columns, constraints and indexes, in words."""
    inspector = inspect(engine)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)],
            [sorted(map(str, found(name))) for found in (inspector.get_foreign_keys, inspector.get_indexes)],
            sorted(map(str, inspector.get_check_constraints(name))),
        )
        for name in tables_of(engine)
    }


def checks_of(connection: Connection, table: str) -> dict[str | None, str]:
    return {one["name"]: one["sqltext"] for one in inspect(connection).get_check_constraints(table)}


def test_a_database_with_rows_goes_down_to_nothing_and_up_again(office: Office) -> None:
    engine = office.registry.engine
    fill(office)
    filled = counts(engine)
    assert {"people", "consents", "receipts", "scores", "uses", "log", "printed_codes", "sessions"} <= {
        name for name, count in filled.items() if count
    }
    downgrade(engine, "base")
    assert tables_of(engine) == set()
    upgrade(engine)
    assert set(counts(engine).values()) == {0}
    again = open_office(office.registry, office.clock)
    fill(again)
    assert counts(engine) == filled
    assert verify_registry(again.registry).findings == []


def test_migrating_what_is_current_changes_nothing(office: Office) -> None:
    fill(office)
    before = counts(office.registry.engine)
    upgrade(office.registry.engine)
    assert counts(office.registry.engine) == before
    assert verify_registry(office.registry).findings == []


def test_what_the_log_was_told_of_a_firm_before_the_second_revision_stays_true(office: Office) -> None:
    row = {
        "id": uuid4(),
        "name": "Boats",
        "role": "merchant",
        "code_kind": "lei",
        "code": "213800KUD8LAJWSQ9D15",
        "contexts": [],
        "keys": [],
        "state": "active",
        "joined_at": office.clock.now,
    }
    with office.registry.write() as transaction:
        # The office's own firm has columns that were not there then.
        transaction.add("test.erased", "firms", transaction.erase(parties, parties.c.id == office.merchant))
        transaction.add("party.admitted", row["id"], [transaction.insert(parties, row)])
    engine = office.registry.engine
    downgrade(engine, "0001")
    assert {"redirects", "webhook"}.isdisjoint(column["name"] for column in inspect(engine).get_columns("parties"))
    upgrade(engine)
    assert verify_registry(office.registry).findings == []


def test_every_step_up_can_be_taken_back_and_taken_again(empty: Engine) -> None:
    assert tables_of(empty) == set()
    for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        steps = [described(empty)]
        upgrade(empty, revision)
        steps.append(described(empty))
        downgrade(empty, before)
        assert described(empty) == steps[0]
        upgrade(empty, revision)
        assert described(empty) == steps[1]
        assert (steps[1] == steps[0]) == (revision in CHANGES_NO_TABLE)
    assert tables_of(empty) == set(METADATA.tables)
    check_current(empty)


def test_the_migrated_tables_are_the_declared_ones(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_a_difference_in_the_tables_would_be_seen(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_uses_consent_id_at"))
        connection.execute(text("ALTER TABLE parties RENAME COLUMN keys TO others"))
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert len(compare_metadata(context, METADATA)) == 3


def test_the_migrated_checks_are_the_declared_ones(engine: Engine) -> None:
    # Alembic does not compare CHECK constraints.
    with engine.connect() as connection:
        migrated = {name: checks_of(connection, name) for name in METADATA.tables}
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        assert migrated == {name: checks_of(connection, name) for name in METADATA.tables}
    assert sum(map(len, migrated.values())) >= 6


@pytest.mark.parametrize("table", METADATA.tables)
def test_every_constraint_has_the_name_that_migrations_find_it_by(engine: Engine, table: str) -> None:
    inspector, declared = inspect(engine), METADATA.tables[table]
    assert inspector.get_pk_constraint(table)["name"] == f"pk_{table}"
    foreign = {f"fk_{table}_{'_'.join(key['constrained_columns'])}" for key in inspector.get_foreign_keys(table)}
    assert {key["name"] for key in inspector.get_foreign_keys(table)} == foreign
    unique = {f"uq_{table}_{'_'.join(key['column_names'])}" for key in inspector.get_unique_constraints(table)}
    assert {key["name"] for key in inspector.get_unique_constraints(table)} == unique
    indexes = [one for one in inspector.get_indexes(table) if "duplicates_constraint" not in one]
    assert {one["name"] for one in indexes} == {
        f"ix_{table}_{'_'.join(map(str, one['column_names']))}" for one in indexes
    }
    checks = {str(one.name) for one in declared.constraints if isinstance(one, CheckConstraint)}
    assert {one["name"] for one in inspector.get_check_constraints(table)} == checks
    assert all(name.startswith(f"ck_{table}_") for name in checks)


def test_a_migration_that_fails_leaves_nothing_behind(empty: Engine) -> None:
    last = METADATA.sorted_tables[-1].name
    with empty.begin() as connection:
        connection.execute(text(f"CREATE TABLE {last} (another INTEGER)"))
    before = described(empty)
    with pytest.raises(DBAPIError, match=f"{last}.* already exists"):
        upgrade(empty)
    assert described(empty) == before
    with empty.begin() as connection:
        connection.execute(text(f"DROP TABLE {last}"))
    upgrade(empty)
    check_current(empty)


def test_a_database_without_tables_is_not_ready(empty: Engine) -> None:
    with pytest.raises(NotReady, match="found tables of version none; expected tables of version") as refusal:
        check_current(empty)
    assert "standing registry create" in str(refusal.value)


def test_a_database_of_another_version_is_not_ready(engine: Engine) -> None:
    check_current(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotReady, match="found tables of version 9999"):
        check_current(engine)


def test_a_database_of_a_later_version_is_refused_in_words(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotReady, match="9999"):
        upgrade(engine)


def test_a_migrated_database_works_at_once(empty: Engine, registry: Registry, clock: HandClock) -> None:
    upgrade(empty)
    office = open_office(registry, clock)
    fill(office)
    assert verify_registry(registry).findings == []
