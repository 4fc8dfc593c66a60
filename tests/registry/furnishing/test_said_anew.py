"""What counts of a record that files and its furnisher say and that is contested: the last that is right."""

import csv
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.registry.furnishing.branch import BANK, Branch
from tests.registry.furnishing.test_unopened import SQLITE

from goodstanding.engines import Duck
from goodstanding.months import Month
from goodstanding.programmes import load_programme
from goodstanding.records import TABLES, folder_feeds, load, record_versions
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.registry.furnishing import Submission, publish_run, withdraw_record
from goodstanding.registry.rights import Item, block, dispute, end_case, take_back
from goodstanding.registry.verification import note_workspace, verify_registry
from goodstanding.scoring import rescored, run_to_show
from goodstanding.statements import build_statements
from goodstanding.store import Workspace

SESAME = load_programme("sesame")
ITEMS = [Item("dues", BANK, f"w{number}") for number in range(4)]
WRONG, RIGHT = {"amount_minor": "900000", "paid_minor": "900000"}, {"amount_minor": "100", "paid_minor": "100"}


def late(branch: Branch, **other: str) -> list[Submission]:
    """Bills of the month that is answered from, paid a month late."""
    day = branch.today.replace(day=1) - timedelta(days=20)
    said = {"happened_on": str(day), "paid_on": str(day + timedelta(days=28))} | WRONG | other
    return [replace(branch.due(item.record_id, **said), told_on=branch.today) for item in ITEMS]


def kept(branch: Branch) -> list[Submission]:
    """The same bills, paid in time."""
    return late(branch, paid_on=str(branch.today.replace(day=1) - timedelta(days=20)))


