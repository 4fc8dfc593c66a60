"""Who left and waits to be erased from the workspace's files, and who has come back under such an id since.

Until the files are erased they hold the earlier life under that id: nothing of the new one is put beside it, where it
would be erased too, and nothing that is worked out from it is the new one's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Row, Table, select

from goodstanding.registry.database import portions, rows_among
from goodstanding.registry.database.schema import identifiers, leavers, log
from goodstanding.registry.keys import Keyring
from goodstanding.registry.people.identifiers import RECORD_ID, Identifier
from goodstanding.registry.sealed_columns import open_in
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.registry.unreadable import Query, Unread, read_rows


@dataclass(frozen=True)
class NewLife:
    """Since when somebody is there again: the log's line that says so, and the time by the clock that wrote it."""

    line: int
    at: datetime


def waiting_to_be_erased(
    connection: Connection, keyring: Keyring, left: list[Unopened] | None = None
) -> Mapping[UUID, str]:
    """Who waits to be erased, by their id in the records; nothing for whom only the sweeping is left to do.

    `left` learns of a row that does not open. Raises BadInput for one if there is no `left`.
    """

    def read(row: Row[Any]) -> tuple[UUID, str]:
        return row.person_id, open_in(keyring, leavers.c.sealed, row.sealed, person_id=row.person_id)

    return dict(opened_rows(connection, leavers, select(leavers), read, left))


def came_back_early(connection: Connection, keyring: Keyring, left: list[Unopened] | None = None) -> set[UUID]:
    """Who has joined under an id in the records that waits to be erased still; `left` and what is raised as above."""
    return joined_as(connection, keyring, waiting_to_be_erased(connection, keyring, left))


def joined_as(connection: Connection, keyring: Keyring, gone: Mapping[UUID, str]) -> set[UUID]:
    """Who has joined under one of these ids in the records."""
    hashes = [Identifier(RECORD_ID, record).hash(keyring) for record in gone.values() if record]
    own = select(identifiers.c.person_id).where(identifiers.c.kind == RECORD_ID)
    return {row.person_id for row in rows_among(connection, own, identifiers.c.hash, hashes)}


def new_lives(connection: Connection, keyring: Keyring, records: Iterable[str]) -> Mapping[str, NewLife]:
    """Who has joined under one of these ids in the records, by that id: all that is older is of the life before.

    Of whom the log's line is gone or does not read nobody knows since when, and they are left out.
    """

    def read(table: Table, query: Query, column: Column[Any], values: Iterable[object]) -> Iterator[Row[Any]]:
        for some in portions(values):
            for row in read_rows(connection, table, query.where(column.in_(some))):
                if not isinstance(row, Unread):
                    yield row

    hashes = {Identifier(RECORD_ID, record).hash(keyring): record for record in records if record}
    own = select(identifiers.c.hash, identifiers.c.person_id).where(identifiers.c.kind == RECORD_ID)
    persons = {str(row.person_id): hashes[row.hash] for row in read(identifiers, own, identifiers.c.hash, hashes)}
    lines = select(log.c.object, log.c.log_index, log.c.at).where(log.c.kind == "person.joined")
    return {persons[row.object]: NewLife(row.log_index, row.at) for row in read(log, lines, log.c.object, persons)}
