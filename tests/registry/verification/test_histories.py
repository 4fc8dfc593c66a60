"""A workspace's catalogue, history and files against one another and against what the registry noted of them."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from goodstanding.lab import Town
from goodstanding.months import today
from goodstanding.programmes import Definition
from goodstanding.registry import Registry
from goodstanding.registry.database.schema import log
from goodstanding.registry.verification import Finding, note_workspace, verify_registry
from goodstanding.scoring import erase_people, latest_run, score_month
from goodstanding.scoring.manifest import Manifest
from goodstanding.statements import build_statements
from goodstanding.store import Catalogue, Entry, Workspace, sha256_of
from goodstanding.store.history import HISTORY, append_line

ROOMS = ("records", "feeds", "statements", "dealings", "relations", "cards", "scores", "quarantine")
HISTORY_GONE = Finding("file", HISTORY, "removed")
CATALOGUE = Finding("file", "catalogue.json", "changed")


@pytest.fixture(scope="module")
def whole_town(whole_town: Workspace) -> Workspace:
    """The same with a file of quarantine: something is in every room."""
    with whole_town.stage() as staging:
        staged = staging.scratch()
        staged.write_text("line,found\n")
        staging.add("quarantine/payments", staged, "{digest}.csv")
    return whole_town


class Noted:
    """A registry that has noted the head of a workspace, and somebody who writes to its files."""

    def __init__(self, registry: Registry, room: Workspace) -> None:
        self.registry, self.room = registry, room
        note_workspace(registry, room)

    def findings(self) -> set[Finding]:
        return set(verify_registry(self.registry, workspace=self.room).findings)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is done to the catalogue and its history, they are as before at the end."""
        kept = {path: path.read_bytes() for path in (self.catalogue, self.history)}
        yield
        for path, content in kept.items():
            path.write_bytes(content)

    @property
    def catalogue(self) -> Path:
        return self.room.root / "catalogue.json"

    @property
    def history(self) -> Path:
        return self.room.root / HISTORY

    def tell(self, files: dict[str, Entry] | None = None, values: dict[str, str] | None = None) -> None:
        """Have the catalogue say so instead."""
        was = self.room.catalogue
        told = Catalogue(was.files if files is None else files, was.values if values is None else values, was.head)
        self.catalogue.write_text(told.to_json())

    def numbers(self) -> list[tuple[int, str]]:
        """What the log has noted, in order."""
        with self.registry.engine.connect() as connection:
            bodies = connection.scalars(
                select(log.c.body).where(log.c.kind == "workspace.noted").order_by(log.c.log_index)
            )
            return [(body["number"], body["sha256"]) for body in map(json.loads, bodies)]


@pytest.fixture
def noted(registry: Registry, whole_town: Workspace, tmp_path: Path) -> Noted:
    return Noted(registry, Workspace(Path(shutil.copytree(whole_town.root, tmp_path / "standing"))))


def flip(path: Path) -> None:
    before = path.read_bytes()
    at = len(before) // 2
    path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])


def test_what_is_as_it_was_is_in_order_and_nothing_is_written(noted: Noted) -> None:
    (noted.room.root / ".lock").unlink()
    before = {path: path.stat().st_mtime_ns for path in noted.room.root.rglob("*")}
    assert noted.findings() == set()
    assert {path: path.stat().st_mtime_ns for path in noted.room.root.rglob("*")} == before


def test_a_changed_byte_and_a_missing_file_of_any_room_are_named(noted: Noted) -> None:
    first = {entry.path.split("/")[0]: entry for entry in noted.room.catalogue.files.values()}
    assert first.keys() == set(ROOMS)
    several = list(first.values())
    for entry in several[::2]:
        flip(noted.room.root / entry.path)
    for entry in several[1::2]:
        (noted.room.root / entry.path).unlink()
    assert {finding for finding in noted.findings() if finding.table == "file"} == {
        *(Finding("file", entry.path, "changed") for entry in several[::2]),
        *(Finding("file", entry.path, "removed") for entry in several[1::2]),
    }