def a_file_says(branch: Branch, folder: Path, said: list[Submission], **other: str) -> None:
    """The bank's own file says them as well, as they are known today."""
    with (folder / "dues.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, [name for name in TABLES["dues"].columns if name != "state" or "state" in other])
        rows.writeheader()
        for one in said:
            own = {"person_id": branch.record_id, "record_id": one.record_id, "source": BANK, "counterparty": ""}
            rows.writerow(own | {"known_on": str(branch.today)} | dict(one.values) | other)
    load(branch.room, folder_feeds(folder / "dues.csv"), branch.today, stamp=stamp_in_force(branch.room.catalogue))
    build_statements(branch.room)


def counting(branch: Branch) -> set[str]:
    """What the bills that count say was due."""
    return {str(row["amount_minor"]) for row in branch.held() if row["state"] == "valid"}


def days_late(branch: Branch) -> set[int]:
    return {(row["paid_on"] - row["happened_on"]).days for row in branch.held() if row["state"] == "valid"}


def disputed(branch: Branch) -> list[UUID]:
    do = branch.office.registry.do
    return [do(lambda transaction, item=item: dispute(transaction, branch.person, item, "not so")).id for item in ITEMS]


def ended(branch: Branch, cases: list[UUID], outcome: str) -> None:
    for case in cases:
        if outcome == "taken_back":
            branch.office.registry.do(lambda transaction, case=case: take_back(transaction, case, person=branch.person))
        else:
            branch.office.registry.do(
                lambda transaction, case=case: end_case(transaction, case, outcome, words="", by="officer")
            )


def withdrawn(branch: Branch) -> None:
    for item in ITEMS:
        branch.office.registry.do(
            lambda transaction, item=item: withdraw_record(transaction, branch.bank, "dues", item.record_id)
        )


def answered_as_recorded(branch: Branch) -> bool:
    """Whether the person is answered from the score that the records by now make."""
    run = run_to_show(branch.room, "sesame")
    (row,) = rescored(branch.room, SESAME, run, [branch.record_id], Month.of(branch.today))
    return branch.score()["score"] == row.score


def answered_from_what_counts(branch: Branch) -> None:
    """Contested once, so that the score that is answered from knows of the bills."""
    ended(branch, disputed(branch), "confirmed")
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == ({"900000"}, True)


@SQLITE
@pytest.mark.parametrize("sent", ["never", "the day after", "before"])
def test_what_was_disputed_and_is_to_be_corrected_counts_when_the_correction_does(branch: Branch, sent: str) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    answered_from_what_counts(branch)
    cases = disputed(branch)
    branch.collect()
    # Not surely better for the person, so that they have the law's days of notice of it.
    correction = late(branch, **RIGHT, kind="phone")
    if sent == "before":
        branch.send(*correction)
    ended(branch, cases, "corrected")
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    if sent == "the day after":
        branch.send(*correction)
    branch.collect(days=12)
    assert counting(branch) == (set() if sent == "never" else {"100"})
    assert answered_as_recorded(branch)
    assert branch.collect().items == 0
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


@SQLITE
@pytest.mark.parametrize("when", ["before the answer", "after the answer"])
def test_a_file_corrects_what_was_disputed_and_the_same_again_does_not(
    branch: Branch, tmp_path: Path, when: str
) -> None:
    a_file_says(branch, tmp_path, late(branch))
    branch.collect()
    cases = disputed(branch)
    branch.collect()
    if when == "before the answer":
        a_file_says(branch, tmp_path, late(branch, **RIGHT))
        branch.collect()
        assert counting(branch) == set()
    ended(branch, cases, "corrected")
    branch.collect()
    if when == "after the answer":
        assert counting(branch) == set()
        a_file_says(branch, tmp_path, late(branch))
        branch.collect()
        assert counting(branch) == set()
        branch.office.clock.move(days=1)
        a_file_says(branch, tmp_path, late(branch, **RIGHT))
        branch.collect()
    assert counting(branch) == {"100"}
    # What a file says after the answer counts from the next renewal on, as for everybody.
    assert answered_as_recorded(branch) == (when == "before the answer")


@SQLITE
@pytest.mark.parametrize(
    "meanwhile", ["nothing", "a file says it anew", "the workspace is put back", "it is withdrawn"]
)
@pytest.mark.parametrize("collected", [False, True], ids=["certified at once", "certified a day later"])
def test_what_was_deleted_and_is_certified_counts_when_the_certified_version_does(
    branch: Branch, tmp_path: Path, *, meanwhile: str, collected: bool
) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    answered_from_what_counts(branch)
    note_workspace(branch.office.registry, branch.room)
    copy = shutil.copytree(branch.room.root, tmp_path / "copy")
    ended(branch, disputed(branch), "deleted")
    if collected:
        branch.collect()
        assert counting(branch) == set()
    branch.send(*[replace(one, certified=True) for one in late(branch)])
    if meanwhile == "a file says it anew":
        a_file_says(branch, tmp_path, late(branch, **RIGHT))
    elif meanwhile == "the workspace is put back":
        note_workspace(branch.office.registry, branch.room)
        shutil.rmtree(branch.room.root)
        shutil.copytree(copy, branch.room.root)
        branch.room = Workspace(branch.room.root)
    elif meanwhile == "it is withdrawn":
        withdrawn(branch)
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    publish_run(branch.office.registry, branch.room, run_to_show(branch.room, "sesame"), branch.today)
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    branch.collect(days=10)
    assert bool(counting(branch)) == (meanwhile != "it is withdrawn")
    assert answered_as_recorded(branch)


def other_month(branch: Branch) -> list[Submission]:
    """The same ids sent with another month, which the records take for no version of a record they have."""
    return [branch.due(item.record_id) for item in ITEMS]


@SQLITE
@pytest.mark.parametrize("how", ["deleted", "proven", "withdrawn"])
def test_a_version_that_the_workspace_does_not_take_keeps_no_mark_and_no_withdrawal_out(
    branch: Branch, tmp_path: Path, how: str
) -> None:
    a_file_says(branch, tmp_path, late(branch))
    answered_from_what_counts(branch)
    branch.send(*other_month(branch))
    assert branch.collect().waiting == len(ITEMS)
    if how == "withdrawn":
        withdrawn(branch)
    elif how == "deleted":
        ended(branch, disputed(branch), how)
    else:
        do = branch.office.registry.do
        case = do(lambda transaction: block(transaction, branch.person, ITEMS, "a fraud")).id
        branch.collect()
        assert counting(branch) == set()
        ended(branch, [case], how)
    done = branch.collect()
    assert counting(branch) == set()
    assert answered_as_recorded(branch) or how == "withdrawn"
    # The version that is not taken goes on waiting; where it was withdrawn nothing does.
    assert done.waiting == (0 if how == "withdrawn" else len(ITEMS))
    again = branch.collect()
    assert (again.items, again.excluded, again.publications) == (0, 0, [])
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


@SQLITE
@pytest.mark.parametrize("end", ["confirmed", "taken_back"])
@pytest.mark.parametrize("how", ["corrected", "withdrawn"])
def test_a_dispute_leaves_what_a_file_said_since(branch: Branch, tmp_path: Path, how: str, end: str) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    branch.office.clock.move(days=1)
    if how == "corrected":
        a_file_says(branch, tmp_path, kept(branch))
    else:
        a_file_says(branch, tmp_path, late(branch), state="withdrawn")
    branch.collect()
    said = days_late(branch)
    cases = disputed(branch)
    branch.collect()
    assert counting(branch) == set()
    ended(branch, cases, end)
    branch.collect()
    assert days_late(branch) == said == ({0} if how == "corrected" else set())


@SQLITE
def test_a_version_that_had_to_wait_does_not_replace_what_a_file_said_meanwhile(branch: Branch, tmp_path: Path) -> None:
    branch.send(*late(branch))
    branch.office.clock.move(days=2)
    a_file_says(branch, tmp_path, kept(branch))
    branch.collect(days=10)
    assert days_late(branch) == {0}
    # What is sent after the file is the last word again.
    branch.send(*late(branch, kind="phone"))
    branch.collect(days=10)
    assert days_late(branch) == {28}


@SQLITE
def test_files_that_are_loaded_again_into_a_copy_are_the_last_word_where_they_were(
    branch: Branch, tmp_path: Path
) -> None:
    note_workspace(branch.office.registry, branch.room)
    copy = shutil.copytree(branch.room.root, tmp_path / "copy")
    branch.send(*late(branch))
    branch.collect(days=10)
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, kept(branch))
    branch.collect()
    note_workspace(branch.office.registry, branch.room)
    said = kept(branch)
    shutil.rmtree(branch.room.root)
    shutil.copytree(copy, branch.room.root)
    branch.room = Workspace(branch.room.root)
    a_file_says(branch, tmp_path, said)
    assert branch.collect().put_back
    assert days_late(branch) == {0}


