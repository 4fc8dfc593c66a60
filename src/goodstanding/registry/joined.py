"""The file of a person who has joined and not left: whatever is done for or to a person begins with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import people
from goodstanding.wording import tr


def joined(connection: Connection, person: UUID) -> Row[Any]:
    """A person's row of `people`. Raises NotFound if there is no such person, or they have left."""
    chosen = (people.c.id == person) & (people.c.state == "open")
    row = connection.execute(select(people).where(chosen)).one_or_none()
    if row is None:
        raise NotFound(
            where=tr("person"), found=str(person), expected=tr("a person who has joined"), do=tr("Check the id.")
        )
    return row
