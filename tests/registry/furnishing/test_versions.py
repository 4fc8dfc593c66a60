"""What a record is to be follows from what its furnisher said last and from its mark, however often one collects."""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from tests.registry.furnishing.conftest import BANK, Branch

from goodstanding.engines import Duck
from goodstanding.errors import StandingError
from goodstanding.records import Single, latest_records, record_versions, take_singles
from goodstanding.records.stamping import stamp_held
from goodstanding.registry.changing import Change
from goodstanding.registry.database.schema import marks
from goodstanding.registry.furnishing import Submission, furnish, withdraw_record
from goodstanding.registry.furnishing.pending import as_text
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import Item, dispute, end_case, take_back
from goodstanding.registry.verifying import verify_registry

FIRST = ("good", "adverse")
ACTIONS = (*FIRST, "certified", "withdraw", "dispute", "take back", "confirm", "delete")
DAYS_BETWEEN, DAYS_AFTER = 3, 30


@dataclass
class Story:
    """One record: what is done to it, and a model of what it is to be."""

    record_id: str
    steps: tuple[str, ...]
    happened_on: date
    said: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    case: UUID | None = None
    mark: str | None = None

    def says(self, what: str, now: datetime, counts_from: datetime) -> None:
        """Its furnisher says something new: what waited for its day till then never counts."""
        if self.said and self.said[-1][0] == what:
            return
        self.said = [(before, since) for before, since in self.said if since <= now] + [(what, counts_from)]

    def is_to_be(self, now: datetime) -> tuple[str, str] | None:
        """The state in which it counts by now, and what it says; None if it does not count."""
        by_now = [what for what, since in self.said if since <= now]
        if not by_now or by_now[-1] == "withdraw" or self.mark == "deleted":
            return None
        return self.mark or "valid", by_now[-1]

    def submission(self, branch: Branch, step: str) -> Submission:
        day = self.happened_on.isoformat()
        paid = {"paid_on": day} if step == "good" else {"paid_on": "", "paid_minor": "0"}
        due = branch.due(self.record_id, happened_on=day, **paid)
        return Submission(due.known_by, "dues", self.record_id, due.values, branch.today, certified=step == "certified")

    def do(self, change: Change, branch: Branch, step: str) -> None:
        """Take a step. Raises StandingError for one that is refused."""
        if step in (*FIRST, "certified"):
            (done,) = furnish(change, branch.bank, [(self.submission(branch, step), step != "good")])
            if self.mark == "deleted":
                self.mark, self.said = None, []
            self.says("good" if step == "good" else "adverse", change.now, done.counts_from)
        elif step == "withdraw":
            withdraw_record(change, branch.bank, "dues", self.record_id)
            self.says("withdraw", change.now, change.now)
        elif step == "dispute":
            item = Item("dues", BANK, self.record_id)
            self.case, self.mark = dispute(change, branch.person, item, "Not so.").id, "disputed"
        elif self.case is not None:
            if step == "take back":
                take_back(change, self.case, person=branch.person)
            else:
                outcome = {"confirm": "confirmed", "delete": "deleted"}[step]
                end_case(change, self.case, outcome, words="So it is.", by="operator")
            self.mark = "deleted" if step == "delete" else None


def stories(branch: Branch) -> list[Story]:
    """All stories of three steps, and some of the longer ones."""
    short = [(first, *rest) for first in FIRST for rest in product(ACTIONS, repeat=2)]
    chosen = random.Random(7)  # noqa: S311
    long = [(chosen.choice(FIRST), *chosen.choices(ACTIONS, k=4)) for _ in range(150)]
    day = branch.today - timedelta(days=30)
    return [Story(f"r{number}", steps, day) for number, steps in enumerate([*short, *long])]


def take_steps(branch: Branch, told: list[Story], number: int) -> None:
    """The next step of every story."""

    def work(change: Change) -> None:
        for story in told:
            if number < len(story.steps):
                with suppress(StandingError), change.step():
                    story.do(change, branch, story.steps[number])

    branch.office.changes.do(work)


def as_held(branch: Branch) -> dict[str, tuple[str, str]]:
    """What the workspace counts of each record: its state, and whether it speaks for the person."""
    said = {True: "good", False: "adverse"}
    rows = [row for row in branch.held() if row["state"] != "withdrawn"]
    return {row["record_id"]: (row["state"], said[row["paid_on"] is not None]) for row in rows}


