"""The check beside chores: files have no moments, so what is of two is looked at again and is no finding."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.registry.verification.test_workspace_files import Published, published

from goodstanding.registry.furnishing import erase_leavers, workspace_erasure
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import Finding, note_workspace, verify_registry, whole_check

__all__ = ["published"]


@pytest.fixture
def meanwhile(published: Published, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something done when the check has read the database and comes to the files, the first times it does."""
    note_workspace(published.registry, published.workspace)
    # It would wait for the check to end.
    monkeypatch.setattr(workspace_erasure, "sweep", lambda _: [])

    def have_done(*works: Callable[[], object]) -> None:
        transaction, waiting = whole_check.verify_files, list(works)

        def looking(*args: Any) -> list[Finding]:
            if waiting:
                waiting.pop(0)()
            return transaction(*args)

        monkeypatch.setattr(whole_check, "verify_files", looking)

    return have_done


def erase(published: Published) -> None:
    """Somebody leaves and is erased."""
    person = published.people.popitem()[1]
    published.registry.do(lambda transaction: leave(transaction, person))
    erase_leavers(published.registry, published.workspace)
    note_workspace(published.registry, published.workspace)


@pytest.mark.parametrize("times", [1, 2])
def test_who_leaves_and_is_erased_while_it_is_checked_is_not_missed(
    published: Published, meanwhile: Callable[..., None], times: int
) -> None:
    meanwhile(*[lambda: erase(published)] * times)
    assert verify_registry(published.registry, workspace=published.workspace).findings == []
    assert len(published.people) == 5 - times


def test_what_was_changed_is_found_whoever_is_erased_meanwhile(
    published: Published, meanwhile: Callable[..., None]
) -> None:
    gone, (record, known_as) = list(published.people.items())[-1], list(published.people.items())[2]
    file = published.rewrite(f"SELECT * FROM {{rows}} WHERE person_id <> '{record}'")
    note_workspace(published.registry, published.workspace)
    lost = Finding("file", f"{published.folder}: {known_as}", "removed")

    def left() -> None:
        published.registry.do(lambda transaction: leave(transaction, gone[1]))

    meanwhile(left)
    assert set(verify_registry(published.registry, workspace=published.workspace).findings) == {file, lost}
