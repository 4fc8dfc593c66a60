"""Whatever the catalogue said, its history tells; a process killed anywhere leaves both as before or as after."""

import errno
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodstanding.errors import BadInput, Unavailable
from goodstanding.store import Catalogue, Staging, Workspace
from goodstanding.store.history import HISTORY, HistoryLine, folded, history_digest, history_lines, read_line

Put = Callable[[Staging, str, str], None]
FilesOf = Callable[[Path], dict[str, bytes]]
Check = Callable[[Workspace], None]
TEXTS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(["records/people", "cards/sesame"]), TEXTS),
        st.tuples(st.just("remove"), st.integers(0, 3), st.none()),
        st.tuples(st.just("set"), st.sampled_from(["currency", "note"]), TEXTS),
    ),
    max_size=4,
)


def lines_of(room: Workspace) -> list[HistoryLine]:
    return [read_line(line) for line in history_lines(room.root)]


def check_told(room: Workspace) -> None:
    """The history is one chain that ends with the catalogue's head, and comes to the catalogue."""
    head, raw = room.catalogue.head, list(history_lines(room.root))
    assert [line.number for line in lines_of(room)] == list(range(1, len(raw) + 1))
    assert [line.before for line in lines_of(room)] == ["", *map(history_digest, raw)][: len(raw)]
    assert head is not None
    assert (head.number, head.sha256) == (len(raw), history_digest(raw[-1]))
    assert (room.root / HISTORY).read_bytes()[head.at :] == raw[-1] + b"\n"
    assert folded(lines_of(room)) == replace(room.catalogue, head=None)


def take(staging: Staging, put: Put, step: tuple[str, Any, Any]) -> None:
    what, one, other = step
    match what:
        case "add":
            put(staging, one, other)
        case "remove":
            for entry in [*staging.under("records"), *staging.under("cards")][one : one + 1]:
                staging.remove(entry)
        case _:
            staging.set(one, other)


def other_change(room: Workspace, put: Put) -> None:
    """Files come, go and come again, and values are set."""
    with room.stage() as staging:
        put(staging, "cards/sesame", "two")
        put(staging, "scores/sesame", "three")
        for folder in ("records", "statements"):
            for entry in staging.under(folder):
                staging.remove(entry)
        put(staging, "statements/month=2024-01", "old")
        staging.set("currency", "EUR")


@given(st.lists(STEPS, min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_changes_fold_to_the_catalogue(changes: list[list[tuple[str, Any, Any]]]) -> None:
    def put(staging: Staging, folder: str, text: str) -> None:
        staged = staging.scratch()
        staged.write_text(text)
        staging.add(folder, staged)

    with tempfile.TemporaryDirectory() as folder:
        room = Workspace(Path(folder) / "standing")
        seen: list[Catalogue] = []
        for steps in changes:
            with room.stage() as staging:
                for step in steps:
                    take(staging, put, step)
            if room.catalogue.head is not None and room.catalogue not in seen[-1:]:
                seen.append(room.catalogue)
        if seen:
            check_told(room)
        # And each line comes to the catalogue of its day.
        lines = lines_of(room)
        assert [folded(lines[: n + 1]) for n in range(len(lines))] == [replace(c, head=None) for c in seen]


def test_a_change_of_nothing_writes_no_line(used: Workspace, put: Put) -> None:
    before = (used.root / HISTORY).read_bytes()
    with used.stage() as staging:
        put(staging, "records/people/month=2024-01", "one")
        staging.set("currency", "CZK")
    assert (used.root / HISTORY).read_bytes() == before


def test_a_workspace_from_before_is_read_as_it_is_and_told_whole_by_its_first_change(used: Workspace) -> None:
    old = replace(used.catalogue, head=None)
    (used.root / "catalogue.json").write_text(old.to_json())
    (used.root / HISTORY).unlink()
    assert json.loads(old.to_json())["format"] == 2
    assert used.catalogue == old
    with used.stage():
        pass
    assert used.catalogue == old
    with used.stage() as staging:
        staging.set("note", "first")
    check_told(used)
    assert len(lines_of(used)) == 1
    assert json.loads((used.root / "catalogue.json").read_text())["format"] == 3


def _counting(monkeypatch: pytest.MonkeyPatch, stop: Callable[[], None]) -> None:
    """Have `stop` called before each thing that a commit does to the disk."""
    for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "fsync"), (os, "truncate")):
        done = getattr(owner, name)

        def told(*given: Any, done: Callable[..., Any] = done, **named: Any) -> Any:
            stop()
            return done(*given, **named)

        monkeypatch.setattr(owner, name, told)


