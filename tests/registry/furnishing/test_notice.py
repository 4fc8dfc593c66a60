"""A person is told before something counts against them: what is still open too, and what delays that harms nobody."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select
from tests.registry.office import START, Office

from goodstanding.law import load_pack
from goodstanding.months import midnight
from goodstanding.registry.database.schema import furnished, messages
from goodstanding.registry.furnishing import Sent, Submission, check_submissions, furnish, withdraw_record
from goodstanding.registry.furnishing.awaiting_notice import count_noticed
from goodstanding.registry.furnishing.pending_items import Pending, read_pending
from goodstanding.registry.furnishing.sealed_records import opened_record
from goodstanding.registry.parties import admit
from goodstanding.registry.people import identifier
from goodstanding.registry.rights import Item, dispute
from goodstanding.registry.sealed_columns import open_in
from goodstanding.registry.verification import verify_registry

BANK = "91330100799655058B"
NOTICE = timedelta(days=load_pack("cn").on(START.date()).notice_days)
TODAY = date(2026, 6, 15)
SOON, FAR = TODAY + timedelta(days=2), TODAY + timedelta(days=12)
TABLES = {
    "dues": {
        "values": {"kind": "loan", "amount_minor": "10000", "paid_minor": "0", "currency": "CNY"},
        "by": "happened_on",
        "done": "paid_on",
        "in_full": {"paid_minor": "10000"},
        "other": {"amount_minor": "9000"},
    },
    "orders": {
        "values": {"happened_on": "2026-06-10", "kind": "bicycle", "deposit_minor": "10000", "currency": "CNY"},
        "by": "promised_on",
        "done": "returned_on",
        "in_full": {},
        "other": {"deposit_minor": "9000"},
    },
}


class Desk:
    """A furnisher's: it sends one record of one person, who is to do something by a day."""

    def __init__(self, office: Office, table: str) -> None:
        self.office, self.table, self.of = office, table, TABLES[table]
        self.person = office.person()
        self.bank = self._admitted()

    def _admitted(self) -> UUID:
        admitted = self.office.registry.do(
            lambda transaction: admit(
                transaction,
                "Bank",
                "furnisher",
                code_kind="cn_social_credit_code",
                code=BANK,
                contexts=[],
                by="operator",
            )
        )
        return admitted.id

    @property
    def now(self) -> datetime:
        return self.office.clock.now

    @property
    def today(self) -> date:
        return self.now.date()

    def send(self, by: date, done: date | None = None, *, told: bool = False, **other: str) -> Sent:
        """The record, as not done or done on a day."""
        values = self.of["values"] | {self.of["by"]: by.isoformat()} | other
        if done is not None:
            values |= {self.of["done"]: done.isoformat()} | self.of["in_full"]
        return self.send_values(values, told=told)

    def send_values(self, values: dict[str, str], *, told: bool) -> Sent:
        known_by = identifier("record_id", self.office.record_ids[self.person])
        one = Submission(known_by, self.table, "r1", values, self.today if told else None)
        (adverse,) = check_submissions([one], self.today)
        assert adverse == told
        (sent,) = self.office.registry.do(lambda transaction: furnish(transaction, self.bank, [(one, adverse)]))
        return sent

    def withdraw(self) -> None:
        self.office.registry.do(lambda transaction: withdraw_record(transaction, self.bank, self.table, "r1"))

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The kinds of the messages to the person, and what they say."""
        with self.office.registry.engine.connect() as connection:
            found = connection.execute(select(messages).order_by(messages.c.log_index)).all()
        ring = self.office.registry.keyring
        return [
            (row.kind, msgspec.json.decode(open_in(ring, messages.c.sealed, row.sealed, person_id=self.person)))
            for row in found
        ]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.told()]

    def versions(self) -> list[dict[str, str]]:
        """What is kept of the record, in force or still to come."""
        with self.office.registry.engine.connect() as connection:
            found = connection.execute(select(furnished).order_by(furnished.c.log_index)).all()
        return [opened_record(self.office.registry.keyring, row) for row in found]

    def counting(self) -> Pending | None:
        """What the next collection would make of the record."""
        found = self.office.registry.do(read_pending)[1]
        return found[0] if found else None

    def says(self) -> str | None:
        """On which day what counts by now was done, "" if it was not; None if nothing counts."""
        found = self.counting()
        if found is None or found.values is None or found.state(None) == "withdrawn":
            return None
        return found.values.get(self.of["done"], "")


@pytest.fixture(params=TABLES)
def desk(office: Office, request: pytest.FixtureRequest) -> Desk:
    return Desk(office, request.param)


@pytest.mark.parametrize("by", [TODAY, SOON, FAR], ids=["due today", "due soon", "due later"])
def test_what_time_alone_turns_against_a_person_is_told_to_them_and_counts_after_its_day_and_the_notice(
    desk: Desk, by: date
) -> None:
    sent = desk.send(by)
    day_over = midnight(by + timedelta(days=1))
    assert (sent.adverse, sent.counts_from) == (False, max(day_over, desk.now + NOTICE))
    assert desk.counting() is None
    ((kind, body),) = desk.told()
    assert (kind, body["furnisher"], body["due_on"]) == ("record.open", "Bank", by.isoformat())
    assert datetime.fromisoformat(body["counts_from"]) == sent.counts_from
    shown = {"kind", "currency", "amount_minor" if desk.table == "dues" else "deposit_minor"}
    assert {name: body[name] for name in shown} == {name: desk.of["values"][name] for name in shown}
    assert desk.send(by) == sent
    assert desk.kinds() == ["record.open"]
    desk.office.clock.now = sent.counts_from - timedelta(seconds=1)
    assert desk.says() is None
    desk.office.clock.now = sent.counts_from
    assert desk.says() == ""
    item = Item(body["table"], body["source"], body["record_id"])
    assert (
        desk.office.registry.do(lambda transaction: dispute(transaction, desk.person, item, "Not mine.")).party
        == desk.bank
    )
    assert verify_registry(desk.office.registry).findings == []


def test_who_sends_the_same_every_night_is_asked_for_nothing_when_its_day_is_over(desk: Desk) -> None:
    sent = desk.send(TODAY)
    desk.office.clock.move(days=3)
    known_by = identifier("record_id", desk.office.record_ids[desk.person])
    again = Submission(known_by, desk.table, "r1", desk.of["values"] | {desk.of["by"]: TODAY.isoformat()})
    assert check_submissions([again], desk.today) == [True]
    assert desk.office.registry.do(lambda transaction: furnish(transaction, desk.bank, [(again, True)])) == [sent]
    assert desk.kinds() == ["record.open"]


def test_a_message_of_what_is_open_names_nobody(office: Office) -> None:
    """Who left is taken out of the records that name them, and could not be out of a message."""
    desk = Desk(office, "dues")
    desk.send(SOON, counterparty="Ann")
    assert "Ann" not in repr(desk.told())


def test_what_is_done_in_time_counts_at_once_and_what_was_open_never_does(desk: Desk) -> None:
    desk.send(FAR)
    desk.office.clock.move(days=1)
    sent = desk.send(FAR, desk.today)
    assert sent.counts_from == desk.now
    assert len(desk.versions()) == 1
    assert desk.says() == desk.today.isoformat()
    assert desk.kinds() == ["record.open"]


@pytest.mark.parametrize("then", ["withdrawn", "in time after all"])
def test_who_was_told_of_what_is_open_is_told_when_it_is_taken_back_or_no_longer_counts_against_them(
    desk: Desk, then: str
) -> None:
    desk.send(SOON)
    if then == "withdrawn":
        for _ in range(2):
            desk.withdraw()
        assert desk.kinds() == ["record.open", "record.taken_back"]
    else:
        desk.office.clock.move(days=NOTICE.days)
        assert desk.says() == ""
        desk.send(SOON, SOON)
        assert desk.kinds() == ["record.open", "record.corrected"]
        assert desk.says() == SOON.isoformat()


def test_what_is_done_late_at_last_counts_at_once_in_place_of_what_is_not_done(desk: Desk) -> None:
    desk.send(SOON)
    desk.office.clock.move(days=10)
    sent = desk.send(SOON, SOON + timedelta(days=3), told=True)
    assert sent.counts_from == desk.now
    assert desk.says() == (SOON + timedelta(days=3)).isoformat()
    assert [kind for kind, _ in desk.told()] == ["record.open", "record.adverse"]
    assert datetime.fromisoformat(desk.told()[1][1]["counts_from"]) == desk.now


@pytest.mark.parametrize("first", ["told open", "told late"])
def test_what_is_done_late_within_the_notice_counts_from_the_day_that_was_told(desk: Desk, first: str) -> None:
    if first == "told open":
        before = desk.send(TODAY)
        desk.office.clock.move(days=3)
    else:
        before = desk.send(TODAY - timedelta(days=1), told=True)
        desk.office.clock.move(days=3)
    by = TODAY if first == "told open" else TODAY - timedelta(days=1)
    sent = desk.send(by, desk.today, told=True)
    assert sent.counts_from == before.counts_from
    assert len(desk.versions()) == 1


def test_parts_paid_again_and_again_do_not_begin_the_notice_anew(office: Office) -> None:
    desk = Desk(office, "dues")
    first = desk.send(TODAY)
    for paid in range(1, 4):
        office.clock.move(days=2)
        assert desk.send(TODAY, told=True, paid_minor=str(paid)).counts_from == first.counts_from
    office.clock.move(days=2)
    assert desk.send(TODAY, told=True, paid_minor="4").counts_from == desk.now


LATE = TODAY - timedelta(days=3)


@pytest.mark.parametrize("how", ["another amount", "done on a later day", "not done after all", "less paid"])
def test_a_correction_that_may_be_worse_waits_as_any_record_does_that_speaks_against_a_person(
    office: Office, how: str
) -> None:
    desk = Desk(office, "dues")
    known = {"done": None} if how in ("another amount", "less paid") else {"done": LATE + timedelta(days=1)}
    desk.send(LATE, **known, told=True, paid_minor="500")
    office.clock.move(days=NOTICE.days)
    other: dict[str, dict[str, Any]] = {
        "another amount": {"amount_minor": "9000", "paid_minor": "500"},
        "done on a later day": {"done": LATE + timedelta(days=2)},
        "not done after all": {"paid_minor": "500"},
        "less paid": {"paid_minor": "499"},
    }
    sent = desk.send(LATE, **other[how], told=True)
    assert sent.counts_from == desk.now + NOTICE
    assert len(desk.versions()) == 2


def test_a_judgment_that_was_settled_is_so_at_once(office: Office) -> None:
    desk = Desk(office, "dues")
    desk.table = "public_records"
    judgment = {"happened_on": "2026-06-01", "kind": "court_judgment", "legal_basis": "case 7"}
    desk.send_values(judgment, told=True)
    office.clock.move(days=NOTICE.days)
    settled = judgment | {"settled_on": "2026-06-20"}
    assert desk.send_values(settled, told=True).counts_from == desk.now
    assert desk.send_values(settled | {"kind": "tax"}, told=True).counts_from == desk.now + NOTICE


def test_what_is_said_not_to_speak_against_a_person_yet_does_not_do_so_meanwhile(desk: Desk) -> None:
    """A day moved on, and the rest with it: whether the new one is worse nobody can say, but the old one is not so."""
    desk.send(TODAY)
    desk.office.clock.move(days=NOTICE.days)
    assert desk.says() == ""
    sent = desk.send(FAR, **desk.of["other"])
    assert sent.counts_from == max(midnight(FAR + timedelta(days=1)), desk.now + NOTICE)
    assert desk.says() is None
    found = desk.counting()
    assert found is not None
    assert found.state("valid") == "withdrawn"
    desk.office.clock.now = sent.counts_from
    found = desk.counting()
    assert found is not None
    assert found.values is not None
    assert desk.of["other"].items() <= found.values.items()
    assert (found.state("withdrawn"), desk.kinds()) == ("valid", ["record.open", "record.open"])
    assert verify_registry(desk.office.registry).findings == []


def test_a_day_moved_on_counts_no_sooner_than_it_is_over(desk: Desk) -> None:
    desk.send(TODAY)
    desk.office.clock.move(days=1)
    assert desk.send(FAR).counts_from == midnight(FAR + timedelta(days=1))


def test_what_waits_for_its_day_is_counted_until_then(office: Office) -> None:
    desk = Desk(office, "dues")

    def waiting() -> int:
        with office.registry.read() as transaction:
            return count_noticed(transaction)

    assert waiting() == 0
    counts_from = desk.send(SOON).counts_from
    assert waiting() == 1
    desk.send(SOON, done=TODAY)
    assert waiting() == 0
    desk.send(FAR)
    office.clock.now = counts_from + timedelta(days=40)
    assert waiting() == 0
