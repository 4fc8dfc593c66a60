"""What deliveries say: sealed as long as it may name a person, and no more than ids of ours once they have left.

A firm's own number of a record, and what was found wrong with one, may hold the id by which it knows a person.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from goodstanding.errors import BadInput
from goodstanding.registry.database.schema import deliveries
from goodstanding.registry.keys import Keyring, canonical
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import WriteTransaction

Body = dict[str, Any]
# What names nobody: numbers of cases and of answers, as this registry gives them.
_NAMING_NOBODY = ("case", "answer", "answers")


def opened_body(keyring: Keyring, number: int, sealed: bytes) -> Body:
    """What a delivery of a number says. Raises BadInput if it does not open."""
    return msgspec.json.decode(open_in(keyring, deliveries.c.body, sealed, log_index=number), type=Body)


def sealed_body(keyring: Keyring, number: int, body: Mapping[str, Any]) -> bytes:
    """What a delivery says, sealed for its row."""
    return seal_in(keyring, deliveries.c.body, canonical(dict(body)).decode(), log_index=number)


def without_names(body: Mapping[str, Any]) -> Body:
    """What is left of a body when its person leaves."""
    return {name: value for name, value in body.items() if name in _NAMING_NOBODY}


def unname_deliveries(transaction: WriteTransaction, person: UUID) -> list[LoggedRow]:
    """Take what may name a person out of the deliveries about them; one that says nothing else goes as a whole."""
    rows: list[LoggedRow] = []
    query = select(deliveries).where(deliveries.c.person_id == person).order_by(deliveries.c.log_index)
    for row in transaction.connection.execute(query).all():
        own = deliveries.c.log_index == row.log_index
        left: Body = {}
        # One that does not open names them for all that anybody knows, and keeps nobody from leaving.
        with suppress(BadInput):
            left = without_names(opened_body(transaction.keyring, row.log_index, row.body))
        if left:
            sealed = sealed_body(transaction.keyring, row.log_index, left)
            rows += transaction.update(deliveries, own, body=sealed, person_id=None)
        else:
            rows += transaction.erase(deliveries, own)
    return rows
