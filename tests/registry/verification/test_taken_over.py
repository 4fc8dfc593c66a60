"""What was changed behind the registry's back stays found after the registry itself changed the same row."""

from contextlib import suppress

import pytest
from sqlalchemy import ColumnElement, Table, and_
from sqlalchemy.exc import IntegrityError
from tests.registry.office import Office
from tests.registry.verification.built import Attacker, Row, fill
from tests.registry.verification.test_tampering import TABLES, other

from goodstanding.registry import WriteTransaction
from goodstanding.registry.row_digests import LoggedRow, row_key
from goodstanding.registry.verification import Finding, verify_registry

# The log is held against its head, scores against the root of their publication.
TOLD = [table for table in TABLES if table.name not in ("log", "log_head", "log_tiles", "scores")]


def own(table: Table, row: Row) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key))


def harmless(table: Table, row: Row) -> Row:
    """Another value in a column that is in no key, is not sealed and names nothing else."""
    columns = (
        column
        for column in table.columns
        if not (column.primary_key or column.foreign_keys or column.name in table.info.get("key", ()))
        and not {"sealed_under", "unproven"} & column.info.keys()
    )
    column = next(columns, None)
    return {} if column is None else {column.name: other(column, row[column.name])}


def written_again(transaction: WriteTransaction, table: Table, row: Row) -> list[LoggedRow]:
    """The registry writes what it finds there, as whoever changes another column does."""
    return transaction.update(table, own(table, row), **row)


def findings(office: Office) -> set[Finding]:
    return set(verify_registry(office.registry).findings)


@pytest.mark.parametrize("erase", [False, True], ids=["changes", "erases"])
def test_a_changed_row_that_the_registry_then_changes_or_erases_is_named_for_good(
    office: Office, attacker: Attacker, *, erase: bool
) -> None:
    fill(office)
    expected: set[Finding] = set()
    for table in TOLD:
        row = attacker.rows(table)[0]
        values = harmless(table, row)
        if not values:
            continue
        attacker.change(table, row, **values)
        changed = row | values
        with office.registry.write() as transaction, suppress(IntegrityError), transaction.step():
            # What others name cannot be erased before them.
            told = (
                transaction.erase(table, own(table, changed)) if erase else written_again(transaction, table, changed)
            )
            transaction.add("test.changed", table.name, told)
            expected.add(Finding(table.name, row_key(table, changed), "changed before"))
    assert len(expected) > (8 if erase else 15)
    assert {one for one in findings(office) if one.what == "changed before"} == expected


def test_a_row_that_was_put_back_or_taken_out_is_named_for_good_too(office: Office, attacker: Attacker) -> None:
    fill(office)
    expected: set[Finding] = set()
    for table in TOLD:
        row = attacker.rows(table)[-1]
        erased: list[LoggedRow] = []
        with office.registry.write() as transaction, suppress(IntegrityError), transaction.step():
            transaction.add("test.erased", table.name, told := transaction.erase(table, own(table, row)))
            erased = told
        if not erased:
            continue  # others name it
        attacker.add(table, row)
        with office.registry.write() as transaction:
            transaction.add("test.changed", table.name, written_again(transaction, table, row))
        attacker.remove(table, row)
        with office.registry.write() as transaction:
            transaction.add("test.written", table.name, [transaction.insert(table, row)])
        expected.add(Finding(table.name, row_key(table, row), "changed before"))
    assert len(expected) > 8
    assert {one for one in findings(office) if one.what == "changed before"} == expected


def test_what_the_registry_does_itself_is_never_named(office: Office) -> None:
    fill(office)
    assert findings(office) == set()
