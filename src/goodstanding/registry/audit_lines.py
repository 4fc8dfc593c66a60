"""The log's lines one after the other, as an auditor reads them."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select

from goodstanding.registry.database.schema import log
from goodstanding.registry.log import Inclusion
from goodstanding.registry.transactions import ReadTransaction
from goodstanding.registry.unopened import Unopened, opened_rows


class NumberedLine(Struct, frozen=True):
    """A line of the log: digests of the rows it was about, and what anybody may read."""

    index: int
    at: datetime
    kind: str
    object: str
    body: str


def lines_after(
    transaction: ReadTransaction, index: int | None, *, most: int, left: list[Unopened] | None = None
) -> list[NumberedLine]:
    """The log's lines, the first first; `index` goes on from one.

    `left` learns of those that do not read; without it is raised what one of them raises.
    """
    query = select(log).order_by(log.c.log_index)
    if index is not None:
        query = query.where(log.c.log_index > index)
    return opened_rows(transaction.connection, log, query, _line, left, most=most)


def included_line(found: Inclusion) -> NumberedLine:
    """The line that a proof is of."""
    line = found.line
    return NumberedLine(index=found.index, at=line.at, kind=line.kind, object=line.object, body=line.body)


def _line(row: Row[Any]) -> NumberedLine:
    return NumberedLine(index=row.log_index, at=row.at, kind=row.kind, object=row.object, body=row.body)
