"""What a person can see: who asked, what is held, and all of it to take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from goodstanding.registry.clock import written
from goodstanding.registry.database.schema import (
    cases,
    consents,
    identifiers,
    messages,
    parties,
    receipts,
    scores,
    uses,
)
from goodstanding.registry.joined import joined
from goodstanding.registry.keys import Keyring, unseal
from goodstanding.registry.people import opened_words
from goodstanding.registry.people.resealing import opened
from goodstanding.registry.rights.cases import read_case
from goodstanding.registry.rights.notifying import message_context

FORMAT = 1


@dataclass(frozen=True)
class Access:
    """A line of the access log: who asked for what, when, under which consent, and what they were told."""

    use: int
    at: datetime
    party: UUID
    name: str
    consent: UUID | None
    scope: str
    threshold: int | None
    refusal: str | None
    answer: dict[str, Any] | None


def access_log(connection: Connection, person: UUID, *, before: int | None = None, most: int = 100) -> Sequence[Access]:
    """Everybody who asked about a person, the latest first; `before` goes on from a line."""
    query = (
        select(uses, parties.c.name)
        .join(parties, parties.c.id == uses.c.party_id)
        .where(uses.c.person_id == person)
        .order_by(uses.c.log_index.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(uses.c.log_index < before)
    return [
        Access(
            row.log_index,
            row.at,
            row.party_id,
            row.name,
            row.consent_id,
            row.scope,
            row.threshold,
            row.refusal,
            msgspec.json.decode(row.answer) if row.answer else None,
        )
        for row in connection.execute(query)
    ]


def export(connection: Connection, keyring: Keyring, person: UUID) -> dict[str, Any]:
    """All that the registry holds of a person, as plain values. Raises NotFound if they have not joined."""
    found = joined(connection, person)
    own = identifiers.c.person_id == person
    known_by = [opened(keyring, row) for row in connection.execute(select(identifiers).where(own))]
    return {
        "format": FORMAT,
        "person": {
            "id": str(person),
            "joined_at": written(found.joined_at),
            "language": found.language,
            "jurisdiction": found.jurisdiction,
            "notice": found.notice,
            "frozen_at": None if found.frozen_at is None else written(found.frozen_at),
            "words": opened_words(keyring, person, found.words),
            "identifiers": {one.kind: one.value for one in known_by},
        },
        "scores": _scores(connection, person),
        "consents": _consents(connection, person),
        "answers": [_plain(line) for line in access_log(connection, person, most=1_000_000)],
        "cases": [
            _plain(read_case(keyring, row))
            for row in connection.execute(select(cases).where(cases.c.person_id == person).order_by(cases.c.opened_at))
        ],
        "messages": [
            {
                "id": str(row.log_index),
                "kind": row.kind,
                "at": written(row.at),
                "body": msgspec.json.decode(unseal(keyring, row.sealed, message_context(person))),
            }
            for row in connection.execute(
                select(messages).where(messages.c.person_id == person).order_by(messages.c.log_index)
            )
        ],
    }


def _scores(connection: Connection, person: UUID) -> list[dict[str, Any]]:
    names = ("programme", "as_of", "score", "low", "high", "band", "not_scored", "dimensions", "reasons")
    query = select(*(scores.c[name] for name in names)).where(scores.c.person_id == person).order_by(scores.c.as_of)
    return [dict(row) for row in connection.execute(query).mappings()]


def _consents(connection: Connection, person: UUID) -> list[dict[str, Any]]:
    query = select(consents).where(consents.c.person_id == person).order_by(consents.c.asked_at)
    own = select(receipts).join(consents, consents.c.id == receipts.c.consent_id).where(consents.c.person_id == person)
    given: dict[UUID, list[str]] = {}
    for row in connection.execute(own.order_by(receipts.c.log_index)):
        given.setdefault(row.consent_id, []).append(row.receipt)
    return [
        {
            "id": str(row.id),
            "state": row.state,
            "terms": row.terms,
            "artefact": row.artefact,
            "receipts": given.get(row.id, []),
        }
        for row in connection.execute(query)
    ]


def _plain(value: object) -> Any:  # noqa: ANN401 - plain values of any shape
    return msgspec.to_builtins(value)
