"""Rotating the keys of what names people: everything is sealed or hashed anew, then the old keys are let go."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Row, and_, bindparam, func, select

from goodstanding.registry.changing import Change, Changes
from goodstanding.registry.database import update_rows
from goodstanding.registry.database.schema import METADATA, identifiers
from goodstanding.registry.keys import Keyring, seal, unseal
from goodstanding.registry.keys.sealing import NUMBER_BYTES
from goodstanding.registry.log import read_frontier
from goodstanding.registry.people.identifiers import Identifier

AT_A_TIME = 5_000


def sealed_columns() -> list[Column[Any]]:
    """Every column of every table that is sealed."""
    return [c for table in METADATA.sorted_tables for c in table.columns if "sealed_under" in c.info]


def reseal(changes: Changes, keep: Callable[[Keyring], None]) -> int:
    """Put a new sealing key in force and seal everything with it; gives how many values.

    `keep` writes the keyring: with both keys before anything is sealed anew, with the new one alone at the end. After
    a stop at any moment everything opens, and the next rotation goes on where it stopped.
    """
    _check_in_force(changes)
    ring = changes.keyring if len(changes.keyring.keys["sealing"]) > 1 else changes.keyring.with_new("sealing")
    keep(ring)
    both = Changes(changes.engine, ring, changes.clock)
    number = ring.in_force("sealing").number
    # From this head on, whoever has the old key alone is stopped from writing: else there might always be more to seal.
    both.do(lambda change: change.add("keys.resealing", number, []))
    done = 0
    for column in sealed_columns():
        while found := both.do(lambda change, column=column: _reseal_some(change, column)):
            done += found
    both.do(lambda change: change.add("keys.resealed", number, []))
    keep(ring.without_old("sealing"))
    return done


def _check_in_force(changes: Changes) -> None:
    """Raise NotReady if these are not the keys in force: keeping them would lose the newer ones."""
    with changes.engine.connect() as connection:
        read_frontier(connection, changes.keyring)


def _reseal_some(change: Change, column: Column[Any]) -> int:
    """Seal some values that an older key holds. No row says anything else after it, so the log is told of none."""
    prefix = change.keyring.in_force("sealing").number.to_bytes(NUMBER_BYTES, "big")
    older = func.substr(column, 1, NUMBER_BYTES) != prefix
    rows = change.connection.execute(select(column.table).where(older).limit(AT_A_TIME)).mappings().all()
    if not rows:
        return 0
    keys = list(column.table.primary_key)
    update_rows(
        change.connection,
        column.table,
        and_(*(key == bindparam(f"of_{key.name}") for key in keys)),
        {column.name: bindparam("to")},
        [
            {f"of_{key.name}": row[key.name] for key in keys}
            | {"to": _anew(change.keyring, row[column.name], column.info["sealed_under"].format_map(row))}
            for row in rows
        ],
    )
    return len(rows)


def _anew(keyring: Keyring, sealed: bytes, under: str) -> bytes:
    return seal(keyring, unseal(keyring, sealed, under), under)


def rehash(changes: Changes, keep: Callable[[Keyring], None]) -> int:
    """Put a new lookup key in force and hash all identifiers with it, in one transaction; gives how many.

    The log's head says which lookup key the hashes are of, so that they and the keyring cannot disagree after a stop.
    Whoever else has the registry open must open it again.
    """
    _check_in_force(changes)
    ring = changes.keyring.with_new("lookup")
    keep(ring)

    def work(change: Change) -> int:
        rows = change.connection.execute(select(identifiers)).all()
        own = (identifiers.c.kind == bindparam("of_kind")) & (identifiers.c.hash == bindparam("of_hash"))
        fresh = [{"of_kind": row.kind, "of_hash": row.hash, "to": opened(ring, row).hash(ring)} for row in rows]
        update_rows(change.connection, identifiers, own, {"hash": bindparam("to")}, fresh)
        number = ring.in_force("lookup").number
        change.add("keys.rehashed", number, [])
        return len(rows)

    done = Changes(changes.engine, ring, changes.clock).do(work)
    keep(ring.without_old("lookup"))
    return done


def opened(keyring: Keyring, row: Row[Any]) -> Identifier:
    """A row of `identifiers`, unsealed. Raises BadInput if it does not open."""
    return Identifier(row.kind, unseal(keyring, row.sealed, Identifier(row.kind, "").context))
