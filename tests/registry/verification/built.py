"""A registry in which every table has rows, and an attacker who writes to its database past the registry."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, Engine, Table, and_, create_engine, delete, insert, select, update
from tests.registry.cosigning import witnessed
from tests.registry.office import HandClock, Office, open_office
from webauthn.helpers import bytes_to_base64url

from goodstanding.programmes import programme_texts
from goodstanding.registry import Registry
from goodstanding.registry.answers import Refused
from goodstanding.registry.authentication.consent_requests import DETAIL_TYPE, Detail, answer_authorisation, push
from goodstanding.registry.authentication.operators import admit_operator
from goodstanding.registry.authentication.passkeys import Proven, add_passkey, use_passkey
from goodstanding.registry.authentication.printed_codes import print_codes, use_code
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.call_counts import tell_calls
from goodstanding.registry.consent import Frequency, Period, ask_consent, expire_consents, grant_consent, take_step
from goodstanding.registry.database import as_json, database_url, open_database
from goodstanding.registry.database.schema import METADATA
from goodstanding.registry.furnishing import Submission, check_submissions, furnish
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.key_rotation import rehash
from goodstanding.registry.keys import Keyring, Keys
from goodstanding.registry.log import log_proofs, log_writer
from goodstanding.registry.parties import admit, set_party_state, set_redirects, set_webhook
from goodstanding.registry.people import identifier
from goodstanding.registry.programme_versions import draft, take_programme_step
from goodstanding.registry.rights import Item, block, dispute, end_case, freeze, leave, review, set_words
from goodstanding.registry.verification import log_lines
from goodstanding.registry.verification.structure import verify_structure

SMALL_TILE = 4
FURNISHER = "91350100M000100Y0N"
OTHER_FIRM = "91350100M000100Y1R"

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Attacker:
    """Somebody who may write anything into the database, past all foreign keys, but has none of the registry's keys."""

    engine: Engine

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """A table's rows, in the order of their keys."""
        with self.engine.connect() as connection:
            query = select(table).order_by(*table.primary_key)
            return [dict(row) for row in connection.execute(query).mappings()]

    def change(self, table: Table, row: Row, **values: object) -> None:
        with self.engine.begin() as connection:
            assert connection.execute(update(table).where(self._is(table, row)).values(values)).rowcount == 1

    def remove(self, table: Table, row: Row) -> None:
        with self.engine.begin() as connection:
            assert connection.execute(delete(table).where(self._is(table, row))).rowcount == 1

    def add(self, table: Table, row: Row) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table), row)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that is in the database."""
        return {table.name: self.rows(table) for table in METADATA.sorted_tables}

    def put_back(self, tables: Mapping[str, Sequence[Row]]) -> None:
        """Have just these rows in these tables."""
        with self.engine.begin() as connection:
            for name, rows in tables.items():
                connection.execute(delete(METADATA.tables[name]))
                if rows:
                    connection.execute(insert(METADATA.tables[name]), rows)

    @contextmanager
    def undone(self, *tables: Table) -> Iterator[None]:
        """Whatever is done to these tables, they are as before at the end."""
        before = {table.name: self.rows(table) for table in tables}
        try:
            yield
        finally:
            self.put_back(before)

    @staticmethod
    def _is(table: Table, row: Row) -> ColumnElement[bool]:
        return and_(*(key == row[key.name] for key in table.primary_key))


@dataclass(frozen=True)
class Built:
    """A registry with rows in every table, and who attacks it."""

    registry: Registry
    attacker: Attacker


@contextmanager
def attacking(engine: Engine) -> Iterator[Attacker]:
    """Connections that enforce no foreign keys. What they write is in the form in which the registry writes it."""
    told = {} if engine.dialect.name == "sqlite" else {"options": "-c session_replication_role=replica"}
    own = create_engine(engine.url, connect_args=told, json_serializer=as_json)
    yield Attacker(own)
    own.dispose()


@pytest.fixture
def attacker(engine: Engine) -> Iterator[Attacker]:
    """Somebody who writes past the registry."""
    with attacking(engine) as found:
        yield found


@pytest.fixture(scope="module")
def _small_tiles() -> Iterator[None]:
    """Tiles over 4 instead of 256, so that a short log has tiles over tiles."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (log_writer, log_proofs, log_lines):
            patch.setattr(module, "TILE", SMALL_TILE)
        yield


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database of each kind for all tests of a file: they put back what they change."""
    folder = tmp_path_factory.mktemp("built")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), folder / "registry.db")
        engine = open_database(database_url(folder))
    else:
        engine = open_database(database_url(folder, request.getfixturevalue("postgresql").made()))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def on_postgresql(module_engine: Engine) -> Engine:
    """The database of this file, if it is on a server."""
    if module_engine.dialect.name != "postgresql":
        pytest.skip("of the server alone")
    return module_engine


@pytest.fixture(scope="module")
def on_sqlite(module_engine: Engine) -> Engine:
    """The database of this file, if it is a file."""
    if module_engine.dialect.name != "sqlite":
        pytest.skip("of the file alone")
    return module_engine


@contextmanager
def found_after(engine: Engine, *statements: str) -> Iterator[set[tuple[str, str, str]]]:
    """What is found after statements, which are taken back."""
    with engine.connect() as connection:
        for pragma in ("foreign_keys = OFF", "legacy_alter_table = ON") if engine.dialect.name == "sqlite" else ():
            connection.connection.cursor().execute(f"PRAGMA {pragma}")
        try:
            for statement in statements:
                connection.exec_driver_sql(statement)
            yield {(one.table, one.row, one.what) for one in verify_structure(connection)}
        finally:
            connection.rollback()
            if engine.dialect.name == "sqlite":
                for pragma in ("foreign_keys = ON", "writable_schema = OFF"):
                    connection.connection.cursor().execute(f"PRAGMA {pragma}")


@pytest.fixture(scope="module")
def built(module_engine: Engine, keyring: Keyring, _small_tiles: None) -> Iterator[Built]:
    """The registry of this file."""
    clock = HandClock()
    registry = fill(open_office(Registry(module_engine, Keys(keyring), clock), clock))
    with attacking(module_engine) as found:
        yield Built(registry, found)


def fill(office: Office) -> Registry:
    """Have rows of every kind in every table, all of them by what the registry itself offers."""
    registry, clock = office.registry, office.clock
    furnisher = registry.do(
        lambda transaction: admit(
            transaction,
            "Trees",
            "furnisher",
            code_kind="cn_social_credit_code",
            code=FURNISHER,
            contexts=[],
            by="operator",
        )
    )
    other = registry.do(
        lambda transaction: admit(
            transaction,
            "Boats",
            "merchant",
            code_kind="cn_social_credit_code",
            code=OTHER_FIRM,
            contexts=["vehicle_rental"],
            by="operator",
        )
    )
    registry.do(lambda transaction: set_party_state(transaction, other.id, "suspended", by="operator"))
    _programmes(registry)
    ann, bob, eve, leaver = people = [office.person() for _ in range(4)]
    _ways_in(office, ann, leaver)
    office.publish(dict.fromkeys(people, 700), "2026-04", "run 1")
    clock.move(hours=1)
    office.publish({ann: 712, bob: None, eve: 590, leaver: 655}, run="run 2")
    registry.do(lambda transaction: set_words(transaction, ann, "I was ill in spring."))
    use = _consents(office, ann, bob, leaver)
    _cases(registry, ann, eve, use, furnisher.code)
    _records(office, furnisher.id, ann)
    registry.do(lambda transaction: freeze(transaction, eve))
    clock.move(days=1)
    registry.do(lambda transaction: leave(transaction, leaver))
    for name in ("w.example/1", "w.example/2"):
        witnessed(registry, name)
    registry.do(
        lambda transaction: tell_calls(
            transaction.connection, "process", {int(clock.now.timestamp()) // 60: {b"c" * 32: 7}}
        )
    )
    rehash(registry)
    return registry


def _ways_in(office: Office, *people: UUID) -> None:
    """An operator, addresses of a firm's, people with passkeys and codes of which some were used, and what passes."""
    key = {"kty": "OKP", "crv": "Ed25519", "x": bytes_to_base64url(bytes(range(32)))}
    back = "https://bikes.example/back"
    with office.registry.write() as transaction:
        for name in ("Cy", "Di"):
            admit_operator(transaction, name, ["admin"], [key], by="operator")
        set_redirects(transaction, office.merchant, [back], by="operator")
        set_webhook(transaction, office.merchant, "https://bikes.example/told", by="operator")
        for person in people:
            for device in (b"phone of ", b"key of "):
                add_passkey(
                    transaction, Proven(person, device + person.bytes, 0, device + person.bytes, b"public"), "Mine"
                )
            use_passkey(transaction, Proven(person, b"key of " + person.bytes, 1, b"entering " + person.bytes))
            use_code(transaction, print_codes(transaction, person)[0])
            store_response(
                transaction, str(begin_session(transaction, person)), "key", bytes(32), StoredResponse(200, "{}")
            )
        pushed = [
            push(transaction, office.merchant, _detail(office), redirect_uri=back, state=state, code_challenge="c" * 43)
            for state in ("state", None)
        ]
        answer_authorisation(transaction, pushed[0], people[0], "approve", "https://standing.example")


