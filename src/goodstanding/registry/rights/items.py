"""Items: single records of a person, as the report lists them and a dispute or a block names them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import select

from goodstanding.errors import BadInput, Conflict
from goodstanding.records import TABLES
from goodstanding.registry.changing import Change
from goodstanding.registry.database.schema import cases, marks
from goodstanding.registry.keys import Keyring, canonical, keyed_hash, seal
from goodstanding.registry.rights.cases import Case, MarkState
from goodstanding.wording import tr


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """A record by its table, its source and the source's own id."""

    table: str
    source: Annotated[str, Meta(min_length=1, max_length=256)]
    record_id: Annotated[str, Meta(min_length=1, max_length=256)]

    def hash(self, keyring: Keyring) -> bytes:
        """What it is found by, without opening what is sealed."""
        return keyed_hash(keyring, "blinding", "item", self.table, self.source, self.record_id)


def check_items(items: Sequence[Item]) -> None:
    """Raise BadInput unless there is an item, each once, each of a table there is."""
    for item in items:
        if item.table not in TABLES:
            expected = tr("one of {names}", names=", ".join(TABLES))
            raise BadInput("items, table", item.table, expected, tr("Take the item as the report lists it."))
    if not items or len(set(items)) < len(items):
        found = tr("none") if not items else tr("one item twice")
        raise BadInput("items", found, tr("at least one, each once"), tr("Correct the field."))


def begin_marks(change: Change, case: Case, items: Sequence[Item]) -> None:
    """Mark the items of a new case: from now on they are contested.

    Raises Conflict for an item that is contested or deleted already, and for a block of one that was blocked before:
    without proof it would never count again.
    """
    hashes = [item.hash(change.keyring) for item in items]
    chosen = (marks.c.person_id == case.person) & marks.c.item_hash.in_(hashes)
    before = select(marks.c.state, cases.c.kind).join(cases, cases.c.id == marks.c.case_id).where(chosen)
    for row in change.connection.execute(before):
        expected = tr("an item that counts")
        if row.state != "valid":
            found = tr("an item that is contested or deleted already")
            raise Conflict("items", found, expected, tr("Look at the case that is about it."))
        if row.kind == "block" and case.kind == "block":
            found = tr("an item whose block was lifted")
            raise Conflict("items", found, expected, tr("Dispute it, with the proof."))
    rows = change.erase(marks, chosen)
    for item, found in zip(items, hashes, strict=True):
        said = canonical(msgspec.to_builtins(item)).decode()
        row = {
            "person_id": case.person,
            "item_hash": found,
            "case_id": case.id,
            "sealed": seal(change.keyring, said, mark_context(case.person)),
            "state": "disputed",
            "changed_at": change.now,
        }
        rows.append(change.insert(marks, row))
    change.add("marks.disputed", case.id, rows)


def end_marks(change: Change, case: Case, state: MarkState) -> None:
    """What the end of a case makes of its items: counted again, or counted no longer."""
    own = marks.c.case_id == case.id
    rows = change.update(marks, own, state=state, changed_at=change.now, collected_at=None)
    change.add(f"marks.{state}", case.id, rows)


def mark_context(person: UUID) -> str:
    """What the item of a mark is sealed under."""
    return f"mark of {person}"
