"""Witnesses: who keeps the log's heads besides us, and the newest heads that each of them cosigned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, select

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.addresses import check_addresses
from goodstanding.registry.database import delete_rows, insert_rows
from goodstanding.registry.database.schema import cosignatures, witnesses
from goodstanding.registry.log.checkpoints import read_checkpoint
from goodstanding.registry.log.signed_notes import Note, Signed, Vkey, read_note, read_signature, read_vkey, signed_by
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.registry.unopened import Unopened, opened_rows
from goodstanding.registry.unreadable import Query
from goodstanding.wording import tr

MOST_STORED = 10


@dataclass(frozen=True)
class Witness:
    """A witness: its key for cosignatures, under which it is known, and the address that it is asked at."""

    id: UUID
    key: Vkey
    url: str
    added_at: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return self.key.name


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint with a witness's cosignature under it, as it is kept."""

    witness: str
    size: int
    at: datetime
    checkpoint: str
    line: str

    @property
    def note(self) -> Note:
        """The checkpoint with the cosignature under it. Raises BadInput if either does not read."""
        note = read_note(self.checkpoint.encode())
        return Note(note.text, [*note.signatures, read_signature(self.line)])

    def is_by(self, key: Vkey) -> bool:
        """Whether this is what the key cosigned: that size, at that time."""
        try:
            signed = signed_by(Note(self.note.text, [read_signature(self.line)]), [key])
            return [(self.size, self.at)] == [(read_checkpoint(self.note).size, one.time) for one in signed]
        except BadInput:
            return False


def add_witness(transaction: WriteTransaction, vkey: str, url: str, *, by: str) -> Witness:
    """Have a witness asked from now on. Raises BadInput, Conflict for a name that is there."""
    key = read_vkey(vkey).cosigning
    check_addresses("--url", [url])
    if "?" in url:
        raise BadInput(
            where="--url", found=url, expected=tr("an address without a question mark"), do=tr("Correct the address.")
        )
    if transaction.connection.execute(select(witnesses.c.id).where(witnesses.c.name == key.name)).first() is not None:
        expected, do = tr("a witness that is not there yet"), tr("Remove it first to change its key or its address.")
        raise Conflict(where=tr("witness"), found=key.name, expected=expected, do=do)
    found = Witness(uuid4(), key, url.rstrip("/"), transaction.now)
    row = {"id": found.id, "name": key.name, "vkey": str(key), "url": found.url, "added_at": transaction.now}
    transaction.add("witness.added", found.id, [transaction.insert(witnesses, row)], by=by, name=key.name)
    return found


def remove_witness(transaction: WriteTransaction, name: str, *, by: str) -> None:
    """Have a witness asked no more, and forget what it cosigned. Raises NotFound."""
    # Also one whose key does not read any more.
    found = transaction.connection.scalar(select(witnesses.c.id).where(witnesses.c.name == name))
    if found is None:
        expected = tr("a witness that was added")
        raise NotFound(
            where=tr("witness"), found=ascii(name[:100]), expected=expected, do=tr("Look for it in the list.")
        )
    delete_rows(transaction.connection, cosignatures, cosignatures.c.witness == name)
    transaction.add("witness.removed", found, transaction.erase(witnesses, witnesses.c.id == found), by=by, name=name)


def all_witnesses(connection: Connection, left: list[Unopened] | None = None) -> Sequence[Witness]:
    """Every witness, by name, but for those that do not read: `left` learns which.

    Without it BadInput is raised for a key that does not read.
    """

    def read(row: Row[Any]) -> Witness:
        return Witness(row.id, read_vkey(row.vkey), row.url, row.added_at)

    return opened_rows(connection, witnesses, select(witnesses).order_by(witnesses.c.name), read, left)


def store_cosignature(transaction: WriteTransaction, witness: Witness, checkpoint: Note, signed: Signed) -> None:
    """Keep what a witness cosigned in place of an earlier one of the same size, and of all its own the newest few.

    One of a witness that was removed meanwhile is not kept.
    """
    if transaction.connection.scalar(select(witnesses.c.id).where(witnesses.c.id == witness.id)) is None:
        return
    own, size = cosignatures.c.witness == witness.name, read_checkpoint(checkpoint).size
    delete_rows(transaction.connection, cosignatures, own & (cosignatures.c.size == size))
    row = {
        "witness": witness.name,
        "size": size,
        "at": signed.time,
        "checkpoint": str(checkpoint),
        "line": str(signed.signature),
    }
    insert_rows(transaction.connection, cosignatures, [row])
    sizes = transaction.connection.scalars(select(cosignatures.c.size).where(own).order_by(cosignatures.c.size.desc()))
    if old := [size for size in sizes if isinstance(size, int)][MOST_STORED:]:
        delete_rows(transaction.connection, cosignatures, own & cosignatures.c.size.in_(old))


def newest_cosigned(connection: Connection, key: Vkey, left: list[Unopened] | None = None) -> Cosigned | None:
    """The longest log that a witness cosigned, of what is kept, reads and has its signature; None if nothing is.

    `left` learns of what does not read; without it BadInput is raised for it.
    """
    query = _ALL.where(cosignatures.c.witness == key.name).order_by(cosignatures.c.size.desc())
    stored = opened_rows(connection, cosignatures, query, _cosigned, left)
    return next((one for one in stored if one.is_by(key)), None)


def checkpoint_cosigned(transaction: ReadTransaction, left: list[Unopened] | None = None) -> Note:
    """The longest log that any of our witnesses cosigned, with all that was said of it. Raises NotFound without one.

    `left` learns of what does not read; without it BadInput is raised for it.
    """
    newest = _ours(transaction.connection, _ALL.order_by(cosignatures.c.size.desc(), cosignatures.c.witness), left)
    longest = next(newest, None)
    if longest is None:
        expected = tr("a head that a witness cosigned")
        raise NotFound(
            where=tr("cosignatures"), found=tr("none so far"), expected=expected, do=tr("Try again in a while.")
        )
    others = takewhile(lambda one: one.size == longest.size, newest)
    return with_cosignatures(read_note(longest.checkpoint.encode()), [longest, *others])


def cosignatures_of(connection: Connection, size: int, left: list[Unopened] | None = None) -> Sequence[Cosigned]:
    """What our witnesses said of the log of a size, by their names.

    `left` learns of what does not read; without it BadInput is raised for it.
    """
    return list(_ours(connection, _ALL.where(cosignatures.c.size == size).order_by(cosignatures.c.witness), left))


def _ours(connection: Connection, query: Query, left: list[Unopened] | None) -> Iterator[Cosigned]:
    """Of what is kept, what our witnesses signed; each is looked at when it is asked for."""
    keys = {one.name: one.key for one in all_witnesses(connection, left)}
    stored = opened_rows(connection, cosignatures, query, _cosigned, left)
    return (one for one in stored if one.witness in keys and one.is_by(keys[one.witness]))


def _cosigned(row: Row[Any]) -> Cosigned:
    """A row of `cosignatures`. Raises BadInput unless its checkpoint and its cosignature read."""
    found = Cosigned(*row)
    _ = found.note
    return found


def with_cosignatures(note: Note, stored: Sequence[Cosigned]) -> Note:
    """A checkpoint with those of its cosignatures under it that are over its text."""
    own = [read_signature(one.line) for one in stored if one.note.text == note.text]
    return Note(note.text, [*note.signatures, *own])


# In the order of the fields of `Cosigned`.
_ALL = select(
    cosignatures.c.witness, cosignatures.c.size, cosignatures.c.at, cosignatures.c.checkpoint, cosignatures.c.line
)
