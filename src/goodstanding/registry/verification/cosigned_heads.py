"""What witnesses cosigned: the heads that the log must begin with, whoever holds the registry's own keys."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from goodstanding.errors import BadInput
from goodstanding.registry.database.schema import cosignatures, witnesses
from goodstanding.registry.log.checkpoints import Checkpoint, read_checkpoint
from goodstanding.registry.log.origin import first_origin
from goodstanding.registry.log.signed_notes import Note, Vkey, signed_by
from goodstanding.registry.unreadable import UNREADABLE
from goodstanding.registry.verification.findings import Finding
from goodstanding.registry.verification.table_scan import as_read, scan, scanned_key
from goodstanding.registry.witnesses import Cosigned, all_witnesses, newest_cosigned

WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class Wanted:
    """Whose cosignatures the check asks for beside those of the registry's own witnesses.

    `note` is a checkpoint from elsewhere that the named witnesses must have cosigned; without one, the newest that is
    kept counts, if it is not older than `within`. With a note `within` counts only if it is given.
    """

    witnesses: Sequence[Vkey] = ()
    note: Note | None = None
    within: timedelta | None = None


NOTHING_MORE = Wanted()


def cosigned_heads(
    connection: Connection, wanted: Wanted, now: datetime, heads: set[tuple[int, bytes]]
) -> Generator[Finding]:
    """Put the sizes and roots that witnesses cosigned to `heads`; gives what is wrong with the cosignatures."""
    # Two keys of one name are two witnesses: each must have cosigned.
    named = [(key.name, key.cosigning) for key in wanted.witnesses]
    # One that does not read is found as a changed row.
    own = {one.name: one.key for one in all_witnesses(connection, [])}
    yield from _not_theirs(connection, own)
    of_name = dict(named)
    others = [(name, key) for name, key in own.items() if name not in of_name]
    for name, key in sorted([*named, *others], key=lambda one: one[0]):
        note, within = wanted.note if name in of_name else None, wanted.within
        if note is None:
            within = within or WITHIN
            try:
                found = newest_cosigned(connection, key)
                note = None if found is None else found.note
            except (BadInput, *UNREADABLE):
                yield Finding("cosignatures", name, "changed")
                continue
            if note is None:
                yield Finding("cosignatures", name, "missing")
                continue
        yield from _of_witness(connection, key, note, None if within is None else (now, within), heads)


def _not_theirs(connection: Connection, keys: Mapping[str, Vkey]) -> Generator[Finding]:
    """What is kept as a witness's and is not what it signed, or is of nobody who is asked."""
    rows = (as_read(row) for row in scan(connection, witnesses))
    known = {str(row["name"]) for row in rows if row is not None}
    for row in scan(connection, cosignatures):
        read = as_read(row)
        name = "" if read is None else str(read["witness"])
        if read is not None and name not in known:
            yield Finding("cosignatures", scanned_key(cosignatures, row), "added")
        elif read is None or (name in keys and not _is_by(read, keys[name])):
            yield Finding("cosignatures", scanned_key(cosignatures, row), "changed")


def _is_by(row: RowMapping, key: Vkey) -> bool:
    try:
        return Cosigned(**{column.name: row[column.name] for column in cosignatures.columns}).is_by(key)
    except UNREADABLE:
        return False


def _of_witness(
    connection: Connection,
    key: Vkey,
    note: Note,
    fresh: tuple[datetime, timedelta] | None,
    heads: set[tuple[int, bytes]],
) -> Generator[Finding]:
    """Look at what one witness cosigned; `fresh` is the time now, and how far from it the cosignature may be."""
    try:
        checkpoint, signed = read_checkpoint(note), signed_by(note, [key])
    except BadInput:
        yield Finding("cosignatures", key.name, "not signed")
        return
    if not signed:
        yield Finding("cosignatures", key.name, "missing")
        return
    if not _is_of(connection, checkpoint):
        yield Finding("cosignatures", f"{key.name}: {checkpoint.origin}", "another log")
        return
    heads.add((checkpoint.size, checkpoint.root))
    newest = max(one.time for one in signed)
    if fresh is not None and abs(fresh[0] - newest) > fresh[1]:
        yield Finding("cosignatures", key.name, "stale")


def _is_of(connection: Connection, checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint is of this log, by its name; a log whose first line is gone or does not read has none."""
    try:
        return first_origin(connection) in (None, checkpoint.origin)
    except (BadInput, *UNREADABLE):
        return True  # found as a changed line
