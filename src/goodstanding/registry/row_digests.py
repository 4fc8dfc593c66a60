"""What the log holds of a row: its table, its key, and a digest of all that it says.

The digest is over what sealed columns say, not over their bytes, so that sealing anew changes no row; and it is behind
a secret of the row's own, so that nobody who reads the log can try out what a row might say. Columns that hold nothing
are left out, so that a later version's new columns change no digest.

What was there before a change is told with it: what somebody had changed behind the registry's back differs from what
the log said last, and stays found after the registry itself changed that row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Table

from goodstanding.registry.clock import instant_text
from goodstanding.registry.keys import Keyring, keyed_hash, unseal
from goodstanding.registry.log import line_hash
from goodstanding.registry.sealed_columns import context_in

Row: TypeAlias = Mapping[Any, Any]
LoggedRow: TypeAlias = tuple[str, str, str | None] | tuple[str, str, str | None, str | None]
"""A table, a key and a digest; without a digest the row is gone.

Then the digest of what was there before, none where nothing was. An upgrade says nothing of that, and earlier versions
did not: their three are all there is.
"""

# In place of a digest, of a row that does not open: no digest is like it.
UNOPENED = "does not open"

# What a value that is not what was written makes of the library that reads it, and of ours; BadInput is a ValueError.
NOT_AS_WRITTEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


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
    values: dict[str, object] = {}
    for column in table.columns:
        value = row.get(column.name)
        if value is None or "unproven" in column.info:
            continue
        if "sealed_under" in column.info:
            value = unseal(keyring, value, context_in(column, row))
            value = msgspec.json.decode(value) if column.info.get("says") == "json" else value
        values[str(column.name)] = instant_text(value) if isinstance(value, datetime) else value
    secret = keyed_hash(keyring, "blinding", str(table.name), row_key(table, row))
    return line_hash([secret, values])


def logged(keyring: Keyring, table: Table, row: Row) -> LoggedRow:
    """What the log is told of a row as it is, whatever was there before."""
    return str(table.name), row_key(table, row), row_digest(keyring, table, row)


def logged_new(keyring: Keyring, table: Table, row: Row) -> LoggedRow:
    """What the log is told of a row that was written where none was."""
    return str(table.name), row_key(table, row), row_digest(keyring, table, row), None


def logged_changed(keyring: Keyring, table: Table, row: Row, values: Row) -> LoggedRow:
    """What the log is told of a row that was changed to these values."""
    after = {**row, **values}
    return (
        str(table.name),
        row_key(table, after),
        row_digest(keyring, table, after),
        _digest_before(keyring, table, row),
    )


def logged_gone(keyring: Keyring, table: Table, row: Row) -> LoggedRow:
    """What the log is told of a row that was erased."""
    return str(table.name), row_key(table, row), None, _digest_before(keyring, table, row)


def logged_gone_unread(table: Table, key: str) -> LoggedRow:
    """What the log is told of a row that was erased though it does not read."""
    return str(table.name), key, None, UNOPENED


def _digest_before(keyring: Keyring, table: Table, row: Row) -> str:
    """The digest of what was there; that it does not open keeps nobody from changing or erasing it."""
    try:
        return row_digest(keyring, table, row)
    except NOT_AS_WRITTEN:
        return UNOPENED
