"""Which databases are taken, how they are opened, and what is never said of them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, MetaData, String, Table, Text, event, func, insert, select
from sqlalchemy.exc import IntegrityError
from tests.registry.office import START, HandClock

from goodstanding.errors import BadInput, NotReady
from goodstanding.registry import Registry
from goodstanding.registry.database import database_url, open_database, upgrade
from goodstanding.registry.database.schema import consents, identifiers, parties, people, programmes
from goodstanding.registry.keys import Keyring, Keys

# A table of the test's own, in which a row is a name and a text.
settings = Table("settings", MetaData(), Column("name", String(32), primary_key=True), Column("value", Text))


@pytest.fixture(autouse=True)
def _settings(request: pytest.FixtureRequest) -> None:
    """The table, in whatever database the test asks for."""
    for name in ("engine", "sqlite"):
        if name in request.fixturenames:
            settings.create(request.getfixturevalue(name), checkfirst=True)


SECRET = "correct-horse"  # noqa: S105 - looked for in messages


PERSON = {"id": uuid4(), "state": "open", "language": "en", "jurisdiction": "cn", "notice": {}, "joined_at": START}
FIRM = {"id": uuid4(), "name": "", "role": "merchant", "code_kind": "", "code": "", "contexts": [], "keys": []}
PARTY = FIRM | {"state": "active", "joined_at": START}
FILES = {"name": "", "version": "", "digest": "", "text": "", "expert": ""}
PROGRAMME = FILES | {"state": "draft", "drafted_by": "ann", "changed_at": START}
WHOSE = {"id": uuid4(), "person_id": uuid4(), "party_id": uuid4()}
WHEN = {"starts_at": START, "expires_at": START, "asked_at": START, "changed_at": START}
CONSENT = WHOSE | {"state": "ACTIVE", "terms": {}} | WHEN


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite file, migrated here."""
    opened = open_database(database_url(tmp_path))
    upgrade(opened)
    yield opened
    opened.dispose()


def test_without_a_url_the_database_is_a_file_of_the_workspace(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    assert (url.get_backend_name(), url.database) == ("sqlite", str(tmp_path / "registry.db"))


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann@db/registry", "postgresql+psycopg2://ann@db/registry", "postgresql+asyncpg://ann@db/registry"],
)
def test_postgresql_is_always_spoken_to_by_the_one_driver(tmp_path: Path, url: str) -> None:
    assert database_url(tmp_path, url).render_as_string() == "postgresql+psycopg://ann@db/registry"


def test_a_password_is_handed_on_whole(tmp_path: Path) -> None:
    assert database_url(tmp_path, f"postgresql://ann:{SECRET}%2F%40@db/registry").password == f"{SECRET}/@"


REFUSED = {
    "nothing": "",
    "a file's name": f"registry-{SECRET}.db",
    "no database": f"{SECRET}@db",
    "another database": f"mysql://ann:{SECRET}@db/registry",
    "a database nobody knows": f"oracle+wonder://ann:{SECRET}@db/registry",
    "the short name": f"postgres://ann:{SECRET}@db/registry",
    "SQLite without a file": "sqlite://",
    "SQLite with an empty file": "sqlite:///",
    "SQLite in memory": "sqlite:///:memory:",
    "a password in the query": f"mysql://db/registry?user=ann&password={SECRET}",
    "a port in letters": f"postgresql://ann:{SECRET}",
    "a password in place of a port": f"postgresql://db:{SECRET}/registry",
    "SQLite in memory by its URI": "sqlite:///file:x?mode=memory&uri=true",
    "a driver that SQLite does not have": f"sqlite+wonder:///{SECRET}.db",
    "a path that ends before its end": f"sqlite:///{SECRET}\0.db",
    "a path that cannot be written": f"sqlite:///{SECRET}\ud800.db",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_what_is_no_url_of_a_database_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        database_url(tmp_path, url)
    said = str(refusal.value)
    assert said.startswith("database: found ")
    assert "sqlite:///FILE or postgresql://USER@HOST/NAME" in said
    assert SECRET not in said


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":"), max_size=30))
def test_text_without_a_scheme_is_refused_and_not_repeated(tmp_path_factory: pytest.TempPathFactory, url: str) -> None:
    with pytest.raises(BadInput, match="database: found no URL;"):
        database_url(tmp_path_factory.getbasetemp(), url)


def test_a_server_that_is_not_there_is_not_ready_and_the_password_is_not_repeated(tmp_path: Path) -> None:
    # Port 1 is nobody's.
    with pytest.raises(NotReady) as refusal:
        open_database(database_url(tmp_path, f"postgresql://ann:{SECRET}@127.0.0.1:1/registry"))
    assert "postgresql+psycopg://ann:***@127.0.0.1:1/registry" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_password_in_the_query_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as refusal:
        open_database(database_url(tmp_path, f"postgresql://ann@127.0.0.1:1/registry?password={SECRET}"))
    assert SECRET not in str(refusal.value)


