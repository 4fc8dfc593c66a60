"""Disputes, blocks and reviews: how a person contests, and how it is answered."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select

from goodstanding.errors import Conflict, NotFound
from goodstanding.law import LawInForce
from goodstanding.registry.database.schema import cases, parties, uses
from goodstanding.registry.deliveries import tell_party, tell_recipients
from goodstanding.registry.joined import joined
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.notice_kinds import delivery_kind, message_kind
from goodstanding.registry.rights.cases import (
    ENDINGS,
    OPEN,
    TAKEN_BACK,
    WHEN_OVERDUE,
    Case,
    CaseKind,
    close_case,
    find_case,
    open_case,
    read_case,
)
from goodstanding.registry.rights.contested_count import note_contested
from goodstanding.registry.rights.disputed_items import Item, begin_marks, check_items, end_marks
from goodstanding.registry.rights.messages import tell_person
from goodstanding.registry.rights.working_days import after_working_days
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.registry.unopened import Unopened, in_turn, one_by_one
from goodstanding.wording import tr

THE_CLOCK = "the clock"


def dispute(transaction: WriteTransaction, person: UUID, item: Item, words: str) -> Case:
    """Contest a record: marked at once, its furnisher told, closed within the days of the person's law.

    Raises BadInput, NotFound, Conflict for an item that is contested or deleted already.
    """
    law = _law(transaction, person)
    return _begin(transaction, "dispute", person, [item], words, law)


def block(transaction: WriteTransaction, person: UUID, items: Sequence[Item], words: str) -> Case:
    """Block the records that a fraud left: they stop counting at once, until the proof has been looked at.

    Raises as `dispute` does.
    """
    law = _law(transaction, person)
    return _begin(transaction, "block", person, items, words, law)


def review(transaction: WriteTransaction, person: UUID, use: int, words: str) -> Case:
    """Ask that a person looks at an answer, and at what was decided on it. Raises NotFound if it is not about them."""
    law = _law(transaction, person)
    chosen = (uses.c.log_index == use) & (uses.c.person_id == person) & uses.c.refusal.is_(None)
    party = transaction.connection.scalar(select(uses.c.party_id).where(chosen))
    if party is None:
        raise NotFound(
            where=tr("answer"),
            found=str(use),
            expected=tr("an answer about you"),
            do=tr("Take its number from the access log."),
        )
    own = (cases.c.person_id == person) & (cases.c.kind == "review") & (cases.c.state == OPEN)
    for row in transaction.connection.execute(select(cases).where(own)):
        if read_case(transaction.keyring, row).about == {"use": str(use)}:
            found, expected = tr("an answer that is under review"), tr("one that is not")
            raise Conflict(
                where=tr("answer"), found=found, expected=expected, do=tr("Look at the case that is about it.")
            )
    due_at = transaction.now + timedelta(days=law.dispute_days)
    case = open_case(transaction, "review", person, about={"use": str(use)}, words=words, due_at=due_at, party=party)
    tell_party(transaction, party, person, "review.open", {"case": str(case.id), "answer": str(use)}, due_at)
    return case


def end_case(
    transaction: WriteTransaction, case: UUID, outcome: str, *, words: str, by: str, party: UUID | None = None
) -> Case:
    """Answer a case: the items count again or no longer, the person is told, and so is who had a wrong score.

    `party` limits it to the cases told to a furnisher. Raises NotFound, BadInput, Conflict.
    """
    found = find_case(transaction, case, party=party)
    if outcome == TAKEN_BACK:
        raise Conflict(
            where=tr("case"),
            found=outcome,
            expected=tr("an outcome that is the other side's"),
            do=tr("The person takes it back."),
        )
    return _end(transaction, found, outcome, words=words, by=by)


def take_back(transaction: WriteTransaction, case: UUID, *, person: UUID) -> Case:
    """A person takes back a case of theirs: the items count again. Raises NotFound, Conflict if it has ended."""
    return _end(transaction, find_case(transaction, case, person=person), TAKEN_BACK, words="", by="the person")


def close_overdue(transaction: WriteTransaction, most: int = 500, left: list[Unopened] | None = None) -> int:
    """End the cases whose day has come: what nobody confirmed is deleted, what was not proven counts again.

    Gives how many, at most `most` at a time, each person's first before anybody's second. `left` learns which do not
    open; without it BadInput is raised for one.
    """
    overdue = (cases.c.state == OPEN) & (cases.c.due_at <= transaction.now) & cases.c.kind.in_(WHEN_OVERDUE)
    due = select(cases.c.id).where(overdue).order_by(*in_turn(cases.c.person_id, cases.c.due_at, cases.c.id))

    def close(one: UUID) -> None:
        case = find_case(transaction, one)
        _end(transaction, case, WHEN_OVERDUE[case.kind], words="", by=THE_CLOCK)

    return one_by_one(transaction, cases.c.id, due, close, most=most, left=left)


def _begin(
    transaction: WriteTransaction, kind: CaseKind, person: UUID, items: Sequence[Item], words: str, law: LawInForce
) -> Case:
    check_items(items)
    due_at = transaction.now + timedelta(days=law.dispute_days)
    furnisher = _furnisher(transaction, items)
    about = {"items": msgspec.to_builtins(list(items))}
    case = open_case(transaction, kind, person, about=about, words=words, due_at=due_at, party=furnisher)
    begin_marks(transaction, case, items)
    if furnisher is not None:
        inform_by = after_working_days(law.calendar, transaction.now, law.furnisher_told_working_days)
        named = [{"table": item.table, "record_id": item.record_id} for item in items]
        tell_party(
            transaction,
            furnisher,
            person,
            delivery_kind(f"{kind}.open"),
            {"case": str(case.id), "items": named},
            inform_by,
        )
    note_contested(transaction, person)
    return case


def _end(transaction: WriteTransaction, case: Case, outcome: str, *, words: str, by: str) -> Case:
    closed = close_case(transaction, case, outcome, words=words, by=by)
    ending = ENDINGS[case.kind][outcome]
    if ending.marks is not None:
        end_marks(transaction, case, ending.marks)
    note_contested(transaction, case.person)
    recipients: Sequence[UUID] = (
        tell_recipients(transaction, case.person, "score.corrected") if ending.was_wrong else ()
    )
    if outcome != TAKEN_BACK:
        body = {"case": str(case.id), "outcome": outcome, "words": words, "told": [str(party) for party in recipients]}
        tell_person(transaction, case.person, message_kind(f"{case.kind}.{outcome}"), body)
    if case.party is not None and case.party not in recipients:
        ended = delivery_kind(f"{case.kind}.{outcome}")
        tell_party(transaction, case.party, case.person, ended, {"case": str(case.id)})
    return closed


def _law(transaction: WriteTransaction, person: UUID) -> LawInForce:
    return law_of(transaction.connection, joined(transaction.connection, person).jurisdiction, transaction.now)


def _furnisher(transaction: WriteTransaction, items: Sequence[Item]) -> UUID | None:
    """The furnisher of the items, if all are of one that has joined: its code is the records' source."""
    sources = {item.source for item in items}
    if len(sources) > 1:
        return None
    chosen = (parties.c.role == "furnisher") & (parties.c.code == next(iter(sources)))
    return transaction.connection.scalar(select(parties.c.id).where(chosen))
