"""The keyring's file is its owner's alone, and no secret of it is ever printed."""

import json
import os
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.errors import BadInput, NotReady
from goodstanding.registry import Registry
from goodstanding.registry.keys import Key, Keyring, Keys, fresh_keyring, read_keyring, write_keyring
from goodstanding.registry.keys.keyring import KEY_BYTES, Purpose

PURPOSES = get_args(Purpose)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace" / "keys"


@pytest.fixture
def _open_umask() -> Iterator[None]:
    """A machine on which new files are everybody's unless their maker says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_fresh_keyring_has_one_key_for_each_purpose_all_different() -> None:
    ring, other = fresh_keyring(), fresh_keyring()
    assert set(ring.keys) == set(PURPOSES) == {"sealing", "lookup", "blinding", "signing"}
    assert all([key.number for key in keys] == [1] for keys in ring.keys.values())
    secrets = [key.secret for found in (ring, other) for keys in found.keys.values() for key in keys]
    assert len(set(secrets)) == 2 * len(PURPOSES)
    assert {len(secret) for secret in secrets} == {KEY_BYTES}


@pytest.mark.usefixtures("_open_umask")
def test_the_file_and_its_folder_are_their_owners_alone(folder: Path) -> None:
    write_keyring(folder, fresh_keyring())
    assert folder.stat().st_mode & 0o777 == 0o700
    found = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert found == {"keyring.json": 0o600, ".lock": 0o600}


@pytest.mark.usefixtures("_open_umask")
def test_the_file_stays_its_owners_alone_when_it_is_written_over(folder: Path) -> None:
    write_keyring(folder, fresh_keyring())
    (folder / "keyring.json").chmod(0o644)
    write_keyring(folder, fresh_keyring())
    assert (folder / "keyring.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("_open_umask")
@pytest.mark.parametrize("left", [".keyring.json.new", ".keyring.json.0123456789abcdef"])
def test_what_a_killed_writer_left_is_swept_by_the_next_and_lends_nothing(folder: Path, left: str) -> None:
    folder.mkdir(parents=True)
    (folder / left).write_text("half a key")
    ring = fresh_keyring()
    write_keyring(folder, ring)
    assert sorted(file.name for file in folder.iterdir()) == [".lock", "keyring.json"]
    assert read_keyring(folder) == ring


def test_what_is_not_ours_is_left_in_the_folder(folder: Path) -> None:
    folder.mkdir(parents=True)
    names = ["keyring.json.copy", ".keyring.json.swp", "another.keyring.json.0123456789abcdef"]
    for name in names:
        (folder / name).write_text("a copy")
    write_keyring(folder, fresh_keyring())
    assert {*names, ".lock", "keyring.json"} == {file.name for file in folder.iterdir()}


def test_a_link_laid_in_the_way_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (folder / ".keyring.json.new").symlink_to(elsewhere)
    write_keyring(folder, fresh_keyring())
    assert elsewhere.read_text() == "untouched"
    assert not (folder / "keyring.json").is_symlink()


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o777])
def test_a_keyring_that_others_can_open_is_refused(folder: Path, mode: int) -> None:
    write_keyring(folder, fresh_keyring())
    (folder / "keyring.json").chmod(mode)
    with pytest.raises(BadInput, match=f"found {mode:o}; expected a file that its owner alone can read. chmod 600"):
        read_keyring(folder)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_keyring_that_its_owner_alone_can_read_is_read(folder: Path, mode: int) -> None:
    ring = fresh_keyring()
    write_keyring(folder, ring)
    (folder / "keyring.json").chmod(mode)
    assert read_keyring(folder) == ring


@given(st.lists(st.sampled_from(PURPOSES), max_size=6))
def test_a_keyring_reads_as_it_was_written_after_any_rotations(
    tmp_path_factory: pytest.TempPathFactory, rotated: list[Purpose]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "rotated"
    ring = fresh_keyring()
    for purpose in rotated:
        ring = ring.with_new(purpose)
        write_keyring(folder, ring)
    write_keyring(folder, ring)
    assert read_keyring(folder) == ring
    for purpose in PURPOSES:
        count = rotated.count(purpose) + 1
        assert [key.number for key in ring.keys[purpose]] == list(range(1, count + 1))
        assert ring.in_force(purpose).number == count
        assert ring.numbered(purpose, 1) == ring.keys[purpose][0]


def test_numbers_go_on_when_old_keys_are_let_go() -> None:
    ring = fresh_keyring().with_new("sealing").without_old("sealing")
    assert [key.number for key in ring.keys["sealing"]] == [2]
    assert [key.number for key in ring.with_new("sealing").keys["sealing"]] == [2, 3]
    assert [key.number for key in ring.keys["lookup"]] == [1]


def test_a_new_key_is_a_new_secret_and_the_others_stay() -> None:
    ring = fresh_keyring()
    rotated = ring.with_new("signing")
    assert rotated.in_force("signing").secret != ring.in_force("signing").secret
    assert rotated.keys["signing"][0] == ring.in_force("signing")
    assert {purpose: rotated.keys[purpose] for purpose in PURPOSES if purpose != "signing"} == {
        purpose: ring.keys[purpose] for purpose in PURPOSES if purpose != "signing"
    }


def test_a_key_that_is_gone_is_named_by_purpose_and_number() -> None:
    with pytest.raises(BadInput, match="keyring: found no sealing key 7"):
        fresh_keyring().numbered("sealing", 7)


def test_a_folder_without_a_keyring_says_what_to_run(folder: Path) -> None:
    with pytest.raises(NotReady, match="standing registry create"):
        read_keyring(folder)


def test_no_way_of_printing_shows_a_secret(registry: Registry) -> None:
    ring = registry.keyring.with_new("sealing")
    key = ring.in_force("sealing")
    shown = [repr(ring), str(ring), f"{ring}", repr(key), str(key), f"{key:}", repr([key]), repr(registry)]
    shown += [repr(Registry(registry.engine, Keys(ring), registry.clock)), str(ring.keys), f"{ring.keys!r}"]
    assert not [text for text in shown if any(secret in text for secret in spellings(ring))]
    assert repr(key) == "Key(2)"


def damaged_files() -> dict[str, Callable[[str], str]]:
    """Ways in which the file's text may be wrong."""

    def changed(change: Callable[[dict[str, list[dict[str, object]]]], object]) -> Callable[[str], str]:
        def damage(text: str) -> str:
            value = json.loads(text)
            change(value["keys"])
            return json.dumps(value)

        return damage

    return {
        "empty": lambda _: "",
        "cut off": lambda text: text[: len(text) // 2],
        "a list": lambda _: "[]",
        "more fields": lambda text: text.replace('"keys"', '"more": 1, "keys"', 1),
        "another purpose": lambda text: text.replace("sealing", "stealing"),
        "a number in words": changed(lambda keys: keys["sealing"][0].update(number="one")),
        "a secret that is no Base64": changed(lambda keys: keys["sealing"][0].update(secret="*" * 44)),
        "a key with more": changed(lambda keys: keys["sealing"][0].update(more=1)),
    }


@pytest.mark.parametrize("damage", damaged_files().values(), ids=damaged_files())
def test_a_keyring_that_does_not_read_is_refused_without_its_secrets(
    folder: Path, damage: Callable[[str], str]
) -> None:
    ring = fresh_keyring()
    write_keyring(folder, ring)
    file = folder / "keyring.json"
    file.write_text(damage(file.read_text()))
    with pytest.raises(BadInput) as refusal:
        read_keyring(folder)
    said = "".join(traceback.format_exception(refusal.value))
    assert str(refusal.value).startswith(f"{file}: found ")
    assert not [secret for secret in spellings(ring) if secret in said]


def unfit_keyrings() -> dict[str, Keyring]:
    """Keyrings that would sign or hash under nothing, or fail at the first use."""
    ring = fresh_keyring()
    key = ring.in_force("lookup")
    return {
        "no keys": Keyring({}),
        "a purpose without its keys": Keyring({**ring.keys, "lookup": []}),
        "a purpose missing": Keyring({purpose: ring.keys[purpose] for purpose in PURPOSES if purpose != "signing"}),
        "an empty secret": Keyring({**ring.keys, "lookup": [Key(1, b"")]}),
        "a short secret": Keyring({**ring.keys, "lookup": [Key(1, key.secret[:-1])]}),
        "a long secret": Keyring({**ring.keys, "sealing": [Key(1, bytes(33))]}),
        "two keys of one number": Keyring({**ring.keys, "lookup": [key, Key(1, bytes(KEY_BYTES))]}),
    }


@pytest.mark.parametrize("ring", unfit_keyrings().values(), ids=unfit_keyrings())
def test_a_keyring_that_could_not_do_its_work_is_refused(folder: Path, ring: Keyring) -> None:
    write_keyring(folder, ring)
    with pytest.raises(BadInput):
        read_keyring(folder)


def spellings(ring: Keyring) -> list[str]:
    """Every secret of a keyring in the ways it might get printed."""
    secrets = [key.secret for keys in ring.keys.values() for key in keys]
    return [
        written
        for secret in secrets
        for written in (
            repr(secret),
            repr(secret)[2:-1],
            str(list(secret)),
            secret.hex(),
            b64encode(secret).decode().rstrip("="),
            urlsafe_b64encode(secret).decode().rstrip("="),
        )
    ]