@SQLITE
@pytest.mark.parametrize("collected", [False, True], ids=["the same day", "collected between"])
@pytest.mark.parametrize("end", ["confirmed", "taken_back"])
@pytest.mark.parametrize("first", ["deleted", "corrected"])
def test_who_disputes_again_what_waits_for_its_right_version_loses_nothing(
    branch: Branch, first: str, end: str, *, collected: bool
) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    answered_from_what_counts(branch)
    ended(branch, disputed(branch), first)
    if collected:
        branch.collect()
    branch.send(*[replace(one, certified=first == "deleted") for one in late(branch, **RIGHT, kind="phone")])
    again = disputed(branch)
    if collected:
        branch.collect()
    ended(branch, again, end)
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    branch.collect(days=10)
    assert (counting(branch), answered_as_recorded(branch)) == ({"100"}, True)
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


@SQLITE
def test_a_version_that_was_in_notice_when_it_was_disputed_is_no_correction(branch: Branch) -> None:
    branch.send(*kept(branch))
    branch.collect()
    branch.send(*late(branch, **RIGHT))
    cases = disputed(branch)
    branch.collect()
    branch.collect(days=10)
    ended(branch, cases, "corrected")
    branch.collect()
    assert counting(branch) == set()


@SQLITE
@pytest.mark.parametrize("end", ["confirmed", "taken_back"])
def test_a_file_that_says_again_what_was_sent_first_is_the_last_word(branch: Branch, tmp_path: Path, end: str) -> None:
    branch.send(*kept(branch))
    branch.collect()
    branch.send(*late(branch))
    branch.collect(days=10)
    assert days_late(branch) == {28}
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, kept(branch))
    branch.collect()
    ended(branch, disputed(branch), end)
    branch.collect()
    assert days_late(branch) == {0}


