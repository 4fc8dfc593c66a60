"""What a record is to be follows from what its furnisher said last and from its mark, however often one collects."""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from tests.registry.furnishing.branch import BANK, Branch
from tests.registry.office import START

from goodstanding.engines import Duck
from goodstanding.errors import StandingError
from goodstanding.law import load_pack
from goodstanding.months import midnight
from goodstanding.records import Single, latest_records, record_versions, take_singles
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.registry import WriteTransaction
from goodstanding.registry.database.schema import marks
from goodstanding.registry.furnishing import Submission, furnish, withdraw_record
from goodstanding.registry.furnishing.pending_items import as_text
from goodstanding.registry.people import NOTICE_VERSION, identifier, join
from goodstanding.registry.rights import Item, dispute, end_case, take_back
from goodstanding.registry.verification import verify_registry

FIRST = ("good", "unpaid", "late")
ACTIONS = (*FIRST, "certified", "withdraw", "dispute", "take back", "confirm", "delete")
DAYS_AFTER = 30
NOTICE = timedelta(days=load_pack("cn").on(START.date()).notice_days)
# What a version is no worse than.
WORSE = {"unpaid": ["unpaid"], "late": ["late", "unpaid"]}


@dataclass
class Story:
    """One record, of a due: what is done to it, and a model of what it is to be."""

    record_id: str
    steps: tuple[str, ...]
    happened_on: date
    begins_on: date
    said: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    case: UUID | None = None
    mark: str | None = None

    def says(self, what: str, now: datetime, *, anew: bool = False) -> datetime:
        """Its furnisher says something: gives from when on it counts. What waited for its day till then never does."""
        if self.said and self.said[-1][0] == what:
            since = max(self.said[-1][1], now) if anew else self.said[-1][1]
            self.said = [*self.said[:-1], (what, since)]
            return since
        by_now = [(before, since) for before, since in self.said if since <= now]
        days = [now + NOTICE]
        # What is in force, and what waits.
        for before, since in [*by_now[-1:], *self.said[len(by_now) :]]:
            if before in WORSE.get(what, []):
                days.append(max(since, now))
        counts_from = min(days) if what in WORSE else now
        if what == "unpaid":
            counts_from = max(counts_from, midnight(self.happened_on + timedelta(days=1)))
        self.said = [*by_now, (what, counts_from)]
        return counts_from

    def is_to_be(self, now: datetime) -> tuple[str, str] | None:
        """The state in which it counts by now, and what it says; None if it does not count."""
        by_now = [what for what, since in self.said if since <= now]
        if not by_now or by_now[-1] == "withdraw" or self.mark == "deleted":
            return None
        return self.mark or "valid", by_now[-1]

    def submission(self, branch: Branch, what: str) -> Submission:
        paid_on = {"good": min(self.happened_on, self.begins_on), "late": self.happened_on + timedelta(days=1)}.get(
            what
        )
        paid = {"paid_on": "", "paid_minor": "0"} if paid_on is None else {"paid_on": paid_on.isoformat()}
        due = branch.due(self.record_id, happened_on=self.happened_on.isoformat(), **paid)
        return replace(due, told_on=branch.today)

    def do(self, transaction: WriteTransaction, branch: Branch, step: str) -> None:
        """Take a step. Raises StandingError for one that is refused."""
        day_is_over = branch.today > self.happened_on
        if step == "late" and not day_is_over:
            return
        if step in (*FIRST, "certified"):
            what = "unpaid" if step == "certified" else step
            one = replace(self.submission(branch, what), certified=step == "certified")
            (done,) = furnish(transaction, branch.bank, [(one, what != "good" and day_is_over)])
            if self.mark == "deleted":
                self.mark, self.said = None, []
            assert done.counts_from == self.says(what, transaction.now, anew=one.certified), self.steps
        elif step == "withdraw":
            withdraw_record(transaction, branch.bank, "dues", self.record_id)
            self.says("withdraw", transaction.now)
        elif step == "dispute":
            item = Item("dues", BANK, self.record_id)
            self.case, self.mark = dispute(transaction, branch.person, item, "Not so.").id, "disputed"
        elif self.case is not None:
            if step == "take back":
                take_back(transaction, self.case, person=branch.person)
            else:
                outcome = {"confirm": "confirmed", "delete": "deleted"}[step]
                end_case(transaction, self.case, outcome, words="So it is.", by="operator")
            self.mark = "deleted" if step == "delete" else None


