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

from sqlalchemy import Row, select

from goodstanding.errors import NotFound, NotReady
from goodstanding.months import Month
from goodstanding.registry.database import portions
from goodstanding.registry.database.schema import identifiers, marks, programmes, publications, scores
from goodstanding.registry.furnishing.entry import enter, prepare_entry
from goodstanding.registry.furnishing.pending_items import read_standing
from goodstanding.registry.log import log_size
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.programme_versions import published
from goodstanding.registry.scores import OF_PROGRAMME_IN_FORCE, Publication, publish_scores, run_of
from goodstanding.registry.scores.in_effect import IN_EFFECT
from goodstanding.registry.scores.publication import SCORE_COLUMNS, score_columns
from goodstanding.registry.transactions import ReadTransaction, Registry
from goodstanding.registry.unopened import Unopened, leave_unopened, opened_rows
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.scoring import Manifest, ScoreRow, read_manifest, rescored, score_rows
from goodstanding.store import Workspace
from goodstanding.wording import tr

# Between the name of a run and that of what was put right of it.
_PUT_RIGHT = "+"


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
    registry: Registry, workspace: Workspace, manifest: Manifest, today: date, left: list[Unopened] | None = None
) -> PublishedRun:
    """Answer from a run, but for those whose records were contested since it was made: from their score put right.

    Who was contested and whose identifier does not open is not published: `left` learns of it. Raises Conflict unless
    the run was made by the programme in force, Busy if the workspace is being changed, BadInput for a row that does not
    open if there is no `left`.
    """
    with workspace.chore():
        return _publish_run(registry, workspace, manifest, today, left)


def _publish_run(
    registry: Registry, workspace: Workspace, manifest: Manifest, today: date, left: list[Unopened] | None
) -> PublishedRun:
    with registry.read() as transaction:
        early = came_back_early(transaction.connection, transaction.keyring, left)
    excluded = _keep_out(registry, workspace, today, early, left)
    before = _marked(registry, left)
    anew = _anew(registry, workspace, manifest, before.named, today)
    rows = score_rows(workspace, manifest)
    if anew:
        rows = _without(rows, {row.person: row for row in anew})
    besides = before.unnamed | excluded
    publication = publish_scores(registry, run_of(manifest), rows, besides=besides, left=left)
    # Who was contested while the run was published counts as well; of the others the records have not changed since.
    after = _marked(registry, left)
    since = {person: record for person, record in after.named.items() if person not in before.named}
    anew = [*anew, *_anew(registry, workspace, manifest, since, today)]
    right = _publish(registry, manifest, {**before.named, **since}, anew, left)
    months = _months(registry, manifest.basis.programme, left)
    return PublishedRun(publication, right, max({manifest.basis.as_of, *months}), len(early))


def _keep_out(
    registry: Registry, workspace: Workspace, today: date, early: AbstractSet[UUID], left: list[Unopened] | None
) -> AbstractSet[UUID]:
    """Have nothing count that a mark keeps from counting, where a file has said it anew; gives for whom that failed."""
    with registry.read() as transaction:
        persons, found = read_standing(transaction, left)
    standing = [one for one in found if one.person not in early]
    refused = enter(workspace, prepare_entry(workspace, persons, standing, today), today).refused
    if left is not None:
        left += [Unopened(marks.name, str(standing[place].item), str(why)) for place, why in refused.items()]
    return {standing[place].person for place in refused}


def put_right(
    registry: Registry,
    workspace: Workspace,
    persons: Mapping[UUID, str],
    today: date,
    left: list[Unopened] | None = None,
) -> Sequence[Publication]:
    """Score these people (their ids in the records by their ids here) anew in every programme in force, and publish it.

    The run is the one that is answered from, whatever was tried in the workspace since. Whose score would be the same
    again has it already: nothing is published for them. Raises NotReady if the workspace lacks it. `left` learns of
    what does not open; without it BadInput is raised.
    """
    made: list[Publication] = []
    missing: list[NotReady] = []
    for run in _answered_from(registry, left) if persons else ():
        try:
            manifest = _published_run(workspace, run)
        except NotReady as error:
            # The other programmes' scores do not wait for it.
            missing.append(error)
            continue
        made += _publish(registry, manifest, persons, _anew(registry, workspace, manifest, persons, today), left)
    if missing:
        raise missing[0]
    return made


