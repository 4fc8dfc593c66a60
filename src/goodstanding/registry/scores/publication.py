"""Putting a run's scores where they are answered from: only of people who have joined, all at one moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from goodstanding.errors import Conflict
from goodstanding.registry.database import delete_rows, insert_rows, rows_among
from goodstanding.registry.database.schema import erased_scores, identifiers, people, programmes, publications, scores
from goodstanding.registry.keys import keyed_hash
from goodstanding.registry.log.merkle_tree import Frontier
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.scores.score_leaves import blinding, score_leaf
from goodstanding.registry.transactions import Registry, WriteTransaction
from goodstanding.registry.unopened import Unopened, as_is, opened_rows
from goodstanding.scoring import Manifest, ScoreRow
from goodstanding.wording import tr


@dataclass(frozen=True)
class RunOf:
    """Which run scores are of: its programme by version and digest, its card, its month, its name."""

    programme: str
    version: str
    digest: str
    card: str
    as_of: str
    run: str


def run_of(manifest: Manifest) -> RunOf:
    """The run of a manifest."""
    basis = manifest.basis
    return RunOf(
        basis.programme, basis.programme_version, basis.programme_digest, basis.card, basis.as_of, manifest.run
    )


@dataclass(frozen=True)
class Publication:
    """A run's scores as published: how many people's, the root over them, and its line in the log."""

    id: int
    programme: str
    version: str
    as_of: str
    run: str
    people: int
    root: bytes
    log_index: int


def publish_scores(
    registry: Registry,
    run: RunOf,
    rows: Iterable[Sequence[ScoreRow]],
    besides: Collection[UUID] = (),
    left: list[Unopened] | None = None,
) -> Publication | None:
    """Take over a run's scores for all who have joined and do not have them yet; None if there are none.

    Nothing is published of those people who are given as `besides`, nor of who came back and waits to be erased, of
    whom the run's row is; nor of those whose identifier does not read: `left` learns which, and what it raises is
    raised if there is no `left`.

    Rows are written a few thousand at a time, so that answers go on meanwhile, and count only when all are there.
    Raises Conflict unless the run was made by the programme in force.
    """
    number = registry.do(lambda transaction: _begin(transaction, run))
    # The hashes are of the key that was in force when they were read, whatever is put in force meanwhile.
    keyring, missing = registry.do(lambda transaction: (transaction.keyring, _missing(transaction, run, besides, left)))
    frontier = Frontier()
    for some in rows:
        named = [(keyed_hash(keyring, "lookup", RECORD_ID, row.person), row) for row in some]
        found = [(missing[key], row) for key, row in named if key in missing]
        if found:
            frontier = registry.do(lambda transaction, f=found, t=frontier: _write(transaction, number, run, f, t))
    return registry.do(lambda transaction: _take_effect(transaction, number, run, frontier))


def _begin(transaction: WriteTransaction, run: RunOf) -> int:
    """Begin a publication; what one that never took effect left behind is swept."""
    chosen = (programmes.c.name == run.programme) & (programmes.c.state == "published")
    in_force = transaction.connection.execute(
        select(programmes.c.version, programmes.c.digest).where(chosen)
    ).one_or_none()
    if in_force is None or in_force.digest != run.digest:
        raise Conflict(
            where=tr("run {run}", run=run.run),
            found=f"{run.programme} {run.version} ({run.digest[:16]})",
            expected=tr("a programme in force")
            if in_force is None
            else f"{run.programme} {in_force.version} ({in_force.digest[:16]})",
            do=tr("Publish the programme that made the run, or score with the one in force."),
        )
    unfinished = select(publications.c.id).where(publications.c.log_index.is_(None))
    delete_rows(transaction.connection, scores, scores.c.publication.in_(unfinished))
    swept = transaction.erase(erased_scores, erased_scores.c.publication.in_(unfinished))
    swept += transaction.erase(publications, publications.c.log_index.is_(None))
    # The number of its line in the log is one that no other publication ever had.
    row = {
        "id": transaction.next_index,
        "programme": run.programme,
        "version": run.version,
        "digest": run.digest,
        "as_of": run.as_of,
        "run": run.run,
        "card": run.card,
    }
    return transaction.add("scores.begun", run.run, [*swept, transaction.insert(publications, row)])


def _check_going(transaction: WriteTransaction, number: int, run: RunOf) -> None:
    """Raise Conflict if another publication began and swept this one."""
    if transaction.connection.scalar(select(publications.c.id).where(publications.c.id == number)) is None:
        raise Conflict(
            where=tr("run {run}", run=run.run),
            found=tr("another publication that began meanwhile"),
            expected=tr("one at a time"),
            do=tr("Wait for it to end and try again."),
        )


def _missing(
    transaction: WriteTransaction, run: RunOf, besides: Collection[UUID], left: list[Unopened] | None
) -> dict[bytes, UUID]:
    """Those who have joined and have no score of this run yet, by the hash of their id in the records."""
    # A row that does not open is named by who erases; what is published meanwhile goes with that.
    besides = {*besides, *came_back_early(transaction.connection, transaction.keyring, [])}
    has = (
        select(scores.c.person_id)
        .join(publications, publications.c.id == scores.c.publication)
        .where(publications.c.run == run.run)
    )
    query = (
        select(identifiers.c.person_id, identifiers.c.kind, identifiers.c.hash)
        .join(people, people.c.id == identifiers.c.person_id)
        .where(identifiers.c.kind == RECORD_ID, people.c.state == "open", identifiers.c.person_id.not_in(has))
    )
    rows = opened_rows(transaction.connection, identifiers, query, as_is, left)
    return {row.hash: row.person_id for row in rows if row.person_id not in besides}


def _write(
    transaction: WriteTransaction, number: int, run: RunOf, found: Sequence[tuple[UUID, ScoreRow]], before: Frontier
) -> Frontier:
    """Write some scores, and grow the tree over them. Who has left meanwhile is left out."""
    _check_going(transaction, number, run)
    of = select(people.c.id).where(people.c.state == "open")
    still = {row.id for row in rows_among(transaction.connection, of, people.c.id, (person for person, _ in found))}
    rows = [
        _row(number, before.size + place, run, person, row)
        for place, (person, row) in enumerate((person, row) for person, row in found if person in still)
    ]
    if not rows:
        return before
    for row in rows:
        row["leaf"] = score_leaf(blinding(transaction.keyring, number, row["person_id"]), number, row)
    insert_rows(transaction.connection, scores, rows)
    return before.grown([row["leaf"] for row in rows])


def _row(number: int, place: int, run: RunOf, person: UUID, row: ScoreRow) -> dict[str, Any]:
    return {
        "programme": run.programme,
        "person_id": person,
        "as_of": run.as_of,
        "publication": number,
        "place": place,
        **score_columns(row),
    }


SCORE_COLUMNS = ("score", "low", "high", "band", "not_scored", "dimensions", "reasons")


def score_columns(row: ScoreRow) -> dict[str, Any]:
    """A person's score in a run, as the columns of `scores` hold it."""
    return {
        "score": row.score,
        "low": row.low,
        "high": row.high,
        "band": row.band,
        "not_scored": row.not_scored,
        "dimensions": row.dimensions,
        "reasons": [list(reason) for reason in row.reasons],
    }


def _take_effect(transaction: WriteTransaction, number: int, run: RunOf, frontier: Frontier) -> Publication | None:
    """From now on the scores count, for everybody at once."""
    _check_going(transaction, number, run)
    if not frontier.size:
        transaction.add("scores.none", number, transaction.erase(publications, publications.c.id == number))
        return None
    index, own = transaction.next_index, publications.c.id == number
    rows = transaction.update(publications, own, people=frontier.size, root=frontier.root, log_index=index)
    facts = {"programme": run.programme, "version": run.version, "as_of": run.as_of, "run": run.run}
    transaction.add("scores.published", number, rows, **facts, people=frontier.size, root=frontier.root.hex())
    return Publication(
        id=number,
        programme=run.programme,
        version=run.version,
        as_of=run.as_of,
        run=run.run,
        people=frontier.size,
        root=frontier.root,
        log_index=index,
    )
