"""The id under which a person stands in the workspace's records."""

from uuid import UUID

from sqlalchemy import select

from goodstanding.registry.database.schema import identifiers
from goodstanding.registry.people.identifiers import RECORD_ID, read_identifier
from goodstanding.registry.transactions import ReadTransaction


def record_id_of(transaction: ReadTransaction, person: UUID) -> str:
    """The id of a person who has joined, in the records. Raises BadInput if it does not open."""
    own = (identifiers.c.person_id == person) & (identifiers.c.kind == RECORD_ID)
    row = transaction.connection.execute(select(identifiers).where(own)).one()
    return read_identifier(transaction.keyring, row.kind, row.sealed).value
