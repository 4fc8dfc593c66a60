"""A mark stands: whatever files say later, and whatever else is tried in the workspace, nothing of it comes undone."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.registry.furnishing.branch import Branch
from tests.registry.furnishing.test_unopened import SQLITE

from goodstanding.cards.training import learn_card
from goodstanding.engines import Duck
from goodstanding.errors import NotReady
from goodstanding.months import Month
from goodstanding.programmes import load_programme, programme_texts, read_definition
from goodstanding.records import TABLES, folder_feeds, latest_records, load, record_versions
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.registry.database.schema import furnished, marks
from goodstanding.registry.furnishing import collect, publish_run, withdraw_record
from goodstanding.registry.furnishing.pending_items import as_text
from goodstanding.registry.rights import block, dispute, end_case
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import rescored, run_to_show, score_month
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

SESAME = load_programme("sesame")


def contested(branch: Branch) -> list[dict[str, Any]]:
    """The contested records as the workspace holds them."""
    versions = record_versions(branch.room, "dues")
    assert versions is not None
    items = {(item.source, item.record_id) for item in branch.late}
    with Duck() as duck:
        rows = duck.rows(f"FROM ({latest_records(versions, branch.today)}) AS r ORDER BY source, record_id")
    return [row for row in rows if (row["source"], row["record_id"]) in items]


def states(branch: Branch) -> set[str]:
    return {row["state"] for row in contested(branch)}


def a_file_says_anew(branch: Branch, folder: Path, days: int) -> None:
    """The biller's next file has the same bills, one thing about each of them put right, and no column `state`."""
    branch.office.clock.move(days=days)
    columns = [column for column in TABLES["dues"].columns if column != "state"]
    with (folder / "dues.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, columns, extrasaction="ignore")
        rows.writeheader()
        for row in contested(branch):
            said = as_text("dues", row)
            said |= {"known_on": branch.today.isoformat(), "paid_minor": str(int(said["paid_minor"] or 0) + 1)}
            rows.writerow(said)
    loaded = load(
        branch.room, folder_feeds(folder / "dues.csv"), branch.today, stamp=stamp_in_force(branch.room.catalogue)
    )
    assert loaded.counts["dues"].accepted == len(branch.late)
    build_statements(branch.room)


def publish_a_new_run(branch: Branch) -> None:
    month = Month.parse(run_to_show(branch.room, "sesame").basis.as_of)
    score_month(branch.room, SESAME, month, branch.today)
    publish_run(branch.office.registry, branch.room, run_to_show(branch.room, "sesame"), branch.today)


@SQLITE
@pytest.mark.parametrize("verb", ["collect", "publish"])
@pytest.mark.parametrize("days", [0, 1], ids=["the same day", "a day later"])
@pytest.mark.parametrize(
    ("kind", "outcome"), [("block", None), ("block", "proven"), ("dispute", None), ("dispute", "deleted")]
)
def test_what_is_contested_or_deleted_stays_so_whatever_a_file_says(
    branch: Branch, tmp_path: Path, *, kind: str, outcome: str | None, days: int, verb: str
) -> None:
    do, person = branch.office.registry.do, branch.person
    if kind == "block":
        begun = [do(lambda transaction: block(transaction, person, branch.late, "a fraud"))]
    else:
        begun = [
            do(lambda transaction, item=item: dispute(transaction, person, item, "not mine")) for item in branch.late
        ]
    branch.collect()
    for case in begun if outcome else ():
        do(lambda transaction, case=case: end_case(transaction, case.id, str(outcome), words="", by="officer"))
    branch.collect(0)
    state = "withdrawn" if outcome else "disputed"
    right = branch.score()["score"]
    assert states(branch) == {state}
    a_file_says_anew(branch, tmp_path, days)
    assert states(branch) == {"valid"}
    if verb == "publish":
        publish_a_new_run(branch)
    else:
        assert branch.collect(0).excluded == len(branch.late)
    assert states(branch) == {state}
    assert branch.score()["score"] == right
    run = run_to_show(branch.room, "sesame")
    found = rescored(branch.room, SESAME, run, [branch.record_id], Month.of(branch.today))
    assert found[0].score == right
    # What the file said anew is kept, but for the state.
    assert branch.collect(0).excluded == 0
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


@SQLITE
def test_where_no_file_said_anything_a_mark_needs_no_turn_in_the_workspace(branch: Branch) -> None:
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late, "a fraud"))
    branch.collect()
    with branch.room.stage():
        publish_run(branch.office.registry, branch.room, run_to_show(branch.room, "sesame"), branch.today)
        assert branch.collect().excluded == 0