@SQLITE
def test_what_was_sent_before_it_was_disputed_counts_once_it_is_sent_again_and_certified(branch: Branch) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    branch.send(*kept(branch))
    ended(branch, disputed(branch), "corrected")
    branch.collect()
    branch.send(*kept(branch))
    branch.collect()
    assert counting(branch) == set()
    branch.send(*[replace(one, certified=True) for one in kept(branch)])
    branch.collect()
    assert days_late(branch) == {0}


@SQLITE
@pytest.mark.parametrize("seconds", [5, 6 * 3600])
def test_a_correction_by_a_clock_that_is_behind_is_one(branch: Branch, seconds: int) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    cases = disputed(branch)
    branch.office.clock.move(seconds=-seconds)
    branch.send(*kept(branch))
    ended(branch, cases, "corrected")
    branch.collect()
    branch.collect()
    assert days_late(branch) == {0}


@SQLITE
def test_a_record_whose_id_a_file_has_for_somebody_else_waits_and_is_told(branch: Branch, tmp_path: Path) -> None:
    branch.send(*late(branch))
    branch.office.clock.move(days=2)
    a_file_says(branch, tmp_path, kept(branch), person_id=branch.others[0])
    done = branch.collect(days=10)
    assert (done.items, done.waiting) == (0, len(ITEMS))
    assert len(branch.told_bank("record.waiting")) == len(ITEMS)


@SQLITE
def test_a_file_of_the_day_of_the_dispute_is_what_was_contested(branch: Branch, tmp_path: Path) -> None:
    a_file_says(branch, tmp_path, kept(branch))
    branch.collect()
    a_file_says(branch, tmp_path, late(branch))
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, "corrected")
    branch.collect()
    assert counting(branch) == set()


@SQLITE
def test_to_take_back_what_was_disputed_is_no_correction(branch: Branch, tmp_path: Path) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    cases = disputed(branch)
    withdrawn(branch)
    ended(branch, cases, "corrected")
    branch.collect()
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, late(branch))
    branch.collect()
    branch.collect()
    assert counting(branch) == set()


@SQLITE
def test_a_case_that_does_not_read_lets_nothing_count_that_was_deleted(branch: Branch, tmp_path: Path) -> None:
    branch.send(*late(branch))
    branch.collect(days=10)
    ended(branch, disputed(branch), "deleted")
    branch.collect()
    with branch.office.registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE cases SET opened_at = 'garbage'")
    a_file_says(branch, tmp_path, late(branch))
    branch.collect()
    assert counting(branch) == set()


def right(branch: Branch, *, certified: bool = False) -> list[Submission]:
    """The same bills of another amount, paid in time."""
    return [
        replace(one, certified=certified) for one in (replace(one, values=one.values | RIGHT) for one in kept(branch))
    ]


@SQLITE
@pytest.mark.parametrize("first", ["corrected", "deleted"])
@pytest.mark.parametrize("way", ["file", "api"])
@pytest.mark.parametrize("then", ["counts", "is withdrawn the same day", "is withdrawn later"])
def test_what_was_found_wrong_does_not_count_again_by_a_file(
    branch: Branch, tmp_path: Path, first: str, way: str, then: str
) -> None:
    if way == "file":
        a_file_says(branch, tmp_path, late(branch))
    else:
        branch.send(*late(branch))
    branch.collect(days=10)
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, first)
    branch.collect()
    branch.send(*right(branch, certified=first == "deleted"))
    if then == "is withdrawn the same day":
        withdrawn(branch)
    branch.collect()
    if then == "is withdrawn later":
        withdrawn(branch)
        branch.collect()
    expected = {"100"} if then == "counts" else set()
    assert counting(branch) == expected
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, late(branch))
    assert branch.collect().excluded == len(ITEMS)
    assert counting(branch) <= expected
    # What its furnisher says now, certified, is what counts.
    branch.send(*right(branch, certified=True))
    branch.collect(days=10)
    assert counting(branch) == {"100"}


