"""After an upgrade the log is told anew of rows that hold what is proven since; what was changed before stays found."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import JSON, BigInteger, Column, Engine, LargeBinary, column, insert, select, table, true, update
from tests.registry.office import Office
from tests.registry.test_workspace_registry import url_of
from tests.registry.verification.built import fill

from goodstanding.registry import ReadTransaction, Registry, create_registry, keys_folder, workspace_registry
from goodstanding.registry.authentication.passkeys import Proven, add_passkey, passkeys_of
from goodstanding.registry.database import downgrade
from goodstanding.registry.database.schema import (
    METADATA,
    deliveries,
    furnished,
    log,
    marks,
    messages,
    publications,
    requests,
)
from goodstanding.registry.database.types import UtcTime
from goodstanding.registry.deliveries import tell_party
from goodstanding.registry.delivery_bodies import opened_body
from goodstanding.registry.furnishing import erase_leavers, workspace_erasure
from goodstanding.registry.idempotency import StoredResponse, earlier_response, store_response
from goodstanding.registry.keys import seal, unseal, write_keyring
from goodstanding.registry.rights import leave
from goodstanding.registry.verification import verify_registry
from goodstanding.registry.witnesses import remove_witness
from goodstanding.store import Workspace

# What deliveries say, as it stood before revision 0007.
UNSEALED = table("deliveries", column("log_index", BigInteger), column("body", JSON))
NEW = [column for table in METADATA.sorted_tables for column in table.columns if "proven_since" in column.info]


def earlier(office: Office, tmp_path: Path) -> Registry:
    """A registry as revision 0002 left it: what is proven since holds values of which the log was told nothing."""
    registry = fill(office)
    registry.do(lambda transaction: store_response(transaction, "ann", "key", bytes(32), StoredResponse(200, "{}")))
    write_keyring(keys_folder(tmp_path), registry.keyring)
    with registry.write() as transaction:
        # The log was told of no person of a delivery then.
        bodies = {
            row.log_index: opened_body(transaction.keyring, row.log_index, row.body) for row in told_firms(transaction)
        }
        transaction.add("test.told", "deliveries", transaction.update(deliveries, true(), person_id=None))
    with registry.engine.begin() as connection:
        for column in NEW:
            if column is deliveries.c.person_id:
                continue
            values = {column.name: office.clock.now} | ({"next_at": None} if column is deliveries.c.done_at else {})
            connection.execute(update(column.table).values(values))
        for row in connection.execute(select(requests)).mappings().all():
            plain = unseal(registry.keyring, row["sealed"], requests.c.sealed.info["sealed_under"].format_map(row))
            before = seal(registry.keyring, plain, f"response to {row['caller']}")
            own = (requests.c.caller == row["caller"]) & (requests.c.hash == row["hash"])
            connection.execute(update(requests).where(own).values(sealed=before))
    # Revision 0002 knows of no witnesses.
    for witness in ("w.example/1", "w.example/2"):
        registry.do(lambda transaction, name=witness: remove_witness(transaction, name, by="ann"))
    downgrade(registry.engine, "0002")
    with registry.engine.begin() as connection:
        for number, body in bodies.items():
            connection.execute(update(UNSEALED).where(UNSEALED.c.log_index == number).values(body=body))
    return registry


def told_firms(transaction: ReadTransaction) -> list[Any]:
    return list(transaction.connection.execute(select(deliveries).order_by(deliveries.c.log_index)))


def test_these_are_proven_since_and_in_no_order_of_chance() -> None:
    assert {str(column) for column in NEW} == {
        *("marks.collected_at", "furnished.collected_at", "messages.read_at", "deliveries.done_at"),
        "deliveries.person_id",
    }


def test_after_an_upgrade_nothing_is_found(office: Office, tmp_path: Path) -> None:
    registry = earlier(office, tmp_path)
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    assert verify_registry(registry).findings == []
    with registry.engine.connect() as connection:
        lines = connection.scalars(select(log.c.kind).where(log.c.kind == "registry.upgraded")).all()
    assert lines == ["registry.upgraded"]
    assert registry.do(lambda transaction: earlier_response(transaction, "ann", "key", bytes(32))) == StoredResponse(
        200, "{}"
    )
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    assert verify_registry(registry).findings == []


@pytest.mark.parametrize("column", [marks.c.state, furnished.c.adverse, messages.c.kind, deliveries.c.kind], ids=str)
def test_an_upgrade_does_not_sign_what_was_changed_before_it(
    office: Office, tmp_path: Path, column: Column[Any]
) -> None:
    registry = earlier(office, tmp_path)
    with registry.engine.begin() as connection:
        value: Any = {"state": "valid", "adverse": 7, "kind": "other"}[column.name]
        count = connection.execute(update(column.table).where(column != value).values({column.name: value})).rowcount
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    found = [one for one in verify_registry(registry).findings if one.table == column.table.name]
    assert count == len(found) > 0
    assert {one.what for one in found} == {"changed"}


def test_what_deliveries_said_is_sealed_and_it_is_found_whom_they_are_about(office: Office, tmp_path: Path) -> None:
    registry = fill(office)
    write_keyring(keys_folder(tmp_path), registry.keyring)
    with registry.read() as transaction:
        before = told_firms(transaction)
    said = {row.log_index: opened_body(registry.keyring, row.log_index, row.body) for row in before}
    assert {kind for row in before for kind in [row.kind] if row.person_id} >= {"dispute.open", "review.open"}
    with registry.write() as transaction:
        transaction.add("test.told", "deliveries", transaction.update(deliveries, true(), person_id=None))
    downgrade(registry.engine, "0006")
    with registry.engine.begin() as connection:
        for number, body in said.items():
            connection.execute(update(UNSEALED).where(UNSEALED.c.log_index == number).values(body=body))
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    assert verify_registry(registry).findings == []
    with registry.read() as transaction:
        after = told_firms(transaction)
    assert [(row.log_index, row.person_id) for row in after] == [(row.log_index, row.person_id) for row in before]
    assert {row.log_index: opened_body(registry.keyring, row.log_index, row.body) for row in after} == said


def test_of_who_had_left_before_the_upgrade_no_delivery_names_anything(office: Office, tmp_path: Path) -> None:
    registry = office.registry
    write_keyring(keys_folder(tmp_path), registry.keyring)
    person = office.person()
    said: list[dict[str, Any]] = [
        {"case": str(uuid4()), "items": [{"table": "dues", "record_id": "SOMEBODY-1"}]},
        {"table": "dues", "source": "bank", "record_id": "SOMEBODY-2", "found": "SOMEBODY"},
    ]
    numbers = [
        registry.do(
            lambda transaction, body=body: tell_party(transaction, office.merchant, person, "dispute.open", body)
        )
        for body in said
    ]
    registry.do(lambda transaction: transaction.add("test", "", transaction.update(deliveries, true(), person_id=None)))
    registry.do(lambda transaction: leave(transaction, person))
    downgrade(registry.engine, "0006")
    with registry.engine.begin() as connection:
        for number, body in zip(numbers, said, strict=True):
            connection.execute(update(UNSEALED).where(UNSEALED.c.log_index == number).values(body=body))
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    with registry.read() as transaction:
        (row,) = told_firms(transaction)
    assert opened_body(registry.keyring, row.log_index, row.body) == {"case": said[0]["case"]}
    assert verify_registry(registry).findings == []
    if registry.engine.dialect.name == "sqlite":
        assert b"SOMEBODY" not in b"".join(path.read_bytes() for path in tmp_path.glob("registry.db*"))


def test_what_was_sealed_stays_sealed_back_and_forth(office: Office, tmp_path: Path) -> None:
    registry = fill(office)
    write_keyring(keys_folder(tmp_path), registry.keyring)
    with registry.read() as transaction:
        before = [(row.log_index, row.person_id) for row in told_firms(transaction)]
    downgrade(registry.engine, "0006")
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    with registry.read() as transaction:
        assert [(row.log_index, row.person_id) for row in told_firms(transaction)] == before
    assert verify_registry(registry).findings == []


def unsealed(office: Office, tmp_path: Path, bodies: list[Any]) -> None:
    """A registry of before deliveries were sealed, with some that say this."""
    registry, person = office.registry, office.person()
    write_keyring(keys_folder(tmp_path), registry.keyring)
    numbers = [
        registry.do(
            lambda transaction: tell_party(transaction, office.merchant, person, "score.corrected", {"answers": {}})
        )
        for _ in bodies
    ]
    registry.do(lambda transaction: transaction.add("test", "", transaction.update(deliveries, true(), person_id=None)))
    downgrade(registry.engine, "0006")
    with registry.engine.begin() as connection:
        for number, body in zip(numbers, bodies, strict=True):
            connection.execute(update(UNSEALED).where(UNSEALED.c.log_index == number).values(body=body))


def test_whatever_a_delivery_was_made_to_say_the_registry_is_upgraded(office: Office, tmp_path: Path) -> None:
    answers: list[Any] = [{}, {"a": []}, 5, {"a": "x"}, {"a": [5]}, {"a": [None]}, [], None]
    answers += [{"a": [number]} for number in ("-9" * 12, "9" * 30, "9" * 5000, "-1", "９", "\x00")]
    bodies: list[Any] = [{"answers": one} for one in answers] + [{"case": one} for one in (5, None, "x", [])]
    bodies += [{}, {"table": 5, "source": 6, "record_id": []}, [], 5, "x", None]
    unsealed(office, tmp_path, bodies)
    create_registry(tmp_path, url_of(office.registry.engine), office.clock)
    assert {one.table for one in verify_registry(office.registry).findings} == {"deliveries"}


@pytest.mark.parametrize("later", ["created again", "collected"])
def test_an_upgrade_whose_sweep_was_stopped_is_swept_the_next_time_and_once(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    registry, swept = office.registry, list[Engine]()
    unsealed(office, tmp_path, [])

    def stops(_: Engine) -> list[str]:
        raise KeyboardInterrupt

    def sweeps(engine: Engine) -> list[str]:
        swept.append(engine)
        return ["one of another role"]

    def again() -> None:
        if later == "collected":
            erase_leavers(registry, Workspace(tmp_path))
        else:
            create_registry(tmp_path, url_of(registry.engine), office.clock)

    with monkeypatch.context() as patch:
        patch.setattr(workspace_registry, "sweep", stops)
        with pytest.raises(KeyboardInterrupt):
            create_registry(tmp_path, url_of(registry.engine), office.clock)
    monkeypatch.setattr(workspace_registry, "sweep", sweeps)
    monkeypatch.setattr(workspace_erasure, "sweep", sweeps)
    for _ in range(2):
        again()
        assert len(swept) == 1
    with registry.engine.connect() as connection:
        said = connection.scalars(select(log.c.body).where(log.c.kind == "registry.swept")).all()
    assert [json.loads(one)["not_swept"] for one in said] == [["one of another role"]]
    assert verify_registry(registry).findings == []


def test_a_publication_that_was_stopped_before_the_upgrade_and_when_passkeys_signed_in_are_told(
    office: Office, tmp_path: Path
) -> None:
    registry, now = office.registry, office.clock.now
    write_keyring(keys_folder(tmp_path), registry.keyring)
    people = [office.person() for _ in range(2)]
    office.publish(dict.fromkeys(people, 700))
    for person in people:
        proven = Proven(person, person.bytes, 3, b"challenge of " + person.bytes, b"public key")
        registry.do(lambda transaction, proven=proven: add_passkey(transaction, proven, "My phone"))
    downgrade(registry.engine, "0007")
    old = table("passkeys", column("id", LargeBinary), column("sign_count"), column("used_at", UtcTime))
    with registry.engine.begin() as connection:
        (done,) = connection.execute(select(publications)).mappings().all()
        stopped = {"id": done["id"] + 1, "people": None, "root": None, "log_index": None}
        connection.execute(insert(publications).values(**{**done, **stopped}))
        connection.execute(update(old).values(sign_count=5, used_at=now))
        if connection.dialect.name == "sqlite":
            # One that does not read stops no upgrade, and shuts nobody out.
            connection.execute(update(old).where(old.c.id == people[1].bytes).values(sign_count="no number"))
    create_registry(tmp_path, url_of(registry.engine), office.clock)
    assert verify_registry(registry).findings == []
    with registry.read() as transaction:
        found = [
            one.used_at for person in people for one in passkeys_of(transaction.connection, transaction.keyring, person)
        ]
    assert found == [now, None if registry.engine.dialect.name == "sqlite" else now]
    # What was told is told gone when the next publication sweeps it.
    office.publish(dict.fromkeys(people, 710))
    assert verify_registry(registry).findings == []
