"""Of several who would write the keyring one does, and the others are told in one sentence or wait."""

import fcntl
import os
from errno import ENOLCK
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from goodstanding.errors import BadInput, Busy, NotReady
from goodstanding.registry.keys import first_keyring, fresh_keyring, read_keyring, write_keyring
from goodstanding.registry.keys import keyring as module
from goodstanding.registry.keys.keyring import keyring_locked
from goodstanding.registry.keys.lock import LOCK_NAME, locked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace" / "keys"


def test_who_comes_second_is_told_and_changes_nothing(folder: Path) -> None:
    ring = fresh_keyring()
    with keyring_locked(folder) as replace:
        replace(ring)
        with pytest.raises(Busy, match="found another command writing to it; expected one at a time") as refusal:
            write_keyring(folder, fresh_keyring())
    assert str(folder) in str(refusal.value)
    assert read_keyring(folder) == ring
    write_keyring(folder, fresh_keyring())


def test_the_lock_is_let_go_when_its_holder_fails(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyError), locked(folder):
            raise KeyError


def test_what_another_stages_is_not_swept_as_nobody_gets_in(folder: Path) -> None:
    with keyring_locked(folder):
        (folder / ".keyring.json.0123456789abcdef").write_text("being written")
        with pytest.raises(Busy), keyring_locked(folder):
            pass
        assert (folder / ".keyring.json.0123456789abcdef").exists()


def test_the_first_keyring_is_waited_for(folder: Path) -> None:
    ring = fresh_keyring()

    def made_slowly() -> None:
        with keyring_locked(folder) as replace:
            began.append(True)
            sleep(0.3)
            replace(ring)

    began: list[bool] = []
    thread = Thread(target=made_slowly)
    thread.start()
    while not began:
        sleep(0.01)
    assert first_keyring(folder) == ring
    thread.join()


def test_a_first_keyring_that_does_not_come_is_not_waited_for_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.1)
    with locked(folder), pytest.raises(Busy):
        first_keyring(folder)
    assert [path.name for path in folder.iterdir()] == [LOCK_NAME]


def test_a_keyring_that_is_there_is_read_whoever_writes(folder: Path) -> None:
    ring = first_keyring(folder)
    with locked(folder):
        assert first_keyring(folder) == ring


def test_a_file_system_without_locks_is_refused_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(ENOLCK, os.strerror(ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    for work in (first_keyring, lambda folder: write_keyring(folder, fresh_keyring())):
        with pytest.raises(NotReady, match="expected a file system with locks"):
            work(folder)
    assert not (folder / "keyring.json").exists()


def test_a_lock_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / LOCK_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="expected a folder that can be written"):
        write_keyring(folder, fresh_keyring())
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_in_the_folders_place_is_told_in_words(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file")
    with pytest.raises(BadInput, match="expected a folder that can be written"):
        write_keyring(folder, fresh_keyring())
