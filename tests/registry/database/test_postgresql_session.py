"""A connection to a server means the same by a query and a commit, whatever the server prefers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from goodstanding.errors import NotReady, Unavailable
from goodstanding.registry.database import check_current, database_to_read, open_database, upgrade
from goodstanding.registry.verification.structure import verify_structure

PREFERRED = {
    "row_security": "on",
    "transform_null_equals": "on",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "client_encoding": "sql_ascii",
    "TimeZone": "Asia/Shanghai",
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "synchronous_commit": "off",
    "session_replication_role": "replica",
    "search_path": "public, pg_catalog",
}
OURS = {
    "row_security": "off",
    "transform_null_equals": "off",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "client_encoding": "UTF8",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "synchronous_commit": "on",
    "session_replication_role": "origin",
    "search_path": "public, pg_temp",
}


@pytest.fixture
def server(engine: Engine) -> Engine:
    """A fresh registry's database on a server."""
    if engine.dialect.name != "postgresql":
        pytest.skip("of the server alone")
    return engine


def said(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def prefers(engine: Engine, **settings: str) -> None:
    """Have the database prefer settings, and forget the connections that were made before."""
    said(
        engine,
        *(
            f"ALTER DATABASE {engine.url.database} SET {name} = {value if name == 'search_path' else repr(value)}"
            for name, value in settings.items()
        ),
    )
    engine.dispose()


def in_force(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {name: str(connection.scalar(text(f"SHOW {name}"))) for name in OURS}


@pytest.fixture
def role(server: Engine) -> Iterator[Engine]:
    """A database with a role `clerk` that may read its tables, and no more."""
    said(server, "CREATE ROLE clerk LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk")
    yield server
    said(server, "DROP OWNED BY clerk", "DROP ROLE clerk")


def test_a_connection_that_writes_or_reads_has_its_own_settings(server: Engine) -> None:
    prefers(server, **PREFERRED)
    assert in_force(server) == OURS
    with database_to_read(server.url) as reading:
        assert in_force(reading) == OURS


def test_what_is_taken_back_takes_no_setting_along(server: Engine) -> None:
    prefers(server, **PREFERRED)
    with server.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
        assert connection.scalar(text("SHOW search_path")) == OURS["search_path"]


def test_an_operator_who_has_a_commit_wait_for_more_is_given_it(server: Engine) -> None:
    prefers(server, synchronous_commit="remote_apply")
    assert in_force(server)["synchronous_commit"] == "remote_apply"


@pytest.mark.parametrize("path", ["mine", "pg_catalog,mine,public", '"$user",mine', "nowhere,mine"])
def test_a_registry_lies_in_the_schema_that_its_url_names(server: Engine, path: str) -> None:
    said(server, "CREATE SCHEMA mine")
    there = open_database(server.url.update_query_dict({"options": f"-csearch_path={path}"}))
    try:
        upgrade(there)
        check_current(there)
        with there.connect() as connection:
            assert connection.scalar(text("SHOW search_path")) == "mine, pg_temp"
            assert connection.scalar(text("SELECT 'log'::regclass::oid = 'mine.log'::regclass::oid"))
            assert list(verify_structure(connection)) == []
    finally:
        there.dispose()


def test_without_a_schema_no_tables_are_made_that_go_with_the_connection(server: Engine) -> None:
    nowhere = open_database(server.url.update_query_dict({"options": "-csearch_path=nowhere"}))
    try:
        with pytest.raises(Exception, match="no schema has been selected"):
            upgrade(nowhere)
    finally:
        nowhere.dispose()


def test_a_temporary_table_hides_no_table(server: Engine) -> None:
    with server.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE alembic_version (version_num text)"))
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_a_role_that_must_write_without_foreign_keys_is_refused_and_may_read(role: Engine) -> None:
    prefers(role, session_replication_role="replica")
    url = role.url.set(username="clerk")
    with pytest.raises(NotReady, match="found session_replication_role = replica; expected origin"):
        open_database(url)
    with database_to_read(url) as reading:
        check_current(reading)


def test_rows_that_a_policy_hides_are_refused_and_not_left_out(role: Engine) -> None:
    said(role, "ALTER TABLE people ENABLE ROW LEVEL SECURITY")
    with database_to_read(role.url.set(username="clerk")) as reading, reading.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM log")) == 0
        with pytest.raises(Unavailable, match="right"):
            connection.execute(text("SELECT count(*) FROM people"))
