"""A registry in which people did all that leaves something sealed, and what a thief of the database gets."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, inspect, text
from tests.registry.office import Office

from goodstanding.registry.answers import answer_all
from goodstanding.registry.authentication.passkeys import Proven, add_passkey
from goodstanding.registry.authentication.sessions import begin_session
from goodstanding.registry.consent import grant_consent
from goodstanding.registry.furnishing import Submission, furnish
from goodstanding.registry.idempotency import StoredResponse, store_response
from goodstanding.registry.parties import admit
from goodstanding.registry.people import NOTICE_VERSION, Identifier, identifier, join, set_words
from goodstanding.registry.rights import Item, dispute, end_case, leave

Stolen = Callable[[], bytes]

KNOWN_BY = (
    {"record_id": "Wang Xiaoming 王小明", "phone": "+86 138 1234 5678", "cn_resident_id": "11010519491231002X"},
    {"record_id": "jana.novakova@example.cz", "passport": "CZ99009054", "cz_birth_number": "710319/2745"},
    {"record_id": "ramesh-kumar-0071", "in_aadhaar": "2341 2341 2346", "in_pan": "ACUPA7085R"},
    {"record_id": "mueller/anna/1987", "de_tax_id": "36 574 261 809", "us_ssn": "536-90-4399"},
)
WORDS = "I was in hospital in March, and paid in April."
GONE = "olga.petrova@example.bg"
REPEATED = "My own words, as I sent them."
CONTESTED = "I never ordered the red bicycle."
ANSWERED = "It was another Jana, we are sorry."
LANDLORD = "Zhang Wei, third floor"
LEI = "213800KUD8LAJWSQ9D15"


@dataclass(frozen=True)
class Lived:
    """The people by what they are known by, and all that they were told to be kept for themselves."""

    people: Mapping[Identifier, UUID]
    secrets: tuple[str, ...]


@pytest.fixture
def lived(office: Office) -> Lived:
    """People join, consent, are asked about, speak, contest and are answered; one sends twice, one leaves."""
    found: dict[Identifier, UUID] = {}
    with office.registry.write() as transaction:
        for several in KNOWN_BY:
            known_by = [identifier(kind, value) for kind, value in several.items()]
            person = join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn")
            grant_consent(transaction, office.terms(person))
            office.record_ids[person] = several["record_id"]
            found |= dict.fromkeys(known_by, person)
    everybody = list(dict.fromkeys(found.values()))
    office.publish(dict.fromkeys(everybody, 700))
    asks = [office.question(identifier=one, scope="report", threshold=None) for one in found]
    office.registry.do(lambda transaction: answer_all(transaction, asks))
    first = everybody[0]
    _furnish(office, next(iter(found)))
    _send(office, first, REPEATED)
    proven = Proven(first, b"passkey", 3, b"challenge", b"public key")
    office.registry.do(lambda transaction: add_passkey(transaction, proven, "My phone"))
    _leave(office, GONE)
    item = Item("payments", "shop", "order-1")
    office.registry.do(lambda transaction: set_words(transaction, first, WORDS))
    # A firm may number its records by whose they are, and is told of them.
    named = Item("payments", LEI, f"{KNOWN_BY[0]['record_id']} 2026-06")
    office.registry.do(lambda transaction: dispute(transaction, first, named, CONTESTED))
    case = office.registry.do(lambda transaction: dispute(transaction, first, item, CONTESTED))
    office.registry.do(lambda transaction: end_case(transaction, case.id, "deleted", words=ANSWERED, by="cy"))
    return Lived(found, (*(one.value for one in found), WORDS, CONTESTED, ANSWERED, LANDLORD, REPEATED, GONE))


def _leave(office: Office, record: str) -> None:
    """Somebody joins and leaves, and waits to be erased from the workspace's files."""
    with office.registry.write() as transaction:
        known_by = [identifier("record_id", record)]
        leave(transaction, join(transaction, known_by, notice_version=NOTICE_VERSION, language="en", jurisdiction="cn"))


def _send(office: Office, person: UUID, words: str) -> None:
    """Somebody is answered under a key of theirs, which they may send again."""
    with office.registry.write() as transaction:
        caller = begin_session(transaction, person)
        store_response(transaction, str(caller), "key", bytes(32), StoredResponse(201, json.dumps({"words": words})))


def _furnish(office: Office, known_by: Identifier) -> None:
    """A furnisher sends a payment of a person's."""
    values = {"happened_on": "2026-06-01", "category": "rent", "amount_minor": "-150000", "currency": "CNY"}
    sent = Submission(known_by, "payments", "rent-2026-06", values | {"counterparty": LANDLORD})
    with office.registry.write() as transaction:
        bank = admit(transaction, "Bank", "furnisher", code_kind="lei", code=LEI, contexts=[], by="operator")
        furnish(transaction, bank.id, [(sent, False)])


@pytest.fixture
def stolen(engine: Engine, tmp_path: Path) -> Stolen:
    """`stolen()`: all that the database holds now, as bytes: SQLite's files, or every row of PostgreSQL as text."""

    def take() -> bytes:
        if engine.dialect.name == "sqlite":
            return b"".join(path.read_bytes() for path in sorted(tmp_path.glob("registry.db*")))
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            rows = [
                row for table in tables for row in connection.scalars(text(f'SELECT t::text FROM "{table}" AS t')).all()
            ]
        return "\n".join(rows).encode()

    return take