@SQLITE
def test_what_was_deleted_is_no_correction_of_what_was_certified(branch: Branch, tmp_path: Path) -> None:
    a_file_says(branch, tmp_path, late(branch))
    branch.collect(days=2)
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, "deleted")
    branch.send(*right(branch, certified=True))
    branch.collect(days=2)
    assert counting(branch) == {"100"}
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, "corrected")
    branch.collect()
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, late(branch))
    assert branch.collect().excluded == len(ITEMS)
    assert counting(branch) == set()
    branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, late(branch, amount_minor="300", paid_minor="300"))
    branch.collect()
    assert counting(branch) == {"300"}


@SQLITE
@pytest.mark.parametrize("again", [False, True])
def test_a_file_corrects_what_was_contested_before_it_came_into_force(
    branch: Branch, tmp_path: Path, *, again: bool
) -> None:
    branch.send(*late(branch))
    branch.office.clock.move(days=1)
    cases = disputed(branch)
    branch.collect()
    ended(branch, cases, "corrected")
    branch.collect()
    branch.office.clock.move(days=1)
    if again:
        a_file_says(branch, tmp_path, late(branch))
        branch.collect()
        assert counting(branch) == set()
        branch.office.clock.move(days=1)
    a_file_says(branch, tmp_path, right(branch))
    branch.collect()
    assert counting(branch) == {"100"}


@SQLITE
@pytest.mark.parametrize("way", ["file", "api"])
@pytest.mark.parametrize("outcome", ["taken_back", "confirmed", "deleted"])
def test_a_case_that_begins_and_ends_within_a_day_leaves_the_record_as_it_ended(
    branch: Branch, tmp_path: Path, way: str, outcome: str
) -> None:
    if way == "file":
        a_file_says(branch, tmp_path, late(branch))
    else:
        branch.send(*kept(branch))
    branch.collect(days=0)
    for last in ("taken_back", outcome):
        cases = disputed(branch)
        branch.collect(days=0)
        assert counting(branch) == set()
        ended(branch, cases, last)
        branch.collect(days=0)
        assert counting(branch) == (set() if last == "deleted" else {"900000"})
        assert answered_as_recorded(branch)


@SQLITE
def test_a_collection_by_a_clock_that_is_ahead_puts_no_mark_off(branch: Branch, tmp_path: Path) -> None:
    a_file_says(branch, tmp_path, late(branch))
    branch.collect(days=2)
    answered_from_what_counts(branch)
    cases = disputed(branch)
    branch.office.clock.move(days=40)
    branch.collect(days=0)
    branch.office.clock.move(days=-40)
    branch.collect()
    assert (counting(branch), answered_as_recorded(branch)) == (set(), True)
    ended(branch, cases, "deleted")
    branch.collect()
    for days in (1, 20, 40):
        assert (known(branch), answered_as_recorded(branch)) == ({"withdrawn"}, True)
        branch.collect(days=days)
    assert verify_registry(branch.office.registry, workspace=branch.room).findings == []


def known(branch: Branch) -> set[str]:
    """The states of the bills as they are known today."""
    versions = record_versions(branch.room, "dues")
    assert versions is not None
    with Duck() as duck:
        rows = duck.rows(
            f"SELECT record_id, arg_max(state, (known_on, sequence)) AS state FROM ({versions.all}) AS v "
            f"WHERE known_on <= DATE '{branch.today}' GROUP BY record_id"
        )
    return {row["state"] for row in rows if row["record_id"] in {item.record_id for item in ITEMS}}


@SQLITE
@pytest.mark.parametrize("says", ["wrong", "withdrawn"])
def test_who_certifies_what_they_sent_before_says_it_anew(branch: Branch, tmp_path: Path, says: str) -> None:
    first = right(branch)
    branch.send(*first)
    branch.collect(days=2)
    assert counting(branch) == {"100"}
    if says == "wrong":
        a_file_says(branch, tmp_path, late(branch))
    else:
        a_file_says(branch, tmp_path, first, state="withdrawn")
    branch.collect()
    assert counting(branch) == ({"900000"} if says == "wrong" else set())
    numbers = [sent.number for sent in branch.send(*first)]
    branch.collect()
    assert counting(branch) == ({"900000"} if says == "wrong" else set())
    assert numbers < [sent.number for sent in branch.send(*right(branch, certified=True))]
    branch.collect()
    assert counting(branch) == {"100"}
