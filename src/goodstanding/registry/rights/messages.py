"""Messages: what a person is told, sealed for them alone, listed and read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import messages
from goodstanding.registry.keys import canonical
from goodstanding.registry.notice_kinds import MessageKind
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import tr


class Message(Struct, frozen=True):
    """A message to the person."""

    id: str
    kind: str
    at: datetime
    read_at: datetime | None
    body: dict[str, Any]


def tell_person(transaction: WriteTransaction, person: UUID, kind: MessageKind, body: Mapping[str, Any]) -> int:
    """Leave a message for a person; gives its number."""
    index = transaction.next_index
    sealed = seal_in(transaction.keyring, messages.c.sealed, canonical(body).decode(), person_id=person)
    row = {"log_index": index, "person_id": person, "kind": kind, "sealed": sealed, "at": transaction.now}
    return transaction.add("message", index, [transaction.insert(messages, row)])


def messages_to(
    transaction: ReadTransaction, person: UUID, *, before: int | None, most: int, left: list[Unopened] | None = None
) -> list[Message]:
    """What a person was told, the latest first; `before` goes on from a number.

    `left` learns of those that do not open; without it is raised what one of them raises.
    """
    query = select(messages).where(messages.c.person_id == person).order_by(messages.c.log_index.desc())
    if before is not None:
        query = query.where(messages.c.log_index < before)

    def read(row: Row[Any]) -> Message:
        body = open_in(transaction.keyring, messages.c.sealed, row.sealed, person_id=person)
        return Message(
            id=str(row.log_index), kind=row.kind, at=row.at, read_at=row.read_at, body=msgspec.json.decode(body)
        )

    return opened_rows(transaction.connection, messages, query, read, left, most=most)


def note_read(transaction: WriteTransaction, person: UUID, number: int) -> None:
    """Note that a person has read a message of theirs. Raises NotFound if there is none of that number."""
    own = (messages.c.log_index == number) & (messages.c.person_id == person)
    # Read once: reading it again says nothing new.
    if rows := transaction.update(messages, own & messages.c.read_at.is_(None), read_at=transaction.now):
        transaction.add("message.read", number, rows)
    elif transaction.connection.scalar(select(messages.c.log_index).where(own)) is None:
        expected = tr("a message of yours")
        raise NotFound(
            where=tr("message"), found=str(number), expected=expected, do=tr("Take its number from the list.")
        )
