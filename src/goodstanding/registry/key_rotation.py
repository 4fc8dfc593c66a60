"""Rotating the keys of what names people: all is sealed or hashed anew and proven, then the old key is let go."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, bindparam, func, select

from goodstanding.errors import BadInput
from goodstanding.registry.database import update_rows
from goodstanding.registry.database.schema import METADATA, identifiers
from goodstanding.registry.keys import Keep, Keyring, Purpose, seal, unseal
from goodstanding.registry.keys.sealing import NUMBER_BYTES
from goodstanding.registry.people.identifiers import Identifier
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.sealed_columns import context_in
from goodstanding.registry.transactions import ReadTransaction, Registry, WriteTransaction
from goodstanding.wording import tr

AT_A_TIME = 5_000


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: how many values it sealed or hashed anew, and how many it found good under the new key."""

    done: int
    proven: int


def sealed_columns() -> list[Column[Any]]:
    """Every column of every table that is sealed."""
    return [c for table in METADATA.sorted_tables for c in table.columns if "sealed_under" in c.info]


def reseal(registry: Registry) -> Rotated:
    """Put a new sealing key in force, seal everything with it, and let the old key go when all opens with the new one.

    After a stop at any moment everything opens, and the next rotation goes on where it stopped. Raises Busy beside
    another rotation, BadInput naming the table and the row if something does not open: the old key stays then.
    """
    with _rotating(registry, "sealing") as (ring, keep):
        number = ring.in_force("sealing").number

        def put_in_force(transaction: WriteTransaction) -> None:
            # From this head on nobody seals with the old key, else there might always be more to seal.
            transaction.keyring = _with_keys_of(ring, transaction.keyring, "sealing")
            transaction.add("keys.resealing", number, [])

        registry.do(put_in_force)
        done, proven = 0, None
        while proven is None:
            for column in sealed_columns():
                while found := registry.do(lambda transaction, column=column: _reseal_some(transaction, column)):
                    done += found
            with registry.read() as transaction:
                opening = _all_open(transaction)
            proven = opening if registry.do(_ended) else None
        keep(ring.without_old("sealing"))
    return Rotated(done, proven)


def rehash(registry: Registry) -> Rotated:
    """Put a new lookup key in force and hash all identifiers with it, in one transaction, then let the old key go.

    The log's head says which lookup key the hashes are of, so that they and the keyring cannot disagree after a stop.
    Raises Busy beside another rotation, BadInput naming the row if something is not found: all is as before then.
    """
    with _rotating(registry, "lookup") as (ring, keep):

        def work(transaction: WriteTransaction) -> Rotated:
            transaction.keyring = _with_keys_of(ring, transaction.keyring, "lookup")
            done = _hash_anew(transaction)
            proven = _all_found(transaction)
            transaction.add("keys.rehashed", ring.in_force("lookup").number, [])
            return Rotated(done, proven)

        rotated = registry.do(work)
        keep(ring.without_old("lookup"))
    return rotated


@contextmanager
def _rotating(registry: Registry, purpose: Purpose) -> Generator[tuple[Keyring, Keep]]:
    """Be the only one who rotates; gives the keyring with the new key and the old one, as it is on disk by then."""
    with registry.keys.exclusive() as (ring, keep):
        with registry.read():
            pass  # raises what keeping these keys would make worse: that they are not those of the log
        if len(ring.keys[purpose]) == 1:
            fresh = ring.with_new(purpose)
            keep(fresh)
            yield fresh, keep
        else:
            # What another left when it was stopped: a key of a number is made once, as somebody may have read it.
            yield ring, keep


def _with_keys_of(ring: Keyring, before: Keyring, purpose: Purpose) -> Keyring:
    return Keyring({**before.keys, purpose: ring.keys[purpose]})


def _older(keyring: Keyring, column: Column[Any]) -> ColumnElement[bool]:
    """What another key than the one in force sealed."""
    return func.substr(column, 1, NUMBER_BYTES) != keyring.in_force("sealing").number.to_bytes(NUMBER_BYTES, "big")


def _reseal_some(transaction: WriteTransaction, column: Column[Any]) -> int:
    """Seal some values that an older key holds. No row says anything else after it, so the log is told of none."""
    query = select(column.table).where(_older(transaction.keyring, column)).limit(AT_A_TIME)
    rows = transaction.connection.execute(query).mappings().all()
    if not rows:
        return 0
    keys = list(column.table.primary_key)
    update_rows(
        transaction.connection,
        column.table,
        and_(*(key == bindparam(f"of_{key.name}") for key in keys)),
        {column.name: bindparam("to")},
        [
            {f"of_{key.name}": row[key.name] for key in keys}
            | {"to": seal(transaction.keyring, _plain(transaction.keyring, column, row), context_in(column, row))}
            for row in rows
        ],
    )
    return len(rows)


def _all_open(transaction: ReadTransaction) -> int:
    """Open every sealed value with the key in force alone; gives how many there are."""
    ring, count = transaction.keyring.without_old("sealing"), 0
    for column in sealed_columns():
        query = select(column.table).where(column.is_not(None)).execution_options(yield_per=AT_A_TIME)
        with transaction.connection.execute(query) as rows:
            for row in rows.mappings():
                _plain(ring, column, row)
                count += 1
    return count


def _ended(transaction: WriteTransaction) -> bool:
    """Note the end, unless something is of the old key yet."""
    for column in sealed_columns():
        if (
            transaction.connection.execute(select(column).where(_older(transaction.keyring, column)).limit(1)).first()
            is not None
        ):
            return False
    transaction.add("keys.resealed", transaction.keyring.in_force("sealing").number, [])
    return True


def _plain(keyring: Keyring, column: Column[Any], row: Mapping[Any, Any]) -> str:
    """A sealed value, opened. Raises BadInput naming its table and row."""
    try:
        return unseal(keyring, row[column.name], context_in(column, row))
    except BadInput:
        raise _refusal(column.table, row, tr("a sealed value that does not open")) from None


def _hash_anew(transaction: WriteTransaction) -> int:
    rows = transaction.connection.execute(select(identifiers)).mappings().all()
    own = (identifiers.c.kind == bindparam("of_kind")) & (identifiers.c.hash == bindparam("of_hash"))
    ring, sealed = transaction.keyring, identifiers.c.sealed
    fresh = [
        {
            "of_kind": row["kind"],
            "of_hash": row["hash"],
            "to": Identifier(row["kind"], _plain(ring, sealed, row)).hash(ring),
        }
        for row in rows
    ]
    update_rows(transaction.connection, identifiers, own, {"hash": bindparam("to")}, fresh)
    return len(rows)


def _all_found(transaction: WriteTransaction) -> int:
    """See that every identifier has the hash by which it is looked up now; gives how many there are."""
    count = 0
    with transaction.connection.execute(select(identifiers).execution_options(yield_per=AT_A_TIME)) as rows:
        for row in rows.mappings():
            plain = _plain(transaction.keyring, identifiers.c.sealed, row)
            if Identifier(row["kind"], plain).hash(transaction.keyring) != row["hash"]:
                raise _refusal(identifiers, row, tr("an identifier that is not found"))
            count += 1
    return count


def _refusal(table: Table, row: Mapping[Any, Any], found: str) -> BadInput:
    """Why the old key stays."""
    return BadInput(
        where=f"{table.name} {row_key(table, row)}",
        found=found,
        expected=tr("what it was before the rotation"),
        do=tr("Restore it from a copy, then run the same again; the old key is kept."),
    )
