"""Who left is nowhere any more: not in a file, not in what others furnished, nor a day or a failure later."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, update
from tests.registry.furnishing.branch import BANK, PAID, Branch

from goodstanding.engines import Duck, files
from goodstanding.programmes import load_programme
from goodstanding.records import TABLES, folder_feeds, load
from goodstanding.records.synthetic_stamp import stamp_in_force
from goodstanding.registry import Registry
from goodstanding.registry.authentication.passkeys import Proven, add_passkey
from goodstanding.registry.authentication.printed_codes import print_codes
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.database.schema import METADATA, deliveries, furnished, leavers, passkeys, requests
from goodstanding.registry.furnishing import Submission, collect, erase_leavers, withdraw_record, workspace_erasure
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.key_rotation import sealed_columns
from goodstanding.registry.keys import Keyring, unseal
from goodstanding.registry.people import NOTICE_VERSION, Identifier, identifier, join
from goodstanding.registry.portability import export
from goodstanding.registry.rights import Item, block, dispute, leave
from goodstanding.registry.rights.messages import tell_person
from goodstanding.registry.row_digests import row_key
from goodstanding.registry.unopened import Unopened
from goodstanding.registry.verification import verify_registry
from goodstanding.scoring import standing_of
from goodstanding.scoring.erasure import HOLDS
from goodstanding.scoring.written_pages import page_file
from goodstanding.service.pages.person_page import person_page
from goodstanding.store import Workspace
from goodstanding.store.layout import FOLDERS

# Everything of a workspace that is no room: what opens, counts or locks, and holds nobody's id.
NO_ROOM = {"keys", "catalogue.json", ".lock", ".chore", "history.jsonl"}


def packed(path: Path) -> Iterator[str]:
    """The texts of a Parquet file, whose bytes are packed."""
    with Duck() as duck:
        relation = files([path])
        for row in duck.rows(f"SELECT CAST(f AS VARCHAR) AS said FROM {relation} AS f"):
            yield row["said"]


def said_in_files(room: Workspace, person: str) -> list[str]:
    """The files of a workspace that name somebody, in their names or anywhere in their bytes."""
    found = []
    for path in sorted(path for path in room.root.rglob("*") if path.is_file()):
        texts = packed(path) if path.suffix == ".parquet" else [path.read_bytes().decode("utf-8", "replace")]
        if person in path.name or any(person in text for text in texts):
            found.append(str(path.relative_to(room.root)))
    return found


def said_in_database(registry: Registry, person: str) -> list[str]:
    """The columns that name somebody, what is sealed opened."""
    ring: Keyring = registry.keyring
    sealed = set(sealed_columns())
    found = []
    with registry.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column in table.columns:
                    value = row[column.name]
                    if value is not None and column in sealed:
                        value = unseal(ring, value, column.info["sealed_under"].format_map(row))
                    if person in str(value):
                        found.append(f"{column}")
    return found


@pytest.fixture
def leaver(branch: Branch) -> tuple[UUID, str]:
    """Somebody who joined, and of whom there is something everywhere."""
    record = branch.others[0]
    person = branch.office.registry.do(
        lambda transaction: join(
            transaction,
            [identifier("record_id", record)],
            notice_version=NOTICE_VERSION,
            language="en",
            jurisdiction="cn",
        )
    )
    return person, record


@pytest.fixture
def planted(branch: Branch, leaver: tuple[UUID, str], tmp_path: Path) -> Sequence[str]:
    """Pages about them and naming them, quarantine that quotes them, others' transfers, waiting and taken."""
    _, record = leaver
    definition = load_programme("sesame")
    for person in (record, branch.record_id):
        file = page_file(branch.room, person)
        file.parent.mkdir(exist_ok=True)
        text = person_page(standing_of(branch.room, definition, person), definition.programme)
        file.write_text(text if person == record else text + f"<p>with {record}.</p>", encoding="utf-8")
    rows = ["person_id,record_id,happened_on,known_on,source,other_person,direction,amount_minor,currency"]
    for n, person in enumerate(("nobody at all", branch.record_id)):
        rows.append(f"{person},q{n},{branch.today},{branch.today},bank,{record},{'out' if n else 'away'},1,CNY")
    for n, beside in enumerate((f"由{record}担保", f"{record}_old")):
        rows.append(f"{beside},q{n + 4},{branch.today},{branch.today},bank,somebody,out,1,CNY")
    rows.append(f"{record},q3,{branch.today},{branch.today},bank,{record}\u200b,out,1,CNY")
    feed = tmp_path / "transfers.csv"
    feed.write_text("\n".join(rows), encoding="utf-8")
    load(branch.room, folder_feeds(feed), branch.today, stamp=stamp_in_force(branch.room.catalogue))
    branch.send(branch.transfer("taken", record))
    branch.collect()
    branch.send(branch.transfer("waiting", record), branch.transfer("taken", record))
    rooms = {path.split("/")[0] for path in said_in_files(branch.room, record)}
    assert rooms >= {room for room, kind in HOLDS.items() if kind in ("rows", "lines")} - {"measures", "feeds"} | {
        "reports"
    }
    return said_in_database(branch.office.registry, record)


