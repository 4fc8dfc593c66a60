"""What is read is what the catalogue says: a file that was changed after it was written is not given to anybody."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import BadInput, NotFound
from goodstanding.store import Entry, Staging, Workspace, digests

Put = Callable[[Staging, str, str], None]
Give = Callable[[Workspace, Entry], object]
CHANGED = "The file was changed after it was written; restore it from a copy."
AGES_NS = -10_000_000_000
LARGE = 3_000_000


def given_in_change(room: Workspace, entry: Entry) -> None:
    with room.stage() as staging:
        staging.path(entry)


GIVE: dict[str, Give] = {
    "path": lambda room, entry: room.path(entry),
    "paths": lambda room, entry: room.paths([*room.catalogue.files.values(), entry]),
    "in a change": given_in_change,
}


@pytest.fixture
def people(used: Workspace) -> Entry:
    """The file of people."""
    return next(used.catalogue.under("records"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read for their digests, in order."""
    found: list[Path] = []
    whole = digests.sha256_of
    monkeypatch.setattr(digests, "sha256_of", lambda path: found.append(path) or whole(path))
    return found


@pytest.mark.parametrize("give", GIVE.values(), ids=GIVE)
def test_a_file_changed_in_one_byte_is_not_given(used: Workspace, people: Entry, give: Give) -> None:
    (used.root / people.path).write_text("onE")
    with pytest.raises(BadInput, match=f"found SHA-256 .*; expected {people.sha256}. {CHANGED}"):
        give(used, people)


@pytest.mark.parametrize("give", GIVE.values(), ids=GIVE)
def test_a_file_of_another_size_is_not_given_and_not_read(
    used: Workspace, people: Entry, give: Give, read: list[Path]
) -> None:
    (used.root / people.path).write_text("one and more")
    with pytest.raises(BadInput, match=f"found 12 bytes; expected 3 bytes. {CHANGED}"):
        give(used, people)
    assert used.root / people.path not in read


@pytest.mark.parametrize("give", GIVE.values(), ids=GIVE)
@pytest.mark.parametrize("folder", [True, False], ids=["a folder", "nothing"])
def test_a_file_that_is_gone_is_not_given(used: Workspace, people: Entry, give: Give, *, folder: bool) -> None:
    path = used.root / people.path
    path.unlink()
    if folder:
        path.mkdir()
    with pytest.raises(BadInput, match=r"found nothing there; expected a file of the catalogue\. Restore the file"):
        give(used, people)


def test_a_file_that_nobody_touches_is_read_once(
    used: Workspace, people: Entry, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "_STEP_NS", AGES_NS)
    for _ in range(3):
        used.path(people)
        Workspace(used.root).paths(used.catalogue.files.values())
    assert sorted(read) == sorted(used.root / path for path in used.catalogue.files)


def test_a_file_that_was_just_written_is_read_again(used: Workspace, people: Entry, read: list[Path]) -> None:
    for _ in range(3):
        used.path(people)
    assert len(read) == 3


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_changed_after_it_was_proven_is_found_whatever_its_times_say(
    used: Workspace, people: Entry, monkeypatch: pytest.MonkeyPatch, *, replaced: bool
) -> None:
    monkeypatch.setattr(digests, "_STEP_NS", AGES_NS)
    path = used.path(people)
    before = path.stat()
    if replaced:
        (path.parent / "other").write_text("onE")
        (path.parent / "other").replace(path)
    else:
        path.write_text("onE")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BadInput, match=CHANGED):
        used.path(people)


def test_of_many_files_the_first_that_was_changed_is_named(workspace: Workspace) -> None:
    with workspace.stage() as staging:
        for n in range(8):
            staged = staging.scratch()
            staged.write_bytes(bytes([n]) * LARGE)
            staging.add("records/people/month=2024-01", staged)
    entries = list(workspace.catalogue.files.values())
    paths = workspace.paths(reversed(entries))
    assert paths == [workspace.root / entry.path for entry in reversed(entries)]
    for path in (paths[2], paths[5]):
        path.write_bytes(b"X" + path.read_bytes()[1:])
    with pytest.raises(BadInput) as refusal:
        workspace.paths(reversed(entries))
    assert str(refusal.value).startswith(f"{paths[2]}: ")


def test_a_file_by_a_name_that_no_catalogue_has_is_not_found(used: Workspace) -> None:
    with pytest.raises(NotFound, match=r"cards/sesame/none\.json; expected a file of the catalogue"):
        used.entry("cards/sesame/none.json")


def test_what_is_staged_is_given_before_it_is_in_its_place(used: Workspace, people: Entry, put: Put) -> None:
    with used.stage() as staging:
        put(staging, "cards/sesame", "two")
        (card,) = staging.under("cards")
        staged, placed = staging.paths([card, people])
        assert (staged.read_text(), placed.read_text()) == ("two", "one")
        assert staging.path(card) == staged


def test_adding_again_what_was_changed_is_refused_and_what_is_gone_is_put_back(
    used: Workspace, people: Entry, put: Put, files_of: Callable[[Path], dict[str, bytes]]
) -> None:
    before = files_of(used.root)
    (used.root / people.path).write_text("onE")
    changed = files_of(used.root)
    with pytest.raises(BadInput, match=CHANGED), used.stage() as staging:
        put(staging, "records/people/month=2024-01", "one")
    assert files_of(used.root) == changed
    (used.root / people.path).unlink()
    with used.stage() as staging:
        put(staging, "records/people/month=2024-01", "one")
    assert files_of(used.root) == before


def put_card(room: Workspace, text: str, *, instead: bool = False) -> None:
    with room.stage() as staging:
        if instead:
            staging.remove(room.entry("cards/sesame/card.json"))
        staged = staging.scratch()
        staged.write_text(text)
        staging.add("cards/sesame", staged, "card.json")


@pytest.mark.parametrize("instead", [True, False])
def test_a_file_never_changes_under_its_name(
    used: Workspace, files_of: Callable[[Path], dict[str, bytes]], *, instead: bool
) -> None:
    put_card(used, "first")
    before = files_of(used.root)
    with pytest.raises(ValueError, match=r"cards/sesame/card\.json: expected a file that never changes"):
        put_card(used, "second", instead=instead)
    assert files_of(used.root) == before
