"""Erasing a person's scores: what is left of each is its leaf, without which no root could be computed again."""

from uuid import UUID

from sqlalchemy import select

from goodstanding.registry.changing import Change
from goodstanding.registry.database import delete_rows
from goodstanding.registry.database.schema import erased_scores, scores
from goodstanding.registry.rows import RowTold


def erase_scores(change: Change, person: UUID) -> list[RowTold]:
    """Erase them; gives what the log is to be told."""
    leaves = select(scores.c.publication, scores.c.place, scores.c.leaf).where(scores.c.person_id == person)
    rows = change.connection.execute(leaves).mappings().all()
    delete_rows(change.connection, scores, scores.c.person_id == person, len(rows))
    return [change.insert(erased_scores, dict(row)) for row in rows]