def test_every_folder_of_a_workspace_says_how_people_are_in_it(branch: Branch, planted: Sequence[str]) -> None:
    assert HOLDS.keys() == set(FOLDERS)
    assert {path.name for path in branch.room.root.iterdir()} <= HOLDS.keys() | NO_ROOM | {"reports"}
    assert "furnished.sealed" in planted


@pytest.mark.usefixtures("planted")
def test_who_left_is_nowhere_at_once_nor_a_day_later(branch: Branch, leaver: tuple[UUID, str]) -> None:
    person, record = leaver
    registry, room = branch.office.registry, branch.room
    others = len(branch.held("transfers"))
    registry.do(lambda transaction: leave(transaction, person))
    assert erase_leavers(registry, room) == 1
    for _ in range(2):
        assert said_in_files(room, record) == []
        assert said_in_database(registry, record) == []
        branch.collect()
    assert [row["record_id"] for row in branch.held("transfers")] == ["taken", "waiting"]
    assert others == 1
    named = {row["other_person"] for row in branch.held("transfers")}
    assert len(named) == 1
    registry.do(lambda transaction: withdraw_record(transaction, branch.bank, "transfers", "taken"))
    branch.collect()
    assert said_in_files(room, record) == []
    assert verify_registry(registry, workspace=room).findings == []


def test_every_table_about_people_says_what_becomes_of_it_and_under_which_name_it_is_taken_along() -> None:
    about = {
        table
        for table in METADATA.sorted_tables
        if "person_id" in table.columns or any(key.column.table.name == "people" for key in table.foreign_keys)
    }
    # Of who is told of, asked for or not, these say it in other columns; the log holds ids of ours alone.
    about |= {METADATA.tables[name] for name in ("people", "receipts", "requests")}
    said = {table for table in METADATA.sorted_tables if {"leaving", "export"} <= table.info.keys()}
    assert said == about
    assert {table.info["leaving"] for table in said} == {"erased", "closed", "kept", "unnamed", "waits"}


@pytest.mark.usefixtures("planted")
def test_who_takes_everything_along_has_all_that_would_be_erased(branch: Branch) -> None:
    registry = branch.office.registry
    with registry.write() as transaction:
        proven = Proven(branch.person, b"a device", 0, b"challenge", b"public key")
        add_passkey(transaction, proven, "My phone")
        print_codes(transaction, branch.person)
        begin_session(transaction, branch.person)
        tell_person(transaction, branch.person, "record.adverse", {})
    registry.do(lambda transaction: block(transaction, branch.person, branch.late[:1], "it was not me"))
    with registry.engine.connect() as connection:
        found = export(connection, registry.keyring, branch.person, branch.room)
    names = {table.info["export"] for table in METADATA.sorted_tables if table.info.get("export")}
    assert found.keys() == names | {"format", "records"}
    assert {name for name in names if not found[name]} <= {"answers"}
    held = found["records"]
    assert [row["record_id"] for row in held["transfers"] if row["source"] == BANK] == ["taken"]
    assert {row["person_id"] for rows in held.values() for row in rows} == {branch.record_id}
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.to_builtins(found)
    public = next(row.public_key for row in branch.rows(passkeys))
    assert public not in msgspec.json.encode(found)


