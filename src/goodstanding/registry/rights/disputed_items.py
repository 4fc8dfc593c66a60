"""Items: single records of a person, as the report lists them and a dispute or a block names them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Row, select
from sqlalchemy import case as either

from goodstanding.errors import BadInput, Conflict
from goodstanding.records import TABLES
from goodstanding.registry.database.schema import cases, marks
from goodstanding.registry.keys import Keyring, canonical, keyed_hash
from goodstanding.registry.log.line_kinds import line_kind
from goodstanding.registry.rights.cases import Case, MarkState
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import WriteTransaction
from goodstanding.wording import one_of, tr


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """A record by its table, its source and the source's own id."""

    table: str
    source: Annotated[str, Meta(min_length=1, max_length=256)]
    record_id: Annotated[str, Meta(min_length=1, max_length=256)]

    def hash(self, keyring: Keyring) -> bytes:
        """What it is found by, without opening what is sealed."""
        return keyed_hash(keyring, "blinding", "item", self.table, self.source, self.record_id)


class Waiting(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a lifted mark waits for: until then what it was about does not count.

    That is a version that was certified, or one that corrects what was contested at a moment, `since`. `line` is that
    of the log at which it was contested, where that was noted: it tells what was sent before from what was sent after,
    whatever the clocks of the machines said that took them. `before` is what the mark before it waited for: what was
    found wrong then is no correction of what was found wrong since.
    """

    until: Literal["certified", "corrected"]
    since: datetime
    line: int | None = None
    before: "Waiting | None" = None

    @property
    def all(self) -> "list[Waiting]":
        """This and those before it, the last first."""
        return [self, *([] if self.before is None else self.before.all)]

    def was_sent_before(self, furnished: Row[Any]) -> bool:
        """Whether a furnished version was sent before it was contested."""
        return furnished.at < self.since if self.line is None else furnished.log_index < self.line


class _Sealed(Item, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is sealed of a mark: its item, the log's line at which it began, and what the mark before it waited for."""

    line: int | None = None
    waiting: Waiting | None = None


# A case that ended so leaves a mark that waits once it is lifted.
UNTIL_ANEW = ("deleted", "proven", "corrected")
# Marks, and what a lifted one has of its case: of any other mark a case that does not read is not asked.
_OF_LIFTED = [
    either((marks.c.state == "valid", column)).label(name)
    for column, name in ((cases.c.kind, "kind"), (cases.c.state, "ended"), (cases.c.opened_at, "opened_at"))
]
MARKS = select(marks, *_OF_LIFTED).outerjoin(cases, cases.c.id == marks.c.case_id)


def marked_item(keyring: Keyring, mark: Row[Any]) -> tuple[Item, Waiting | None]:
    """The item of a mark, a row of `MARKS`, and what it waits for when it is lifted. Raises BadInput."""
    opened = msgspec.json.decode(open_in(keyring, marks.c.sealed, mark.sealed, person_id=mark.person_id), type=_Sealed)
    waiting = opened.waiting
    if mark.state == "valid" and mark.ended in UNTIL_ANEW:
        until = "corrected" if mark.ended == "corrected" else "certified"
        waiting = Waiting(until, mark.opened_at, opened.line, opened.waiting)
    return Item(opened.table, opened.source, opened.record_id), waiting


def check_items(items: Sequence[Item]) -> None:
    """Raise BadInput unless there is an item, each once, each of a table there is."""
    for item in items:
        if item.table not in TABLES:
            expected = one_of(TABLES)
            raise BadInput(
                where="items, table",
                found=item.table,
                expected=expected,
                do=tr("Take the item as the report lists it."),
            )
    if not items or len(set(items)) < len(items):
        found = tr("none") if not items else tr("one item twice")
        raise BadInput(where="items", found=found, expected=tr("at least one, each once"), do=tr("Correct the field."))


def begin_marks(transaction: WriteTransaction, case: Case, items: Sequence[Item]) -> None:
    """Mark the items of a new case: from now on they are contested.

    Raises Conflict for an item that is contested or deleted already, and for a block of one that was blocked before:
    without proof it would never count again.
    """
    hashes = [item.hash(transaction.keyring) for item in items]
    chosen = (marks.c.person_id == case.person) & marks.c.item_hash.in_(hashes)
    waiting: dict[bytes, Waiting | None] = {}
    for row in transaction.connection.execute(MARKS.where(chosen)):
        expected = tr("an item that counts")
        if row.state != "valid":
            found = tr("an item that is contested or deleted already")
            raise Conflict(where="items", found=found, expected=expected, do=tr("Look at the case that is about it."))
        if row.kind == "block" and case.kind == "block":
            found = tr("an item whose block was lifted")
            raise Conflict(where="items", found=found, expected=expected, do=tr("Dispute it, with the proof."))
        _, waiting[row.item_hash] = marked_item(transaction.keyring, row)
    rows = transaction.erase(marks, chosen)
    for item, found in zip(items, hashes, strict=True):
        sealed = _Sealed(item.table, item.source, item.record_id, transaction.next_index, waiting.get(found))
        text = canonical(msgspec.to_builtins(sealed)).decode()
        row = {
            "person_id": case.person,
            "item_hash": found,
            "case_id": case.id,
            "sealed": seal_in(transaction.keyring, marks.c.sealed, text, person_id=case.person),
            "state": "disputed",
            "changed_at": transaction.now,
        }
        rows.append(transaction.insert(marks, row))
    transaction.add("marks.disputed", case.id, rows)


def end_marks(transaction: WriteTransaction, case: Case, state: MarkState) -> None:
    """What the end of a case makes of its items: counted again, or counted no longer."""
    own = marks.c.case_id == case.id
    rows = transaction.update(marks, own, state=state, changed_at=transaction.now, collected_at=None)
    transaction.add(line_kind(f"marks.{state}"), case.id, rows)
