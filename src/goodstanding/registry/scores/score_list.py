"""A person's scores as they were published, month by month."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from goodstanding.registry.database.schema import publications, scores
from goodstanding.registry.programme_versions import no_law_by_digest
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.transactions import ReadTransaction


class PublishedScore(Struct, frozen=True):
    """A score as of a month; without enough data `score` is null and `not_scored` says why: no low score.

    `law` says that no law was checked for its programme, where that is so.
    """

    programme: str
    version: str
    as_of: str
    run: str
    score: int | None
    interval: list[int] | None
    band: str | None
    not_scored: str | None
    dimensions: dict[str, int]
    law: str | None


def scores_of(transaction: ReadTransaction, person: UUID) -> list[PublishedScore]:
    """A person's scores, the latest month last; of a month scored again, the latest run."""
    query = (
        select(scores, publications.c.run, publications.c.version, publications.c.digest)
        .join(publications, publications.c.id == scores.c.publication)
        .where(scores.c.person_id == person, IN_EFFECT)
        .order_by(scores.c.as_of, publications.c.log_index)
    )
    latest = {(row.programme, row.as_of): row for row in transaction.connection.execute(query)}
    no_law = no_law_by_digest(transaction, {row.digest for row in latest.values()})
    return [
        PublishedScore(
            programme=row.programme,
            version=row.version,
            as_of=row.as_of,
            run=row.run,
            score=row.score,
            interval=None if row.score is None else [row.low, row.high],
            band=row.band,
            not_scored=row.not_scored,
            dimensions=row.dimensions,
            law=no_law.get(row.digest),
        )
        for row in latest.values()
    ]