def test_an_interrupted_sweep_is_done_over(
    branch: Branch, leaver: tuple[UUID, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, record = leaver
    registry, swept = branch.office.registry, []
    registry.do(lambda transaction: leave(transaction, person))

    def stops(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(workspace_erasure, "sweep", stops)
        with pytest.raises(KeyboardInterrupt):
            erase_leavers(registry, branch.room)
    assert len(branch.rows(leavers)) == 1
    assert said_in_database(registry, record) == []
    monkeypatch.setattr(workspace_erasure, "sweep", swept.append)
    assert (erase_leavers(registry, branch.room), swept) == (1, [registry.engine])
    assert (branch.rows(leavers), erase_leavers(registry, branch.room)) == ([], 0)


def test_who_comes_back_before_the_files_are_erased_loses_nothing_that_came_after(
    branch: Branch, leaver: tuple[UUID, str]
) -> None:
    person, record = leaver
    known_by: Identifier = identifier("record_id", record)
    branch.office.registry.do(lambda transaction: leave(transaction, person))
    branch.office.registry.do(
        lambda transaction: join(
            transaction, [known_by], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
        )
    )
    branch.send(branch.due("new", known_by))
    erase_leavers(branch.office.registry, branch.room)
    collect(branch.office.registry, branch.room, branch.today)
    assert [(row["record_id"], row["person_id"]) for row in branch.held()] == [("new", record)]
    assert erase_leavers(branch.office.registry, branch.room) == 0
    assert [row.collected_at is None for row in branch.rows(furnished)] == [False]


def naming(branch: Branch, record: str) -> list[Submission]:
    """Records of another person that name somebody wherever a record may, and two that only look as if they did."""
    day, of = branch.today.isoformat(), identifier("record_id", branch.record_id)
    money = {"amount_minor": "5", "currency": "CNY"}
    back = {"promised_on": day, "returned_on": day, "deposit_minor": "5", "currency": "CNY"}
    return [
        branch.transfer("tr", record),
        Submission(of, "dues", "du", PAID | {"counterparty": record, "happened_on": day, "paid_on": day}),
        Submission(of, "payments", "pa", money | {"category": "rent", "counterparty": record, "happened_on": day}),
        Submission(of, "inquiries", "in", {"purpose": "own", "counterparty": record, "happened_on": day}),
        Submission(of, "orders", "or", back | {"kind": "car", "counterparty": record, "happened_on": day}),
        *(
            Submission(of, "details", kind, {"kind": kind, "value": record, "verified": "true", "happened_on": day})
            for kind in ("employer", "phone")
        ),
        Submission(
            of, "dues", f"{record}:7", PAID | {"counterparty": f"{record} & Co", "happened_on": day, "paid_on": day}
        ),
    ]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("collected", [True, False])
def test_where_others_records_name_who_left_by_their_id_is_a_made_up_name(branch: Branch, *, collected: bool) -> None:
    record, registry = branch.others[0], branch.office.registry
    person = registry.do(
        lambda transaction: join(
            transaction,
            [identifier("record_id", record)],
            notice_version=NOTICE_VERSION,
            language="en",
            jurisdiction="cn",
        )
    )
    sent = naming(branch, record)
    assert {one.table for one in sent} == {table.name for table in TABLES.values() if table.naming_others}
    branch.send(*sent)
    if collected:
        branch.collect()
    registry.do(lambda transaction: leave(transaction, person))
    erase_leavers(registry, branch.room)
    assert said_in_database(registry, record) == ["furnished.sealed"] * 2
    branch.collect()
    kept = {row["record_id"]: row for one in TABLES.values() if one.naming_others for row in branch.held(one.name)}
    theirs = {
        row[field] for row in kept.values() for field in ("other_person", "counterparty", "value") if row.get(field)
    }
    assert [one for one in theirs if one.startswith("gone-")] == [kept["tr"]["other_person"]]
    named = {id_ for id_, row in kept.items() if kept["tr"]["other_person"] in row.values()}
    assert named == {"tr", "du", "pa", "in", "or", "employer"}
    # A detail of one's own, a firm's name and a furnisher's number of a record are nobody else's id.
    assert kept["phone"]["value"] == record
    assert kept[f"{record}:7"]["counterparty"] == f"{record} & Co"
    assert {path.split("/")[1] for path in said_in_files(branch.room, record)} == {"dues", "details"}
    assert verify_registry(registry, workspace=branch.room).findings == []


def test_it_is_decided_of_every_text_of_a_record_whether_it_may_be_another_persons_id() -> None:
    own = {(table.name, field.name) for table in TABLES.values() for field in table.own if field.kind == "text"}
    naming_others = {(table.name, field.name) for table in TABLES.values() for field in table.naming_others}
    assert own - naming_others == {("public_records", "legal_basis")}


def test_what_a_firm_was_told_of_who_left_names_nobody_and_says_what_it_still_has_to(branch: Branch) -> None:
    registry, spoilt = branch.office.registry, "=SOMEBODY"
    known_by = Identifier("record_id", spoilt)
    person = registry.do(
        lambda transaction: join(
            transaction, [known_by], notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"
        )
    )
    branch.send(branch.due("SOMEBODY-1", known_by))
    branch.collect()
    (waiting,) = branch.told_bank("record.waiting")
    assert waiting["record_id"] == "SOMEBODY-1"
    case = registry.do(lambda transaction: dispute(transaction, person, Item("dues", BANK, "SOMEBODY-1"), "no"))
    other = registry.do(lambda transaction: dispute(transaction, branch.person, branch.late[0], "no"))
    told = branch.told_bank("dispute.open")
    assert told[0] == {"case": str(case.id), "items": [{"table": "dues", "record_id": "SOMEBODY-1"}]}
    stolen = [value for row in branch.rows(deliveries) for value in row if isinstance(value, str | bytes)]
    assert not [
        value for value in stolen if "SOMEBODY" in (value if isinstance(value, str) else value.decode("latin1"))
    ]
    registry.do(lambda transaction: leave(transaction, person))
    assert branch.told_bank("record.waiting") == []
    assert branch.told_bank("dispute.open") == [{"case": str(case.id)}, *told[1:]]
    assert other.person == branch.person
    erase_leavers(registry, branch.room)
    assert said_in_database(registry, "SOMEBODY") == []
    assert verify_registry(registry).findings == []


def keep(branch: Branch, key: str, body: object) -> None:
    """What a firm is answered under a key of its own, as every route that takes one keeps it."""
    said = StoredResponse(201, msgspec.json.encode(body).decode())
    branch.office.registry.do(
        lambda transaction: store_response(transaction, f"party {branch.bank}", key, bytes(32), said)
    )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_firms_kept_responses_go_with_who_left_and_after_their_day_without_anybody_asking(branch: Branch) -> None:
    registry, record = branch.office.registry, branch.record_id
    keep(branch, "spoilt", {})
    (spoilt,) = branch.rows(requests)
    with registry.engine.begin() as connection:
        connection.execute(update(requests).values(sealed=b"\0\1" + bytes(40)))
    keep(branch, "another", {"items": [{"number": "9", "record_id": f"{record}0"}]})
    kept = {row.hash for row in branch.rows(requests)}
    keep(branch, "naming", {"items": [{"number": "9", "record_id": f'loan "of" {record}-7'}]})
    erase_leavers(registry, branch.room)
    assert len(branch.rows(requests)) == 3
    registry.do(lambda transaction: leave(transaction, branch.person))
    left: list[Unopened] = []
    assert erase_leavers(registry, branch.room, left) == 1
    assert [(one.table, one.key) for one in left] == [("requests", row_key(requests, spoilt._mapping))]  # noqa: SLF001
    assert {row.hash for row in branch.rows(requests)} == kept
    branch.office.clock.move(hours=24)
    assert erase_leavers(registry, branch.room) == 0
    assert branch.rows(requests) == []
    assert said_in_database(registry, record) == []
