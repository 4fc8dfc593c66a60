"""Erasing a person's scores: what is left of each is its leaf, without which no root could be computed again."""

from uuid import UUID

from sqlalchemy import func, select

from goodstanding.registry.database import delete_rows
from goodstanding.registry.database.schema import erased_scores, publications, scores
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.registry.unreadable import Unread, mapping_of, read_rows


def erase_scores(transaction: WriteTransaction, person: UUID) -> list[LoggedRow]:
    """Erase them; gives what the log is to be told."""
    own = scores.c.person_id == person
    # One that was put there behind the registry's back, at a place that has its leaf or in no publication, leaves none.
    place = (erased_scores.c.publication == scores.c.publication) & (erased_scores.c.place == scores.c.place)
    leaves = (
        select(scores.c.publication, scores.c.place, scores.c.leaf)
        .where(own)
        .where(scores.c.publication.in_(select(publications.c.id)), ~select(erased_scores).where(place).exists())
    )
    rows = list(read_rows(transaction.connection, scores, leaves))
    many = transaction.connection.scalar(select(func.count()).select_from(scores).where(own)) or 0
    delete_rows(transaction.connection, scores, own, many)
    # Nor does one that does not read: the check finds that it is gone, as it found that it does not read.
    read = [mapping_of(scores, row) for row in rows if not isinstance(row, Unread)]
    return [transaction.insert(erased_scores, row) for row in read]
