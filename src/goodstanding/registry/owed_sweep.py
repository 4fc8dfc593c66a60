"""The sweep that an upgrade owes: what deliveries said before they were sealed stays in the database's free space.

The upgrade is told by its line in the log, in the same transaction; the sweep, when it is done, by one after it. So
whatever stops the sweep, the next `registry create` or the next collection does it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from goodstanding.registry.database.schema import log
from goodstanding.registry.log.line_kinds import LineKind
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows

UPGRADED: LineKind = "registry.upgraded"
OBJECT = "registry"
# Deliveries of before were not sealed.
SEALED_SINCE = "0007"
_SWEPT: LineKind = "registry.swept"


def owes_sweep(connection: Connection, left: list[Unopened] | None = None) -> bool:
    """Whether the last upgrade left something to be swept that was not swept since.

    `left` learns of lines that do not read; without it is raised what one of them raises.
    """
    query = select(log).where(log.c.object == OBJECT, log.c.kind.in_((UPGRADED, _SWEPT))).order_by(log.c.log_index)
    owed = False
    for upgraded_from in opened_rows(connection, log, query, _upgraded_from, left):
        owed = upgraded_from is not None and (owed or upgraded_from < SEALED_SINCE)
    return owed


def note_swept(transaction: WriteTransaction, not_swept: Sequence[str]) -> None:
    """Note that it was swept; the line names the tables that are not ours to sweep."""
    facts = {"not_swept": not_swept} if not_swept else {}
    transaction.add(_SWEPT, OBJECT, [], **facts)


def _upgraded_from(row: Row[Any]) -> str | None:
    """From which revision an upgrade was, by its line; None for the line of a sweep."""
    return None if row.kind == _SWEPT else str(msgspec.json.decode(row.body)["from"])
