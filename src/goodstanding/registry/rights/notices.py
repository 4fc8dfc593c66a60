"""Telling people and parties: a message that a person reads, a delivery that a party gets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from goodstanding.registry.database.schema import deliveries, messages, uses
from goodstanding.registry.delivery_bodies import sealed_body
from goodstanding.registry.keys import canonical, seal
from goodstanding.registry.transactions import WriteTransaction

# Whoever was told a score within so long is told that it was wrong.
RECIPIENTS_WITHIN = timedelta(days=365)
# How long a delivery waits after the n-th try that failed; after the last the party has to ask for it again.
WAITS = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400)]
# How old the log's last line may be when a try failed, or the try leaves one: so every clock by which a delivery was
# put off shows in the log, to within so long, also one that was wrong for a while.
SHOWN_WITHIN = timedelta(hours=1)
# The line of a delivery that was asked for again: its tries begin anew.
AGAIN = "delivery.again"


def tell_person(transaction: WriteTransaction, person: UUID, kind: str, body: Mapping[str, Any]) -> int:
    """Leave a message for a person; gives its number."""
    index = transaction.next_index
    sealed = seal(transaction.keyring, canonical(body).decode(), message_context(person))
    row = {"log_index": index, "person_id": person, "kind": kind, "sealed": sealed, "at": transaction.now}
    return transaction.add("message", index, [transaction.insert(messages, row)])


def message_context(person: UUID) -> str:
    """What a person's messages are sealed under."""
    return f"message to {person}"


def tell_party(
    transaction: WriteTransaction,
    party: UUID,
    person: UUID,
    kind: str,
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


def tell_recipients(transaction: WriteTransaction, person: UUID, kind: str) -> Sequence[UUID]:
    """Tell everybody who was answered about a person in the last year; gives who they are."""
    told: dict[UUID, dict[str, list[str]]] = {}
    query = (
        select(uses.c.party_id, uses.c.consent_id, uses.c.log_index)
        .where(uses.c.person_id == person, uses.c.refusal.is_(None), uses.c.at > transaction.now - RECIPIENTS_WITHIN)
        .order_by(uses.c.log_index)
    )
    for row in transaction.connection.execute(query):
        told.setdefault(row.party_id, {}).setdefault(str(row.consent_id), []).append(str(row.log_index))
    for party, answers in told.items():
        tell_party(transaction, party, person, kind, {"answers": answers})
    return list(told)
