"""Furnished records, sealed and opened."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Row

from goodstanding.records import stored_row
from goodstanding.registry.keys import Keyring, canonical, seal, unseal

Values = dict[str, str]
# What the made-up names of those who left begin with.
GONE = "gone-"


def record_context(number: int) -> str:
    """What a furnished record is sealed under."""
    return f"record {number}"


def opened_record(keyring: Keyring, row: Row[Any]) -> Values:
    """The columns of a furnished record as text, but for whose it is and since when it is known."""
    values = cast("Values", msgspec.json.decode(unseal(keyring, row.sealed, record_context(row.log_index))))
    # What earlier versions took they kept as it came.
    return stored_row(row.record_table, values)


def sealed_record(keyring: Keyring, number: int, values: Mapping[str, str]) -> bytes:
    """The columns of a furnished record, sealed for its row."""
    return seal(keyring, canonical(dict(values)).decode(), record_context(number))
