"""Requests that are sent again: the same response within a day, nobody else's, and readable to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from tests.registry.conftest import HandClock, Office

from goodstanding.errors import BadInput, Conflict
from goodstanding.registry.database.schema import requests
from goodstanding.registry.idempotency import KEPT, Response, earlier_response, keep_response
from goodstanding.registry.people import set_words
from goodstanding.registry.transactions import Change, Changes

CALLER, OTHER = f"person {uuid4()}", f"person {uuid4()}"
ASKED, ANOTHER = (sha256(body).digest() for body in (b"this", b"that"))
SAID = Response(201, '{"words":"王小明 was ill."}')
KEY = "k" * 20


def earlier(changes: Changes, caller: str = CALLER, key: str = KEY, asked: bytes = ASKED) -> Response | None:
    return changes.do(lambda change: earlier_response(change, caller, key, asked))


def keep(changes: Changes, caller: str = CALLER, key: str = KEY, response: Response = SAID) -> None:
    changes.do(lambda change: keep_response(change, caller, key, ASKED, response))


def kept(changes: Changes) -> int:
    with changes.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(requests)) or 0


def test_the_same_request_gets_the_same_response_and_no_other_gets_it(changes: Changes) -> None:
    assert earlier(changes) is None
    keep(changes)
    assert [earlier(changes), earlier(changes)] == [SAID, SAID]
    assert earlier(changes, caller=OTHER) is None
    assert earlier(changes, key=KEY.upper()) is None
    with pytest.raises(Conflict, match="Idempotency-Key: found another request"):
        earlier(changes, asked=ANOTHER)
    # Another caller under the same key is another matter.
    other = Response(409, "null")
    keep(changes, caller=OTHER, response=other)
    assert (earlier(changes), earlier(changes, caller=OTHER)) == (SAID, other)
    # No caller and key together are another's, however they are cut.
    assert earlier(changes, caller=CALLER[:-1], key=CALLER[-1] + KEY) is None


def test_a_response_is_kept_for_a_day_and_then_the_key_is_free(changes: Changes, clock: HandClock) -> None:
    keep(changes)
    clock.now += KEPT - timedelta(microseconds=1)
    assert earlier(changes) == SAID
    clock.now += timedelta(microseconds=1)
    assert earlier(changes, asked=ANOTHER) is None
    assert kept(changes) == 0
    keep(changes)
    assert earlier(changes) == SAID


def test_looking_for_one_response_forgets_all_that_are_older_than_a_day(changes: Changes, clock: HandClock) -> None:
    for number in range(3):
        keep(changes, key=f"key {number}")
        clock.move(hours=10)
    assert earlier(changes, caller=OTHER) is None
    assert kept(changes) == 2


def test_who_has_the_database_reads_neither_key_nor_response_and_cannot_pass_them_on(changes: Changes) -> None:
    keep(changes)
    with changes.engine.connect() as connection:
        row = connection.execute(select(requests)).one()
    written = b"".join(value if isinstance(value, bytes) else repr(value).encode() for value in row)
    for secret in (KEY, SAID.body, "王小明"):
        assert secret.encode() not in written
    with changes.change() as change:
        # As if it had been said to another caller, whose row is found by their own key.
        keep_response(change, OTHER, KEY, ASKED, Response(200, "{}"))
        change.connection.execute(update(requests).where(requests.c.caller == OTHER).values(sealed=row.sealed))
    assert earlier(changes) == SAID
    with pytest.raises(BadInput, match="does not open"):
        earlier(changes, caller=OTHER)


def test_a_response_is_kept_only_if_what_was_done_is(office: Office) -> None:
    person = office.person()

    def work(change: Change) -> None:
        set_words(change, person, "I was ill.")
        keep_response(change, CALLER, KEY, ASKED, SAID)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        office.changes.do(work)
    assert earlier(office.changes) is None


def test_nobody_does_a_thing_twice_under_one_key(office: Office) -> None:
    person, done = office.person(), list[str]()

    def once(words: str) -> Callable[[Change], Response]:
        def work(change: Change) -> Response:
            if (found := earlier_response(change, CALLER, KEY, ASKED)) is not None:
                return found
            set_words(change, person, words)
            done.append(words)
            keep_response(change, CALLER, KEY, ASKED, Response(200, words))
            return Response(200, words)

        return work

    assert {office.changes.do(once(words)) for words in ("first", "second", "third")} == {Response(200, "first")}
    assert done == ["first"]
