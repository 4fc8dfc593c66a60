"""A workspace's registry is made once, opened with its own keys, and says what to do where it cannot be."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from tests.registry.office import Office

from goodstanding.errors import BadInput, Busy, Conflict, NotReady, StandingError
from goodstanding.registry import Registry, create_registry, keys_folder, open_registry, registry_to_verify
from goodstanding.registry.clock import system_clock
from goodstanding.registry.database import connection, downgrade
from goodstanding.registry.database.upgrades import MIGRATIONS
from goodstanding.registry.key_rotation import rehash
from goodstanding.registry.keys import Keyring, fresh_keyring, read_keyring, write_keyring
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.people import NOTICE_VERSION, find_person, identifier, join
from goodstanding.registry.verification import verify_registry

KNOWN_BY = identifier("record_id", "person 1")
NOWHERE = "postgresql://ann:s3cr3t@127.0.0.1:1/registry"
# What is no URL of a database that can be used, whatever is wrong with it.
NONSENSE = {
    "nothing": "",
    "a word": "registry",
    "a colon": "://",
    "another database": "mysql://ann:s3cr3t@localhost/registry",
    "another database, the password elsewhere": "mysql://localhost/registry?password=s3cr3t",
    "a page": "https://ann:s3cr3t@example.com/",
    "a port that is none": "postgresql://ann:s3cr3t@localhost:port/registry",
    "no file": "sqlite://",
    "nor here": "sqlite:///",
    "memory": "sqlite:///:memory:",
    "memory by another name": "sqlite:///file::memory:?uri=true",
    "memory by a third name": "sqlite:///file:registry?mode=memory&cache=shared&uri=true",
    "a driver that does not wait": "sqlite+aiosqlite:///registry.db",
    "a driver that ciphers": "sqlite+pysqlcipher://:s3cr3t@/registry.db",
    "a NUL": "\x00",
}
UNREACHABLE = {
    "nobody there": NOWHERE,
    "nobody there, the password elsewhere": "postgresql://127.0.0.1:1/registry?user=ann&password=s3cr3t",
    "an option that is none": NOWHERE + "?nosuch=1",
}


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def opened(workspace: Path, url: str | None = None) -> Keyring:
    """Open a registry and close it; gives the keys it was opened with."""
    with open_registry(workspace, url) as registry:
        return registry.keyring


def checked(workspace: Path, url: str | None = None) -> Keyring:
    """The same as a check opens it."""
    with registry_to_verify(workspace, url) as registry:
        return registry.keyring


def joined(registry: Registry) -> UUID:
    return registry.do(
        lambda transaction: join(
            transaction, [KNOWN_BY], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
        )
    )


def found(registry: Registry) -> UUID | None:
    return registry.do(lambda transaction: find_person(transaction, KNOWN_BY))


def test_a_registry_is_made_and_opened(tmp_path: Path) -> None:
    create_registry(tmp_path / "deep" / "workspace")
    with open_registry(tmp_path / "deep" / "workspace") as registry:
        person = joined(registry)
        assert registry.clock is system_clock
    with open_registry(tmp_path / "deep" / "workspace") as registry:
        assert found(registry) == person
        assert verify_registry(registry).findings == []


def test_making_a_registry_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    keys = (keys_folder(tmp_path) / "keyring.json").read_bytes()
    with open_registry(tmp_path, url_of(engine)) as registry:
        person, tables = joined(registry), inspect(registry.engine).get_table_names()
    create_registry(tmp_path, url_of(engine))
    assert (keys_folder(tmp_path) / "keyring.json").read_bytes() == keys
    with open_registry(tmp_path, url_of(engine)) as registry:
        assert found(registry) == person
        assert inspect(registry.engine).get_table_names() == tables
        assert verify_registry(registry).findings == []


def test_two_registries_have_no_key_in_common(tmp_path: Path) -> None:
    rings = []
    for name in ("one", "two"):
        create_registry(tmp_path / name)
        rings.append(read_keyring(keys_folder(tmp_path / name)))
    secrets = {key.secret for ring in rings for keys in ring.keys.values() for key in keys}
    assert len(secrets) == 8


def test_the_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    create_registry(tmp_path)
    assert keys_folder(tmp_path).stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys_folder(tmp_path).iterdir()} == {0o600}


def test_a_registry_that_was_not_made_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="standing registry create"):
        opened(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_keys_whose_database_is_gone_never_get_a_fresh_one(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path / "lost", url_of(engine))
    ring = read_keyring(keys_folder(tmp_path / "lost"))
    (empty := tmp_path / "empty.db").touch()
    for url in (None, f"sqlite:///{tmp_path}/gone.db", f"sqlite:///{empty}"):
        with pytest.raises(Conflict, match="Restore the database from a copy"):
            create_registry(tmp_path / "lost", url)
    for url in (None, f"sqlite:///{tmp_path}/gone.db", f"sqlite:///{empty}"):
        for come in (opened, checked):
            with pytest.raises(Conflict, match="Restore the database from a copy"):
                come(tmp_path / "lost", url)
    assert not empty.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".db") == sorted(
        {"empty.db"} | ({"registry.db"} if engine.dialect.name == "sqlite" else set())
    )
    assert opened(tmp_path / "lost", url_of(engine)) == ring


def test_keys_whose_database_has_lost_its_tables_never_get_fresh_ones(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path / "lost", url_of(engine))
    downgrade(engine, "base")
    for come in (create_registry, opened, checked):
        with pytest.raises(Conflict, match="Restore the database from a copy"):
            come(tmp_path / "lost", url_of(engine))
    with engine.connect() as connection:
        assert not inspect(connection).has_table("log")


@pytest.mark.parametrize("step", ["first_keyring", "append"])
def test_a_registry_whose_making_was_broken_off_is_made(tmp_path: Path, step: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"goodstanding.registry.workspace_registry.{step}", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_registry(tmp_path)
    create_registry(tmp_path)
    assert opened(tmp_path) == read_keyring(keys_folder(tmp_path))


def test_tables_of_another_version_are_not_opened(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    current = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with pytest.raises(NotReady, match=f"version 9999; expected tables of version {current}"):
        opened(tmp_path, url_of(engine))
    with pytest.raises(NotReady, match=r"version 9999; .*the version of the program that made it"):
        create_registry(tmp_path, url_of(engine))


def test_a_registry_in_use_without_its_keys_never_gets_fresh_ones(office: Office, tmp_path: Path) -> None:
    office.person()
    url = url_of(office.registry.engine)
    before = office.registry.do(lambda transaction: stored_frontier(transaction.connection))
    for attempt in (1, 2):
        with pytest.raises(Conflict, match="Restore the keyring from a copy"):
            create_registry(tmp_path, url)
        assert not (keys_folder(tmp_path) / "keyring.json").exists(), attempt
    with pytest.raises(Conflict, match="Restore the keyring from a copy"):
        opened(tmp_path, url)
    assert office.registry.do(lambda transaction: stored_frontier(transaction.connection)) == before
    # With a copy of its keys it works again.
    write_keyring(keys_folder(tmp_path), office.registry.keyring)
    create_registry(tmp_path, url)
    with open_registry(tmp_path, url) as registry:
        assert found(registry) is not None


def test_a_keyring_that_others_may_read_opens_nothing(tmp_path: Path) -> None:
    create_registry(tmp_path)
    (keys_folder(tmp_path) / "keyring.json").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        opened(tmp_path)


@pytest.mark.parametrize("url", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_database(tmp_path: Path, url: str) -> None:
    write_keyring(keys_folder(tmp_path), fresh_keyring())
    for work in (create_registry, opened):
        with pytest.raises(BadInput, match="expected sqlite:///FILE or postgresql://USER@HOST/NAME") as refusal:
            work(tmp_path, url)
        assert "s3cr3t" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_database_that_cannot_be_reached_says_so_without_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotReady, match="a database that can be reached") as refusal:
        create_registry(tmp_path, url)
    assert "s3cr3t" not in str(refusal.value)
    assert not keys_folder(tmp_path).exists()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(NotReady, match=r"not a database; .*Restore it from a copy"):
        create_registry(tmp_path)
    assert (tmp_path / "registry.db").read_bytes().startswith(b"This is a letter")
    assert not keys_folder(tmp_path).exists()


@pytest.mark.parametrize("name", ["nowhere/registry.db", ""])
def test_a_folder_that_is_not_there_or_is_the_file_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotReady, match="unable to open database file"):
        create_registry(tmp_path / "workspace", f"sqlite:///{tmp_path / name}")


@pytest.mark.parametrize("path", ["\x00", "\ud800"], ids=ascii)
def test_a_path_that_cannot_be_written_is_no_database(tmp_path: Path, path: str) -> None:
    with pytest.raises(StandingError):
        create_registry(tmp_path, f"sqlite:///{tmp_path}/{path}")


def test_after_a_rotation_the_registry_looks_up_with_the_new_key(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    with open_registry(tmp_path, url_of(engine)) as registry:
        person, before = joined(registry), registry.keyring.in_force("lookup")
        rehash(registry)
    with open_registry(tmp_path, url_of(engine)) as registry:
        assert found(registry) == person
        assert registry.keyring.in_force("lookup").number == before.number + 1


def test_the_registry_looks_up_with_the_key_that_the_database_names(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    with open_registry(tmp_path, url_of(engine)) as registry:
        person = joined(registry)
        rehash(registry)
    # A rotation that was stopped before it changed the database.
    ring = read_keyring(keys_folder(tmp_path)).with_new("lookup")
    write_keyring(keys_folder(tmp_path), ring)
    with open_registry(tmp_path, url_of(engine)) as registry:
        assert [key.number for key in registry.keyring.keys["lookup"]] == [2]
        assert found(registry) == person


def test_without_the_key_that_the_database_names_it_is_not_opened(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    before = read_keyring(keys_folder(tmp_path))
    with open_registry(tmp_path, url_of(engine)) as registry:
        rehash(registry)
    write_keyring(keys_folder(tmp_path), before)
    with pytest.raises(BadInput, match=r"no lookup key 2; .*Restore the keyring from a copy"):
        opened(tmp_path, url_of(engine))


def test_a_copied_workspace_is_the_same_registry(tmp_path: Path) -> None:
    create_registry(tmp_path / "here")
    with open_registry(tmp_path / "here") as registry:
        person = joined(registry)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    with open_registry(tmp_path / "there") as registry:
        assert found(registry) == person


def test_a_closed_registry_leaves_no_file_open(tmp_path: Path) -> None:
    create_registry(tmp_path)
    with open_registry(tmp_path) as registry:
        joined(registry)
        assert (tmp_path / "registry.db-wal").exists()
    # SQLite takes its other files away when the last connection is closed.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "registry.db"]


def test_the_keyring_of_another_registry_opens_nothing(office: Office, tmp_path: Path) -> None:
    office.person()
    write_keyring(keys_folder(tmp_path), fresh_keyring())
    with pytest.raises(StandingError):
        opened(tmp_path, url_of(office.registry.engine))


def test_an_error_of_the_database_does_not_repeat_what_was_to_be_written(registry: Registry) -> None:
    with pytest.raises(DBAPIError) as refusal, registry.engine.connect() as connection:
        connection.execute(text("SELECT :words FROM nowhere"), {"words": "s3cr3t"})
    assert "s3cr3t" not in str(refusal.value)


def test_a_database_that_somebody_else_has_for_too_long_is_busy_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_registry(tmp_path)
    monkeypatch.setattr(connection, "BUSY_MILLISECONDS", 50)
    with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(Busy, match="found no answer in time; expected a database that answers"),
            open_registry(tmp_path) as registry,
        ):
            joined(registry)
        other.execute("ROLLBACK")
    with open_registry(tmp_path) as registry:
        joined(registry)