def assert_as_told(branch: Branch, told: list[Story]) -> None:
    """Every record is what its story makes of it by now."""
    found, now = as_held(branch), branch.office.clock.now
    pairs = {story.steps: (found.get(story.record_id), story.is_to_be(now)) for story in told}
    assert {steps: pair for steps, pair in pairs.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("collected", ["after each step", "once"])
def test_collecting_often_or_once_makes_of_a_record_what_was_said_of_it_last(branch: Branch, collected: str) -> None:
    told = stories(branch)
    for number in range(max(len(story.steps) for story in told)):
        take_steps(branch, told, number)
        branch.office.clock.move(days=DAYS_BETWEEN)
        if collected == "after each step":
            branch.collect(0)
            assert_as_told(branch, told)
    branch.collect(DAYS_AFTER)
    assert_as_told(branch, told)
    assert branch.collect(0).items == 0
    assert verify_registry(branch.office.changes).findings == []


def held_of(branch: Branch, item: Item) -> Mapping[str, Any]:
    """A record as the workspace holds it."""
    versions = record_versions(branch.room, item.table)
    assert versions is not None
    with Duck() as duck:
        rows = duck.rows(f"SELECT * FROM ({latest_records(versions, branch.today)}) AS r")
    (found,) = [row for row in rows if (row["source"], row["record_id"]) == (item.source, item.record_id)]
    return found


def state_of(branch: Branch, item: Item) -> str:
    """The state in which the workspace holds a record."""
    return held_of(branch, item)["state"]


@pytest.mark.parametrize("end", ["confirmed", "taken back"])
@pytest.mark.parametrize("first", ["contested", "withdrawn"])
def test_a_record_that_a_file_withdrew_stays_so_whatever_becomes_of_a_case(
    branch: Branch, first: str, end: str
) -> None:
    item = branch.late[0]

    def contest() -> UUID:
        return branch.office.changes.do(lambda change: dispute(change, branch.person, item, "Not so.")).id

    def withdraw() -> None:
        values = as_text(item.table, held_of(branch, item)) | {
            "state": "withdrawn",
            "known_on": branch.today.isoformat(),
        }
        singles = [Single(item.table, values)]
        assert take_singles(branch.room, singles, branch.today, stamp_held(branch.room.catalogue)) == {}
        branch.office.clock.move(days=1)

    if first == "withdrawn":
        withdraw()
    case = contest()
    branch.collect()
    if first == "contested":
        assert state_of(branch, item) == "disputed"
        withdraw()
    branch.collect()
    if end == "confirmed":
        branch.office.changes.do(lambda change: end_case(change, case, end, words="So it is.", by="operator"))
    else:
        branch.office.changes.do(lambda change: take_back(change, case, person=branch.person))
    assert branch.collect().waiting == 0
    assert state_of(branch, item) == "withdrawn"


def another(branch: Branch) -> UUID:
    """Somebody else of the town joins."""
    known_by = [identifier("record_id", branch.others[0])]
    return branch.office.changes.do(
        lambda change: join(change, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )


def test_nobody_s_dispute_does_anything_to_the_record_of_somebody_else(branch: Branch) -> None:
    """Neither to a furnished one, which can still be corrected and withdrawn, nor to one of a file."""
    changes, stranger = branch.office.changes, another(branch)
    branch.send(branch.due("r1"))
    branch.collect()
    for item in (Item("dues", BANK, "r1"), branch.late[0]):
        changes.do(lambda change, item=item: dispute(change, stranger, item, "Mine?"))
    assert branch.collect().waiting == 0
    assert (state_of(branch, Item("dues", BANK, "r1")), state_of(branch, branch.late[0])) == ("valid", "valid")
    branch.send(branch.due("r1", amount_minor="9000", paid_minor="9000"))
    assert branch.collect().waiting == 0
    assert [row["amount_minor"] for row in branch.held()] == [9000]
    changes.do(lambda change: withdraw_record(change, branch.bank, "dues", "r1"))
    before = branch.score()["score"]
    case = changes.do(lambda change: dispute(change, branch.person, branch.late[0], "Not so.")).id
    changes.do(lambda change: end_case(change, case, "deleted", words="You are right.", by="operator"))
    assert branch.collect().waiting == 0
    assert (state_of(branch, Item("dues", BANK, "r1")), state_of(branch, branch.late[0])) == ("withdrawn", "withdrawn")
    assert branch.score()["score"] != before
    assert all(row.collected_at is not None for row in branch.rows(marks))
