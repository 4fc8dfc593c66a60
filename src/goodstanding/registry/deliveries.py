"""Deliveries: what a firm is told, put on its way, listed, sent again, and how tries to push it went."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import deliveries, log, parties, uses
from goodstanding.registry.delivery_bodies import opened_body, sealed_body
from goodstanding.registry.log.line_kinds import LineKind
from goodstanding.registry.notice_kinds import DeliveryKind
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, in_turn, leaving_unopened, opened_rows
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.wording import tr

# Whoever was told a score within so long is told that it was wrong.
RECIPIENTS_WITHIN = timedelta(days=365)
# How long a delivery waits after the n-th try that failed; after the last the party has to ask for it again.
WAITS = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400)]
# How old the log's last line may be when a try failed, or the try leaves one: so every clock by which a delivery was
# put off shows in the log, to within so long, also one that was wrong for a while.
SHOWN_WITHIN = timedelta(hours=1)
# The line of a delivery that was asked for again: its tries begin anew.
AGAIN: LineKind = "delivery.again"


class Delivery(Struct, frozen=True):
    """A delivery: its kind, what it says, the day it is due, how often it was tried and when it was taken."""

    id: str
    kind: str
    body: dict[str, Any]
    at: datetime
    due_at: datetime
    tries: int
    done_at: datetime | None


@dataclass(frozen=True)
class DueDelivery:
    """A delivery to be pushed now: whom to, where to, its kind, when it was made, what it says, and tries so far."""

    number: int
    party: UUID
    url: str
    kind: str
    at: datetime
    body: Mapping[str, Any]
    tries: int


def tell_party(
    transaction: WriteTransaction,
    party: UUID,
    person: UUID,
    kind: DeliveryKind,
    body: Mapping[str, Any],
    due_at: datetime | None = None,
) -> int:
    """Put a delivery for a party about a person on its way; gives its number. Who leaves is named in none any more."""
    index = transaction.next_index
    row = {
        "log_index": index,
        "party_id": party,
        "person_id": person,
        "kind": kind,
        "body": sealed_body(transaction.keyring, index, body),
        "at": transaction.now,
        "due_at": due_at or transaction.now,
        "next_at": transaction.now,
    }
    return transaction.add("delivery", index, [transaction.insert(deliveries, row)])


def tell_recipients(transaction: WriteTransaction, person: UUID, kind: DeliveryKind) -> Sequence[UUID]:
    """Tell everybody who was answered about a person in the last year; gives who they are."""
    answered: dict[UUID, dict[str, list[str]]] = {}
    query = (
        select(uses.c.party_id, uses.c.consent_id, uses.c.log_index)
        .where(uses.c.person_id == person, uses.c.refusal.is_(None), uses.c.at > transaction.now - RECIPIENTS_WITHIN)
        .order_by(uses.c.log_index)
    )
    for row in transaction.connection.execute(query):
        answered.setdefault(row.party_id, {}).setdefault(str(row.consent_id), []).append(str(row.log_index))
    for party, answers in answered.items():
        tell_party(transaction, party, person, kind, {"answers": answers})
    return list(answered)


def deliveries_to(
    transaction: ReadTransaction, party: UUID, *, after: int | None, most: int, left: list[Unopened] | None = None
) -> list[Delivery]:
    """What a party was told, the first first; `after` goes on from a number.

    `left` learns of those that do not open; without it is raised what one of them raises.
    """
    query = select(deliveries).where(deliveries.c.party_id == party).order_by(deliveries.c.log_index)
    if after is not None:
        query = query.where(deliveries.c.log_index > after)
    return opened_rows(
        transaction.connection, deliveries, query, lambda row: _delivery(transaction, row), left, most=most
    )


def deliver_again(transaction: WriteTransaction, party: UUID, number: int) -> Delivery:
    """Have a delivery of a party's pushed again, at once. Raises NotFound if there is none of that number."""
    own = (deliveries.c.log_index == number) & (deliveries.c.party_id == party)
    rows = transaction.update(deliveries, own, next_at=transaction.now, done_at=None, tries=0)
    if not rows:
        expected = tr("a delivery of yours")
        raise NotFound(
            where=tr("delivery"), found=str(number), expected=expected, do=tr("Take its number from the list.")
        )
    transaction.add(AGAIN, number, rows)
    return _delivery(transaction, transaction.connection.execute(select(deliveries).where(own)).one())


def deliveries_due(
    transaction: ReadTransaction,
    *,
    besides: Collection[UUID],
    last: Collection[UUID],
    most: int,
    left: list[Unopened] | None,
) -> list[DueDelivery]:
    """What is to be pushed now, of parties with a webhook: none of those `besides`, and those given as `last` last.

    `left` learns of those that do not open; without it is raised what one of them raises.
    """
    query = (
        select(deliveries, parties.c.webhook)
        .join(parties, parties.c.id == deliveries.c.party_id)
        .where(deliveries.c.next_at <= transaction.now, deliveries.c.done_at.is_(None))
        .where(parties.c.webhook.is_not(None), parties.c.state == "active")
        .where(parties.c.id.not_in(besides))
        # What a thousand cases of one person make puts off nobody else's, nor does a firm that answers slowly.
        .order_by(parties.c.id.in_(last))
        .order_by(*in_turn(deliveries.c.person_id, deliveries.c.next_at, deliveries.c.log_index))
    )

    def read(row: Row[Any]) -> DueDelivery:
        return DueDelivery(
            number=row.log_index,
            party=row.party_id,
            url=row.webhook,
            kind=row.kind,
            at=row.at,
            body=opened_body(transaction.keyring, row.log_index, row.body),
            tries=row.tries,
        )

    return opened_rows(transaction.connection, deliveries, query, read, left, most=most)


def note_tries(
    transaction: WriteTransaction, tried: Sequence[tuple[DueDelivery, bool]], left: list[Unopened] | None
) -> None:
    """Note which deliveries were taken, and put off the others, but for those that were asked for again meanwhile."""
    rows: list[LoggedRow] = []
    put_off = False
    for due, taken in tried:
        tries = due.tries + 1
        later = None if taken or due.tries >= len(WAITS) else transaction.now + WAITS[due.tries]
        own = (deliveries.c.log_index == due.number) & (deliveries.c.tries == due.tries)
        done_at = transaction.now if taken else None
        with leaving_unopened(transaction.keyring, left, (deliveries, {"log_index": due.number})), transaction.step():
            found = transaction.update(deliveries, own, tries=tries, next_at=later, done_at=done_at)
            # Of one that failed the log would be told nothing new.
            rows += found if taken else []
            put_off |= not taken and bool(found)
    if rows:
        transaction.add("deliveries.taken", "webhooks", rows)
    elif put_off and not _is_shown(transaction):
        transaction.add("deliveries.put_off", "webhooks", [])


def _is_shown(transaction: WriteTransaction) -> bool:
    """Whether the log shows already that a clock was at about now; lines that a failing firm leaves are few, then."""
    last = select(log.c.at, log.c.log_index).order_by(log.c.log_index.desc()).limit(1)
    return any(
        not isinstance(row, Unread) and row.at >= transaction.now - SHOWN_WITHIN
        for row in read_rows(transaction.connection, log, last)
    )


def _delivery(transaction: ReadTransaction, row: Row[Any]) -> Delivery:
    return Delivery(
        id=str(row.log_index),
        kind=row.kind,
        body=opened_body(transaction.keyring, row.log_index, row.body),
        at=row.at,
        due_at=row.due_at,
        tries=row.tries,
        done_at=row.done_at,
    )