def stories(branch: Branch) -> list[Story]:
    """All stories of three steps of a due whose day is over, and some longer ones, also of one whose day is to come."""
    short = [(first, *rest) for first in FIRST for rest in product(ACTIONS, repeat=2)]
    chosen = random.Random(7)  # noqa: S311
    long = [(chosen.choice(FIRST), *chosen.choices(ACTIONS, k=4)) for _ in range(160)]
    over, to_come = branch.today - timedelta(days=30), branch.today + timedelta(days=4)
    days = [over] * (len(short) + 60) + [to_come] * 100
    told = zip([*short, *long], days, strict=True)
    return [Story(f"r{number}", steps, day, branch.today) for number, (steps, day) in enumerate(told)]


def take_steps(branch: Branch, told: list[Story], number: int) -> None:
    """The next step of every story."""

    def work(transaction: WriteTransaction) -> None:
        for story in told:
            if number < len(story.steps):
                with suppress(StandingError), transaction.step():
                    story.do(transaction, branch, story.steps[number])

    branch.office.registry.do(work)


def as_held(branch: Branch) -> dict[str, tuple[str, str]]:
    """What the workspace counts of each record: its state, and whether it says that the due was paid, and in time."""
    rows = [row for row in branch.held() if row["state"] != "withdrawn"]
    return {row["record_id"]: (row["state"], as_said(row["happened_on"], row["paid_on"])) for row in rows}


def as_said(due_on: date, paid_on: date | None) -> str:
    """What a version of a due says."""
    if paid_on is None:
        return "unpaid"
    return "good" if paid_on <= due_on else "late"


def assert_as_told(branch: Branch, told: list[Story]) -> None:
    """Every record is what its story makes of it by now."""
    found, now = as_held(branch), branch.office.clock.now
    pairs = {(story.happened_on, *story.steps): (found.get(story.record_id), story.is_to_be(now)) for story in told}
    assert {steps: pair for steps, pair in pairs.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("between", [timedelta(days=3), timedelta(minutes=1)], ids=["days", "one day"])
@pytest.mark.parametrize("collected", ["after each step", "once"])
def test_collecting_often_or_once_makes_of_a_record_what_was_said_of_it_last(
    branch: Branch, collected: str, between: timedelta
) -> None:
    told = stories(branch)
    for number in range(max(len(story.steps) for story in told)):
        take_steps(branch, told, number)
        branch.office.clock.now += between
        if collected == "after each step":
            branch.collect(0)
            assert_as_told(branch, told)
    branch.collect(DAYS_AFTER)
    assert_as_told(branch, told)
    assert branch.collect(0).items == 0
    assert verify_registry(branch.office.registry).findings == []


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
        return branch.office.registry.do(lambda transaction: dispute(transaction, branch.person, item, "Not so.")).id

    def withdraw() -> None:
        values = as_text(item.table, held_of(branch, item)) | {
            "state": "withdrawn",
            "known_on": branch.today.isoformat(),
        }
        singles = [Single(item.table, values)]
        assert take_singles(branch.room, singles, branch.today, stamp_in_force(branch.room.catalogue)) == {}
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
        branch.office.registry.do(
            lambda transaction: end_case(transaction, case, end, words="So it is.", by="operator")
        )
    else:
        branch.office.registry.do(lambda transaction: take_back(transaction, case, person=branch.person))
    assert branch.collect().waiting == 0
    assert state_of(branch, item) == "withdrawn"


def another(branch: Branch) -> UUID:
    """Somebody else of the town joins."""
    known_by = [identifier("record_id", branch.others[0])]
    return branch.office.registry.do(
        lambda transaction: join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
    )


def test_nobody_s_dispute_does_anything_to_the_record_of_somebody_else(branch: Branch) -> None:
    """Neither to a furnished one, which can still be corrected and withdrawn, nor to one of a file."""
    registry, stranger = branch.office.registry, another(branch)
    branch.send(branch.due("r1"))
    branch.collect()
    for item in (Item("dues", BANK, "r1"), branch.late[0]):
        registry.do(lambda transaction, item=item: dispute(transaction, stranger, item, "Mine?"))
    assert branch.collect().waiting == 0
    assert (state_of(branch, Item("dues", BANK, "r1")), state_of(branch, branch.late[0])) == ("valid", "valid")
    branch.send(branch.due("r1", amount_minor="9000", paid_minor="9000"))
    assert branch.collect().waiting == 0
    assert [row["amount_minor"] for row in branch.held()] == [9000]
    registry.do(lambda transaction: withdraw_record(transaction, branch.bank, "dues", "r1"))
    before = branch.score()["score"]
    case = registry.do(lambda transaction: dispute(transaction, branch.person, branch.late[0], "Not so.")).id
    registry.do(lambda transaction: end_case(transaction, case, "deleted", words="You are right.", by="operator"))
    assert branch.collect().waiting == 0
    assert (state_of(branch, Item("dues", BANK, "r1")), state_of(branch, branch.late[0])) == ("withdrawn", "withdrawn")
    assert branch.score()["score"] != before
    assert all(row.collected_at is not None for row in branch.rows(marks))
