"""Sealing for a row: what a value opens under stands in the schema alone (`sealed_under`).

So what is sealed here is what verification opens and what a rotation of keys seals anew.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column

from goodstanding.registry.keys import Keyring, seal, unseal


def seal_in(keyring: Keyring, column: Column[Any], plain: str, /, **of_row: object) -> bytes:
    """A text sealed for a column of a row: `of_row` has the values of the columns that `sealed_under` names."""
    return seal(keyring, plain, context_in(column, of_row))


def open_in(keyring: Keyring, column: Column[Any], sealed: bytes, /, **of_row: object) -> str:
    """A text that was sealed for a column of a row. Raises BadInput if it does not open."""
    return unseal(keyring, sealed, context_in(column, of_row))


def context_in(column: Column[Any], row: Mapping[Any, Any]) -> str:
    """What a column's value in a row is sealed under. Raises KeyError where the row lacks what that names."""
    return str(column.info["sealed_under"]).format_map(row)
