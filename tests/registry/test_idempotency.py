"""Requests that are sent again: the same response within a day, nobody else's, and readable to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from tests.registry.office import HandClock, Office

from goodstanding.errors import BadInput, Conflict
from goodstanding.registry import Registry, WriteTransaction
from goodstanding.registry.database.schema import requests
from goodstanding.registry.idempotency import LIFETIME, StoredResponse, earlier_response, store_response
from goodstanding.registry.people import set_words

CALLER, OTHER = f"person {uuid4()}", f"person {uuid4()}"
ASKED, ANOTHER = (sha256(body).digest() for body in (b"this", b"that"))
SAID = StoredResponse(201, '{"words":"王小明 was ill."}')
KEY = "k" * 20


def earlier(registry: Registry, caller: str = CALLER, key: str = KEY, asked: bytes = ASKED) -> StoredResponse | None:
    return registry.do(lambda transaction: earlier_response(transaction, caller, key, asked))


def keep(registry: Registry, caller: str = CALLER, key: str = KEY, response: StoredResponse = SAID) -> None:
    registry.do(lambda transaction: store_response(transaction, caller, key, ASKED, response))


def kept(registry: Registry) -> int:
    with registry.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(requests)) or 0


def test_the_same_request_gets_the_same_response_and_no_other_gets_it(registry: Registry) -> None:
    assert earlier(registry) is None
    keep(registry)
    assert [earlier(registry), earlier(registry)] == [SAID, SAID]
    assert earlier(registry, caller=OTHER) is None
    assert earlier(registry, key=KEY.upper()) is None
    with pytest.raises(Conflict, match="Idempotency-Key: found another request"):
        earlier(registry, asked=ANOTHER)
    # Another caller under the same key is another matter.
    other = StoredResponse(409, "null")
    keep(registry, caller=OTHER, response=other)
    assert (earlier(registry), earlier(registry, caller=OTHER)) == (SAID, other)
    # No caller and key together are another's, however they are cut.
    assert earlier(registry, caller=CALLER[:-1], key=CALLER[-1] + KEY) is None


def test_a_response_is_kept_for_a_day_and_then_the_key_is_free(registry: Registry, clock: HandClock) -> None:
    keep(registry)
    clock.now += LIFETIME - timedelta(microseconds=1)
    assert earlier(registry) == SAID
    clock.now += timedelta(microseconds=1)
    assert earlier(registry, asked=ANOTHER) is None
    assert kept(registry) == 0
    keep(registry)
    assert earlier(registry) == SAID


def test_looking_for_one_response_forgets_all_that_are_older_than_a_day(registry: Registry, clock: HandClock) -> None:
    for number in range(3):
        keep(registry, key=f"key {number}")
        clock.move(hours=10)
    assert earlier(registry, caller=OTHER) is None
    assert kept(registry) == 2


def test_who_has_the_database_reads_neither_key_nor_response_and_cannot_pass_them_on(registry: Registry) -> None:
    keep(registry)
    with registry.engine.connect() as connection:
        row = connection.execute(select(requests)).one()
    written = b"".join(value if isinstance(value, bytes) else repr(value).encode() for value in row)
    for secret in (KEY, SAID.body, "王小明"):
        assert secret.encode() not in written
    with registry.write() as transaction:
        # As if it had been said to another caller, whose row is found by their own key.
        store_response(transaction, OTHER, KEY, ASKED, StoredResponse(200, "{}"))
        transaction.connection.execute(update(requests).where(requests.c.caller == OTHER).values(sealed=row.sealed))
    assert earlier(registry) == SAID
    with pytest.raises(BadInput, match="does not open"):
        earlier(registry, caller=OTHER)


def test_a_response_is_kept_only_if_what_was_done_is(office: Office) -> None:
    person = office.person()

    def work(transaction: WriteTransaction) -> None:
        set_words(transaction, person, "I was ill.")
        store_response(transaction, CALLER, KEY, ASKED, SAID)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        office.registry.do(work)
    assert earlier(office.registry) is None


def test_nobody_does_a_thing_twice_under_one_key(office: Office) -> None:
    person, done = office.person(), list[str]()

    def once(words: str) -> Callable[[WriteTransaction], StoredResponse]:
        def work(transaction: WriteTransaction) -> StoredResponse:
            if (found := earlier_response(transaction, CALLER, KEY, ASKED)) is not None:
                return found
            set_words(transaction, person, words)
            done.append(words)
            store_response(transaction, CALLER, KEY, ASKED, StoredResponse(200, words))
            return StoredResponse(200, words)

        return work

    assert {office.registry.do(once(words)) for words in ("first", "second", "third")} == {StoredResponse(200, "first")}
    assert done == ["first"]
