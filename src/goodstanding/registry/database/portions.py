"""Lists of any length as parameters: in portions, since a statement takes no more than so many.

PostgreSQL's protocol counts them in 16 bits (65,535), SQLite as it was built (32,766 and more).
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select

T = TypeVar("T")

AT_ONCE = 1_000


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """Each value once, in lists of at most a thousand: what a list of unbounded length is bound by."""
    rest = iter(dict.fromkeys(values))
    while some := list(islice(rest, AT_ONCE)):
        yield some


def rows_among(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[object]
) -> Iterator[Row[Any]]:
    """The rows of a query whose column is among values, of which there may be any number."""
    for some in portions(values):
        yield from connection.execute(query.where(column.in_(some)))
