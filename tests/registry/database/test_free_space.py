"""What was erased goes out of an SQLite file for good: moved rows leave copies in free space, until it is swept."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, select, text

from goodstanding.cli.registry_verbs import collect_all
from goodstanding.errors import Busy
from goodstanding.registry import Registry, WriteTransaction, keys_folder
from goodstanding.registry.authentication.passkeys import Proven, add_passkey
from goodstanding.registry.database import free_space, sweep
from goodstanding.registry.database.schema import METADATA, leavers, log, passkeys
from goodstanding.registry.furnishing import erase_leavers, workspace_erasure
from goodstanding.registry.keys import write_keyring
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry
from goodstanding.store import Workspace

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def free_pages(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def have_free_pages(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE passing AS SELECT zeroblob(100000) AS value")
        connection.exec_driver_sql("DROP TABLE passing")
    assert free_pages(engine) > 0


@SQLITE
def test_a_sweep_leaves_no_free_page_and_nothing_in_the_file_beside(registry: Registry, tmp_path: Path) -> None:
    have_free_pages(registry.engine)
    beside = tmp_path / "registry.db-wal"
    assert beside.stat().st_size > 0
    sweep(registry.engine)
    assert free_pages(registry.engine) == 0
    assert beside.stat().st_size == 0


def test_a_sweep_changes_no_row_on_either_database(registry: Registry) -> None:
    person = registry.do(joined)
    sweep(registry.engine)
    registry.do(lambda transaction: leave(transaction, person))
    assert verify_registry(registry).findings == []


def joined(transaction: WriteTransaction, last: str = "1") -> UUID:
    known_by = [identifier("phone", f"+86 138 0000 000{last}")]
    return join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")


@SQLITE
def test_collecting_sweeps_only_if_somebody_has_left(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_keyring(keys_folder(tmp_path), registry.keyring)
    erased, swept = [], []
    for leaving in (False, True, False):
        if leaving:
            person = registry.do(joined)
            registry.do(lambda transaction, who=person: leave(transaction, who))
        have_free_pages(registry.engine)
        collect_all(json=True, root=tmp_path)
        erased.append(json.loads(capsys.readouterr().out)["people_erased"])
        swept.append(free_pages(registry.engine) == 0)
    assert erased == [0, 1, 0]
    assert swept == [False, True, False]


LABEL = "the telephone of Wang Xiaoming"


def settled(engine: Engine, statement: str = "CHECKPOINT") -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def files_naming(engine: Engine, said: str) -> list[str]:
    """The files of a server's database that hold a text; what it keeps of writing in its own log is none of them."""
    settled(engine)
    with engine.connect() as connection:
        folder = connection.scalar(text("SHOW data_directory"))
        number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    paths = [path for path in Path(str(folder), "base", str(number)).iterdir() if path.is_file()]
    return [path.name for path in paths if said.encode() in path.read_bytes()]


def labelled(registry: Registry) -> UUID:
    """Somebody with a device whose name is theirs alone, behind another's in the same page, which stays full."""
    other = Proven(
        registry.do(lambda transaction: joined(transaction, "2")), b"another", 0, b"another's", b"public key"
    )
    registry.do(lambda transaction: add_passkey(transaction, other, "of another"))
    person = registry.do(joined)
    registry.do(
        lambda transaction: add_passkey(transaction, Proven(person, b"a device", 0, b"challenge", b"public key"), LABEL)
    )
    return person


@POSTGRESQL
def test_a_sweep_leaves_nothing_of_who_left_in_the_tables_of_a_server(registry: Registry, tmp_path: Path) -> None:
    person = labelled(registry)
    assert files_naming(registry.engine, LABEL) != []
    registry.do(lambda transaction: leave(transaction, person))
    assert files_naming(registry.engine, LABEL) != []
    assert erase_leavers(registry, Workspace(tmp_path / "standing")) == 1
    assert files_naming(registry.engine, LABEL) == []
    assert verify_registry(registry).findings == []


@POSTGRESQL
def test_while_somebody_reads_what_was_erased_it_is_not_noted_as_swept(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free_space, "BUSY_MILLISECONDS", 200)
    person, room = labelled(registry), Workspace(tmp_path / "standing")
    with registry.read() as transaction:
        assert LABEL in transaction.connection.scalars(select(passkeys.c.label)).all()
        registry.do(lambda transaction: leave(transaction, person))
        with pytest.raises(Busy):
            erase_leavers(registry, room)
    with registry.engine.connect() as connection:
        assert len(connection.execute(select(leavers)).all()) == 1
    assert erase_leavers(registry, room) == 1
    assert files_naming(registry.engine, LABEL) == []
    assert erase_leavers(registry, room) == 0


@POSTGRESQL
def test_tables_of_another_role_are_left_to_it_and_the_log_says_which(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    person, role = labelled(registry), f"r{uuid4().hex}"
    settled(registry.engine, f"CREATE ROLE {role}")
    registry.do(lambda transaction: leave(transaction, person))
    every = [table.name for table in METADATA.sorted_tables if table.info.get("leaving", "kept") != "kept"]
    settled(registry.engine, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    with monkeypatch.context() as patch:
        as_role = create_engine(registry.engine.url, connect_args={"options": f"-c role={role}"})
        patch.setattr(workspace_erasure, "sweep", lambda _: sweep(as_role))
        assert erase_leavers(registry, Workspace(tmp_path / "standing")) == 1
        as_role.dispose()
    with registry.engine.connect() as connection:
        said = connection.scalars(select(log.c.body).where(log.c.kind == "people.swept")).one()
    assert set(json.loads(said)["not_swept"]) == {*every, "uses"}
    settled(registry.engine, f"DROP OWNED BY {role}")
    settled(registry.engine, f"DROP ROLE {role}")
