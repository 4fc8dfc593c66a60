"""Who leaves and comes back under the same id before the files are erased: what was is theirs no more, what is stays.

In the night in which they should be erased another verb may have the workspace, or the row that says so may not open.
"""

import json
from contextlib import nullcontext, suppress
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_unopened import damage, joined

from goodstanding.cli import registry_verbs as verbs
from goodstanding.errors import Busy
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.database.schema import furnished, leavers, log, marks, requests, scores
from goodstanding.registry.furnishing import collect, erase_leavers, publish_run
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.people import identifier
from goodstanding.registry.portability import export
from goodstanding.registry.rights import block, leave
from goodstanding.registry.unopened import Unopened
from goodstanding.registry.verification import note_workspace, verify_registry
from goodstanding.scoring import run_to_show

STEPS = ["come back", "send", "contest", "erase", "erase in vain", "collect", "publish"]


def come_back(branch: Branch) -> UUID:
    """The person leaves and joins again under the same id."""
    branch.office.registry.do(lambda transaction: leave(transaction, branch.person))
    branch.person = joined(branch, branch.record_id)
    return branch.person


def publish(branch: Branch, left: list[Unopened] | None = None) -> int:
    """Publish the last run; gives of how many."""
    done = publish_run(branch.office.registry, branch.room, run_to_show(branch.room, "sesame"), branch.today, left)
    return 0 if done.publication is None else done.publication.people


def erase_in_vain(branch: Branch) -> None:
    """Another verb has the workspace."""
    with branch.room.stage(), suppress(Busy):
        erase_leavers(branch.office.registry, branch.room)


def noted(branch: Branch) -> list[bool]:
    return [row.collected_at is not None for row in branch.rows(furnished)]


def findings(branch: Branch) -> list[object]:
    note_workspace(branch.office.registry, branch.room)
    return list(verify_registry(branch.office.registry, workspace=branch.room).findings)