def test_a_digest_changed_along_with_its_file_is_named(noted: Noted) -> None:
    for room in ROOMS:
        with noted.undone():
            entry = next(noted.room.catalogue.under(room))
            path = noted.room.root / entry.path
            flip(path)
            files = {**noted.room.catalogue.files, entry.path: replace_digest(entry, path)}
            noted.tell(files=files)
            assert Finding("catalogue", entry.path, "changed") in noted.findings()
            flip(path)
    assert noted.findings() == set()


def replace_digest(entry: Entry, path: Path) -> Entry:
    return msgspec.structs.replace(entry, sha256=sha256_of(path))


def test_an_entry_taken_out_or_put_in_and_a_changed_value_are_named(noted: Noted) -> None:
    catalogue = noted.room.catalogue
    entry = next(catalogue.under("records"))
    with noted.undone():
        noted.tell(files={path: one for path, one in catalogue.files.items() if path != entry.path})
        assert Finding("catalogue", entry.path, "removed") in noted.findings()
    with noted.undone():
        other = "records/people/month=2024-01/other.parquet"
        shutil.copy(noted.room.root / entry.path, noted.room.root / other)
        noted.tell(files={**catalogue.files, other: msgspec.structs.replace(entry, path=other)})
        assert noted.findings() == {Finding("catalogue", other, "added")}
    for name, value in {"currency": "EUR", "another": "value", "cards/sesame": "0" * 12}.items():
        with noted.undone():
            noted.tell(values={**catalogue.values, name: value})
            what = "changed" if name in catalogue.values else "added"
            assert noted.findings() == {Finding("catalogue", name, what)}
    with noted.undone():
        noted.tell(values={name: value for name, value in catalogue.values.items() if name != "synthetic"})
        assert noted.findings() == {Finding("catalogue", "synthetic", "removed")}


def test_a_later_change_does_not_hide_what_was_changed(noted: Noted) -> None:
    noted.tell(values={**noted.room.catalogue.values, "currency": "EUR"})
    with noted.room.stage() as staging:
        staging.set("note", "next")
    note_workspace(noted.registry, noted.room)
    assert noted.findings() == {Finding("catalogue", "currency", "changed")}


def rewritten(lines: list[bytes], number: int, transaction: Callable[[dict[str, Any]], None]) -> list[bytes]:
    """A history with a line changed, and all that follows from it computed anew."""
    told, before = list[bytes](), ""
    for line in map(json.loads, lines):
        line["before"] = before
        if line["number"] == number:
            transaction(line)
        told.append(json.dumps(line).encode())
        before = hashlib.sha256(told[-1]).hexdigest()
    return told


def test_a_history_that_was_cut_changed_or_written_anew_is_named(noted: Noted) -> None:
    lines = noted.history.read_bytes().splitlines()
    last = len(lines)
    assert last > 4

    def write(told: list[bytes]) -> None:
        noted.history.write_bytes(b"".join(line + b"\n" for line in told))

    changed = lines[1].replace(b'"number":2', b'"number": 2')
    unread = lines[1].replace(b"{", b"[", 1)
    nothing = b'{"number":%d,"before":"","added":[],"removed":[],"set":{},"unset":[]}'
    later = [nothing % number for number in (last + 1, last + 2)]
    after = rewritten([*lines, *later], 0, lambda _: None)[-2:]
    cases: dict[str, tuple[list[bytes], set[Finding]]] = {
        "its last line cut": (lines[:-1], {Finding("history", str(last), "removed")}),
        "a line taken out": ([*lines[:1], *lines[2:]], {Finding("history", "2", "removed")}),
        "a line changed": ([lines[0], changed, *lines[2:]], {Finding("history", "2", "changed")}),
        "a line that does not read": ([lines[0], unread, *lines[2:]], {Finding("history", "2", "changed")}),
        "a line twice": ([*lines[:2], *lines[1:]], {Finding("history", "2", "added")}),
        "the last line changed": ([*lines[:-1], lines[-1] + b" "], {Finding("history", str(last), "changed")}),
        "lines after its head": ([*lines, *after], {CATALOGUE}),
        "nothing": ([], {Finding("history", str(last), "removed")}),
    }
    for name, (told, found) in cases.items():
        with noted.undone():
            write(told)
            assert found <= noted.findings(), name
    with noted.undone():
        noted.history.unlink()
        assert noted.findings() == {HISTORY_GONE}
    # Whoever changes a value, writes the whole history anew and has the catalogue end as it does.
    told = rewritten(lines, 1, lambda line: line["set"].update(currency="EUR"))
    with noted.undone():
        write(told)
        was = noted.room.catalogue
        assert was.head is not None
        at = sum(len(line) + 1 for line in told[:-1])
        head = msgspec.structs.replace(was.head, sha256=hashlib.sha256(told[-1]).hexdigest(), at=at)
        noted.catalogue.write_text(replace(was, values={**was.values, "currency": "EUR"}, head=head).to_json())
        with noted.room.stage():
            pass
        assert noted.findings() == {Finding("history", str(last), "changed")}
    assert noted.findings() == set()


def test_a_catalogue_that_does_not_read_or_is_gone_is_named_and_the_rest_is_checked(noted: Noted) -> None:
    entry = next(noted.room.catalogue.under("quarantine"))
    flip(noted.room.root / entry.path)
    file = Finding("file", entry.path, "changed")
    for content in (b"", b"\xff", b'{"format": 3, "values": {}, "files": []}'):
        with noted.undone():
            noted.catalogue.write_bytes(content)
            assert noted.findings() == {CATALOGUE, file}
    with noted.undone():
        noted.catalogue.unlink()
        assert noted.findings() == {Finding("file", "catalogue.json", "removed"), file}
    with noted.undone():
        noted.catalogue.write_text(replace(noted.room.catalogue, head=None).to_json())
        assert noted.findings() == {CATALOGUE, file}
    with noted.undone():
        noted.catalogue.unlink()
        noted.history.unlink()
        assert noted.findings() >= {HISTORY_GONE}
    assert noted.findings() == {file}


def test_a_workspace_put_back_whole_to_what_it_was_is_named(noted: Noted, tmp_path: Path) -> None:
    shutil.copytree(noted.room.root, tmp_path / "kept")
    number = noted.numbers()[-1][0]
    with noted.room.stage() as staging:
        staging.set("note", "next")
    note_workspace(noted.registry, noted.room)
    assert noted.findings() == set()
    back = Workspace(tmp_path / "kept")
    gone = Finding("history", str(number + 1), "removed")
    assert gone in set(verify_registry(noted.registry, workspace=back).findings)
    # Nor does it help to go on from there.
    with back.stage() as staging:
        staging.set("note", "other")
    assert set(verify_registry(noted.registry, workspace=back).findings) == {
        Finding("history", str(number + 1), "changed")
    }


def test_what_a_killed_process_left_is_no_finding(noted: Noted) -> None:
    was = noted.room.catalogue
    with noted.undone():
        append_line(noted.room.root, was, replace(was, values={**was.values, "note": "never"}))
        assert noted.findings() == set()
    with noted.undone(), noted.history.open("ab") as stream:
        stream.write(b'{"number":')
        stream.flush()
        assert noted.findings() == set()


def test_a_head_is_noted_once_and_a_workspace_without_has_none(noted: Noted) -> None:
    head = noted.room.catalogue.head
    assert head is not None
    note_workspace(noted.registry, noted.room)
    assert noted.numbers() == [(head.number, head.sha256)]
    with noted.room.stage() as staging:
        staging.set("note", "next")
    note_workspace(noted.registry, noted.room)
    assert [number for number, _ in noted.numbers()] == [head.number, head.number + 1]
    nowhere = Workspace(noted.room.root / "nowhere")
    note_workspace(noted.registry, nowhere)
    assert len(noted.numbers()) == 2


