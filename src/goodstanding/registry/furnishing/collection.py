"""Collecting: what was furnished, contested and decided gets into the workspace's records, and scores are put right.

Run it as often as you like: what was interrupted is done over, and what is done is not done again. Each thing is noted
when its effect is there: a record when it is in the workspace's statements, a mark when the scores that it is about are
right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from goodstanding.errors import StandingError
from goodstanding.registry.database.schema import furnished, marks, parties, people
from goodstanding.registry.deliveries import tell_party
from goodstanding.registry.furnishing.entry import enter, prepare_entry
from goodstanding.registry.furnishing.pending_items import Pending, read_pending
from goodstanding.registry.furnishing.rescoring import put_right
from goodstanding.registry.log.line_kinds import LineKind
from goodstanding.registry.people.leavers import came_back_early
from goodstanding.registry.rights.contested_count import note_contested
from goodstanding.registry.rights.messages import tell_person
from goodstanding.registry.scores import Publication
from goodstanding.registry.transactions import Registry, WriteTransaction
from goodstanding.registry.unopened import Unopened, leaving_unopened, update_opened
from goodstanding.registry.verification.history_notes import is_put_back, note_workspace
from goodstanding.store import Workspace


@dataclass(frozen=True)
class Collected:
    """What a collection did: items taken over, items that cannot be taken yet and wait, and scores it put right.

    `excluded`: items that a mark keeps from counting and that a file had said anew. `put_back`: whether the workspace
    was an older copy, into which everything was taken over again.
    """

    items: int
    waiting: int
    excluded: int
    publications: Sequence[Publication]
    put_back: bool = False


def collect(registry: Registry, workspace: Workspace, today: date, left: list[Unopened] | None = None) -> Collected:
    """Take everything that is due into the workspace, then put right the latest score of those whom a mark was about.

    Records are taken one by one: what the workspace does not take waits, furnisher and person are told why, and it is
    tried again every time, until it is corrected or withdrawn. So is what does not open: `left` learns of it. What is
    of somebody who came back waits as long as they wait to be erased from the files: that would take it as well.

    Where the workspace was put back to an older copy (`is_put_back`), or begun anew, everything is due again.

    From reading what waits to writing it nobody is erased, whom it would bring back. Raises Busy if the workspace is
    being changed, BadInput for a row that does not open if there is no `left`.
    """
    with workspace.chore():
        return _collect(registry, workspace, today, left)


def _collect(registry: Registry, workspace: Workspace, today: date, left: list[Unopened] | None) -> Collected:
    put_back = is_put_back(registry, workspace)
    if put_back:
        # Noting where it stands by now has everything due again.
        note_workspace(registry, workspace)
    with registry.read() as transaction:
        persons, found = read_pending(transaction, left)
        early = came_back_early(transaction.connection, transaction.keyring, left)
    pending = [one for one in found if one.person not in early]
    entry = prepare_entry(workspace, persons, pending, today)
    # Once the records are changed nothing else would know, after a stop, that a score is owed for it.
    owed = {place for place in entry.changing if pending[place].mark is not None and not pending[place].marked}
    registry.do(
        lambda transaction: _set_noted(transaction, [pending[at] for at in sorted(owed)], None, "marks.again", left)
    )
    entered = enter(workspace, entry, today)
    refused = entered.refused
    taken = [one for place, one in enumerate(pending) if one.waits and place not in refused]
    # An older copy that is put back lacks what is noted as taken from here on.
    note_workspace(registry, workspace)
    registry.do(lambda transaction: _note_taken(transaction, taken, left))
    registry.do(
        lambda transaction: _tell_refused(transaction, [(pending[place], why) for place, why in refused.items()], left)
    )
    waited = owed | {place for place, one in enumerate(pending) if one.marked}
    marked = [pending[place] for place in sorted(waited - entered.unmarked)]
    touched = list(dict.fromkeys(one.person for one in marked))
    made = put_right(registry, workspace, {person: persons[person].record_id for person in touched}, today, left)
    registry.do(lambda transaction: _note_marks(transaction, marked, touched, left))
    waiting = sum(one.waits for one in found) - len(taken)
    return Collected(len(taken), waiting, len(entered.excluded), made, put_back)


def _note_taken(transaction: WriteTransaction, taken: Sequence[Pending], left: list[Unopened] | None) -> None:
    """Note which furnished records are in the workspace; of those that do not open nobody could say what is noted."""
    numbers = [number for one in taken for number in one.numbers]
    rows = update_opened(transaction, furnished, furnished.c.log_index, numbers, left, collected_at=transaction.now)
    if rows:
        transaction.add("records.collected", "workspace", rows)


def _tell_refused(
    transaction: WriteTransaction, refused: Sequence[tuple[Pending, StandingError]], left: list[Unopened] | None
) -> None:
    """Tell furnisher and person of a record that the workspace does not take, once for each version of it."""
    for one, why in refused:
        if not one.numbers:
            continue
        # It may be an earlier version that was left where it is: the last one is noted already.
        with (
            leaving_unopened(transaction.keyring, left, (furnished, {"log_index": one.numbers[-1]})),
            transaction.step(),
        ):
            _tell_of_refusal(transaction, one, why)


def _tell_of_refusal(transaction: WriteTransaction, one: Pending, why: StandingError) -> None:
    own = furnished.c.log_index == one.numbers[-1]
    row = transaction.connection.execute(
        select(furnished.c.party_id, furnished.c.refused_at, parties.c.name)
        .join(parties, parties.c.id == furnished.c.party_id)
        .where(own)
    ).one_or_none()
    if row is None or row.refused_at is not None:
        return
    transaction.add("record.waiting", one.numbers[-1], transaction.update(furnished, own, refused_at=transaction.now))
    item = msgspec.to_builtins(one.item)
    reason = {"where": why.where, "found": why.found, "expected": why.expected}
    tell_party(transaction, row.party_id, one.person, "record.waiting", item | reason)
    tell_person(transaction, one.person, "record.waiting", item | {"furnisher": row.name} | reason)


def _note_marks(
    transaction: WriteTransaction, marked: Sequence[Pending], touched: Sequence[UUID], left: list[Unopened] | None
) -> None:
    """Note marks whose scores are put right, and what of a person's is contested that the scores still count."""
    _set_noted(transaction, marked, transaction.now, "marks.collected", left)
    for person in touched:
        with leaving_unopened(transaction.keyring, left, (people, {"id": person})), transaction.step():
            note_contested(transaction, person)


def _set_noted(
    transaction: WriteTransaction,
    marked: Sequence[Pending],
    noted: datetime | None,
    kind: LineKind,
    left: list[Unopened] | None,
) -> None:
    """Note marks, or have them wait anew, unless they have changed meanwhile; each leaves a line of this kind."""
    for one in marked:
        key = {"person_id": one.person, "item_hash": one.item_hash}
        own = (marks.c.person_id == one.person) & (marks.c.item_hash == one.item_hash)
        with leaving_unopened(transaction.keyring, left, (marks, key)), transaction.step():
            rows = transaction.update(marks, own & (marks.c.state == one.mark), collected_at=noted)
            if rows:
                transaction.add(kind, one.person, rows)
