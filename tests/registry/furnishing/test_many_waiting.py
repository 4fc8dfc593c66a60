"""More waits than a statement takes parameters: it is collected all the same."""

import sqlite3

import pytest
from sqlalchemy import event, insert, select
from tests.registry.office import Office

from goodstanding.registry.database.schema import furnished
from goodstanding.registry.furnishing import collection
from goodstanding.registry.furnishing.pending_items import read_pending
from goodstanding.registry.furnishing.sealed_records import sealed_record
from goodstanding.registry.rights import Item

# Below what a statement takes here, as 65,535 is what PostgreSQL takes; this many can be written in a test.
MOST, WAITING = 1_500, 2_500


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_waits_is_read_and_noted_however_much_it_is(office: Office) -> None:
    registry, person = office.registry, office.person()
    values = {"source": "S", "happened_on": "2026-06-01"}
    rows = [
        {
            "log_index": 10_000 + number,
            "party_id": office.merchant,
            "person_id": person,
            "item_hash": Item("dues", "S", str(number)).hash(registry.keyring),
            "record_table": "dues",
            "sealed": sealed_record(registry.keyring, 10_000 + number, {**values, "record_id": str(number)}),
            "adverse": 0,
            "at": registry.clock(),
            "counts_from": registry.clock(),
        }
        for number in range(WAITING)
    ]
    with registry.engine.begin() as connection:
        connection.execute(insert(furnished), rows)
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    event.listen(registry.engine, "checkout", lambda driver, *_: driver.setlimit(limit, MOST))
    with registry.read() as transaction:
        persons, pending = read_pending(transaction)
    assert (len(persons), len(pending)) == (1, WAITING)
    registry.do(lambda transaction: collection._note_taken(transaction, pending, None))  # noqa: SLF001 - without a workspace
    with registry.read() as transaction:
        assert read_pending(transaction) == ({}, [])
        assert transaction.connection.scalars(select(furnished.c.collected_at).distinct()).all() == [office.clock.now]
