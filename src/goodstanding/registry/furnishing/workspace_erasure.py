"""Erasing who left from all that is held of them: the workspace's files, and what others furnished that names them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from goodstanding.records import TABLES
from goodstanding.registry.database import portions, sweep
from goodstanding.registry.database.schema import furnished, leavers, marks, people
from goodstanding.registry.furnishing.sealed_records import GONE, Values, opened_record, sealed_record
from goodstanding.registry.idempotency import forget_old_responses, forget_responses
from goodstanding.registry.keys import keyed_hash
from goodstanding.registry.owed_sweep import note_swept, owes_sweep
from goodstanding.registry.people.leavers import joined_as, new_lives, waiting_to_be_erased
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.scores import erase_scores
from goodstanding.registry.sealed_columns import seal_in
from goodstanding.registry.transactions import ReadTransaction, Registry, WriteTransaction
from goodstanding.registry.unopened import Unopened, leave_unopened, leaving_unopened, update_opened
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.scoring import erase_people
from goodstanding.scoring.written_pages import quoting
from goodstanding.store import Workspace

# The tables whose records may name another person than the one they are about.
_NAMING = [table.name for table in TABLES.values() if table.naming_others]
_AT_A_TIME = 5_000


def erase_leavers(registry: Registry, workspace: Workspace, left: list[Unopened] | None = None) -> int:
    """Take everybody who left out of the workspace's files and others' records, and their traces out of the database.

    Responses that were kept for their day go with them, and those that name who left at once.

    Gives how many. What was interrupted is done over, and each step is noted when it is done: the files, the records
    together with the id by which they were found, and the free space of the database's files, where copies may be left.
    Who left under a row that does not open is erased when it is put right, and a record that does not open is left as
    it is: `left` learns of both. Raises Busy if the workspace is being changed, or somebody reads what was erased for
    too long, BadInput for a row that does not open if there is no `left`.
    """
    with workspace.chore():
        return _erase_leavers(registry, workspace, left)


def _erase_leavers(registry: Registry, workspace: Workspace, left: list[Unopened] | None) -> int:
    registry.do(forget_old_responses)
    with registry.read() as transaction:
        found = waiting_to_be_erased(transaction.connection, transaction.keyring, left)
        owed = owes_sweep(transaction.connection, left)
        # The same whenever it is asked for: what was interrupted is done over.
        gone = {record: f"{GONE}{_made_up(transaction, person)}" for person, record in found.items() if record}
    if not found and not owed:
        return 0
    if gone:
        if workspace.root.exists():
            erase_people(workspace, gone)
        _rename_in_records(registry, gone, left)
        registry.do(lambda transaction: forget_responses(transaction, _naming(transaction, gone), left))
        registry.do(lambda transaction: _forget(transaction, found, left))
    # Tables that are another role's to write anew are for who runs the database to see to: the log says which.
    others = sweep(registry.engine)
    registry.do(lambda transaction: _let_go(transaction, list(found), others, owed=owed))
    return len(found)


def _made_up(transaction: ReadTransaction, person: UUID) -> str:
    return keyed_hash(transaction.keyring, "blinding", "gone", str(person)).hex()[:32]


def _rename_in_records(registry: Registry, gone: Mapping[str, str], left: list[Unopened] | None) -> None:
    """Give those who left their made-up names in what was furnished about others: no collection brings them back.

    What was sent since they came back names them as they are now, and stays; in the files it cannot be told apart.
    """
    last = -1
    while True:
        last = registry.do(lambda transaction, after=last: _rename_some(transaction, gone, after, left))
        if last < 0:
            return


def _rename_some(
    transaction: WriteTransaction, gone: Mapping[str, str], after: int, left: list[Unopened] | None
) -> int:
    """Rename them in some records; gives the number of the last one that was looked at, -1 at the end."""
    chosen = (furnished.c.record_table.in_(_NAMING)) & (furnished.c.log_index > after)
    query = select(furnished).where(chosen).order_by(furnished.c.log_index).limit(_AT_A_TIME)
    rows = list(read_rows(transaction.connection, furnished, query))
    lives = new_lives(transaction.connection, transaction.keyring, gone)
    renamed: list[LoggedRow] = []
    again: list[LoggedRow] = []
    for row in rows:
        if isinstance(row, Unread):
            leave_unopened(furnished, row, row.why, left)
            continue
        with leaving_unopened(transaction.keyring, left, (furnished, row)):
            values, own = opened_record(transaction.keyring, row), furnished.c.log_index == row.log_index
            others = _others_gone(row.record_table, values, gone)
            # By the log's order: it is the same whatever a clock says.
            now = {named for named in others.values() if named in lives and row.log_index > lives[named].line}
            if before := {column: gone[named] for column, named in others.items() if named not in now}:
                sealed = sealed_record(transaction.keyring, row.log_index, {**values, **before})
                renamed += transaction.update(furnished, own, sealed=sealed)
            if now and row.collected_at is not None:
                # It was collected before they were erased from the files, and went there with what was before.
                again += transaction.update(furnished, own, collected_at=None)
    if renamed:
        transaction.add("records.renamed", "workspace", renamed)
    if again:
        transaction.add("records.again", "workspace", again)
    # A number that is none comes last, and leads nowhere.
    numbers = [row.logged.get("log_index", -1) if isinstance(row, Unread) else row.log_index for row in rows]
    return max(numbers, default=-1)


def _naming(transaction: WriteTransaction, gone: Mapping[str, str]) -> Callable[[str, datetime], bool]:
    """Whether a text of a time quotes somebody as they were before they left, not as they are since they came back."""
    lives = new_lives(transaction.connection, transaction.keyring, gone)
    whoever, stayed = quoting(gone), quoting(gone.keys() - lives.keys())
    back = {record: quoting([record]) for record in lives}

    def names(text: str, at: datetime) -> bool:
        if not whoever.line(text):
            return False
        return stayed.line(text) or any(at < lives[one].at and quoted.line(text) for one, quoted in back.items())

    return names


def _others_gone(table: str, values: Values, gone: Mapping[str, str]) -> Values:
    """The columns in which a record names somebody who left, each with the id by which it does."""
    return {
        field.name: named
        for field in TABLES[table].naming_others
        if (named := values.get(field.name, "")) in gone and (not field.another or values.get("kind") in field.another)
    }


def _forget(transaction: WriteTransaction, gone: Mapping[UUID, str], left: list[Unopened] | None) -> None:
    """Let their ids in the records go: nothing holds them any more."""
    for person in sorted(joined_as(transaction.connection, transaction.keyring, gone)):
        # Their own row is named if one of theirs does not open: there is no telling which.
        with leaving_unopened(transaction.keyring, left, (people, {"id": person})), transaction.step():
            _have_anew(transaction, person, left)
    rows: list[LoggedRow] = []
    for person in gone:
        empty = seal_in(transaction.keyring, leavers.c.sealed, "", person_id=person)
        rows += transaction.update(leavers, leavers.c.person_id == person, sealed=empty)
    transaction.add("people.erased", "workspace", rows)


def _have_anew(transaction: WriteTransaction, person: UUID, left: list[Unopened] | None) -> None:
    """Have what was collected of somebody who came back collected again, and their scores go: the files lost both.

    Nothing of theirs is collected or published while they wait to be erased, unless the row that says so did not open,
    or an earlier version of the program did it.
    """
    own = (furnished.c.person_id == person) & furnished.c.collected_at.is_not(None)
    numbers = transaction.connection.scalars(select(furnished.c.log_index).where(own)).all()
    rows = update_opened(transaction, furnished, furnished.c.log_index, numbers, left, collected_at=None)
    rows += transaction.update(
        marks, (marks.c.person_id == person) & marks.c.collected_at.is_not(None), collected_at=None
    )
    rows += erase_scores(transaction, person)
    if rows:
        transaction.add("records.again", person, rows)


def _let_go(transaction: WriteTransaction, persons: Sequence[UUID], not_swept: Sequence[str], *, owed: bool) -> None:
    """Nothing waits for them any more, nor for an upgrade's sweep; lines name the tables that are not ours to sweep."""
    if owed:
        note_swept(transaction, not_swept)
    if not persons:
        return
    rows = [row for some in portions(persons) for row in transaction.erase(leavers, leavers.c.person_id.in_(some))]
    facts = {"not_swept": not_swept} if not_swept else {}
    transaction.add("people.swept", "workspace", rows, **facts)
