"""Requests that a caller may send again without doing a thing twice: under a key of theirs, for a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import Row, select

from goodstanding.errors import Conflict
from goodstanding.registry.database import delete_rows, insert_rows
from goodstanding.registry.database.schema import requests
from goodstanding.registry.keys import keyed_hash
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.wording import tr

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class StoredResponse:
    """What was answered: its HTTP status and its body as JSON."""

    status: int
    body: str


def earlier_response(transaction: WriteTransaction, caller: str, key: str, asked: bytes) -> StoredResponse | None:
    """What this caller was answered under this key; None if nothing was. Raises Conflict if it was another thing."""
    forget_old_responses(transaction)
    own = (requests.c.caller == caller) & (requests.c.hash == _hash(transaction, caller, key))
    row = transaction.connection.execute(select(requests).where(own)).mappings().one_or_none()
    if row is None:
        return None
    if row["asked"] != asked:
        expected = tr("the same request under the same key")
        raise Conflict(
            where="Idempotency-Key",
            found=tr("another request"),
            expected=expected,
            do=tr("Use a fresh key for a new request."),
        )
    return StoredResponse(row["status"], open_in(transaction.keyring, requests.c.sealed, row["sealed"], **row))


def store_response(
    transaction: WriteTransaction, caller: str, key: str, asked: bytes, response: StoredResponse
) -> None:
    """Keep what was answered, in the same transaction as what was done."""
    row: dict[str, Any] = {
        "caller": caller,
        "hash": _hash(transaction, caller, key),
        "asked": asked,
        "status": response.status,
        "at": transaction.now,
    }
    row["sealed"] = seal_in(transaction.keyring, requests.c.sealed, response.body, **row)
    insert_rows(transaction.connection, requests, [row])


def forget_old_responses(transaction: WriteTransaction) -> None:
    """Let go of what was answered longer ago than it is kept."""
    delete_rows(transaction.connection, requests, requests.c.at <= transaction.now - LIFETIME)


def forget_responses(
    transaction: WriteTransaction, names: Callable[[str, datetime], bool], left: list[Unopened] | None
) -> None:
    """Let go of responses that name somebody: who sends such a request again has it done, or refused, as a new one.

    `names` is asked of each text in a response, and of when that was given. `left` learns of those that do not open;
    without it BadInput is raised for one.
    """

    def read(row: Row[Any]) -> tuple[str, bytes] | None:
        whole = {column.name: getattr(row, column.name) for column in requests.columns}
        response = msgspec.json.decode(open_in(transaction.keyring, requests.c.sealed, row.sealed, **whole))
        return (row.caller, row.hash) if any(names(text, row.at) for text in _texts(response)) else None

    for one in opened_rows(transaction.connection, requests, select(requests), read, left):
        if one is not None:
            caller, hash_ = one
            delete_rows(transaction.connection, requests, (requests.c.caller == caller) & (requests.c.hash == hash_), 1)


def _texts(part: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a response holds
    """Every text in a value of JSON."""
    match part:
        case str():
            yield part
        case dict():
            for name, value in cast("dict[str, Any]", part).items():
                yield name
                yield from _texts(value)
        case list():
            for value in cast("list[Any]", part):
                yield from _texts(value)
        case _:
            return


def _hash(transaction: WriteTransaction, caller: str, key: str) -> bytes:
    return keyed_hash(transaction.keyring, "blinding", "request", caller, key)
