"""What waits to get into the workspace: furnished records, and marks on records, item by item.

A mark that was noted goes on standing: what a file says of the record later does not make it count again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, and_, not_, or_, select, union

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput, NotFound
from goodstanding.months import day_of
from goodstanding.records import TABLES, record_versions
from goodstanding.registry.database import portions
from goodstanding.registry.database.schema import cases, furnished, identifiers, marks, people
from goodstanding.registry.furnishing.in_force import in_force
from goodstanding.registry.furnishing.sealed_records import Values, opened_record
from goodstanding.registry.keys import Keyring
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.people.identifiers import read_identifier
from goodstanding.registry.rights.disputed_items import MARKS, UNTIL_ANEW, Item, Waiting, marked_item
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.transactions import ReadTransaction
from goodstanding.registry.unopened import DAMAGE, Unopened, leave_unopened, leaving_unopened, opened_rows
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.store import Workspace
from goodstanding.wording import tr

_Sent: TypeAlias = dict[tuple[UUID, bytes], list[Row[Any]]]
_KEY = "source, record_id"
_LIFTED = and_(marks.c.state == "valid", cases.c.state.in_(UNTIL_ANEW))
_STANDING = or_(marks.c.state != "valid", _LIFTED)


@dataclass(frozen=True)
class Person:
    """Somebody something waits for: their id in the records, and the day they joined."""

    record_id: str
    joined_on: date


@dataclass(frozen=True)
class Pending:
    """An item with what its furnisher says by now, its mark, and which rows wait to be noted as taken.

    `values` are None if the registry has nothing new to say of the record itself; `furnished` are those of all
    versions of it that count by now, None if one does not open, and `sent_on` is the day of the last.

    `waiting` is what its mark waits for when it is lifted, or once was: `contested` is then the last that had been sent
    by each time that it was contested, None where nothing had, the last time first; `anew` are the versions sent since,
    none if its furnisher took it back.
    """

    person: UUID
    item: Item
    item_hash: bytes
    values: Values | None
    mark: str | None
    marked: bool
    numbers: Sequence[int]
    furnished: Sequence[Values] | None = ()
    sent_on: date | None = None
    waiting: Waiting | None = None
    contested: Sequence[Values | None] = ()
    anew: Sequence[Values] = ()

    @property
    def waits(self) -> bool:
        """Whether anything of it waits to be noted; else it is a mark that stands."""
        return self.marked or bool(self.numbers)

    def state(self, stored: str | None) -> str:
        """The state that the record is to be in; `stored` is the one that the records hold it in.

        What its source took back counts no more, whatever becomes of a mark; of what came from a file the records alone
        know that it was. Else a mark that is not lifted goes first.
        """
        stated = stored if self.values is None else self.values.get("state")
        if "withdrawn" in (self.mark, stated):
            return "withdrawn"
        return "disputed" if self.mark == "disputed" else "valid"


def read_pending(
    transaction: ReadTransaction, left: list[Unopened] | None = None
) -> tuple[dict[UUID, Person], list[Pending]]:
    """The people and the items that something waits for by now, and those that a mark keeps from counting.

    But for what does not open: `left` learns of it.

    Raises BadInput for a row that does not open if there is no `left`.
    """
    counting = in_force(transaction.now)
    due = union(
        select(furnished.c.item_hash).where(furnished.c.collected_at.is_(None), counting),
        select(marks.c.item_hash).where(marks.c.collected_at.is_(None)),
        MARKS.with_only_columns(marks.c.item_hash).where(_LIFTED),
    ).subquery()
    among = select(due.c.item_hash)
    # Items whose last version or whose mark does not read.
    unknown: set[object] = set()
    # Also those that are known: what a record is to be follows from the last of them, and from its mark.
    sent = _versions(transaction, among, left, unknown, counting)
    coming = _coming(transaction, MARKS.with_only_columns(marks.c.item_hash).where(_LIFTED), left)
    marked: dict[tuple[UUID, bytes], Row[Any]] = {}
    for row in read_rows(transaction.connection, marks, MARKS.where(or_(marks.c.item_hash.in_(among), _STANDING))):
        if isinstance(row, Unread):
            leave_unopened(marks, row, row.why, left)
            unknown.add(row.logged.get("item_hash"))
        else:
            marked[row.person_id, row.item_hash] = row
    found: list[Pending] = []
    for key in {**sent, **marked}:
        rows, mark = sent.get(key, []), marked.get(key)
        of = [*((furnished, row) for row in rows), *([] if mark is None else [(marks, mark)])]
        known = all(row.collected_at is not None for _, row in of) and (mark is None or not _stands(mark))
        if key[1] in unknown or known:
            continue
        with leaving_unopened(transaction.keyring, left, *of):
            found.append(_pending(transaction.keyring, key, rows, mark, coming.get(key, [])))
    persons = _people(transaction, {one.person for one in found}, left)
    return persons, [one for one in found if one.person in persons]


def read_standing(
    transaction: ReadTransaction, left: list[Unopened] | None = None
) -> tuple[dict[UUID, Person], list[Pending]]:
    """The people and the items that a mark keeps from counting and that was noted; `left` as in `read_pending`."""
    noted = marks.c.collected_at.is_not(None)
    unknown: set[object] = set()
    lifted = MARKS.with_only_columns(marks.c.item_hash).where(noted, _LIFTED)
    # Of what the workspace has not taken yet the collection takes care.
    sent = _versions(
        transaction, lifted, left, unknown, in_force(transaction.now), furnished.c.collected_at.is_not(None)
    )
    coming = _coming(transaction, lifted, left)
    query = MARKS.where(noted, _STANDING)

    def read(row: Row[Any]) -> Pending:
        key = (row.person_id, row.item_hash)
        return _pending(transaction.keyring, key, sent.get(key, []), row, coming.get(key, []))

    found = [
        one for one in opened_rows(transaction.connection, marks, query, read, left) if one.item_hash not in unknown
    ]
    persons = _people(transaction, {one.person for one in found}, left)
    return persons, [one for one in found if one.person in persons]


def _stands(mark: Row[Any]) -> bool:
    """Whether a mark keeps its record from counting, or would if it were not said anew."""
    return mark.state != "valid" or mark.ended in UNTIL_ANEW


def _versions(
    transaction: ReadTransaction,
    among: Select[Any],
    left: list[Unopened] | None,
    unknown: set[object],
    *of: ColumnElement[bool],
) -> _Sent:
    """Versions of items, by person and item; `unknown` learns of items whose last does not read.

    Nobody knows what those are to be.
    """
    found: _Sent = {}
    query = select(furnished).where(furnished.c.item_hash.in_(among), *of).order_by(furnished.c.log_index)
    for row in read_rows(transaction.connection, furnished, query):
        if isinstance(row, Unread):
            leave_unopened(furnished, row, row.why, left)
            unknown.add(row.logged.get("item_hash"))
        else:
            found.setdefault((row.person_id, row.item_hash), []).append(row)
            unknown.discard(row.item_hash)
    return found


def _coming(transaction: ReadTransaction, lifted: Select[Any], left: list[Unopened] | None) -> _Sent:
    """The versions whose day has not come, of items whose mark was lifted: they may be what was contested."""
    return _versions(transaction, lifted, left, set(), not_(in_force(transaction.now)))


def _pending(
    keyring: Keyring,
    key: tuple[UUID, bytes],
    sent: Sequence[Row[Any]],
    mark: Row[Any] | None,
    coming: Sequence[Row[Any]],
) -> Pending:
    person, item_hash = key
    numbers = [row.log_index for row in sent if row.collected_at is None]
    waits = mark is not None and mark.collected_at is None
    # Where nothing waits, a file may have said what is newer: of that a mark changes the state alone.
    values = opened_record(keyring, sent[-1]) if sent and (numbers or waits) else None
    waiting = None
    if mark is not None:
        item, waiting = marked_item(keyring, mark)
    else:
        of = values or {}
        item = Item(sent[-1].record_table, of["source"], of["record_id"])
    if item.hash(keyring) != item_hash:
        # What stands beside what is sealed was changed, or one id within was sent under another.
        raise BadInput(
            where=tr("record"),
            found=f"{item.table} {item.record_id}",
            expected=tr("the record that its row was written for"),
            do=tr("Restore it from a copy, or have it sent anew."),
        )
    state = None if mark is None else mark.state
    found = Pending(
        person=person,
        item=item,
        item_hash=item_hash,
        values=values,
        mark=state,
        marked=waits,
        numbers=numbers,
        waiting=waiting,
    )
    if values is not None:
        found = replace(found, furnished=_furnished(keyring, sent), sent_on=day_of(sent[-1].at))
    return found if waiting is None else _waiting(keyring, found, sent, coming, waiting)


def _waiting(
    keyring: Keyring, one: Pending, sent: Sequence[Row[Any]], coming: Sequence[Row[Any]], waiting: Waiting
) -> Pending:
    """An item whose mark waits for a version, with what was sent of it before and since."""
    # What was deleted has no version left from before it was certified.
    rows = sorted([*sent, *coming], key=lambda row: row.log_index)
    before = [[row for row in rows if was.until == "corrected" and was.was_sent_before(row)] for was in waiting.all]
    since = [opened_record(keyring, row) for row in sent if row not in before[0]]
    return replace(
        one,
        contested=[opened_record(keyring, found[-1]) if found else None for found in before],
        # To take a record back is not to say anew what it is; and what was taken back is no longer said.
        anew=[values for values in since if since[-1].get("state") != "withdrawn" != values.get("state")],
    )


def _furnished(keyring: Keyring, sent: Sequence[Row[Any]]) -> Sequence[Values] | None:
    """What the versions of an item say; None if one does not open, of which nobody knows."""
    try:
        return [opened_record(keyring, row) for row in sent]
    except DAMAGE:
        return None


def _people(transaction: ReadTransaction, persons: set[UUID], left: list[Unopened] | None) -> dict[UUID, Person]:
    own = (
        select(identifiers, people.c.joined_at)
        .join(people, people.c.id == identifiers.c.person_id)
        .where(identifiers.c.kind == RECORD_ID)
    )

    def read(row: Row[Any]) -> tuple[UUID, Person]:
        return row.person_id, Person(
            read_identifier(transaction.keyring, row.kind, row.sealed).value, day_of(row.joined_at)
        )

    found: dict[UUID, Person] = {}
    met: list[Unopened] = []
    for some in portions(persons):
        chosen = own.where(identifiers.c.person_id.in_(some))
        found |= opened_rows(transaction.connection, identifiers, chosen, read, None if left is None else met)
    if left is not None:
        left += met
    # Whose identifier is not found at all is told of as well: their records wait.
    named = {one.key for one in met}
    for person in persons - found.keys():
        key = {"person_id": person, "kind": RECORD_ID}
        if row_key(identifiers, key) not in named:
            why = NotFound(
                where=tr("person"),
                found=str(person),
                expected=tr("a person who has joined"),
                do=tr("Restore it from a copy."),
            )
            leave_unopened(identifiers, key, why, left)
    return found


def in_workspace(workspace: Workspace, pending: Sequence[Pending]) -> Mapping[Item, Sequence[dict[str, Any]]]:
    """The versions of each item that the workspace's records hold, the latest last."""
    found: dict[Item, list[dict[str, Any]]] = {}
    for table in {one.item.table for one in pending}:
        versions = record_versions(
            workspace, table, lambda paths: f"(FROM {files(paths)} SEMI JOIN named USING ({_KEY}))"
        )
        if versions is None:
            continue
        items = [one.item for one in pending if one.item.table == table]
        with Duck() as duck:
            named = {"source": [item.source for item in items], "record_id": [item.record_id for item in items]}
            duck.table("named", {column: np.array(values, dtype=object) for column, values in named.items()})
            rows = duck.rows(f"SELECT * FROM ({versions.all}) AS r ORDER BY known_on, sequence")
        for row in rows:
            found.setdefault(Item(table, row["source"], row["record_id"]), []).append(row)
    return found


def as_text(table: str, row: Mapping[str, Any]) -> Values:
    """A record as the text that it was read from; what was furnished lacks what is empty."""
    return {name: _text(row.get(name)) for name in TABLES[table].columns}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