def _detail(office: Office) -> Detail:
    until = office.clock.now + timedelta(days=30)
    life = Period("DAY", 7)
    return Detail(DETAIL_TYPE, "sesame", ["score"], "deposit_waiver", "rent_item", until, Frequency("DAY", 9), life)


def _programmes(registry: Registry) -> None:
    text, expert = programme_texts("sesame")
    for version in ("1.0.1", "1.0.2"):
        later = text.replace('version = "1.0.0"', f'version = "{version}"')
        registry.do(lambda transaction, files=later: draft(transaction, files, expert, by="ann"))
    registry.do(
        lambda transaction: take_programme_step(transaction, "sesame", "1.0.1", "reject", by="bob", reason="too early")
    )


def _consents(office: Office, ann: UUID, bob: UUID, leaver: UUID) -> int:
    """Consents in every state, with answers and refusals; gives the number of an answer about Ann."""
    registry, clock = office.registry, office.clock
    short = {"starts_at": clock.now, "expires_at": clock.now + timedelta(minutes=1)}
    active = registry.do(lambda transaction: grant_consent(transaction, office.terms(ann)))
    for steps in (["pause"], ["pause", "resume", "revoke"]):
        given = registry.do(lambda transaction: grant_consent(transaction, office.terms(bob)))
        for step in steps:
            registry.do(lambda transaction, id_=given.id, step=step: take_step(transaction, id_, step, person=bob))
    registry.do(lambda transaction: ask_consent(transaction, office.terms(ann)))
    asked = registry.do(lambda transaction: ask_consent(transaction, office.terms(ann)))
    registry.do(lambda transaction: take_step(transaction, asked.id, "reject", person=ann))
    registry.do(lambda transaction: grant_consent(transaction, office.terms(bob, **short)))
    clock.move(minutes=2)
    registry.do(expire_consents)
    own = registry.do(lambda transaction: grant_consent(transaction, office.terms(leaver)))
    office.ask(office.question(consent=own.id))
    office.ask(office.question(consent=active.id, scope="report", threshold=None))
    with pytest.raises(Refused):
        office.ask(office.question(consent=active.id, purpose="other"))
    return office.ask(office.question(consent=active.id)).use


