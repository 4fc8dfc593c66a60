"""Stories of a due, however sent and paid: who pays later never stands better, and what counts was told before."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select
from tests.registry.office import START, Office

from goodstanding.law import load_pack
from goodstanding.registry.database.schema import messages
from goodstanding.registry.furnishing import Submission, check_submissions, furnish
from goodstanding.registry.furnishing.pending_items import read_pending
from goodstanding.registry.parties import admit
from goodstanding.registry.people import identifier
from goodstanding.registry.sealed_columns import open_in
from goodstanding.registry.verification import verify_registry

BANK = "91330100799655058B"
DAYS, NOTICE = 40, timedelta(days=load_pack("cn").on(START.date()).notice_days)
# By how many days each of them pays late; the last but one pays a little every day and never all, the last nothing.
PAYS = (-1, 0, 1, 3, 8, 20, "in parts", "never")


@dataclass
class Due:
    """One due of one of them, as its furnisher sends it: on some days, what is known by then."""

    record_id: str
    due_on: date
    sent: frozenset[int]
    pays: int | str

    def values(self, today: date) -> dict[str, str]:
        paid_on = self.due_on + timedelta(days=self.pays) if isinstance(self.pays, int) else None
        paid = paid_on is not None and paid_on <= today
        part = max(0, (today - self.due_on).days) if self.pays == "in parts" else 0
        return {
            "happened_on": self.due_on.isoformat(),
            "kind": "loan",
            "amount_minor": "10000",
            "paid_on": paid_on.isoformat() if paid and paid_on is not None else "",
            "paid_minor": "10000" if paid else str(part),
            "currency": "CNY",
        }


def days_late(values: dict[str, str] | None, today: date) -> int:
    """What speaks against the person as of a day, in days; 0 if nothing does."""
    if values is None:
        return 0
    until = date.fromisoformat(values["paid_on"]) if values["paid_on"] else today
    return max(0, (until - date.fromisoformat(values["happened_on"])).days)


def groups_of(today: date) -> list[list[Due]]:
    """Dues that are sent on the same days and paid by each in turn: of each some ways to send it."""
    chosen = random.Random(11)  # noqa: S311
    every_night, once = frozenset(range(DAYS)), frozenset({DAYS - 1})
    sent = [every_night, once, *(frozenset(chosen.sample(range(DAYS), k=chosen.randint(1, 5))) for _ in range(18))]
    days = [today + timedelta(days=chosen.randint(0, 12)) for _ in sent]
    return [
        [Due(f"{number} {pays}", day, on, pays) for pays in PAYS]
        for number, (day, on) in enumerate(zip(days, sent, strict=True))
    ]


def send_all(office: Office, bank: UUID, person: UUID, dues: list[Due]) -> None:
    today = office.clock.now.date()
    known_by = identifier("record_id", office.record_ids[person])
    sent = [Submission(known_by, "dues", due.record_id, due.values(today), today) for due in dues]
    if sent:
        pairs = list(zip(sent, check_submissions(sent, today), strict=True))
        office.registry.do(lambda transaction: furnish(transaction, bank, pairs))


def told(office: Office, person: UUID) -> dict[str, datetime]:
    """When the person was told first of each record, by its id."""
    with office.registry.engine.connect() as connection:
        found = connection.execute(select(messages).order_by(messages.c.log_index.desc())).all()
    ring, own = office.registry.keyring, messages.c.sealed
    bodies = [msgspec.json.decode(open_in(ring, own, row.sealed, person_id=person)) for row in found]
    return {body["record_id"]: row.at for body, row in zip(bodies, found, strict=True)}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_who_pays_later_never_stands_better_and_nothing_counts_that_was_not_told_before(office: Office) -> None:
    bank = office.registry.do(
        lambda transaction: admit(
            transaction, "Bank", "furnisher", code_kind="cn_social_credit_code", code=BANK, contexts=[], by="operator"
        )
    ).id
    person = office.person()
    groups = groups_of(office.clock.now.date())
    last_said: dict[str, dict[str, str]] = {}
    for day in range(DAYS + NOTICE.days + 1):
        today = office.clock.now.date()
        sent = [due for group in groups for due in group if day in due.sent]
        send_all(office, bank, person, sent)
        last_said |= {due.record_id: due.values(today) for due in sent}
        counting = {one.item.record_id: one.values for one in office.registry.do(read_pending)[1]}
        first_told = told(office, person)
        for group in groups:
            late = [days_late(counting.get(due.record_id), today) for due in group]
            assert late == sorted(late), (day, group[0].due_on, sorted(group[0].sent), late)
            for due, days in zip(group, late, strict=True):
                # Nothing that is worse than what its furnisher says by now, and nothing untold.
                assert days <= days_late(last_said.get(due.record_id), today), (day, due)
                assert not days or first_told[due.record_id] + NOTICE <= office.clock.now, (day, due)
        office.clock.move(days=1)
    said = {due.record_id: days_late(last_said[due.record_id], today) for group in groups for due in group}
    assert {record: days_late(counting[record], today) for record in said} == said
    assert verify_registry(office.registry).findings == []
