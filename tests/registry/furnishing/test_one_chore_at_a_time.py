"""Whoever is erased stays erased: no chore writes what it read of them before."""

import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import update
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_erasing_everywhere import said_in_database, said_in_files
from tests.registry.furnishing.test_unopened import SQLITE, joined

from goodstanding.errors import Busy
from goodstanding.registry.database.schema import furnished
from goodstanding.registry.furnishing import entry, erase_leavers, publish_run, rescoring
from goodstanding.registry.furnishing.sealed_records import opened_record, sealed_record
from goodstanding.registry.people import identifier
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import run_to_show

NEW = "somebody that nobody knows"


@SQLITE
@pytest.mark.parametrize("how", ["her own record", "another's transfer to her"])
def test_who_leaves_and_is_erased_while_a_collection_runs_is_not_brought_back(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    registry, person = branch.office.registry, joined(branch, NEW)
    own = how == "her own record"
    branch.send(branch.due("r1", identifier("record_id", NEW)) if own else branch.transfer("t1", NEW))
    transaction, refused = entry.in_workspace, []

    def meanwhile(*args: Any) -> Any:
        registry.do(lambda transaction: leave(transaction, person))
        with pytest.raises(Busy) as busy:
            erase_leavers(registry, branch.room)
        refused.append(busy)
        return transaction(*args)

    monkeypatch.setattr(entry, "in_workspace", meanwhile)
    branch.collect()
    monkeypatch.setattr(entry, "in_workspace", transaction)
    assert len(refused) == 1
    assert erase_leavers(registry, branch.room) == 1
    branch.collect()
    assert said_in_files(branch.room, NEW) == []
    assert said_in_database(registry, NEW) == []
    assert verify_registry(registry, workspace=branch.room).findings == []


@SQLITE
def test_nobody_is_erased_while_a_run_is_published(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    registry, person = branch.office.registry, joined(branch, branch.others[0])
    publish = rescoring.publish_scores

    def meanwhile(*args: Any, **more: Any) -> Any:
        registry.do(lambda transaction: leave(transaction, person))
        with pytest.raises(Busy):
            erase_leavers(registry, branch.room)
        return publish(*args, **more)

    monkeypatch.setattr(rescoring, "publish_scores", meanwhile)
    publish_run(registry, branch.room, run_to_show(branch.room, "sesame"), branch.today)
    assert erase_leavers(registry, branch.room) == 1
    assert said_in_database(registry, branch.others[0]) == []


@SQLITE
def test_a_chore_that_was_killed_lets_go_and_one_that_changes_nothing_makes_no_workspace(branch: Branch) -> None:
    script = f"""
from pathlib import Path
import os
from goodstanding.store import Workspace
with Workspace(Path({str(branch.room.root)!r})).chore():
    print("held", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Busy):
            branch.collect()
        other.kill()
    branch.collect()
    nowhere = type(branch.room)(branch.room.root.parent / "not" / "there")
    assert erase_leavers(branch.office.registry, nowhere) == 0
    assert not nowhere.root.parent.exists()


@SQLITE
def test_who_left_is_found_in_a_transfer_that_was_sent_with_blanks_around_the_name(branch: Branch) -> None:
    registry, person = branch.office.registry, joined(branch, NEW)
    branch.send(branch.transfer("t1", NEW))
    (row,) = branch.rows(furnished)
    # As it was kept before the door looked at its form.
    old = opened_record(registry.keyring, row) | {"other_person": f" {NEW}\u3000"}
    with registry.engine.begin() as connection:
        connection.execute(update(furnished).values(sealed=sealed_record(registry.keyring, row.log_index, old)))
    registry.do(lambda transaction: leave(transaction, person))
    assert erase_leavers(registry, branch.room) == 1
    branch.collect()
    assert (said_in_files(branch.room, NEW), said_in_database(registry, NEW)) == ([], [])
    assert len(branch.held("transfers")) == 1
