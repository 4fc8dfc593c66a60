"""Furnished records, sealed and opened."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Row

from goodstanding.records import stored_row
from goodstanding.registry.database.schema import furnished
from goodstanding.registry.keys import Keyring, canonical
from goodstanding.registry.sealed_columns import open_in, seal_in

Values = dict[str, str]
# What the made-up names of those who left begin with.
GONE = "gone-"


def opened_record(keyring: Keyring, row: Row[Any]) -> Values:
    """The columns of a furnished record as text, but for whose it is and since when it is known."""
    values = cast(
        "Values", msgspec.json.decode(open_in(keyring, furnished.c.sealed, row.sealed, log_index=row.log_index))
    )
    # What earlier versions took they kept as it came.
    return stored_row(row.record_table, values)


def sealed_record(keyring: Keyring, number: int, values: Mapping[str, str]) -> bytes:
    """The columns of a furnished record, sealed for its row."""
    return seal_in(keyring, furnished.c.sealed, canonical(dict(values)).decode(), log_index=number)