def _published_run(workspace: Workspace, publication: Row[Any]) -> Manifest:
    """The run that a publication is of, or was put right from. Raises NotReady if the workspace lacks it."""
    run, programme = publication.run.partition(_PUT_RIGHT)[0], publication.programme
    try:
        return read_manifest(workspace, programme, Month.parse(publication.as_of), run)
    except NotFound as error:
        expected = tr("the run that is answered from, {run}", run=run)
        verb = f"standing score {programme} --as-of {publication.as_of}"
        do = tr("Run `{verb}` and publish it; what waits for it is kept.", verb=verb)
        raise NotReady(
            where=str(workspace.root), found=tr("another workspace's runs"), expected=expected, do=do
        ) from error


def _anew(
    registry: Registry, workspace: Workspace, manifest: Manifest, persons: Mapping[UUID, str], today: date
) -> Sequence[ScoreRow]:
    """The scores of people as they are by now; none unless the run was made by the programme in force."""
    try:
        with registry.read() as transaction:
            definition = published(transaction, manifest.basis.programme)
    except NotFound:
        return []
    if not persons or definition.digest != manifest.basis.programme_digest:
        return []
    return rescored(workspace, definition, manifest, persons.values(), Month.of(today))


def _publish(
    registry: Registry,
    manifest: Manifest,
    persons: Mapping[UUID, str],
    rows: Sequence[ScoreRow],
    left: list[Unopened] | None,
) -> Sequence[Publication]:
    """Publish scores that were worked out anew, of those who are answered from others."""
    with registry.read() as transaction:
        current = _current_scores(transaction, manifest, persons, left)
        # Named by where the log stood: it is another run, of the same month.
        run = replace(run_of(manifest), run=f"{manifest.run}{_PUT_RIGHT}{log_size(transaction.connection)}")
    others = [row for row in rows if current.get(row.person) != score_columns(row)]
    publication = publish_scores(registry, run, [others], left=left) if others else None
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


def _marked(registry: Registry, left: list[Unopened] | None) -> _Marked:
    own = (identifiers.c.kind == RECORD_ID) & identifiers.c.person_id.in_(select(marks.c.person_id))
    with registry.read() as transaction:

        def read(row: Row[Any]) -> tuple[UUID, str]:
            return row.person_id, read_identifier(transaction.keyring, row.kind, row.sealed).value

        named = dict(opened_rows(transaction.connection, identifiers, select(identifiers).where(own), read, left))
        whose = opened_rows(transaction.connection, marks, select(*marks.primary_key), lambda row: row.person_id, left)
    return _Marked(named, set(whose) - named.keys())


def _answered_from(registry: Registry, left: list[Unopened] | None) -> Sequence[Row[Any]]:
    """The last publication of the last month, of each programme in force."""
    query = (
        select(publications)
        .join(programmes, OF_PROGRAMME_IN_FORCE)
        .where(IN_EFFECT)
        .order_by(publications.c.as_of, publications.c.log_index)
    )

    def read(row: Row[Any]) -> Row[Any]:
        Month.parse(row.as_of)
        return row

    with registry.read() as transaction:
        found = opened_rows(transaction.connection, publications, query, read, left)
    return list({row.programme: row for row in found}.values())


def _months(registry: Registry, programme: str, left: list[Unopened] | None) -> set[str]:
    """The months that scores of a programme were published of."""
    of_programme = (publications.c.programme == programme) & IN_EFFECT
    query = select(publications.c.id, publications.c.as_of).where(of_programme)
    with registry.read() as transaction:
        return set(
            opened_rows(transaction.connection, publications, query, lambda row: str(Month.parse(row.as_of)), left)
        )


def _current_scores(
    transaction: ReadTransaction, manifest: Manifest, persons: Mapping[UUID, str], left: list[Unopened] | None
) -> dict[str, dict[str, Any]]:
    """What people's scores of a run's month say now, by their ids in the records."""
    basis = manifest.basis
    of_month = (scores.c.programme == basis.programme) & (scores.c.as_of == basis.as_of)
    query = (
        select(scores)
        .join(publications, publications.c.id == scores.c.publication)
        .where(of_month)
        .where(publications.c.digest == basis.programme_digest, IN_EFFECT)
        .order_by(publications.c.log_index)
    )
    current: dict[str, dict[str, Any]] = {}
    for some in portions(persons):
        for row in read_rows(transaction.connection, scores, query.where(scores.c.person_id.in_(some))):
            if isinstance(row, Unread):
                leave_unopened(scores, row, row.why, left)
                # Whoever is answered from a score that does not read is given it anew.
                current.pop(persons.get(row.logged.get("person_id", UUID(int=0)), ""), None)
            else:
                current[persons[row.person_id]] = {name: getattr(row, name) for name in SCORE_COLUMNS}
    return current
