"""Which keys are in force is the log's to say; what was read of them is read again when the log names others."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodstanding.errors import BadInput
from goodstanding.registry.keys import Keyring, Keys, KeysNamed, fresh_keyring, write_keyring
from goodstanding.registry.keys.signing import key_ids

RING = fresh_keyring()


def named(ring: Keyring, sealing: int = 1, lookup: int = 1) -> KeysNamed:
    return KeysNamed((("sealing", sealing), ("lookup", lookup)), key_ids(ring)[-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_keyring(tmp_path / "keys", RING)
    return tmp_path / "keys"


def test_a_key_that_is_in_the_file_is_not_in_force_before_the_log_says_so(folder: Path) -> None:
    ring = RING.with_new("sealing").with_new("lookup")
    write_keyring(folder, ring)
    keys = Keys.of_folder(folder)
    assert keys.named(named(RING)) == RING
    assert keys.named(named(RING, sealing=2)).in_force("sealing") == ring.in_force("sealing")
    assert keys.named(named(RING, sealing=2)).in_force("lookup") == RING.in_force("lookup")
    assert keys.named(named(RING, 2, 2)) == ring


@given(st.lists(st.sampled_from(["sealing", "lookup"]), max_size=6), st.data())
def test_what_the_log_names_is_in_force_with_all_that_is_older(rotated: list[str], data: st.DataObject) -> None:
    ring = RING
    for purpose in rotated:
        ring = ring.with_new(purpose)  # type: ignore[arg-type]
    numbers = {p: data.draw(st.integers(1, ring.in_force(p).number)) for p in ("sealing", "lookup")}  # type: ignore[arg-type]
    found = Keys(ring).named(named(ring, **numbers))
    for purpose, number in numbers.items():
        assert [key.number for key in found.keys[purpose]] == list(range(1, number + 1))  # type: ignore[index]
    assert {p: found.keys[p] for p in ("blinding", "signing")} == {p: RING.keys[p] for p in ("blinding", "signing")}


def test_the_file_is_read_again_only_when_the_log_names_another_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, read = Keys.of_folder(folder), list[str]()
    stat = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **how: (read.append(path.name), stat(path, **how))[1])
    for _ in range(3):
        assert keys.named(named(RING)) == RING
    assert read == []
    ring = RING.with_new("sealing")
    write_keyring(folder, ring)
    read.clear()
    assert keys.known(named(RING, sealing=2)) is None
    assert keys.named(named(RING, sealing=2)) == ring
    assert "keyring.json" in read
    read.clear()
    assert keys.named(named(RING, sealing=2)) == ring
    assert read == []


def test_a_key_that_nobody_has_is_named_and_the_keys_stay(folder: Path) -> None:
    keys = Keys.of_folder(folder)
    with pytest.raises(BadInput, match="no lookup key 7"):
        keys.named(named(RING, lookup=7))
    assert keys.named(named(RING)) == RING


@pytest.mark.parametrize("harm", ["gone", "open to others", "cut off"])
def test_a_file_that_cannot_be_read_takes_no_key_from_who_has_it(folder: Path, harm: str) -> None:
    keys, file = Keys.of_folder(folder), folder / "keyring.json"
    if harm == "gone":
        file.unlink()
    elif harm == "open to others":
        write_keyring(folder, RING.with_new("signing"))
        file.chmod(0o644)
    else:
        file.write_text(file.read_text()[:50])
    assert not keys.read_again()
    assert keys.named(named(RING)) == RING


def test_a_new_signing_key_is_followed_when_a_head_is_signed_with_it(folder: Path) -> None:
    keys, ring = Keys.of_folder(folder), RING.with_new("signing")
    assert keys.named(named(RING)) == RING
    write_keyring(folder, ring)
    assert keys.named(named(ring)) == ring
    assert keys.keyring == ring


def test_what_an_unknown_signer_signed_is_not_what_decides_over_the_keys(folder: Path) -> None:
    assert Keys.of_folder(folder).named(named(fresh_keyring())) == RING


def test_a_keyring_that_is_written_by_its_holder_is_taken_at_once(folder: Path) -> None:
    keys, ring = Keys.of_folder(folder), RING.with_new("sealing")
    with keys.exclusive() as (found, keep):
        assert found == RING
        keep(ring)
        assert keys.named(named(RING, sealing=2)) == ring
    assert Keys.of_folder(folder).named(named(RING, sealing=2)) == ring


def test_the_holder_gets_the_keyring_as_it_is_and_not_as_it_was_read(folder: Path) -> None:
    keys, ring = Keys.of_folder(folder), RING.with_new("sealing")
    write_keyring(folder, ring)
    with keys.exclusive() as (found, _):
        assert found == ring


def test_two_keyrings_of_one_size_and_time_are_told_apart(folder: Path) -> None:
    keys, file = Keys.of_folder(folder), folder / "keyring.json"
    at = file.stat()
    other = fresh_keyring()
    write_keyring(folder, other)
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert keys.read_again()
    assert keys.keyring == other
