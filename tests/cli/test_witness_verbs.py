"""The verbs of witnesses, and `verify` with what they cosigned, as somebody who runs a registry types them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.registry.cosigning import WITNESS, cosignature, vkey_of
from tests.service.witness import Witness, witness_server

from goodstanding.registry import open_registry
from goodstanding.registry.clock import system_clock
from goodstanding.registry.consent import expire_consents
from goodstanding.registry.log.origin import checkpoint_now
from goodstanding.registry.log.signed_notes import Note, read_vkey
from goodstanding.registry.people import NOTICE_VERSION, identifier, join

Run = Callable[..., Any]


@pytest.fixture
def room(run: Run, tmp_path: Path) -> Path:
    assert run("registry", "create", "--name", "standing.example/log", "--workspace", tmp_path / "w").code == 0
    return tmp_path / "w"


@pytest.fixture
def witness() -> Iterator[Witness]:
    with witness_server(system_clock) as here:
        yield here


def listed(run: Run, room: Path) -> dict[str, Any]:
    found = run("witness", "list", "--json", "--workspace", room)
    assert (found.code, found.err) == (0, "")
    return dict(json.loads(found.out))


def add(run: Run, room: Path, witness: Witness) -> Any:
    witness.knows(*map(read_vkey, listed(run, room)["keys"]))
    return run("witness", "add", witness.vkey, "--url", witness.url, "--by", "ann", "--json", "--workspace", room)


def ask(run: Run, room: Path, *more: str) -> Any:
    return run("witness", "ask", "--private", *more, "--workspace", room)


def verify(run: Run, room: Path, *more: object) -> Any:
    return run("verify", *more, "--workspace", room)


def grow(room: Path, name: str) -> None:
    known_by = [identifier("record_id", name)]
    with open_registry(room) as registry:
        registry.do(
            lambda transaction: join(
                transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
            )
        )
        registry.do(expire_consents)


def cosigned(room: Path, file: Path) -> Path:
    """A file as a witness would give it."""
    with open_registry(room) as registry, registry.read() as transaction:
        note = checkpoint_now(transaction.connection, transaction.keyring)
    made = cosignature(note.text, WITNESS, int(system_clock().timestamp()))
    file.write_text(str(Note(note.text, [*note.signatures, made])), encoding="utf-8")
    return file


def test_a_witness_is_added_asked_shown_and_removed(run: Run, room: Path, witness: Witness) -> None:
    assert listed(run, room)["witnesses"] == []
    found = add(run, room, witness)
    assert json.loads(found.out) == {"name": WITNESS, "vkey": witness.vkey, "url": witness.url}
    told = listed(run, room)
    assert told["origin"] == "standing.example/log"
    assert [read_vkey(key).name for key in told["keys"]] == ["standing.example/log"]
    assert [(one["name"], one["size"], one["at"]) for one in told["witnesses"]] == [(WITNESS, None, None)]
    assert verify(run, room).code == 1

    found = ask(run, room)
    assert (found.code, found.out) == (0, f"{WITNESS} cosigned 2 lines.\n")
    (asked,) = json.loads(ask(run, room, "--json").out)["witnesses"]
    assert (asked["name"], asked["size"], asked["problem"]) == (WITNESS, 2, None)
    (seen,) = listed(run, room)["witnesses"]
    assert (seen["size"], seen["at"]) == (2, asked["at"])
    shown = run("witness", "list", "--workspace", room).out
    assert {"This log: standing.example/log", WITNESS} <= {
        line.strip() if line.startswith("This") else line.split(" ")[0] for line in shown.splitlines()
    }
    assert verify(run, room).code == 0

    assert run("witness", "remove", WITNESS, "--by", "ann", "--workspace", room).code == 0
    assert listed(run, room)["witnesses"] == []
    again = run("witness", "remove", WITNESS, "--by", "ann", "--workspace", room)
    assert (again.code, "expected a witness that was added" in again.err) == (1, True)


def test_a_witness_that_does_not_cosign_is_told_and_the_exit_code_says_so(
    run: Run, room: Path, witness: Witness
) -> None:
    add(run, room, witness)
    witness.logs.clear()
    found = ask(run, room)
    assert (found.code, found.err) == (1, "")
    assert found.out.startswith(f"{WITNESS}: found it does not know this log;")
    (asked,) = json.loads(ask(run, room, "--json").out)["witnesses"]
    assert (asked["size"], asked["at"]) == (None, None)
    assert asked["problem"].startswith(WITNESS)
    # Without --private this machine is not called.
    assert "Nobody was called." in run("witness", "ask", "--workspace", room).out


def test_where_there_is_no_witness_nobody_was_asked_and_the_exit_code_says_so(run: Run, room: Path) -> None:
    found = run("witness", "ask", "--workspace", room)
    assert (found.code, "expected a witness to ask" in found.err) == (1, True)


def test_what_is_no_key_or_no_address_of_a_witness_is_refused(run: Run, room: Path) -> None:
    for key, url in ((WITNESS, "https://w.example"), (str(vkey_of(WITNESS)), "ftp://w.example")):
        found = run("witness", "add", key, "--url", url, "--by", "ann", "--workspace", room)
        assert (found.code, found.err.startswith("standing: ")) == (1, True)
    assert listed(run, room)["witnesses"] == []


def test_verify_holds_the_log_against_a_cosigned_file(run: Run, room: Path, tmp_path: Path) -> None:
    grow(room, "one")
    file, key = cosigned(room, tmp_path / "cosigned"), str(vkey_of(WITNESS))
    assert verify(run, room, "--witness", key, "--cosigned", file).code == 0
    grow(room, "two")
    found = verify(run, room, "--witness", key, "--cosigned", file)
    assert (found.code, "Nothing was changed" in found.out) == (0, True)
    (tmp_path / "other").mkdir()
    run("registry", "create", "--name", "standing.example/log", "--workspace", tmp_path / "other")
    grow(tmp_path / "other", "one")
    found = verify(run, tmp_path / "other", "--witness", key, "--cosigned", file)
    assert (found.code, "log 0-1: changed." in found.out) == (1, True)
    found = verify(run, room, "--witness", str(vkey_of("w.example/2")), "--cosigned", file)
    assert (found.code, "cosignatures w.example/2: there is none." in found.out) == (1, True)
    found = verify(run, room, "--witness", key, "--json")
    findings = json.loads(found.out)["findings"]
    assert (found.code, findings) == (1, [{"table": "cosignatures", "row": WITNESS, "what": "missing"}])


def test_verify_takes_a_checkpoint_of_its_own_as_a_head_and_still_the_heads_that_it_kept(
    run: Run, room: Path, tmp_path: Path
) -> None:
    checkpoint, head = cosigned(room, tmp_path / "checkpoint"), tmp_path / "head"
    assert verify(run, room, "--keep", head).code == 0
    grow(room, "one")
    assert verify(run, room, "--head", head).code == verify(run, room, "--head", checkpoint).code == 0
    run("registry", "create", "--workspace", tmp_path / "other")
    for file in (head, checkpoint):
        found = verify(run, tmp_path / "other", "--head", file)
        assert (found.code, found.err.startswith(f"standing: {file}: found ")) == (1, True)
        assert "It may be of another registry" in found.err
    text = checkpoint.read_text(encoding="utf-8")
    checkpoint.write_text(text.replace("standing.example", "standing.exampl3"), encoding="utf-8")
    found = verify(run, room, "--head", checkpoint)
    assert (found.code, "no signature of its own" in found.err) == (1, True)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--cosigned", "FILE"], "Name its key with --witness."),
        (["--witness", WITNESS], "expected a key as NAME"),
        (["--witness", "KEY", "--cosigned", "NOWHERE"], "No such file"),
        (["--witness", "KEY", "--cosigned", "NONSENSE"], "NONSENSE: found bytes that are no UTF-8"),
        (["--witness", "KEY", "--cosigned", "NO CHECKPOINT"], "NO CHECKPOINT: found 1 lines"),
        (["--cosigned-within", "0"], "expected a number of days"),
        (["--cosigned-within", "-1"], "expected a number of days"),
        (["--cosigned-within", "nan"], "expected a number of days"),
        (["--cosigned-within", "inf"], "expected a number of days"),
        (["--head", "NONSENSE"], "NONSENSE: found a signature that does not hold"),
        (["--head", "NOWHERE"], "No such file"),
    ],
)
def test_what_verify_cannot_go_by_is_refused_in_one_message(
    run: Run, room: Path, tmp_path: Path, more: list[str], told: str
) -> None:
    (tmp_path / "NONSENSE").write_bytes(b"\xff nonsense")
    (tmp_path / "NO CHECKPOINT").write_text("a\n\n— b AAAAAAA=\n", encoding="utf-8")
    cosigned(room, tmp_path / "FILE")
    named = {"KEY": str(vkey_of(WITNESS))} | {
        name: str(tmp_path / name) for name in ("FILE", "NOWHERE", "NONSENSE", "NO CHECKPOINT")
    }
    found = verify(run, room, *(named.get(one, one) for one in more))
    assert (found.code, found.err.startswith("standing: ")) == (1, True)
    assert told in found.err
    assert found.out == ""


def test_the_name_of_a_log_is_chosen_once(run: Run, room: Path) -> None:
    assert run("registry", "create", "--workspace", room).code == 0
    found = run("registry", "create", "--name", "another.example/log", "--workspace", room)
    assert (found.code, "standing.example/log" in found.err) == (1, True)
