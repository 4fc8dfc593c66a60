"""Asking witnesses: what they are shown, what is kept of what they say, and that nothing waits for the silent."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import select
from tests.registry.cosigning import WITNESS, cosignature, vkey_of
from tests.registry.office import HandClock, Office
from tests.registry.verification.built import Attacker
from tests.service.answering import says
from tests.service.api.caller import wait_for
from tests.service.witness import SIZE, Witness, witness_server

from goodstanding.errors import BadInput, Conflict, NotFound, NotReady
from goodstanding.registry import Registry
from goodstanding.registry.database.schema import cosignatures, witnesses
from goodstanding.registry.log import log_size, read_frontier
from goodstanding.registry.log.checkpoints import read_checkpoint
from goodstanding.registry.log.origin import checkpoint_now, log_keys, origin_of
from goodstanding.registry.log.signed_notes import Vkey, read_note, signed_by
from goodstanding.registry.rights import freeze, thaw
from goodstanding.registry.verification import verify_registry
from goodstanding.registry.witnesses import (
    MOST_STORED,
    add_witness,
    all_witnesses,
    checkpoint_cosigned,
    newest_cosigned,
    remove_witness,
)
from goodstanding.service.outbox.chores import Chores
from goodstanding.service.outbox.witness_requests import LONGEST_ANSWER, WitnessReply, WitnessRequests

QUICK = 0.3


@pytest.fixture
def witness(clock: HandClock) -> Iterator[Witness]:
    with witness_server(clock) as here:
        yield here


@pytest.fixture
def asker(office: Office) -> Iterator[WitnessRequests]:
    made = WitnessRequests(office.registry, private=True, seconds=QUICK)
    yield made
    made.close()


def keys_of(registry: Registry) -> list[Vkey]:
    with registry.read() as transaction:
        return list(
            log_keys(
                transaction.keyring,
                origin_of(transaction.connection, read_frontier(transaction.connection, transaction.keyring)),
            )
        )


def added(office: Office, *several: Witness) -> None:
    """Have witnesses know the log, and the log know them."""
    for one in several:
        one.knows(*keys_of(office.registry))
        office.registry.do(lambda transaction, one=one: add_witness(transaction, one.vkey, one.url, by="ann"))


def size_of(office: Office) -> int:
    with office.registry.read() as transaction:
        return log_size(transaction.connection)


def grow(office: Office, times: int = 1) -> None:
    person = office.person()
    for _ in range(times):
        office.registry.do(lambda transaction: freeze(transaction, person))
        office.registry.do(lambda transaction: thaw(transaction, person))


def newest(office: Office, name: str = WITNESS) -> tuple[int, datetime] | None:
    with office.registry.read() as transaction:
        found = newest_cosigned(transaction.connection, vkey_of(name).cosigning)
    return None if found is None else (found.size, found.at)


def problem(asked: Any) -> str:
    (one,) = asked
    assert one.size is None
    return str(one.problem)


def test_a_witness_is_shown_the_head_with_a_proof_from_the_last_and_its_cosignature_is_kept(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)
    origin = keys_of(office.registry)[0].name
    for turn in range(3):
        asked = asker.ask_all()
        assert asked == [WitnessReply(WITNESS, size_of(office), office.clock.now.replace(microsecond=0))]
        assert newest(office) == (size_of(office), office.clock.now.replace(microsecond=0))
        assert witness.heads[origin].size == size_of(office)
        assert len(witness.got) == turn + 1  # it goes on from where it was, without being told
        grow(office, turn + 1)
        office.clock.move(minutes=5)
    assert witness.paths == ["/w/add-checkpoint"] * 3
    assert witness.got[0].startswith(b"old 0\n\n")
    with office.registry.read() as transaction:
        (signed,) = signed_by(checkpoint_cosigned(transaction), [vkey_of(WITNESS).cosigning])
    assert newest(office) == (witness.heads[origin].size, datetime.fromtimestamp(signed.at or 0, UTC))
    assert not verify_registry(office.registry).findings


def test_only_what_is_due_is_asked_for_and_a_log_that_does_not_grow_is_shown_again_after_an_hour(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    assert asker.ask_due() == asker.ask_all() == []
    added(office, witness)
    assert [one.size for one in asker.ask_due()] == [size_of(office)]
    assert asker.ask_due() == []
    grow(office)
    assert [one.size for one in asker.ask_due()] == [size_of(office)]
    office.clock.move(minutes=59)
    assert asker.ask_due() == []
    office.clock.move(minutes=1)
    (again,) = asker.ask_due()
    assert (again.size, again.at) == (size_of(office), office.clock.now.replace(microsecond=0))
    assert witness.got[-1].startswith(f"old {size_of(office)}\n\n".encode())
    assert newest(office) == (again.size, again.at)
    with office.registry.read() as transaction:
        assert len(transaction.connection.execute(select(cosignatures)).all()) == 2


def test_the_newest_few_cosignatures_of_each_witness_are_kept(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)
    sizes = []
    for _ in range(MOST_STORED + 3):
        grow(office)
        sizes += [one.size for one in asker.ask_all()]
    with office.registry.read() as transaction:
        kept = transaction.connection.scalars(select(cosignatures.c.size).order_by(cosignatures.c.size))
        assert list(kept) == sizes[-MOST_STORED:]


def test_a_witness_that_has_another_size_says_so_and_is_given_the_proof_from_there(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)
    asker.ask_all()
    office.registry.do(lambda transaction: remove_witness(transaction, WITNESS, by="ann"))
    office.registry.do(lambda transaction: add_witness(transaction, witness.vkey, witness.url, by="ann"))
    # We forgot what it has; the log has grown since.
    before = next(iter(witness.heads.values())).size
    assert [one.size for one in asker.ask_all()] == [size_of(office)]
    assert [body.partition(b"\n")[0] for body in witness.got[1:]] == [b"old 0", f"old {before}".encode()]
    # Another process has shown it this very head meanwhile.
    grow(office)
    origin = keys_of(office.registry)[0].name
    with office.registry.read() as transaction:
        witness.heads[origin] = read_checkpoint(checkpoint_now(transaction.connection, transaction.keyring))
    assert [one.size for one in asker.ask_all()] == [size_of(office)]


def test_several_witnesses_cosign_one_head_and_one_that_fails_stops_no_other(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
    clock: HandClock,
) -> None:
    with witness_server(clock, "a.example/slow") as slow, witness_server(clock, "z.example/good") as other:
        added(office, witness, slow, other)
        slow.instead = [lambda _: time.sleep(3 * QUICK)]
        began = time.monotonic()
        asked = asker.ask_all()
        assert time.monotonic() - began < 3 * QUICK
    assert [(one.witness, one.size) for one in asked] == [
        ("a.example/slow", None),
        (WITNESS, size_of(office)),
        ("z.example/good", size_of(office)),
    ]
    assert str(asked[0].problem).startswith("a.example/slow: found no answer; expected an answer within 0.3 seconds.")
    with office.registry.read() as transaction:
        note = checkpoint_cosigned(transaction)
    by = [vkey_of(name).cosigning for name in ("a.example/slow", WITNESS, "z.example/good")]
    assert [one.key.name for one in signed_by(note, by)] == [WITNESS, "z.example/good"]
    assert read_note(str(note).encode()) == note


def goes_on(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(bytes(LONGEST_ANSWER))


def leads(request: BaseHTTPRequestHandler) -> None:
    request.send_response(307)
    request.send_header("Location", "/elsewhere/add-checkpoint")
    request.end_headers()


MADE_UP = str(cosignature("another text\n", WITNESS, 1781515800)) + "\n"
WRONG = {
    "it does not know the log": ((404, "text/plain", "?\n"), "it does not know this log; .*Have it take up the log"),
    "it does not know the key": ((403, "text/plain", "?\n"), "the key that signs the log; .*Give it the log's key"),
    "the proof does not hold": ((422, "text/plain", "?\n"), "does not go on from the head that it keeps; .*verify"),
    "another root of this size": ((409, "text/plain", "?\n"), "keeps another head of this size"),
    "the size that it was told": ((409, SIZE, "0\n"), "keeps another head of this size"),
    "a size without its type": ((409, "text/plain", "3\n"), "keeps another head of this size"),
    "a size that does not read": ((409, SIZE, "03\n"), "keeps another head of this size"),
    "a size that does not end": ((409, SIZE, "33"), "keeps another head of this size"),
    "a size beyond the log's": ((409, SIZE, "999\n"), r"it keeps a head of 999 lines, and the log has \d+"),
    "a bad request": ((400, "text/plain", "?\n"), "found status 400; .*Ask whoever runs the witness"),
    "a fault": ((500, "text/plain", "?\n"), "found status 500"),
    "a way elsewhere": (leads, "found status 307"),
    "nothing": ((200, "text/plain", ""), "none in its answer; .*Check the key"),
    "an answer that is no signature": ((200, "text/plain", "thank you\n"), "note: found 'thank you'"),
    "a cosignature of another text": ((200, "text/plain", MADE_UP), "a signature that does not hold"),
    "a text of its own above it": (
        (200, "text/plain", f"\nanother text\n\n{cosignature('x', WITNESS, 5)}\n"),
        "none in its answer|does not hold",
    ),
    "another's cosignature": (
        (200, "text/plain", str(cosignature("x", "w.example/other", 5)) + "\n"),
        "none in its answer; expected a cosignature by its key",
    ),
    "an answer without end": ((200, "text/plain", "a" * (LONGEST_ANSWER + 1)), "a longer answer"),
    "an answer that goes on and on": (goes_on, "a longer answer"),
    "no HTTP": (says(b"no HTTP at all\r\n\r\n"), "no answer"),
    "hanging up": (says(b""), "no answer"),
    "dribbling": (says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100, every=QUICK / 3), "no answer"),
}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("answer", "told"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_told_and_nothing_is_kept(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
    answer: Any,
    told: str,
) -> None:
    added(office, witness)
    witness.instead = [answer]
    asked = asker.ask_all()
    with pytest.raises((NotReady, Conflict, BadInput), match=told):
        raise asked[0].problem or AssertionError
    assert problem(asked)
    assert newest(office) is None
    assert witness.paths == ["/w/add-checkpoint"]  # nothing is followed
    # The next time it is as if nothing had been.
    assert [one.size for one in asker.ask_all()] == [size_of(office)]


def test_a_cosignature_over_more_than_the_checkpoint_is_none_though_its_key_made_it(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)

    def adds(request: BaseHTTPRequestHandler) -> None:
        note = read_note(witness.got[-1].partition(b"\n\n")[2])
        text = f"{note}\nanother text\n"
        request.send_response(200)
        request.end_headers()
        request.wfile.write(f"\nanother text\n\n{cosignature(text, WITNESS, 1781515800)}\n".encode())

    witness.instead = [adds]
    assert "none in its answer" in problem(asker.ask_all())
    assert newest(office) is None


def test_a_witness_that_names_one_size_after_another_is_left_alone(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)
    witness.instead = [(409, SIZE, f"{size}\n") for size in (1, 2, 3, 1, 2, 3)]
    assert "one after another" in problem(asker.ask_all())
    assert len(witness.got) == 3
    witness.instead = [(409, SIZE, f"{size}\n") for size in (1, 0, 1, 0)]
    assert "one after another" in problem(asker.ask_all())
    assert len(witness.got) == 5


def test_who_is_gone_and_who_is_of_this_machine_are_not_reached(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = f"http://127.0.0.1:{gone.getsockname()[1]}"
    office.registry.do(lambda transaction: add_witness(transaction, witness.vkey, closed, by="ann"))
    assert "no answer" in problem(asker.ask_all())
    office.registry.do(lambda transaction: remove_witness(transaction, WITNESS, by="ann"))
    added(office, witness)
    outside = WitnessRequests(office.registry, seconds=QUICK)
    said = problem(outside.ask_all())
    assert "an address of this machine or network" in said
    assert "standing witness ask --private" in said
    assert "seconds" not in said
    outside.close()
    assert witness.got == []


def test_a_fork_is_told_by_the_witness_whoever_signs_it(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
    attacker: Attacker,
) -> None:
    added(office, witness)
    asker.ask_all()
    earlier = attacker.everything()
    grow(office)
    asker.ask_all()
    kept = next(iter(witness.heads.values())).size
    # Whether what it cosigned since is still there or was put back as well.
    for left in ({"cosignatures"}, set()):
        attacker.put_back({name: rows for name, rows in earlier.items() if name not in left})
        assert f"it keeps a head of {kept} lines, and the log has {size_of(office)}" in problem(asker.ask_all())
    grow(office)
    office.clock.move(minutes=1)
    grow(office)
    assert size_of(office) > kept
    assert "the log does not go on from the head that it keeps" in problem(asker.ask_all())
    assert next(iter(witness.heads.values())).size == kept
    # The registry alone finds nothing wrong with itself.
    assert not verify_registry(office.registry).findings


def test_adding_and_removing_witnesses_is_proven_by_the_log_and_refuses_what_is_wrong(office: Office) -> None:
    vkey, url = str(vkey_of(WITNESS)), "https://w.example/add/"
    found = office.registry.do(lambda transaction: add_witness(transaction, vkey, url, by="ann"))
    assert (found.name, found.url) == (WITNESS, "https://w.example/add")
    assert found.key == vkey_of(WITNESS).cosigning
    before = size_of(office)
    wrong = [
        (vkey, url, Conflict),
        (vkey[:-1], url, BadInput),
        (str(vkey_of("w.example/2")), "http://w.example/", BadInput),
        (str(vkey_of("w.example/2")), "https://w.example/?a=b", BadInput),
        (str(vkey_of("w.example/2")), "w.example", BadInput),
    ]
    for key, address, error in wrong:
        with pytest.raises(error):
            office.registry.do(lambda transaction, k=key, a=address: add_witness(transaction, k, a, by="ann"))
    with pytest.raises(NotFound):
        office.registry.do(lambda transaction: remove_witness(transaction, "w.example/2", by="ann"))
    assert size_of(office) == before
    with office.registry.read() as transaction:
        assert [one.name for one in all_witnesses(transaction.connection)] == [WITNESS]
        with pytest.raises(NotFound, match="none so far"):
            checkpoint_cosigned(transaction)
    office.registry.do(lambda transaction: remove_witness(transaction, WITNESS, by="ann"))
    with office.registry.read() as transaction:
        assert transaction.connection.execute(select(witnesses)).all() == []
    assert not verify_registry(office.registry).findings


def test_what_a_witness_says_after_it_was_removed_is_not_kept(
    office: Office,
    witness: Witness,
    asker: WitnessRequests,
) -> None:
    added(office, witness)

    def meanwhile(request: BaseHTTPRequestHandler) -> None:
        office.registry.do(lambda transaction: remove_witness(transaction, WITNESS, by="ann"))
        note = read_note(witness.got[-1].partition(b"\n\n")[2])
        request.send_response(200)
        request.end_headers()
        request.wfile.write(f"{cosignature(note.text, WITNESS, 1781515800)}\n".encode())

    witness.instead = [meanwhile]
    asker.ask_all()
    assert newest(office) is None


def test_the_service_asks_by_itself_and_a_witness_that_does_not_answer_holds_up_nothing(
    office: Office,
    witness: Witness,
) -> None:
    added(office, witness)
    with Chores(office.registry, private_webhooks=True, every=0.01, witnesses_every=0.01):
        first = wait_for(lambda: newest(office))
        grow(office)
        wait_for(lambda: (newest(office) or first)[0] == size_of(office))
    grow(office)
    witness.instead = [lambda _: time.sleep(1)] * 100
    turns: list[float] = []
    with Chores(office.registry, private_webhooks=True, every=0.01, witnesses_every=0.01) as chores:
        wait_for(lambda: len(witness.instead) < 100)
        sends = chores.sender.send_due
        chores.sender.send_due = lambda *given: (turns.append(time.monotonic()), sends(*given))[1]  # type: ignore[method-assign]
        wait_for(lambda: len(turns) > 10, 0.9)
