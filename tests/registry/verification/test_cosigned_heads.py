"""Who has the keys and the database together: the registry finds nothing, what a witness cosigned names it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.registry.cosigning import WITNESS, cosignature, vkey_of, witnessed
from tests.registry.office import Office
from tests.registry.verification.built import Attacker
from tests.registry.verification.test_attackers import forge_a_line, frozen_and_thawed

from goodstanding.registry import Registry
from goodstanding.registry.database.schema import cosignatures, log_head, witnesses
from goodstanding.registry.keys import sign_bytes
from goodstanding.registry.log import stored_frontier
from goodstanding.registry.log.checkpoints import Checkpoint, read_checkpoint
from goodstanding.registry.log.origin import first_origin, log_keys
from goodstanding.registry.log.signed_heads import signed_head
from goodstanding.registry.log.signed_notes import Note, Signature, signature_over
from goodstanding.registry.verification import Finding, Wanted, verify_registry
from goodstanding.registry.verification.cosigned_heads import WITHIN
from goodstanding.registry.verification.findings import What
from goodstanding.registry.witnesses import (
    MOST_STORED,
    checkpoint_cosigned,
    cosignatures_of,
    newest_cosigned,
    remove_witness,
)

pytestmark = pytest.mark.usefixtures("_small_tiles")
OTHER = "w.example/2"


def findings(
    registry: Registry, *names: str, note: Note | None = None, within: timedelta | None = None
) -> set[Finding]:
    wanted = Wanted([vkey_of(name) for name in names], note, within)
    return set(verify_registry(registry, wanted=wanted).findings)


def missing(name: str = WITNESS) -> Finding:
    return Finding("cosignatures", name, "missing")


def cut_off(registry: Registry, checkpoint: Note) -> set[Finding]:
    """That the log lacks the last lines of what was cosigned."""
    lines = verify_registry(registry).lines
    return {Finding("log", f"{lines}-{read_checkpoint(checkpoint).size - 1}", "cut off")}


def rewritten(checkpoint: Note) -> set[Finding]:
    """That the log does not begin with what was cosigned."""
    return {Finding("log", f"0-{read_checkpoint(checkpoint).size - 1}", "changed")}


def rewrite(office: Office, attacker: Attacker, index: int) -> None:
    """Change a line, compute all that follows from it anew, and sign that with the registry's own keys."""
    frontier = forge_a_line(attacker, index)
    attacker.change(log_head, {"id": 1}, signed=signed_head(office.registry.keyring, frontier, office.clock.now))


# --- Keys and database stolen together ---


@pytest.mark.parametrize("index", [1, 5, 9])
def test_a_history_signed_anew_with_our_own_keys_is_silent_but_for_a_witness(
    office: Office, attacker: Attacker, index: int
) -> None:
    frozen_and_thawed(office)
    cosigned = witnessed(office.registry)
    office.person()
    rewrite(office, attacker, index)
    # Who rewrites the log takes what was cosigned out of the database, and the witness too.
    attacker.put_back({"cosignatures": []})
    assert findings(office.registry) == {missing()}
    office.registry.do(lambda transaction: remove_witness(transaction, WITNESS, by="ann"))
    assert findings(office.registry) == set()

    assert findings(office.registry, WITNESS) == {missing()}
    assert findings(office.registry, WITNESS, note=cosigned) == rewritten(cosigned)