@SQLITE
def test_what_was_confirmed_counts_as_the_next_file_says(branch: Branch, tmp_path: Path) -> None:
    do = branch.office.registry.do
    case = do(lambda transaction: dispute(transaction, branch.person, branch.late[0], "not mine"))
    branch.collect()
    do(lambda transaction: end_case(transaction, case.id, "confirmed", words="", by="officer"))
    branch.collect()
    before = {row["record_id"]: int(row["paid_minor"] or 0) for row in contested(branch)}
    a_file_says_anew(branch, tmp_path, 1)
    assert branch.collect().excluded == 0
    assert states(branch) == {"valid"}
    assert {row["record_id"]: row["paid_minor"] - 1 for row in contested(branch)} == before


@SQLITE
@pytest.mark.parametrize("trial", ["the next version", "another card"])
def test_a_trial_in_the_workspace_keeps_no_score_from_being_put_right(branch: Branch, trial: str) -> None:
    do = branch.office.registry.do
    month = Month.parse(run_to_show(branch.room, "sesame").basis.as_of)
    answered = branch.score()["run"]
    if trial == "the next version":
        text, expert = programme_texts("sesame")
        tried = read_definition(
            "sesame", text.replace('version = "1.0.0"', 'version = "1.1.0"', 1).encode(), expert.encode()
        )
    else:
        tried = SESAME
    learn_card(branch.room, tried, month.plus(-7) if trial == "another card" else None)
    assert score_month(branch.room, tried, month, branch.today).run != answered
    before = branch.score()["score"]
    case = do(lambda transaction: block(transaction, branch.person, branch.late, "a fraud"))
    branch.collect()
    do(lambda transaction: end_case(transaction, case.id, "proven", words="", by="officer"))
    branch.collect()
    told = branch.score()
    assert told["score"] > before
    assert str(told["run"]).startswith(f"{answered}+")
    assert [mark.collected_at is None for mark in branch.rows(marks)] == [False] * len(branch.late)


@SQLITE
def test_a_mark_waits_while_the_workspace_lacks_the_run_that_is_answered_from(branch: Branch, tmp_path: Path) -> None:
    before = branch.score()["score"]
    branch.office.registry.do(lambda transaction: block(transaction, branch.person, branch.late, "a fraud"))
    with pytest.raises(NotReady, match="run that is answered from"):
        collect(branch.office.registry, Workspace(tmp_path / "begun anew"), branch.today)
    assert [mark.collected_at for mark in branch.rows(marks)] == [None] * len(branch.late)
    branch.collect()
    assert branch.score()["score"] > before


@SQLITE
def test_what_is_said_last_counts_though_the_day_before_was_a_later_one(branch: Branch) -> None:
    branch.send(branch.due("r"))
    collect(branch.office.registry, branch.room, branch.today + timedelta(days=1))
    branch.send(branch.due("r", kind="rent"))
    branch.collect(0)
    assert branch.collect().items == 0
    assert [row["kind"] for row in branch.held()] == ["rent"]
    collect(branch.office.registry, branch.room, branch.today + timedelta(days=1))
    branch.office.registry.do(lambda transaction: withdraw_record(transaction, branch.bank, "dues", "r"))
    branch.collect(0)
    branch.collect()
    assert [(row["kind"], row["state"]) for row in branch.held()] == [("rent", "withdrawn")]
    assert all(row.collected_at for row in branch.rows(furnished))