def test_what_was_sent_of_who_came_back_waits_while_they_could_not_be_erased(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, room = branch.office.registry, branch.room
    monkeypatch.setattr(verbs, "open_registry", lambda *_: nullcontext(registry))
    monkeypatch.setattr(verbs, "today", lambda: branch.today)
    come_back(branch)
    other = joined(branch, branch.others[0])
    branch.send(branch.due("new"), branch.due("another's", identifier("record_id", branch.others[0])))
    branch.office.clock.move(days=1)

    def night() -> dict[str, int]:
        capsys.readouterr()
        with suppress(Busy):
            verbs.collect_all(json=True, root=room.root)
        said = json.loads(capsys.readouterr().out)
        return {name: said[name] for name in ("items", "waiting", "people_erased")}

    erase = verbs.erase_leavers
    monkeypatch.setattr(verbs, "erase_leavers", lambda *_: erase_in_vain(branch) or 0)
    for items in (1, 0):
        assert night() == {"items": items, "waiting": 1, "people_erased": 0}
        # Nobody else waits for them.
        assert [row["record_id"] for row in branch.held()] == ["another's"]
        assert {row.person_id for row in branch.rows(furnished) if row.collected_at is not None} == {other}
    monkeypatch.setattr(verbs, "erase_leavers", erase)
    assert night() == {"items": 1, "waiting": 0, "people_erased": 1}
    assert [row["record_id"] for row in branch.held()] == ["another's", "new"]
    assert night() == {"items": 0, "waiting": 0, "people_erased": 0}
    # Their furnisher did nothing wrong.
    assert (branch.told_bank("record.waiting"), findings(branch)) == ([], [])


@pytest.mark.parametrize("collected", ["before they are erased", "after"])
def test_who_is_named_since_they_came_back_is_named_and_who_was_named_before_is_not(
    branch: Branch, collected: str
) -> None:
    registry, name = branch.office.registry, branch.others[0]
    other = joined(branch, name)
    branch.send(branch.transfer("before", name))
    registry.do(lambda transaction: leave(transaction, other))
    branch.send(branch.transfer("between", name))
    joined(branch, name)
    # Whatever the clock says: the log's order says what was sent since.
    branch.office.clock.move(hours=-5)
    branch.send(branch.transfer("since", name))
    branch.office.clock.move(hours=5)
    if collected == "before they are erased":
        branch.collect()
    branch.office.clock.move(hours=1)
    assert erase_leavers(registry, branch.room) == 1
    branch.collect()
    named = {row["record_id"]: row["other_person"] for row in branch.held("transfers")}
    assert named["since"] == name
    assert named["before"] == named["between"] != name
    assert named["before"].startswith("gone-")
    assert (branch.collect().items, findings(branch)) == (0, [])


def test_what_was_answered_since_they_came_back_is_kept_and_nothing_of_before(branch: Branch) -> None:
    registry, name = branch.office.registry, branch.others[0]
    other = joined(branch, name)

    def answer(caller: str, whom: str) -> None:
        said = StoredResponse(201, json.dumps({"record_id": f"joined {whom}"}))
        registry.do(lambda transaction: store_response(transaction, caller, "k" * 20, bytes(32), said))

    gone = joined(branch, branch.others[1])
    answer("party before", name)
    answer("party of another", branch.others[1])
    registry.do(lambda transaction: leave(transaction, other))
    registry.do(lambda transaction: leave(transaction, gone))
    branch.office.clock.move(minutes=1)
    joined(branch, name)
    answer("party since", name)
    answer("party of another since", branch.others[1])
    assert erase_leavers(registry, branch.room) == 2
    assert [row.caller for row in branch.rows(requests)] == ["party since"]


def test_who_came_back_has_no_score_of_what_is_to_be_erased_and_one_of_what_came_after(branch: Branch) -> None:
    registry, room = branch.office.registry, branch.room
    came_back = come_back(branch)
    joined(branch, branch.others[0])
    registry.do(lambda transaction: block(transaction, came_back, branch.late[:1], "not me"))
    done = publish_run(registry, room, run_to_show(room, "sesame"), branch.today)
    assert done.publication is not None
    assert (done.publication.people, done.put_right, done.waiting) == (1, [], 1)
    assert branch.collect().waiting == 1
    assert came_back not in {row.person_id for row in branch.rows(scores)}
    with registry.read() as transaction:
        assert export(transaction.connection, transaction.keyring, came_back, room)["records"] == {}
    assert erase_leavers(registry, room) == 1
    branch.send(branch.due("new"))
    assert branch.collect().items == 2
    assert publish(branch) == 0
    assert findings(branch) == []
    with registry.read() as transaction:
        assert set(export(transaction.connection, transaction.keyring, came_back, room)["records"]) == {
            "people",
            "dues",
        }
    terms = branch.office.terms(came_back)
    branch.consent = registry.do(lambda transaction: grant_consent(transaction, terms)).id
    assert branch.score()["outcome"] == "not_enough_data"


def test_what_was_done_while_nobody_could_know_that_they_wait_is_done_again(branch: Branch) -> None:
    registry, room = branch.office.registry, branch.room
    came_back = come_back(branch)
    branch.send(branch.due("new"))
    registry.do(lambda transaction: block(transaction, came_back, branch.late[:1], "not me"))
    (kept,) = branch.rows(leavers)
    rows, left = damage(branch.office, leavers, leavers.c.person_id == kept.person_id), list[Unopened]()
    assert erase_leavers(registry, room, left) == 0
    branch.office.clock.move(days=1)
    collect(registry, room, branch.today, left)
    publish(branch, left)
    assert {row.person_id for row in branch.rows(scores)} == {came_back}
    assert (noted(branch), [row["record_id"] for row in branch.held()]) == ([True], ["new"])
    assert {(one.table, one.key) for one in left} == set(rows)
    with registry.engine.begin() as connection:
        connection.execute(update(leavers).values(sealed=kept.sealed))
    assert erase_leavers(registry, room) == 1
    assert (branch.held(), noted(branch), branch.rows(scores)) == ([], [False], [])
    assert [row.collected_at for row in branch.rows(marks)] == [None]
    branch.collect()
    assert ([row["record_id"] for row in branch.held()], noted(branch)) == (["new"], [True])
    assert findings(branch) == []


@example(["send", "contest", "erase in vain", "collect", "publish"])
@example(["publish", "erase", "send", "come back"])
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=7))
def test_whatever_is_done_in_whatever_order_what_came_last_is_held_and_nothing_of_before(
    branch: Branch, steps: list[str]
) -> None:
    registry, room, sent = branch.office.registry, branch.room, set[str]()
    come_back(branch)
    for step in steps:
        match step:
            case "come back":
                come_back(branch)
                sent = set()
            case "send":
                number = registry.do(
                    lambda transaction: transaction.connection.scalar(select(func.count()).select_from(log))
                )
                sent.add(f"r{number}")
                branch.send(branch.due(f"r{number}"))
            case "contest":
                if not any(row.person_id == branch.person for row in branch.rows(marks)):
                    registry.do(lambda transaction: block(transaction, branch.person, branch.late[:1], "not me"))
            case "erase":
                erase_leavers(registry, room)
            case "erase in vain":
                erase_in_vain(branch)
            case "collect":
                branch.collect()
            case _:
                publish(branch)
        # What is noted is held, by whatever was done last.
        held = {row["record_id"] for row in branch.held()}
        rows = [row for row in branch.rows(furnished) if row.collected_at is not None]
        assert len(rows) <= len(held & sent)
    erase_leavers(registry, room)
    branch.collect()
    assert {row["record_id"] for row in branch.held()} == sent
    assert all(noted(branch))
    assert findings(branch) == []