def _cases(registry: Registry, ann: UUID, eve: UUID, use: int, source: str) -> None:
    """A case of each kind, and one that ended so that others had to be told."""
    first = registry.do(lambda transaction: dispute(transaction, ann, Item("dues", source, "due 1"), "I paid."))
    registry.do(lambda transaction: end_case(transaction, first.id, "corrected", words="So it is.", by="furnisher"))
    registry.do(lambda transaction: dispute(transaction, ann, Item("dues", source, "due 2"), "Not mine."))
    registry.do(lambda transaction: block(transaction, eve, [Item("orders", source, "order 1")], "Stolen."))
    registry.do(lambda transaction: review(transaction, ann, use, "Please look again."))


def _records(office: Office, furnisher: UUID, ann: UUID) -> None:
    """Two records that a furnisher sent."""
    values = {
        "happened_on": "2026-05-01",
        "kind": "electricity",
        "amount_minor": "1000",
        "paid_on": "2026-04-30",
        "paid_minor": "1000",
        "currency": "CNY",
    }
    known_by = identifier("record_id", office.record_ids[ann])
    sent = [Submission(known_by, "dues", f"furnished {at}", values) for at in range(2)]
    adverse = check_submissions(sent, office.clock.now.date())
    office.registry.do(lambda transaction: furnish(transaction, furnisher, list(zip(sent, adverse, strict=True))))
