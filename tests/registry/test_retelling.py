"""After an upgrade the log is told anew of rows that hold what is proven since; what was changed before stays found."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, select, update
from tests.registry.conftest import Office
from tests.registry.test_opening import url_of
from tests.registry.verifying.conftest import fill

from goodstanding.registry.changing import Changes
from goodstanding.registry.database import downgrade
from goodstanding.registry.database.schema import METADATA, deliveries, furnished, log, marks, messages, requests
from goodstanding.registry.keys import seal, unseal, write_keyring
from goodstanding.registry.opening import create_registry, keys_folder
from goodstanding.registry.repeating import Response, earlier_response, keep_response
from goodstanding.registry.verifying import verify_registry
from goodstanding.registry.witnesses import remove_witness

NEW = [column for table in METADATA.sorted_tables for column in table.columns if "proven_since" in column.info]


def earlier(office: Office, tmp_path: Path) -> Changes:
    """A registry as revision 0002 left it: what is proven since holds values of which the log was told nothing."""
    changes = fill(office)
    changes.do(lambda change: keep_response(change, "ann", "key", bytes(32), Response(200, "{}")))
    write_keyring(keys_folder(tmp_path), changes.keyring)
    with changes.engine.begin() as connection:
        for column in NEW:
            values = {column.name: office.clock.now} | ({"next_at": None} if column is deliveries.c.done_at else {})
            connection.execute(update(column.table).values(values))
        for row in connection.execute(select(requests)).mappings().all():
            plain = unseal(changes.keyring, row["sealed"], requests.c.sealed.info["sealed_under"].format_map(row))
            before = seal(changes.keyring, plain, f"response to {row['caller']}")
            own = (requests.c.caller == row["caller"]) & (requests.c.hash == row["hash"])
            connection.execute(update(requests).where(own).values(sealed=before))
    # Revision 0002 knows of no witnesses.
    for witness in ("w.example/1", "w.example/2"):
        changes.do(lambda change, name=witness: remove_witness(change, name, by="ann"))
    downgrade(changes.engine, "0002")
    return changes


def test_these_are_proven_since_and_in_no_order_of_chance() -> None:
    assert {str(column) for column in NEW} == {
        *("marks.collected_at", "furnished.collected_at", "messages.read_at", "deliveries.done_at")
    }


def test_after_an_upgrade_nothing_is_found(office: Office, tmp_path: Path) -> None:
    changes = earlier(office, tmp_path)
    create_registry(tmp_path, url_of(changes.engine), office.clock)
    assert verify_registry(changes).findings == []
    with changes.engine.connect() as connection:
        lines = connection.scalars(select(log.c.kind).where(log.c.kind == "registry.upgraded")).all()
    assert lines == ["registry.upgraded"]
    assert changes.do(lambda change: earlier_response(change, "ann", "key", bytes(32))) == Response(200, "{}")
    create_registry(tmp_path, url_of(changes.engine), office.clock)
    assert verify_registry(changes).findings == []


@pytest.mark.parametrize("column", [marks.c.state, furnished.c.adverse, messages.c.kind, deliveries.c.kind], ids=str)
def test_an_upgrade_does_not_sign_what_was_changed_before_it(
    office: Office, tmp_path: Path, column: Column[Any]
) -> None:
    changes = earlier(office, tmp_path)
    with changes.engine.begin() as connection:
        value: Any = {"state": "valid", "adverse": 7, "kind": "other"}[column.name]
        count = connection.execute(update(column.table).where(column != value).values({column.name: value})).rowcount
    create_registry(tmp_path, url_of(changes.engine), office.clock)
    found = [one for one in verify_registry(changes).findings if one.table == column.table.name]
    assert count == len(found) > 0
    assert {one.what for one in found} == {"changed"}
