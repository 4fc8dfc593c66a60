"""Several processes make one registry at once: all of them end well, and there is one set of keys and one log."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.registry.test_workspace_registry import url_of

from goodstanding.errors import BadInput, StandingError
from goodstanding.registry import create_registry, keys_folder, open_registry
from goodstanding.registry.database import downgrade, upgrade
from goodstanding.registry.keys import first_keyring, fresh_keyring, read_keyring, write_keyring
from goodstanding.registry.verification import verify_registry

PROCESSES = 3
# Everything is imported before the others are waited for: what is done is done at once.
SCRIPT = """
import sys
from pathlib import Path
from goodstanding.errors import StandingError
from goodstanding.registry.keys import first_keyring
from goodstanding.registry.workspace_registry import create_registry
what, folder, url = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
try:
    first_keyring(Path(folder)) if what == "keyring" else create_registry(Path(folder), url)
    print("done")
except StandingError as error:
    print(type(error).__name__, error)
"""


def at_once(what: str, folders: Sequence[Path], url: str) -> list[str]:
    """Have a process for each folder make something in it, all at once; gives what each said at its end."""
    call = [sys.executable, "-c", SCRIPT, what]
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen([*call, str(folder), url], **pipe) for folder in folders]  # type: ignore[call-overload]
    for one in started:
        assert one.stdout.readline() == "ready\n"
    for one in started:
        one.stdin.write("\n")
        one.stdin.flush()
    return [one.communicate()[0].strip() for one in started]


def fresh(engine: Engine, tmp_path: Path) -> str:
    """The URL of a database that is as it was before anything was made in it."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{tmp_path}/fresh.db"
    downgrade(engine, "base")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    return url_of(engine)


def test_several_processes_make_one_registry(engine: Engine, tmp_path: Path) -> None:
    url, folder = fresh(engine, tmp_path), tmp_path / "workspace"
    assert at_once("registry", [folder] * PROCESSES, url) == ["done"] * PROCESSES
    with open_registry(folder, url) as registry:
        found = verify_registry(registry)
    assert (found.findings, found.lines) == ([], 1)
    assert sorted(path.name for path in keys_folder(folder).iterdir()) == [".lock", "keyring.json"]


def test_of_several_workspaces_one_gets_the_database_and_the_others_are_told(engine: Engine, tmp_path: Path) -> None:
    url, folders = fresh(engine, tmp_path), [tmp_path / str(n) for n in range(2)]
    said = at_once("registry", folders, url)
    assert sorted(one.split()[0] for one in said) == ["Conflict", "done"]
    with_keys = [folder for folder in folders if (keys_folder(folder) / "keyring.json").exists()]
    assert with_keys == [folders[said.index("done")]]
    assert all("Restore the keyring from a copy" in one for one in said if one != "done")


def test_a_database_of_one_set_of_keys_is_not_said_to_be_ready_with_another(engine: Engine, tmp_path: Path) -> None:
    create_registry(tmp_path / "one", url_of(engine))
    write_keyring(keys_folder(tmp_path / "two"), fresh_keyring())
    with pytest.raises(BadInput):
        create_registry(tmp_path / "two", url_of(engine))


def test_several_processes_make_one_keyring(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert at_once("keyring", [folder] * PROCESSES, "") == ["done"] * PROCESSES
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "keyring.json"]
    assert first_keyring(folder) == read_keyring(folder)


def test_tables_that_are_somebody_elses_are_told_in_words(engine: Engine, tmp_path: Path) -> None:
    downgrade(engine, "base")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE people (another INTEGER)")
    with pytest.raises(StandingError, match="already exists"):
        create_registry(tmp_path, url_of(engine))
    assert not keys_folder(tmp_path).exists()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE people")
    upgrade(engine)
