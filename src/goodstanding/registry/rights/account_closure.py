"""Leaving: consents end, what is known of a person is erased, and what the law keeps is told.

What becomes of a table's rows stands in the schema (`leaving`), and so does what a column holds afterwards in a row
that stays (`on_leaving`): a new table is erased, or not, as it says there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Table, func, select

from goodstanding.registry.consent import Period, revoke_all
from goodstanding.registry.database import delete_rows
from goodstanding.registry.database.schema import METADATA, consents, leavers, people, scores, uses
from goodstanding.registry.delivery_bodies import unname_deliveries
from goodstanding.registry.joined import joined
from goodstanding.registry.jurisdictions import law_of
from goodstanding.registry.people.record_ids import record_id_of
from goodstanding.registry.row_digests import LoggedRow
from goodstanding.registry.scores import erase_scores
from goodstanding.registry.sealed_columns import seal_in
from goodstanding.registry.transactions import WriteTransaction

# In this order: a row goes before those it refers to. Of scores their leaves stay.
_ERASED = [
    table for table in reversed(METADATA.sorted_tables) if table.info.get("leaving") == "erased" and table is not scores
]


class KeptByLaw(Struct, frozen=True):
    """What is kept of a person who left: what, how many, until when, and the law that says so."""

    what: str
    rows: int
    until: datetime
    law: str


class Left(Struct, frozen=True):
    """What leaving did: how many consents it ended, what was erased and what is kept."""

    consents_ended: int
    erased: dict[str, int]
    kept: Sequence[KeptByLaw]


def leave(transaction: WriteTransaction, person: UUID) -> Left:
    """Close a person's account: consents end, what is known of them is erased, and what law keeps is told.

    Raises NotFound if there is no such person, or they have left.
    """
    connection = transaction.connection
    row = joined(connection, person)
    ended = revoke_all(transaction, person)
    leaves = erase_scores(transaction, person)
    # What was answered goes too; that it was asked, by whom and under which consent stays.
    answered = transaction.update(uses, (uses.c.person_id == person) & (uses.c.answer != ""), **_emptied(uses))
    asked = connection.scalar(select(func.count()).where(uses.c.person_id == person)) or 0
    waits = _wait_for_files(transaction, person)
    # Before what they are about: whether it is to be told still does not hang on it.
    unnamed = unname_deliveries(transaction, person)
    gone: dict[str, list[LoggedRow]] = {}
    for table in _ERASED:
        if "unproven" in table.info:
            # Of these the log was told nothing: they last for hours.
            delete_rows(connection, table, _of(table, person))
        else:
            gone[str(table.name)] = transaction.erase(table, _of(table, person))
    closed = transaction.update(
        people, people.c.id == person, state="closed", left_at=transaction.now, **_emptied(people)
    )
    erased = {name: len(rows) for name, rows in gone.items()} | {"scores": len(leaves), "answers": len(answered)}
    rows = [*closed, *answered, *leaves, *unnamed, waits, *(one for of_table in gone.values() for one in of_table)]
    transaction.add("person.left", person, rows, erased=erased)
    law = law_of(connection, row.jurisdiction, transaction.now)
    until = Period("MONTH", law.kept_months).after(transaction.now)
    given = connection.scalar(select(func.count()).where(consents.c.person_id == person)) or 0
    retained = [KeptByLaw("consents", given, until, law.kept_law), KeptByLaw("access log", asked, until, law.kept_law)]
    return Left(ended, erased, [one for one in retained if one.rows])


def _of(table: Table, person: UUID) -> ColumnElement[bool]:
    """The rows of a table that are a person's: by `person_id`, or by the column and text that the table names."""
    name, text = table.info.get("of_person", ("person_id", None))
    column = cast("Column[Any]", table.c[name])
    return column == (person if text is None else str(text).format(person))


def _emptied(table: Table) -> dict[str, Any]:
    """What the columns of a row that stays hold afterwards."""
    return {column.name: column.info["on_leaving"] for column in table.columns if "on_leaving" in column.info}


def _wait_for_files(transaction: WriteTransaction, person: UUID) -> LoggedRow:
    """Keep, sealed, which rows of the workspace's files are to be erased: they go when what is due is collected."""
    record = record_id_of(transaction, person)
    sealed = seal_in(transaction.keyring, leavers.c.sealed, record, person_id=person)
    return transaction.insert(leavers, {"person_id": person, "sealed": sealed, "left_at": transaction.now})
