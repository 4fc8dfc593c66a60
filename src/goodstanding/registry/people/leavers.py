"""Who left and waits to be erased from the workspace's files, and who has come back under such an id since.

Until the files are erased they hold the earlier life under that id: nothing of the new one is put beside it, where it
would be erased too, and nothing that is worked out from it is the new one's.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from goodstanding.registry.database import rows_among
from goodstanding.registry.database.schema import identifiers, leavers
from goodstanding.registry.keys import Keyring, unseal
from goodstanding.registry.people.identifiers import RECORD_ID, Identifier
from goodstanding.registry.unopened import Unopened, opened_rows


def leaver_context(person: UUID) -> str:
    """What the id in the records of who left is sealed under."""
    return f"leaver {person}"


def waiting_to_be_erased(
    connection: Connection, keyring: Keyring, left: list[Unopened] | None = None
) -> Mapping[UUID, str]:
    """Who waits to be erased, by their id in the records; nothing for whom only the sweeping is left to do.

    `left` learns of a row that does not open. Raises BadInput for one if there is no `left`.
    """

    def read(row: Row[Any]) -> tuple[UUID, str]:
        return row.person_id, unseal(keyring, row.sealed, leaver_context(row.person_id))

    return dict(opened_rows(connection, leavers, select(leavers), read, left))


def came_back_early(connection: Connection, keyring: Keyring, left: list[Unopened] | None = None) -> set[UUID]:
    """Who has joined under an id in the records that waits to be erased still; `left` and what is raised as above."""
    return joined_as(connection, keyring, waiting_to_be_erased(connection, keyring, left))


def joined_as(connection: Connection, keyring: Keyring, gone: Mapping[UUID, str]) -> set[UUID]:
    """Who has joined under one of these ids in the records."""
    hashes = [Identifier(RECORD_ID, record).hash(keyring) for record in gone.values() if record]
    own = select(identifiers.c.person_id).where(identifiers.c.kind == RECORD_ID)
    return {row.person_id for row in rows_among(connection, own, identifiers.c.hash, hashes)}
