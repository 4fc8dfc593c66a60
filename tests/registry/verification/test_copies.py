"""The check works on a copy that cannot be written, on one made while the registry was in use, and changes no byte."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError
from tests.registry.office import Office
from tests.registry.test_workspace_registry import joined, url_of

from goodstanding.errors import Busy, Unavailable
from goodstanding.registry import create_registry, keys_folder, open_registry, registry_to_verify
from goodstanding.registry.database import current_revision
from goodstanding.registry.keys import write_keyring
from goodstanding.registry.log import log_size
from goodstanding.registry.verification import Finding, Verified, verify_registry

BOTH = f"0001/{current_revision()}"


def hashes(folder: Path) -> Mapping[str, str]:
    """Every file of a folder with what it holds."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def checked(workspace: Path, url: str | None = None) -> Verified:
    with registry_to_verify(workspace, url) as registry:
        return verify_registry(registry)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    create_registry(tmp_path / "workspace")
    with open_registry(tmp_path / "workspace") as registry:
        joined(registry)
    return tmp_path / "workspace"


@pytest.mark.parametrize("beside", [(), ("-wal",), ("-wal", "-shm")], ids=["at rest", "with -wal", "with both"])
def test_a_copy_is_read_whole_and_no_byte_of_it_changes(tmp_path: Path, beside: tuple[str, ...]) -> None:
    create_registry(tmp_path / "workspace")
    copy = tmp_path / "copy"
    with open_registry(tmp_path / "workspace") as registry:
        if not beside:
            joined(registry)
            with registry.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            joined(registry)
        shutil.copytree(tmp_path / "workspace" / "keys", copy / "keys")
        for end in ("", *beside):
            shutil.copy(tmp_path / "workspace" / f"registry.db{end}", copy / f"registry.db{end}")
        assert checked(tmp_path / "workspace").findings == []
    before = hashes(copy)
    found = checked(copy)
    assert (found.findings, found.lines) == ([], 2)
    assert hashes(copy) == before


def test_a_folder_that_cannot_be_written_is_checked(workspace: Path) -> None:
    """As root all may be written, so the folder is mounted anew for reading, where that is allowed."""
    mount = f"mount --bind {workspace} {workspace} && mount -o remount,ro,bind {workspace}"
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*alone, mount], check=False, capture_output=True).returncode:
        pytest.skip("no folder can be mounted here")
    said = "from goodstanding.cli import main; main()"
    verb = f"! touch {workspace}/x 2>/dev/null && {sys.executable} -c '{said}' verify --workspace {workspace}"
    done = subprocess.run([*alone, f"{mount} && {verb}"], check=False, capture_output=True, text=True)
    assert "Lines read: 2. Nothing was changed, removed or added." in done.stdout, done.stderr


@pytest.mark.parametrize("left_behind", [False, True], ids=["at rest", "with what a killed process left"])
def test_whoever_writes_while_a_file_at_rest_is_read_is_noticed(
    workspace: Path, tmp_path: Path, *, left_behind: bool
) -> None:
    if left_behind:
        with open_registry(workspace) as registry:
            registry.do(lambda transaction: transaction.add("test", "test", []))
            shutil.copytree(workspace, tmp_path / "killed", ignore=shutil.ignore_patterns("*-shm"))
        workspace = tmp_path / "killed"
        assert (workspace / "registry.db-wal").stat().st_size
    refused = pytest.raises(Busy, match="another command writing to it")
    with refused, registry_to_verify(workspace), open_registry(workspace) as others:
        others.do(lambda transaction: transaction.add("test", "test", []))


def test_what_does_not_read_because_somebody_writes_meanwhile_is_said_to_be_that(workspace: Path) -> None:
    refused = pytest.raises(Busy, match="another command writing to it")
    with refused, registry_to_verify(workspace):
        with open_registry(workspace) as others:
            others.do(lambda transaction: transaction.add("test", "test", []))
        raise DatabaseError("SELECT", None, Exception("database disk image is malformed"))


@pytest.mark.usefixtures("workspace")
def test_nothing_can_be_written_where_it_is_checked(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path, url_of(engine))
    refused = pytest.raises(Unavailable, match="something that can only be read")
    with registry_to_verify(tmp_path, url_of(engine)) as registry, registry.engine.connect() as connection, refused:
        connection.execute(text("DELETE FROM people"))


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE log_head SET size = size + 1", Finding("log_head", "1", "changed")),
        ("UPDATE log_head SET signed = 'x'", Finding("log_head", "1", "not signed")),
        ("DELETE FROM log_head", Finding("log_head", "1", "removed")),
        ("DROP TABLE log_tiles", Finding("table", "log_tiles", "removed")),
        ("DROP TABLE alembic_version", Finding("table", "alembic_version", "removed")),
        (
            "INSERT INTO alembic_version VALUES ('0001')",
            Finding("alembic_version", "0001/" + str(current_revision()), "changed"),
        ),
    ],
    ids=str,
)
def test_what_was_tampered_with_is_no_reason_not_to_be_checked(
    office: Office, tmp_path: Path, statement: str, finding: Finding
) -> None:
    office.person()
    url = url_of(office.registry.engine)
    write_keyring(keys_folder(tmp_path / "keys of it"), office.registry.keyring)
    attacker = create_engine(office.registry.engine.url)
    with attacker.begin() as connection:
        connection.execute(text(statement))
    attacker.dispose()
    assert finding in checked(tmp_path / "keys of it", url).findings


def test_the_log_is_as_long_after_the_check_as_before(workspace: Path) -> None:
    checked(workspace)
    with open_registry(workspace) as registry, registry.engine.connect() as connection:
        assert log_size(connection) == 2


def test_what_a_killed_check_of_a_copy_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, copy, temporary = tmp_path / "workspace", tmp_path / "copy", tmp_path / "temporary"
    temporary.mkdir()
    create_registry(workspace)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with open_registry(workspace) as registry:
        joined(registry)
        shutil.copytree(workspace / "keys", copy / "keys")
        for end in ("", "-wal"):
            shutil.copy(workspace / f"registry.db{end}", copy / f"registry.db{end}")
    if (process := os.fork()) == 0:
        with registry_to_verify(copy, None):
            os._exit(9)
    os.waitpid(process, 0)
    assert list(temporary.rglob("registry.db"))
    assert checked(copy).findings == []
    assert not list(temporary.iterdir())
