"""Putting scores right: as of the same month, by the same card, with what has become known since.

A run is made before it is published, and what is contested meanwhile is not in it. So whoever has a mark is not
published from the run where it is no longer right: their score is worked out anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from goodstanding.errors import NotFound
from goodstanding.months import Month
from goodstanding.registry.changing import Changes, Look
from goodstanding.registry.database import rows_among
from goodstanding.registry.database.schema import identifiers, marks, publications, scores
from goodstanding.registry.log import log_size
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.people.identifiers import opened
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.programmes import published
from goodstanding.registry.scores import Publication, publish_scores, run_of
from goodstanding.registry.scores.publishing import SCORE_COLUMNS, score_columns
from goodstanding.registry.unopened import Unopened, leaving_unopened
from goodstanding.scoring import Manifest, ScoreRow, latest_run, rescored, runs_of, score_rows, scored_programmes
from goodstanding.store import Workspace


@dataclass(frozen=True)
class PublishedRun:
    """What publishing a run did: the publication, None if nobody was without a score of it, and what it put right.

    `newest` is the last month that anybody is answered from; who has a score of it is not answered from an older one.
    `waiting` is how many came back and have no score as long as what was before waits to be erased from the files.
    """

    publication: Publication | None
    put_right: Sequence[Publication]
    newest: str
    waiting: int


def publish_run(
    changes: Changes, workspace: Workspace, manifest: Manifest, today: date, left: list[Unopened] | None = None
) -> PublishedRun:
    """Answer from a run, but for those whose records were contested since it was made: from their score put right.

    Who was contested and whose identifier does not open is not published: `left` learns of it. Raises Conflict unless
    the run was made by the programme in force, Busy if the workspace is being changed, BadInput for a row that does not
    open if there is no `left`.
    """
    with workspace.chore():
        return _publish_run(changes, workspace, manifest, today, left)


def _publish_run(
    changes: Changes, workspace: Workspace, manifest: Manifest, today: date, left: list[Unopened] | None
) -> PublishedRun:
    with changes.look() as look:
        waiting = len(came_back_early(look.connection, look.keyring, left))
    before = _marked(changes, left)
    anew = _anew(changes, workspace, manifest, before.named, today)
    rows = score_rows(workspace, manifest)
    if anew:
        rows = _without(rows, {row.person: row for row in anew})
    publication = publish_scores(changes, run_of(manifest), rows, besides=before.unnamed)
    # Who was contested while the run was published counts as well; of the others the records have not changed since.
    after = _marked(changes, left)
    since = {person: record for person, record in after.named.items() if person not in before.named}
    anew = [*anew, *_anew(changes, workspace, manifest, since, today)]
    right = _publish(changes, manifest, {**before.named, **since}, anew)
    newest = max({manifest.basis.as_of, *_answered_from(changes, manifest.basis.programme)})
    return PublishedRun(publication, right, newest, waiting)


def put_right(
    changes: Changes, workspace: Workspace, persons: Mapping[UUID, str], today: date
) -> Sequence[Publication]:
    """Score these people (their ids in the records by their ids here) anew in every programme in force, and publish it.

    The month is the last that is answered from. Whose score would be the same again has it already: nothing is
    published for them.
    """
    made: list[Publication] = []
    for programme in scored_programmes(workspace) if persons else ():
        months = _answered_from(changes, programme)
        as_of = max((month for month in runs_of(workspace, programme) if str(month) in months), default=None)
        manifest = None if as_of is None else latest_run(workspace, programme, as_of)
        if manifest is not None:
            made += _publish(changes, manifest, persons, _anew(changes, workspace, manifest, persons, today))
    return made


def _anew(
    changes: Changes, workspace: Workspace, manifest: Manifest, persons: Mapping[UUID, str], today: date
) -> Sequence[ScoreRow]:
    """The scores of people as they are by now; none unless the run was made by the programme in force."""
    try:
        with changes.look() as look:
            definition = published(look, manifest.basis.programme)
    except NotFound:
        return []
    if not persons or definition.digest != manifest.basis.programme_digest:
        return []
    return rescored(workspace, definition, manifest, persons.values(), Month.of(today))


def _publish(
    changes: Changes, manifest: Manifest, persons: Mapping[UUID, str], rows: Sequence[ScoreRow]
) -> Sequence[Publication]:
    """Publish scores that were worked out anew, of those who are answered from others."""
    with changes.look() as look:
        told = _told(look, manifest, persons)
        # Named by where the log stood: it is another run, of the same month.
        run = replace(run_of(manifest), run=f"{manifest.run}+{log_size(look.connection)}")
    others = [row for row in rows if told.get(row.person) != score_columns(row)]
    publication = publish_scores(changes, run, [others]) if others else None
    return [] if publication is None else [publication]


def _without(some: Iterator[list[ScoreRow]], anew: Mapping[str, ScoreRow]) -> Iterator[list[ScoreRow]]:
    """A run's rows without those that are no longer right."""
    for rows in some:
        yield [row for row in rows if row.person not in anew or score_columns(anew[row.person]) == score_columns(row)]


@dataclass(frozen=True)
class _Marked:
    """Everybody one of whose records was ever contested: their ids in the records, by their ids here; and who has none.

    Whose identifier does not open has none that could be told from another's.
    """

    named: Mapping[UUID, str]
    unnamed: AbstractSet[UUID]


def _marked(changes: Changes, left: list[Unopened] | None) -> _Marked:
    own = (identifiers.c.kind == RECORD_ID) & identifiers.c.person_id.in_(select(marks.c.person_id))
    named: dict[UUID, str] = {}
    unnamed: set[UUID] = set()
    with changes.look() as look:
        for row in look.connection.execute(select(identifiers).where(own)):
            unnamed.add(row.person_id)
            with leaving_unopened(look.keyring, left, (identifiers, row)):
                named[row.person_id] = opened(look.keyring, row.kind, row.sealed).value
                unnamed.remove(row.person_id)
    return _Marked(named, unnamed)


def _answered_from(changes: Changes, programme: str) -> set[str]:
    """The months that scores of a programme were published of."""
    of_programme = (publications.c.programme == programme) & publications.c.log_index.is_not(None)
    with changes.look() as look:
        return set(look.connection.scalars(select(publications.c.as_of).where(of_programme).distinct()))


def _told(look: Look, manifest: Manifest, persons: Mapping[UUID, str]) -> dict[str, dict[str, Any]]:
    """What people's scores of a run's month say now, by their ids in the records."""
    basis = manifest.basis
    of_month = (scores.c.programme == basis.programme) & (scores.c.as_of == basis.as_of)
    query = (
        select(scores)
        .join(publications, publications.c.id == scores.c.publication)
        .where(of_month)
        .where(publications.c.digest == basis.programme_digest, publications.c.log_index.is_not(None))
        .order_by(publications.c.log_index)
    )
    return {
        persons[row.person_id]: {name: getattr(row, name) for name in SCORE_COLUMNS}
        for row in rows_among(look.connection, query, scores.c.person_id, persons)
    }
