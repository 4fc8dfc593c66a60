"""What a person can see of who asked about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, select

from goodstanding.registry.database.schema import parties, uses
from goodstanding.registry.unopened import Unopened, opened_rows


class Access(Struct, frozen=True):
    """A line of the access log: who asked for what, when, under which consent, and what they were told."""

    id: str
    at: datetime
    party: UUID
    name: str
    consent: UUID | None
    scope: str
    threshold: int | None
    refusal: str | None
    answer: dict[str, Any] | None


def access_log(
    connection: Connection,
    person: UUID,
    *,
    before: int | None = None,
    most: int = 100,
    left: list[Unopened] | None = None,
) -> Sequence[Access]:
    """Everybody who asked about a person, the latest first; `before` goes on from a line.

    `left` learns of lines that do not read; without it is raised what one of them raises.
    """
    query = (
        select(uses, parties.c.name)
        .join(parties, parties.c.id == uses.c.party_id)
        .where(uses.c.person_id == person)
        .order_by(uses.c.log_index.desc())
    )
    if before is not None:
        query = query.where(uses.c.log_index < before)
    return opened_rows(connection, uses, query, _access, left, most=most)


def _access(row: Row[Any]) -> Access:
    return Access(
        id=str(row.log_index),
        at=row.at,
        party=row.party_id,
        name=row.name,
        consent=row.consent_id,
        scope=row.scope,
        threshold=row.threshold,
        refusal=row.refusal,
        answer=msgspec.json.decode(row.answer) if row.answer else None,
    )
