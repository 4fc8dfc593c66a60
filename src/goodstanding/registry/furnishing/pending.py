"""What waits to get into the workspace: furnished records, and marks on records, item by item.

A mark that was noted goes on standing: what a file says of the record later does not make it count again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from sqlalchemy import Row, or_, select, union

from goodstanding.engines import Duck, files
from goodstanding.errors import BadInput, NotFound
from goodstanding.months import day_of
from goodstanding.records import TABLES, latest_records, record_versions
from goodstanding.registry.changing import Look
from goodstanding.registry.database import portions
from goodstanding.registry.database.schema import furnished, identifiers, marks, people
from goodstanding.registry.furnishing.opening import Values, opened_record
from goodstanding.registry.keys import Keyring, unseal
from goodstanding.registry.people import RECORD_ID
from goodstanding.registry.people.identifiers import opened
from goodstanding.registry.rights.items import Item, mark_context
from goodstanding.registry.rows import row_key
from goodstanding.registry.unopened import Unopened, leave, leaving_unopened, opened_rows
from goodstanding.registry.unreadable import Unread, read_rows
from goodstanding.store import Workspace
from goodstanding.wording import tr

_KEY = "source, record_id"
_STANDING = marks.c.state != "valid"


@dataclass(frozen=True)
class Person:
    """Somebody something waits for: their id in the records, and the day they joined."""

    record_id: str
    joined_on: date


@dataclass(frozen=True)
class Pending:
    """An item with what its furnisher says by now, its mark, and which rows wait to be noted as taken.

    `values` are None if the registry has nothing new to say of the record itself.
    """

    person: UUID
    item: Item
    item_hash: bytes
    values: Values | None
    mark: str | None
    marked: bool
    numbers: Sequence[int]

    @property
    def waits(self) -> bool:
        """Whether anything of it waits to be noted; else it is a mark that stands."""
        return self.marked or bool(self.numbers)

    def state(self, held: str | None) -> str:
        """The state that the record is to be in; `held` is the one that the records hold it in.

        What its source took back counts no more, whatever becomes of a mark; of what came from a file the records alone
        know that it was. Else a mark that is not lifted goes first.
        """
        said = held if self.values is None else self.values.get("state")
        if "withdrawn" in (self.mark, said):
            return "withdrawn"
        return "disputed" if self.mark == "disputed" else "valid"


def read_pending(look: Look, left: list[Unopened] | None = None) -> tuple[dict[UUID, Person], list[Pending]]:
    """The people and the items that something waits for by now, and those that a mark keeps from counting.

    But for what does not open: `left` learns of it.

    Raises BadInput for a row that does not open if there is no `left`.
    """
    counting = furnished.c.counts_from <= look.now
    due = union(
        select(furnished.c.item_hash).where(furnished.c.collected_at.is_(None), counting),
        select(marks.c.item_hash).where(marks.c.collected_at.is_(None)),
    ).subquery()
    among = select(due.c.item_hash)
    # Also those that are known: what a record is to be follows from the last of them, and from its mark.
    versions = select(furnished).where(counting, furnished.c.item_hash.in_(among)).order_by(furnished.c.log_index)
    sent: dict[tuple[UUID, bytes], list[Row[Any]]] = {}
    marked: dict[tuple[UUID, bytes], Row[Any]] = {}
    # Items whose last version or whose mark does not read: nobody knows what they are to be.
    unknown: set[object] = set()
    for row in read_rows(look.connection, furnished, versions):
        if isinstance(row, Unread):
            leave(furnished, row, row.why, left)
            unknown.add(row.said.get("item_hash"))
        else:
            sent.setdefault((row.person_id, row.item_hash), []).append(row)
            unknown.discard(row.item_hash)
    for row in read_rows(look.connection, marks, select(marks).where(or_(marks.c.item_hash.in_(among), _STANDING))):
        if isinstance(row, Unread):
            leave(marks, row, row.why, left)
            unknown.add(row.said.get("item_hash"))
        else:
            marked[row.person_id, row.item_hash] = row
    found: list[Pending] = []
    for key in {**sent, **marked}:
        rows, mark = sent.get(key, []), marked.get(key)
        of = [*((furnished, row) for row in rows), *([] if mark is None else [(marks, mark)])]
        known = all(row.collected_at is not None for _, row in of) and (mark is None or mark.state == "valid")
        if key[1] in unknown or known:
            continue
        with leaving_unopened(look.keyring, left, *of):
            found.append(_pending(look.keyring, key, rows, mark))
    persons = _people(look, {one.person for one in found}, left)
    return persons, [one for one in found if one.person in persons]


def read_standing(look: Look, left: list[Unopened] | None = None) -> tuple[dict[UUID, Person], list[Pending]]:
    """The people and the items that a mark keeps from counting and that was noted; `left` as in `read_pending`."""
    query = select(marks).where(_STANDING, marks.c.collected_at.is_not(None))

    def read(row: Row[Any]) -> Pending:
        return _pending(look.keyring, (row.person_id, row.item_hash), [], row)

    found = opened_rows(look.connection, marks, query, read, left)
    persons = _people(look, {one.person for one in found}, left)
    return persons, [one for one in found if one.person in persons]


def _pending(keyring: Keyring, key: tuple[UUID, bytes], sent: Sequence[Row[Any]], mark: Row[Any] | None) -> Pending:
    person, item_hash = key
    numbers = [row.log_index for row in sent if row.collected_at is None]
    waits = mark is not None and mark.collected_at is None
    # Where nothing waits, a file may have said what is newer: of that a mark changes the state alone.
    values = opened_record(keyring, sent[-1]) if sent and (numbers or waits) else None
    if mark is not None:
        item = msgspec.json.decode(unseal(keyring, mark.sealed, mark_context(person)), type=Item)
    else:
        of = values or {}
        item = Item(sent[-1].record_table, of["source"], of["record_id"])
    if item.hash(keyring) != item_hash:
        # What stands beside what is sealed was changed, or one id within was sent under another.
        raise BadInput(
            tr("record"),
            f"{item.table} {item.record_id}",
            tr("the record that its row was written for"),
            tr("Restore it from a copy, or have it sent anew."),
        )
    state = None if mark is None else mark.state
    return Pending(person, item, item_hash, values, state, waits, numbers)


def _people(look: Look, persons: set[UUID], left: list[Unopened] | None) -> dict[UUID, Person]:
    own = (
        select(identifiers, people.c.joined_at)
        .join(people, people.c.id == identifiers.c.person_id)
        .where(identifiers.c.kind == RECORD_ID)
    )

    def read(row: Row[Any]) -> tuple[UUID, Person]:
        return row.person_id, Person(opened(look.keyring, row.kind, row.sealed).value, day_of(row.joined_at))

    found: dict[UUID, Person] = {}
    met: list[Unopened] = []
    for some in portions(persons):
        chosen = own.where(identifiers.c.person_id.in_(some))
        found |= opened_rows(look.connection, identifiers, chosen, read, None if left is None else met)
    if left is not None:
        left += met
    # Whose identifier is not found at all is told of as well: their records wait.
    named = {one.key for one in met}
    for person in persons - found.keys():
        key = {"person_id": person, "kind": RECORD_ID}
        if row_key(identifiers, key) not in named:
            why = NotFound(tr("person"), str(person), tr("a person who has joined"), tr("Restore it from a copy."))
            leave(identifiers, key, why, left)
    return found


def in_workspace(workspace: Workspace, pending: Sequence[Pending]) -> Mapping[Item, dict[str, Any]]:
    """The latest version of each item that the workspace's records hold."""
    found: dict[Item, dict[str, Any]] = {}
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
            rows = duck.rows(f"SELECT r.* FROM ({latest_records(versions, date.max)}) AS r")
        found |= {Item(table, row["source"], row["record_id"]): row for row in rows}
    return found


def as_text(table: str, row: Mapping[str, Any]) -> Values:
    """A record as the text that it was read from."""
    return {name: _text(row[name]) for name in TABLES[table].columns}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
