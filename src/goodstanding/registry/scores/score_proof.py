"""The proof of a person's score: from its leaf to the publication's root, from the root's line to the signed head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from goodstanding.errors import NotFound
from goodstanding.registry.database.schema import erased_scores, publications, scores
from goodstanding.registry.log import Inclusion, prove_inclusion
from goodstanding.registry.log.merkle_tree import inclusion_path, root_of
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.scores.score_leaves import SCORE, blinding
from goodstanding.registry.transactions import ReadTransaction
from goodstanding.wording import tr


@dataclass(frozen=True)
class ScoreProof:
    """A score with all that it takes to verify it: `secret` goes into its leaf, `path` leads from there to `root`."""

    score: dict[str, Any]
    secret: str
    publication: int
    place: int
    people: int
    path: Sequence[bytes]
    root: bytes
    published: Inclusion


def prove_score(transaction: ReadTransaction, person: UUID, programme: str, as_of: str) -> ScoreProof:
    """The proof of a person's score as of a month, of the latest publication. Raises NotFound if there is none."""
    query = (
        select(scores, publications.c.root, publications.c.people, publications.c.log_index)
        .join(publications, publications.c.id == scores.c.publication)
        .where(scores.c.person_id == person, scores.c.programme == programme, scores.c.as_of == as_of)
        .where(IN_EFFECT)
        .order_by(publications.c.log_index.desc())
    )
    row = transaction.connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(
            where=tr("score"), found=f"{programme} {as_of}", expected=tr("a score of yours"), do=tr("Look at the list.")
        )
    leaves = _leaves(transaction, row["publication"])
    path = inclusion_path(row["place"], row["people"], lambda start, end: root_of(leaves[start:end]))
    names = ("person_id", "programme", "as_of", *SCORE)
    return ScoreProof(
        score={name: row[name] for name in names},
        secret=blinding(transaction.keyring, row["publication"], person),
        publication=row["publication"],
        place=row["place"],
        people=row["people"],
        path=path,
        root=row["root"],
        published=prove_inclusion(transaction.connection, row["log_index"]),
    )


def _leaves(transaction: ReadTransaction, publication: int) -> list[bytes]:
    """A publication's leaves in their order, those of erased scores too."""
    found: dict[int, bytes] = {}
    for table in (scores, erased_scores):
        own = select(table.c.place, table.c.leaf).where(table.c.publication == publication)
        found |= {row.place: row.leaf for row in transaction.connection.execute(own)}
    return [found[place] for place in sorted(found)]
