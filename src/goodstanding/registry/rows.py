"""What the log holds of a row: its table, its key, and a digest of all that it says.

The digest is over what sealed columns say, not over their bytes, so that sealing anew changes no row; and it is behind
a secret of the row's own, so that nobody who reads the log can try out what a row might say. Columns that hold nothing
are left out, so that a later version's new columns change no digest.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Table

from goodstanding.registry.clock import written
from goodstanding.registry.keys import Keyring, keyed_hash, unseal
from goodstanding.registry.log import digest_of

Row: TypeAlias = Mapping[Any, Any]
RowTold: TypeAlias = tuple[str, str, str | None]
"""A table, a key and a digest; without a digest the row is gone."""


def row_key(table: Table, row: Row) -> str:
    """A row's key as text: of its primary key, or of the columns that the table names instead."""
    return "/".join(part_of_key(row[name]) for name in key_names(table))


def key_names(table: Table) -> Sequence[str]:
    """The columns that a row's key is of."""
    return table.info.get("key") or [column.name for column in table.primary_key]


def part_of_key(value: object) -> str:
    """A value of a key as text."""
    return value.hex() if isinstance(value, bytes) else str(value)


def row_digest(keyring: Keyring, table: Table, row: Row) -> str:
    """SHA-256 in hex of all that a row says, behind its secret. Raises BadInput if something sealed does not open."""
    held: dict[str, object] = {}
    for column in table.columns:
        value = row.get(column.name)
        if value is None or "unproven" in column.info:
            continue
        if under := column.info.get("sealed_under"):
            value = unseal(keyring, value, under.format_map(row))
            value = msgspec.json.decode(value) if column.info.get("says") == "json" else value
        held[str(column.name)] = written(value) if isinstance(value, datetime) else value
    secret = keyed_hash(keyring, "blinding", str(table.name), row_key(table, row))
    return digest_of([secret, held])


def told(keyring: Keyring, table: Table, row: Row) -> RowTold:
    """What the log is told of a row that was written."""
    return str(table.name), row_key(table, row), row_digest(keyring, table, row)


def told_gone(table: Table, row: Row) -> RowTold:
    """What the log is told of a row that was erased."""
    return str(table.name), row_key(table, row), None
