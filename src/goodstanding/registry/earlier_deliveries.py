"""Deliveries of a registry before revision 0007: what they say is sealed, and it is found whom they are about."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from sqlalchemy import Connection, RowMapping, Table, select

from goodstanding.errors import Damaged
from goodstanding.registry.database import delete_rows, update_rows
from goodstanding.registry.database.schema import cases, deliveries, furnished, people, uses
from goodstanding.registry.delivery_bodies import Body, opened_body, sealed_body, without_names
from goodstanding.registry.keys import Keyring
from goodstanding.registry.rights.disputed_items import Item
from goodstanding.registry.row_digests import LoggedRow, Row, logged, row_key
from goodstanding.registry.unreadable import UNREADABLE, Unread, apart
from goodstanding.registry.verification.table_scan import scan

_LARGEST = 2**63 - 1


def seal_deliveries(
    connection: Connection, keyring: Keyring, is_as_logged: Callable[[Table, Row], bool]
) -> list[LoggedRow]:
    """Seal what deliveries say and note whom they are about; gives what the log is to be told of it.

    Of who has left nothing is kept that may name them. A row that is not as the log was told is sealed as it is, and
    one that does not read stays: the check names both.
    """
    rows: list[LoggedRow] = []
    for row in list(scan(connection, deliveries)):
        if isinstance(row, Unread) or (body := _body_of(keyring, row)) is None:
            continue
        number = row["log_index"]
        own, person = deliveries.c.log_index == number, _about(connection, keyring, row["party_id"], body)
        sealed = {"body": sealed_body(keyring, number, body), "person_id": person}
        update_rows(connection, deliveries, own, sealed, 1)
        left = body if person else without_names(body)
        if left == body or not is_as_logged(deliveries, {**row, **sealed}):
            continue
        if left:
            less = {"body": sealed_body(keyring, number, left)}
            update_rows(connection, deliveries, own, less, 1)
            rows.append(logged(keyring, deliveries, {**row, **less}))
        else:
            delete_rows(connection, deliveries, own, 1)
            rows.append((str(deliveries.name), row_key(deliveries, row), None))
    return rows


def _body_of(keyring: Keyring, row: RowMapping) -> Body | None:
    """What a delivery says, sealed or not yet; None if it does not read."""
    for read in (
        lambda: msgspec.json.decode(row["body"], type=Body),
        lambda: opened_body(keyring, row["log_index"], row["body"]),
    ):
        try:
            return read()
        except UNREADABLE:
            continue
    return None


def _about(connection: Connection, keyring: Keyring, party: UUID, body: Body) -> UUID | None:
    """Whom a delivery is about; None if they have left."""
    try:
        if "case" in body:
            found = select(cases.c.person_id).where(cases.c.id == UUID(body["case"]))
        elif "answers" in body:
            (first, *_), *_ = body["answers"].values()
            found = select(uses.c.person_id).where(uses.c.log_index == _number(first))
        else:
            item = Item(body["table"], body["source"], body["record_id"]).hash(keyring)
            chosen = (furnished.c.party_id == party) & (furnished.c.item_hash == item)
            found = select(furnished.c.person_id).where(chosen).limit(1)
        whose = select(people.c.id).where(people.c.id.in_(found), people.c.state == "open")
        with apart(connection):
            return connection.scalar(whose)
    except Damaged:
        raise  # that the database does not read is no sign that somebody left
    except UNREADABLE:
        return None


def _number(text: str) -> int:
    """The number of an answer. Raises ValueError for one that no column holds."""
    number = int(text)
    if not 0 <= number <= _LARGEST:
        raise ValueError(text)
    return number
