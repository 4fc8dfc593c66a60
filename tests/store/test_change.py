"""A change happens whole or not at all, one at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goodstanding.errors import Busy, NotReady
from goodstanding.store import Staging, Workspace
from goodstanding.store.layout import FOLDERS

Put = Callable[[Staging, str, str], None]
Check = Callable[[Workspace], None]
FilesOf = Callable[[Path], dict[str, bytes]]


def remove_under(staging: Staging, folder: str) -> None:
    for entry in staging.under(folder):
        staging.remove(entry)


def change_and_raise(room: Workspace, put: Put, error: type[BaseException]) -> None:
    with room.stage() as staging:
        put(staging, "cards/sesame", "two")
        staging.set("currency", "EUR")
        remove_under(staging, "records")
        raise error


def fail_to_commit(room: Workspace, put: Put) -> None:
    """A file stands where a folder of the second staged file should be."""
    (room.root / "scores").write_text("in the way")
    with room.stage() as staging:
        put(staging, "cards/sesame", "two")
        put(staging, "scores/sesame", "three")
        remove_under(staging, "statements")


def open_a_change(root: Path) -> None:
    with Workspace(root).stage():
        pytest.fail("two changes at once")


def test_a_change_commits_its_files_and_values(used: Workspace, put: Put, check_tidy: Check) -> None:
    with used.stage() as staging:
        put(staging, "cards/sesame", "two")
        staging.set("synthetic", "a town")
    check_tidy(used)
    assert [used.path(entry).read_text() for entry in used.catalogue.under("cards")] == ["two"]
    assert used.catalogue.values == {"currency": "CZK", "synthetic": "a town"}


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_everything_as_before(
    used: Workspace, put: Put, files_of: FilesOf, error: type[BaseException]
) -> None:
    before = files_of(used.root)
    with pytest.raises(error):
        change_and_raise(used, put, error)
    assert files_of(used.root) == before


def test_an_exception_leaves_no_new_workspace(workspace: Workspace, put: Put) -> None:
    with pytest.raises(ZeroDivisionError):
        change_and_raise(workspace, put, ZeroDivisionError)
    assert not workspace.root.exists()


def test_a_commit_that_fails_changes_nothing_that_counts(
    used: Workspace, put: Put, check_tidy: Check, check_whole: Check
) -> None:
    before = used.catalogue
    with pytest.raises(OSError, match="scores"):
        fail_to_commit(used, put)
    assert used.catalogue == before
    check_whole(used)
    # What the failed commit had moved into place goes with the next change.
    (used.root / "scores").unlink()
    with used.stage() as staging:
        staging.set("note", "next")
    check_tidy(used)


def test_a_second_writer_is_told_to_wait(used: Workspace) -> None:
    said = "another command writing to it; expected one at a time"
    with used.stage(), pytest.raises(Busy, match=said):
        open_a_change(used.root)


@pytest.mark.parametrize("new", [True, False], ids=["new", "in use"])
def test_a_second_writer_takes_nothing_from_the_first(
    request: pytest.FixtureRequest, workspace: Workspace, put: Put, check_tidy: Check, *, new: bool
) -> None:
    room: Workspace = workspace if new else request.getfixturevalue("used")
    with room.stage() as staging:
        put(staging, "cards/sesame", "two")
        with pytest.raises(Busy):
            open_a_change(room.root)
    check_tidy(room)
    assert len(list(room.catalogue.under("cards"))) == 1


def test_readers_see_the_state_before_until_the_commit(used: Workspace, put: Put) -> None:
    before = used.catalogue
    with used.stage() as staging:
        put(staging, "cards/sesame", "two")
        assert Workspace(used.root).catalogue == before
    assert Workspace(used.root).catalogue != before


def test_the_leftovers_of_a_killed_process_are_swept(used: Workspace, leftover: Path, check_tidy: Check) -> None:
    with used.stage() as staging:
        staging.set("note", "next")
    assert not leftover.exists()
    check_tidy(used)


def test_leftovers_count_for_nothing(used: Workspace, leftover: Path) -> None:
    assert leftover.exists()
    assert [entry.path for entry in used.catalogue.under("records/payments")] == []


def test_what_is_not_of_the_store_is_left_alone(used: Workspace) -> None:
    kept = used.root / "reports" / "p1.html"
    kept.parent.mkdir()
    kept.write_text("a page")
    with used.stage() as staging:
        staging.set("note", "next")
    assert kept.read_text() == "a page"


def test_a_change_of_nothing_leaves_every_byte(used: Workspace, put: Put, files_of: FilesOf) -> None:
    before = files_of(used.root)
    stamp = (used.root / "catalogue.json").stat().st_mtime_ns
    with used.stage() as staging:
        put(staging, "records/people/month=2024-01", "one")
        staging.set("currency", "CZK")
        assert not staging.changes_anything
    assert files_of(used.root) == before
    assert (used.root / "catalogue.json").stat().st_mtime_ns == stamp


def test_removed_files_are_gone_after_the_commit(used: Workspace, put: Put, check_tidy: Check) -> None:
    with used.stage() as staging:
        remove_under(staging, "statements")
        put(staging, "statements/month=2024-01", "new")
    check_tidy(used)
    assert [used.path(entry).read_text() for entry in used.catalogue.under("statements")] == ["new"]


def test_a_file_removed_and_added_again_stays(used: Workspace, put: Put, check_tidy: Check) -> None:
    with used.stage() as staging:
        remove_under(staging, "statements")
        put(staging, "statements/month=2024-01", "old")
    check_tidy(used)


def test_a_folder_does_not_include_its_namesakes(used: Workspace, put: Put) -> None:
    with used.stage() as staging:
        put(staging, "records/people2", "other")
        remove_under(staging, "records/people")
    assert [entry.path.split("/")[1] for entry in used.catalogue.under("records")] == ["people2"]


def test_a_step_that_is_missing_is_named_with_its_command(used: Workspace) -> None:
    with pytest.raises(NotReady, match=r"found no cards; expected cards. Run `standing fit sesame` first."):
        used.need("cards", "standing fit sesame")


def test_a_file_is_put_only_where_it_would_be_swept(used: Workspace, put: Put) -> None:
    with (
        pytest.raises(ValueError, match="elsewhere/x: expected a folder below one of records, "),
        used.stage() as staging,
    ):
        put(staging, "elsewhere/x", "two")


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_killed_process_left_is_swept_from_every_room(used: Workspace, put: Put, folder: str) -> None:
    left = used.root / folder / "month=2024-02" / "left.parquet"
    left.parent.mkdir(parents=True)
    left.write_text("left")
    with used.stage() as staging:
        put(staging, "cards/sesame", "two")
    assert not left.exists()