def test_a_workspace_from_before_and_one_without_runs_are_in_order(
    registry: Registry, whole_town: Workspace, tmp_path: Path, workspace: Workspace
) -> None:
    old = Workspace(Path(shutil.copytree(whole_town.root, tmp_path / "old")))
    (old.root / HISTORY).unlink()
    (old.root / "catalogue.json").write_text(replace(old.catalogue, head=None).to_json())
    assert verify_registry(registry, workspace=old).findings == []
    note_workspace(registry, old)
    assert verify_registry(registry, workspace=workspace).findings == []
    with workspace.stage() as staging:
        staging.set("note", "first")
    note_workspace(registry, workspace)
    assert verify_registry(registry, workspace=workspace).findings == []


def test_a_manifest_that_says_otherwise_is_named(noted: Noted, town: Town) -> None:
    manifest = latest_run(noted.room, "sesame", town.last)
    assert manifest is not None
    folder = f"scores/sesame/{town.last}/{manifest.run}"
    basis = manifest.basis
    statement = next(iter(basis.statements))
    otherwise: dict[str, tuple[Manifest, set[str]]] = {
        "its basis": (replace_basis(manifest, people_digest="0" * 64), {f"{folder}/manifest.json"}),
        "what it supersedes": (msgspec.structs.replace(manifest, supersedes="0" * 16), {f"{folder}/manifest.json"}),
        "its name": (msgspec.structs.replace(manifest, run="0" * 16), {f"{folder}/manifest.json"}),
        "its card": (
            replace_basis(manifest, card_digest="0" * 64),
            {f"{folder}/manifest.json", f"cards/sesame/{basis.card}.json"},
        ),
        "a statement": (
            replace_basis(manifest, statements={**basis.statements, statement: "0" * 64}),
            {f"{folder}/manifest.json", statement},
        ),
        "its scores": (
            msgspec.structs.replace(manifest, scores={"scores.parquet": "0" * 64}),
            {f"{folder}/scores.parquet"},
        ),
    }
    entry = noted.room.entry(f"{folder}/manifest.json")
    path = noted.room.root / entry.path
    whole = path.read_bytes()
    for name, (told, found) in otherwise.items():
        with noted.undone():
            path.write_bytes(told.to_json())
            again = msgspec.structs.replace(entry, sha256=sha256_of(path), size=path.stat().st_size)
            noted.tell(files={**noted.room.catalogue.files, entry.path: again})
            assert {f.row for f in noted.findings() if f.table == "file"} == found, name
            path.write_bytes(b"{")
            again = msgspec.structs.replace(entry, sha256=sha256_of(path), size=1)
            noted.tell(files={**noted.room.catalogue.files, entry.path: again})
            assert {f.row for f in noted.findings() if f.table == "file"} == {folder}
        path.write_bytes(whole)
    assert noted.findings() == set()


def replace_basis(manifest: Manifest, **values: Any) -> Manifest:
    return msgspec.structs.replace(manifest, basis=msgspec.structs.replace(manifest.basis, **values))


def test_statements_of_records_that_are_not_there_are_named(noted: Noted) -> None:
    with noted.room.stage() as staging:
        for entry in staging.under("records/payments/month=2024-01"):
            staging.remove(entry)
    # Dealings are made of other tables.
    assert noted.findings() == {Finding("catalogue", "statements/month=2024-01", "changed")}


def test_whatever_is_done_by_the_program_is_in_order(noted: Noted, sesame: Definition, town: Town) -> None:
    """Records after a run, runs that are superseded, people erased."""
    erase_people(noted.room, {"P000001": "gone-0", "P000002": "gone-1"})
    note_workspace(noted.registry, noted.room)
    assert noted.findings() == set()
    score_month(noted.room, sesame, town.last, today())
    score_month(noted.room, sesame, town.last.plus(-5), today())
    assert build_statements(noted.room).rebuilt == []
    note_workspace(noted.registry, noted.room)
    assert noted.findings() == set()
    assert len(noted.numbers()) == 3
