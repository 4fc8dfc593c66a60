"""A score that is owed because a contested record changed stays owed, whatever stops the collection that changed it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_said_anew import (
    RIGHT,
    answered_as_recorded,
    answered_from_what_counts,
    counting,
    disputed,
    ended,
    late,
)
from tests.registry.furnishing.test_unopened import SQLITE

from goodstanding.registry.furnishing import collection, entry
from goodstanding.registry.verification import verify_registry

STEPS = [
    (entry, "take_singles"),
    (entry, "build_statements"),
    (collection, "note_workspace"),
    (collection, "_note_taken"),
    (collection, "_tell_refused"),
    (collection, "put_right"),
    (collection, "_note_marks"),
]


class Stopped(Exception):
    """What stops a collection: a kill, a full disk, somebody else's lock."""


@SQLITE
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
def test_a_correction_that_comes_weeks_after_its_case_ended_gets_into_the_score_whatever_stops_it(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, after: bool
) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    answered_from_what_counts(branch)
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, "corrected")
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    before = branch.score()["score"]
    branch.send(*late(branch, **RIGHT, kind="phone"))
    real: Callable[..., Any] = getattr(module, name)

    def stops(*args: Any, **named: Any) -> Any:
        if after:
            real(*args, **named)
        raise Stopped

    monkeypatch.setattr(module, name, stops)
    with pytest.raises(Stopped):
        branch.collect(days=12)
    monkeypatch.setattr(module, name, real)
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == ({"100"}, True)
    assert branch.score()["score"] != before
    assert branch.collect().items == 0
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []
