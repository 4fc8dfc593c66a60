"""What `standing verify` says where a copy was put back: which parts lack what."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.verbs import Said

from goodstanding.registry import open_registry
from goodstanding.registry.people import NOTICE_VERSION, identifier, join

Run = Callable[..., Said]
FOLLOWS = "What a missing key sealed or found reads as changed"


@pytest.fixture
def room(run: Run, tmp_path: Path) -> Path:
    room = tmp_path / "room"
    assert run("registry", "create", "--workspace", room).code == 0
    return room


def grow(room: Path, name: str) -> None:
    known_by = [identifier("record_id", name)]
    with open_registry(room) as registry:
        registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )


def test_an_older_copy_is_told_by_the_lines_that_it_lacks(run: Run, room: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(room, tmp_path / "copy"))
    grow(room, "one")
    assert run("verify", "--keep", tmp_path / "head", "--workspace", room).code == 0
    found = run("verify", "--head", tmp_path / "head", "--workspace", copy)
    assert found.code == 1
    assert "log 1-1: missing. The log is shorter than a head that was kept" in found.out


def test_a_key_that_is_missing_is_named_with_what_follows_from_it(run: Run, room: Path, tmp_path: Path) -> None:
    grow(room, "one")
    assert FOLLOWS not in run("verify", "--workspace", room).out
    keys = Path(shutil.copytree(room / "keys", tmp_path / "keys"))
    for purpose in ("sealing", "lookup"):
        assert run("registry", "rotate", purpose, "--workspace", room).code == 0
    shutil.copytree(keys, room / "keys", dirs_exist_ok=True)
    first, second, third, *rows, _ = run("verify", "--workspace", room).out.splitlines()
    assert (first, second) == ("keyring sealing 2: there is none.", "keyring lookup 2: there is none.")
    assert third.startswith(FOLLOWS)
    assert rows
    assert all(FOLLOWS not in row for row in rows)
