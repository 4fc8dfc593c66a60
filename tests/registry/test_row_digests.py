"""What the log is told of a row: all that it says, to nobody but the registry."""

from datetime import timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.registry.office import START, Office

from goodstanding.errors import BadInput
from goodstanding.registry.database.schema import identifiers, marks, messages, passkeys, people
from goodstanding.registry.keys import Keyring, canonical, fresh_keyring, seal
from goodstanding.registry.row_digests import (
    UNOPENED,
    logged,
    logged_changed,
    logged_gone,
    logged_new,
    row_digest,
    row_key,
)

ID = UUID(int=7)
PERSON = {
    "id": ID,
    "state": "open",
    "language": "en",
    "jurisdiction": "cn",
    "notice": {"version": "1", "language": "en"},
    "joined_at": START,
    "contested": 0,
    "held": 0,
}


def with_words(ring: Keyring, words: str) -> dict[str, object]:
    return PERSON | {"words": seal(ring, words, f"words of {ID}")}


def test_a_row_is_told_by_table_key_and_digest(keyring: Keyring) -> None:
    assert logged(keyring, people, PERSON) == ("people", str(ID), row_digest(keyring, people, PERSON))
    digest = row_digest(keyring, people, PERSON)
    assert logged_new(keyring, people, PERSON) == ("people", str(ID), digest, None)
    assert logged_gone(keyring, people, PERSON) == ("people", str(ID), None, digest)
    frozen = row_digest(keyring, people, PERSON | {"frozen_at": START})
    assert logged_changed(keyring, people, PERSON, {"frozen_at": START}) == ("people", str(ID), frozen, digest)


def test_what_does_not_open_may_be_changed_and_erased_and_is_told_as_such(keyring: Keyring) -> None:
    moved = PERSON | {"words": seal(keyring, "hello", "words of somebody else")}
    assert logged_gone(keyring, people, moved)[2:] == (None, UNOPENED)
    assert logged_changed(keyring, people, moved, {"words": None})[2:] == (
        row_digest(keyring, people, PERSON),
        UNOPENED,
    )


def test_a_key_is_of_the_primary_key_or_of_what_the_table_names(keyring: Keyring) -> None:
    assert row_key(marks, {"person_id": ID, "item_hash": b"\x01\xff"}) == f"{ID}/01ff"
    known_by = {"kind": "phone", "hash": b"\x01", "person_id": ID, "sealed": seal(keyring, "1", "identifier phone")}
    assert row_key(identifiers, known_by) == f"{ID}/phone"


def test_whoever_reads_the_log_cannot_try_out_what_a_row_says(keyring: Keyring) -> None:
    digest = row_digest(keyring, people, PERSON)
    assert row_digest(fresh_keyring(), people, PERSON) != digest
    guesses: list[object] = [PERSON, [PERSON], ["", PERSON], ["people", str(ID), PERSON], [None, PERSON]]
    assert digest not in {sha256(canonical(guess)).hexdigest() for guess in guesses}


def test_two_rows_that_say_the_same_have_different_digests(keyring: Keyring) -> None:
    # Or else it would show that two people are alike.
    message = {"log_index": 1, "person_id": ID, "kind": "x", "sealed": seal(keyring, "hello", f"message to {ID}")}
    digests = {row_digest(keyring, messages, message | {"at": START, "log_index": at}) for at in (1, 2)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "closed"},
        {"held": 1},
        {"notice": {"version": "2", "language": "en"}},
        {"left_at": START},
        {"joined_at": START + timedelta(microseconds=1)},
    ],
    ids=str,
)
def test_a_row_that_says_anything_else_has_another_digest(keyring: Keyring, changed: dict[str, object]) -> None:
    assert row_digest(keyring, people, PERSON | changed) != row_digest(keyring, people, PERSON)


def test_columns_that_hold_nothing_and_keys_in_another_order_change_nothing(keyring: Keyring) -> None:
    digest = row_digest(keyring, people, PERSON)
    assert row_digest(keyring, people, PERSON | {"left_at": None, "words": None}) == digest
    turned = {"language": "en", "version": "1"}
    assert row_digest(keyring, people, dict(reversed((PERSON | {"notice": turned}).items()))) == digest


def test_the_same_moment_in_another_zone_changes_nothing(keyring: Keyring) -> None:
    moved = START.astimezone(timezone(timedelta(hours=8)))
    assert row_digest(keyring, people, PERSON | {"joined_at": moved}) == row_digest(keyring, people, PERSON)


def test_what_is_sealed_counts_by_what_it_says(keyring: Keyring) -> None:
    first, again = with_words(keyring, "hello"), with_words(keyring, "hello")
    assert first["words"] != again["words"]
    digest = row_digest(keyring, people, first)
    assert row_digest(keyring, people, again) == digest
    rotated = keyring.with_new("sealing")
    assert row_digest(rotated, people, with_words(rotated, "hello")) == digest
    assert row_digest(keyring, people, with_words(keyring, "hullo")) != digest


def test_what_does_not_open_is_refused(keyring: Keyring) -> None:
    moved = PERSON | {"words": seal(keyring, "hello", "words of somebody else")}
    with pytest.raises(BadInput):
        row_digest(keyring, people, moved)


def test_columns_that_are_not_proven_change_nothing(keyring: Keyring) -> None:
    passkey = {"id": b"1", "person_id": ID, "public_key": b"k", "label": "Mine", "added_at": START}
    used = passkey | {"entered": b"sealed"}
    assert row_digest(keyring, passkeys, used) == row_digest(keyring, passkeys, passkey)


def test_when_a_message_was_read_is_proven(keyring: Keyring) -> None:
    message = {"log_index": 1, "person_id": ID, "kind": "x", "at": START}
    message["sealed"] = seal(keyring, "hello", f"message to {ID}")
    read = message | {"read_at": START}
    assert row_digest(keyring, messages, read) != row_digest(keyring, messages, message)


def test_a_row_reads_back_as_it_was_told(office: Office) -> None:
    person = office.person()
    with office.registry.write() as transaction:
        first = transaction.insert(messages, _message(transaction.keyring, person))
        (updated,) = transaction.update(messages, messages.c.log_index == 10**12, read_at=START)
        (row,) = transaction.connection.execute(select(messages)).mappings().all()
        assert updated == (*logged(transaction.keyring, messages, row), first[2])
        erased = transaction.erase(messages, messages.c.person_id == person)
        assert erased == [("messages", str(10**12), None, updated[2])]


def _message(ring: Keyring, person: UUID) -> dict[str, object]:
    sealed = seal(ring, "hello", f"message to {person}")
    return {"log_index": 10**12, "person_id": person, "kind": "x", "sealed": sealed, "at": START}