def test_a_folder_that_is_not_there_is_not_ready(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="unable to open database file"):
        open_database(database_url(tmp_path / "nowhere"))


def test_a_file_that_is_no_database_is_damaged_or_another(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("a letter, much longer than a header of a database would be" * 20)
    with pytest.raises(NotReady, match=r"not a database; .*Restore it from a copy"):
        open_database(database_url(tmp_path))


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1), ("busy_timeout", 10_000)],
)
def test_every_connection_to_sqlite_is_prepared(sqlite: Engine, pragma: str, value: object) -> None:
    with sqlite.connect() as one, sqlite.connect() as other:
        assert [found.exec_driver_sql(f"PRAGMA {pragma}").scalar() for found in (one, other)] == [value, value]


def test_what_is_deleted_is_gone_from_the_file(sqlite: Engine, tmp_path: Path) -> None:
    value = "Wang Xiaoming " * 100
    with sqlite.begin() as connection:
        connection.execute(insert(settings).values(name="x", value=value))
    with sqlite.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Wang Xiaoming" in (tmp_path / "registry.db").read_bytes()
    with sqlite.begin() as connection:
        connection.execute(settings.delete())
    with sqlite.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Wang Xiaoming" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_row_of_nobody_is_refused(engine: Engine) -> None:
    row = {"kind": "phone", "hash": bytes(32), "person_id": uuid4(), "sealed": b""}
    with engine.connect() as connection, pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        connection.execute(insert(identifiers).values(row))


def test_a_person_on_whom_rows_hang_is_not_deleted(registry: Registry) -> None:
    with registry.engine.begin() as connection:
        connection.execute(insert(people), PERSON)
        row = {"kind": "phone", "hash": bytes(32), "person_id": PERSON["id"], "sealed": b""}
        connection.execute(insert(identifiers), row)
    with registry.engine.connect() as connection, pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        connection.execute(people.delete())


@pytest.mark.parametrize(
    ("table", "row", "constraint"),
    [
        (people, PERSON | {"state": "lost"}, "state"),
        (parties, PARTY | {"role": "owner"}, "role"),
        (parties, PARTY | {"state": "lost"}, "state"),
        (programmes, PROGRAMME | {"state": "lost"}, "state"),
        (programmes, PROGRAMME | {"reviewed_by": "ann"}, "second_person"),
        (consents, CONSENT | {"state": "LOST"}, "state"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "name", "row"),
)
def test_a_value_that_a_column_does_not_take_is_refused(
    engine: Engine, table: Table, row: dict[str, object], constraint: str
) -> None:
    with engine.connect() as connection, pytest.raises(IntegrityError, match=f"ck_{table.name}_{constraint}"):
        connection.execute(insert(table), row)


def test_an_error_does_not_say_what_was_to_be_written(engine: Engine) -> None:
    row = {"kind": SECRET, "hash": bytes(32), "person_id": uuid4(), "sealed": SECRET.encode()}
    with engine.connect() as connection, pytest.raises(IntegrityError) as refusal:
        connection.execute(insert(identifiers), row)
    assert SECRET not in str(refusal.value)


def test_a_change_sees_what_was_committed_while_it_waited_whatever_the_server_prefers(engine: Engine) -> None:
    expected = "SERIALIZABLE"  # SQLite has one writer at a time
    if engine.dialect.name == "postgresql":
        prefers = f"ALTER DATABASE {engine.url.database} SET default_transaction_isolation TO 'repeatable read'"
        with engine.begin() as connection:
            connection.exec_driver_sql(prefers)
        expected = "READ COMMITTED"
    again = open_database(engine.url)
    with again.connect() as connection:
        assert connection.get_isolation_level() == expected
    again.dispose()


def test_a_change_takes_the_lock_before_it_reads(engine: Engine, keyring: Keyring, clock: HandClock) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    Registry(engine, Keys(keyring), clock).do(lambda transaction: transaction.now)
    expected = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "SELECT pg_advisory_xact_lock"
    assert said[0].startswith(expected)


def test_reading_takes_no_lock(registry: Registry, engine: Engine) -> None:
    with registry.write() as transaction:
        transaction.connection.execute(insert(settings).values(name="x", value="1"))
        with engine.connect() as reader:
            assert reader.scalar(select(func.count()).select_from(settings)) == 0
    with engine.connect() as reader:
        assert reader.scalar(select(func.count()).select_from(settings)) == 1