def test_a_history_signed_anew_is_found_by_what_is_kept_of_the_witness(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    cosigned = witnessed(office.registry)
    rewrite(office, attacker, 5)
    assert findings(office.registry) == findings(office.registry, WITNESS) == rewritten(cosigned)


def test_a_first_line_signed_anew_makes_another_log_of_it(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    cosigned = witnessed(office.registry)
    rewrite(office, attacker, 0)
    origin = read_checkpoint(cosigned).origin
    another = {Finding("cosignatures", f"{WITNESS}: {origin}", "another log")}
    assert findings(office.registry) == findings(office.registry, WITNESS, note=cosigned) == another


def test_a_registry_put_back_whole_that_goes_on_is_silent_but_for_a_later_cosignature(
    office: Office, attacker: Attacker
) -> None:
    first = witnessed(office.registry)
    earlier = attacker.everything()
    frozen_and_thawed(office)
    later = witnessed(office.registry)
    attacker.put_back(earlier)
    assert findings(office.registry, WITNESS) == set()
    assert findings(office.registry, WITNESS, note=later) == cut_off(office.registry, later)
    frozen_and_thawed(replace(office, joined=100))
    assert findings(office.registry, WITNESS) == findings(office.registry, WITNESS, note=first) == set()
    assert findings(office.registry, WITNESS, note=later) == rewritten(later)
    # The witness cosigns no fork, so that what is kept grows old.
    office.clock.move(days=2, seconds=1)
    assert findings(office.registry) == {Finding("cosignatures", WITNESS, "stale")}


def test_of_two_witnesses_of_one_name_both_must_have_cosigned(office: Office) -> None:
    frozen_and_thawed(office)
    note = witnessed(office.registry)
    key = vkey_of(WITNESS)
    other = replace(key, public=bytes(reversed(key.public)))
    for keys in ([key, other], [other, key]):
        found = verify_registry(office.registry, wanted=Wanted(keys, note)).findings
        assert list(found) == [missing()]
    assert list(verify_registry(office.registry, wanted=Wanted([key], note)).findings) == []


def test_who_has_our_keys_cannot_cosign(office: Office, attacker: Attacker) -> None:
    frozen_and_thawed(office)
    witnessed(office.registry)
    rewrite(office, attacker, 5)
    with office.registry.read() as transaction:
        frontier, origin = stored_frontier(transaction.connection), first_origin(transaction.connection) or ""
    ours = log_keys(office.registry.keyring, origin)[-1]
    text = Checkpoint(origin, frontier.size, frontier.root).text
    own = signature_over(text, ours, lambda data: sign_bytes(office.registry.keyring, data))
    key = vkey_of(WITNESS).cosigning
    at = int(office.clock.now.timestamp()).to_bytes(8, "big")
    for signed in (at + own.signed, at + bytes(64), own.signed, b"x"):
        forged = Signature(WITNESS, key.id, signed)
        (row,) = attacker.rows(cosignatures)
        attacker.put_back({"cosignatures": [row | {"checkpoint": str(Note(text, [own])), "line": str(forged)}]})
        changed = Finding("cosignatures", f"{WITNESS}/{row['size']}", "changed")
        assert findings(office.registry) == {changed, missing()}
        note = Note(text, [own, forged])
        assert findings(office.registry, WITNESS, note=note) == {
            changed,
            Finding("cosignatures", WITNESS, "not signed"),
        }
    other = Note(text, [own, cosignature(text, OTHER, 5)])
    attacker.put_back({"cosignatures": []})
    assert findings(office.registry, WITNESS, note=other) == {missing()}


# --- Whose cosignatures are asked for, and how old they may be ---


def test_the_registrys_own_witnesses_are_asked_for_without_being_named(office: Office) -> None:
    assert findings(office.registry) == set()
    assert findings(office.registry, WITNESS) == {missing()}
    witnessed(office.registry)
    witnessed(office.registry, OTHER)
    assert findings(office.registry) == findings(office.registry, WITNESS, OTHER) == set()
    assert findings(office.registry, "w.example/3") == {missing("w.example/3")}
    # A key for texts is the same witness as its key for cosignatures.
    assert not verify_registry(office.registry, wanted=Wanted([vkey_of(WITNESS).cosigning])).findings
    impostor = replace(vkey_of(WITNESS), public=vkey_of(OTHER).public)
    assert set(verify_registry(office.registry, wanted=Wanted([impostor])).findings) == {missing()}


def test_a_cosignature_that_is_kept_may_be_two_days_old_and_one_in_a_file_as_old_as_is_said(office: Office) -> None:
    cosigned = witnessed(office.registry)
    stale = {Finding("cosignatures", WITNESS, "stale")}
    office.clock.now = office.clock.now.replace(microsecond=0) + WITHIN
    assert findings(office.registry) == set()
    office.clock.move(seconds=1)
    assert findings(office.registry) == stale
    assert findings(office.registry, within=timedelta(days=3)) == set()
    office.clock.move(days=1000)
    # In its own right, though what the registry keeps is as old: a named witness is looked for in the file.
    assert findings(office.registry, WITNESS, note=cosigned) == set()
    assert findings(office.registry, WITNESS, note=cosigned, within=timedelta(days=1)) == stale
    witnessed(office.registry, at=office.clock.now + timedelta(days=3))
    assert findings(office.registry) == stale


def test_every_named_witness_must_have_cosigned_the_file_and_all_that_is_kept_counts_as_well(office: Office) -> None:
    first = witnessed(office.registry)
    frozen_and_thawed(office)
    both = Note(first.text, [*first.signatures, cosignature(first.text, OTHER, 5)])
    assert findings(office.registry, WITNESS, OTHER, note=both) == set()
    assert findings(office.registry, WITNESS, OTHER, note=first) == {missing(OTHER)}
    witnessed(office.registry, "w.example/4")
    office.clock.move(days=3)
    assert findings(office.registry, WITNESS, OTHER, note=both) == {Finding("cosignatures", "w.example/4", "stale")}


def test_every_head_that_a_witness_cosigned_is_held_against_an_honest_log(office: Office) -> None:
    kept = []
    for _ in range(MOST_STORED + 2):
        frozen_and_thawed(office, 1)
        kept.append(witnessed(office.registry))
    assert [findings(office.registry, WITNESS, note=note) for note in kept] == [set()] * len(kept)


def test_two_heads_of_one_size_that_differ_are_not_both_held(office: Office) -> None:
    frozen_and_thawed(office)
    cosigned = read_checkpoint(witnessed(office.registry))
    assert not verify_registry(office.registry, cosigned).findings
    other = Checkpoint(cosigned.origin, cosigned.size, bytes(32))
    assert set(verify_registry(office.registry, other).findings) == {
        Finding("log", f"0-{cosigned.size - 1}", "changed")
    }


# --- Who changes what is kept of cosignatures ---


@pytest.mark.parametrize(
    ("values", "row", "witness"),
    [
        ({"line": "nonsense"}, "changed", "changed"),
        ({"line": ""}, "changed", "changed"),
        ({"checkpoint": "nonsense"}, "changed", "changed"),
        ({"checkpoint": "a\nb\nc\n\n— w.example/1 AAAAAAA=\n"}, "changed", "missing"),
        ({"line": str(cosignature("another text\n", WITNESS, 5))}, "changed", "missing"),
        ({"line": str(cosignature("another text\n", OTHER, 5))}, "changed", "missing"),
        ({"witness": OTHER}, "added", "missing"),
        # Of a size or a time that was not signed, the witness would not be asked for a while.
        ({"size": 10_000_000}, "changed", "missing"),
        ({"at": datetime(9999, 12, 31, tzinfo=UTC)}, "changed", "missing"),
    ],
)
def test_what_is_kept_and_is_not_the_witnesss_is_named(
    office: Office, attacker: Attacker, values: Mapping[str, Any], row: What, witness: What
) -> None:
    witnessed(office.registry)
    (kept,) = attacker.rows(cosignatures)
    changed = kept | values
    attacker.put_back({"cosignatures": [changed]})
    assert findings(office.registry) == {
        Finding("cosignatures", f"{changed['witness']}/{changed['size']}", row),
        Finding("cosignatures", WITNESS, witness),
    }


def test_what_nobody_of_ours_cosigned_is_told_to_nobody(office: Office, attacker: Attacker) -> None:
    honest = witnessed(office.registry)
    (row,) = attacker.rows(cosignatures)
    planted = [{"size": 999_999}, {"size": 999_999, "witness": OTHER}, {"size": 999_998, "at": office.clock.now}]
    attacker.put_back({"cosignatures": [row, *(row | one for one in planted)]})
    with office.registry.read() as transaction:
        assert checkpoint_cosigned(transaction).text == honest.text
        assert cosignatures_of(transaction.connection, 999_999) == []
    with office.registry.read() as transaction:
        newest = newest_cosigned(transaction.connection, vkey_of(WITNESS).cosigning)
    assert newest is not None
    assert newest.note.text == honest.text


def test_a_witness_with_a_key_that_does_not_read_is_a_changed_row(office: Office, attacker: Attacker) -> None:
    witnessed(office.registry)
    (row,) = attacker.rows(witnesses)
    attacker.change(witnesses, row, vkey="nonsense")
    assert findings(office.registry) == {Finding("witnesses", str(row["id"]), "changed")}
    assert findings(office.registry, WITNESS) == {Finding("witnesses", str(row["id"]), "changed")}


def test_a_log_without_lines_is_of_no_witness(registry: Registry, engine: Engine) -> None:
    assert engine is registry.engine
    text = Checkpoint("goodstanding/0", 3, bytes(32)).text
    note = Note(text, [cosignature(text, WITNESS, 5)])
    assert findings(registry, WITNESS, note=note) == {Finding("log", "0-2", "cut off")}