def test_whatever_step_is_the_last_the_workspace_is_as_before_or_as_after_and_the_next_change_goes_on(
    used: Workspace, put: Put, tmp_path: Path, files_of: FilesOf, check_tidy: Check
) -> None:
    undisturbed = Workspace(Path(shutil.copytree(used.root, tmp_path / "after")))
    other_change(undisturbed, put)
    check_told(undisturbed)
    after, ended, last = files_of(undisturbed.root), set[bool](), 0
    while True:
        room = Workspace(Path(shutil.copytree(used.root, tmp_path / f"killed {last}")))
        left = last

        def stop() -> None:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1

        with pytest.MonkeyPatch.context() as patch:
            _counting(patch, stop)
            try:
                other_change(room, put)
                break
            except KeyboardInterrupt:
                pass
        assert room.catalogue in (used.catalogue, undisturbed.catalogue)
        ended.add(room.catalogue == used.catalogue)
        room.paths(room.catalogue.files.values())
        other_change(room, put)
        with room.stage():
            pass
        assert files_of(room.root) == after
        check_told(room)
        check_tidy(room)
        last += 1
    # Each new file, the line, its folder, the catalogue, and two files that go: it was stopped at each.
    assert last >= 10
    assert ended == {True, False}


def test_a_disk_that_is_full_in_the_middle_of_a_line_leaves_everything_as_before(
    used: Workspace, put: Put, tmp_path: Path, files_of: FilesOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = Workspace(Path(shutil.copytree(used.root, tmp_path / "after")))
    other_change(undisturbed, put)
    before = used.catalogue

    class Full(io.BytesIO):
        def write(self, line: Any, /) -> int:
            with opened(used.root / HISTORY, "ab", buffering=0) as stream:
                stream.write(line[: len(line) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

    opened, held = Path.open, (used.root / HISTORY).read_bytes()

    def open_(path: Path, mode: str = "r", *given: Any, **named: Any) -> Any:
        return Full() if mode == "ab" else opened(path, mode, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_)
        with pytest.raises(Unavailable, match="no room left on the disk"):
            other_change(used, put)
    assert (used.root / HISTORY).read_bytes() == held
    assert used.catalogue == before
    used.paths(before.files.values())
    other_change(used, put)
    assert files_of(used.root) == files_of(undisturbed.root)
    check_told(used)


DAMAGED = {
    "gone": None,
    "another last line": b'"currency":"CZK"',
    "cut in its last line": 20,
    "without its last end": 1,
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_history_that_does_not_end_as_the_catalogue_says_is_not_written_on(
    used: Workspace, files_of: FilesOf, damage: bytes | int | None
) -> None:
    path = used.root / HISTORY
    whole = path.read_bytes()
    match damage:
        case None:
            path.unlink()
        case int():
            path.write_bytes(whole[:-damage])
        case _:
            assert damage in whole
            path.write_bytes(whole.replace(damage, damage.swapcase()))
    before = files_of(used.root)
    with pytest.raises(BadInput, match=f"{HISTORY}: found "), used.stage():
        pytest.fail("a change of what has lost its history")
    assert files_of(used.root) == before


@pytest.mark.parametrize("headless", [True, False])
def test_a_catalogue_put_back_from_long_ago_deletes_nothing_that_came_since(
    used: Workspace, put: Put, files_of: FilesOf, *, headless: bool
) -> None:
    old = replace(used.catalogue, head=None).to_json() if headless else used.catalogue.to_json()
    for text in ("two", "three"):
        with used.stage() as staging:
            put(staging, "cards/sesame", text)
    (used.root / "catalogue.json").write_text(old)
    before = files_of(used.root)
    said = f"found {3 if headless else 2} changes after those of the catalogue; expected the history of this catalogue"
    with pytest.raises(BadInput, match=said), used.stage():
        pytest.fail("a change of an older catalogue")
    assert files_of(used.root) == before


def test_a_format_without_the_head_that_it_has_is_refused(used: Workspace) -> None:
    text = (used.root / "catalogue.json").read_text()
    (used.root / "catalogue.json").write_text(text.replace('"format": 3', '"format": 2'))
    with pytest.raises(BadInput, match="found 2; expected format 3"):
        _ = used.catalogue


def test_a_folder_in_place_of_the_history_is_told_and_nothing_is_removed(
    used: Workspace, put: Put, files_of: FilesOf
) -> None:
    (used.root / HISTORY).unlink()
    (used.root / HISTORY).mkdir()
    before = files_of(used.root)
    with (
        pytest.raises(BadInput, match=r"history\.jsonl: found Is a directory; .* Restore the file"),
        used.stage() as staging,
    ):
        put(staging, "records/people", "new")
    assert files_of(used.root) == before
