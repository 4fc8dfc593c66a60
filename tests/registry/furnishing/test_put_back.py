"""A workspace put back to an older copy, or begun anew, has everything again that was acknowledged."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_unopened import SQLITE

from goodstanding.errors import NotReady
from goodstanding.registry.database.schema import deliveries, furnished, marks, messages
from goodstanding.registry.furnishing import collect, withdraw_record
from goodstanding.registry.rights import Item, dispute, end_case
from goodstanding.registry.verification import note_workspace, verify_registry
from goodstanding.store import Workspace


def collected(branch: Branch, room: Workspace | None = None) -> bool:
    """Whether the next day's collection took everything anew."""
    branch.office.clock.move(days=1)
    found = collect(branch.office.registry, room or branch.room, branch.today)
    note_workspace(branch.office.registry, room or branch.room)
    return found.put_back


def held(branch: Branch) -> list[Mapping[str, Any]]:
    """What is not withdrawn, but for when it became known: what was never taken is not taken to be withdrawn."""
    rows = [row for row in branch.held() if row["state"] != "withdrawn"]
    return [{name: value for name, value in row.items() if name not in {"known_on", "sequence"}} for row in rows]


def much_happens(branch: Branch) -> None:
    do = branch.office.registry.do
    branch.send(branch.due("corrected"), branch.due("withdrawn"), branch.due("deleted"), branch.due("contested"))
    assert not collected(branch)
    branch.send(branch.due("corrected", kind="rent"))
    do(lambda transaction: withdraw_record(transaction, branch.bank, "dues", "withdrawn"))
    first = branch.held()[0]["source"]
    deleted, contested = Item("dues", first, "deleted"), Item("dues", first, "contested")
    case = do(lambda transaction: dispute(transaction, branch.person, deleted, "not mine"))
    do(lambda transaction: dispute(transaction, branch.person, contested, "not mine"))
    do(lambda transaction: end_case(transaction, case.id, "deleted", words="", by="officer"))
    do(lambda transaction: dispute(transaction, branch.person, branch.late[0], "not mine"))
    assert not collected(branch)


@SQLITE
@pytest.mark.parametrize("when", ["before all", "amid"])
def test_an_older_copy_has_all_again_that_came_since(branch: Branch, tmp_path: Path, when: str) -> None:
    branch.send(branch.due("first"))
    assert not collected(branch)
    copy = Path(shutil.copytree(branch.room.root, tmp_path / "copy"))
    much_happens(branch)
    before, score = held(branch), branch.score()["score"]
    told = len(branch.rows(messages)), len(branch.rows(deliveries))
    shutil.rmtree(branch.room.root)
    shutil.copytree(copy, branch.room.root)
    branch.room = Workspace(branch.room.root)
    assert held(branch) != before
    if when == "amid":
        # Something was already done with the copy: it has grown beyond what was noted, by other lines.
        for number in range(20):
            with branch.room.stage() as staging:
                staging.set("ours", str(number))
    assert collected(branch)
    assert held(branch) == before
    assert branch.score()["score"] == score
    assert (len(branch.rows(messages)), len(branch.rows(deliveries))) == told
    assert all(row.collected_at for table in (furnished, marks) for row in branch.rows(table))
    assert not collected(branch)
    assert held(branch) == before
    # Whoever verifies is told for good: another history than the one that was noted.
    found = verify_registry(branch.office.registry, workspace=branch.room).findings
    assert {one.table for one in found} <= {"file", "history"}
    assert found


@SQLITE
def test_a_workspace_begun_anew_has_all_that_was_furnished(branch: Branch, tmp_path: Path) -> None:
    much_happens(branch)
    before = held(branch)
    anew = Workspace(tmp_path / "anew")
    with pytest.raises(NotReady, match="run that is answered from"):
        collect(branch.office.registry, anew, branch.today)
    branch.room = anew
    assert held(branch) == before
