"""Receipts: one signed text for each step, in the fields of ISO/IEC TS 27560, for the person to keep."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.registry.office import Office

from goodstanding.errors import BadInput
from goodstanding.registry.clock import instant_text
from goodstanding.registry.consent import ask_consent, expire_consents, grant_consent, take_step
from goodstanding.registry.consent.consents import ARTEFACT
from goodstanding.registry.consent.receipts import KIND
from goodstanding.registry.database.schema import log, receipts
from goodstanding.registry.keys import verified
from goodstanding.registry.people import NOTICE_VERSION, identifier, join, notice_text
from goodstanding.registry.rights import leave


class Found(NamedTuple):
    """A receipt as it is kept."""

    log_index: int
    signed: str


def receipts_of(office: Office, consent: UUID) -> list[Found]:
    with office.registry.engine.connect() as connection:
        chosen = select(receipts.c.log_index, receipts.c.receipt).where(receipts.c.consent_id == consent)
        return [Found(*row) for row in connection.execute(chosen.order_by(receipts.c.log_index))]


def lines_of(office: Office, consent: UUID) -> list[tuple[str, str]]:
    """What the log has of a consent since it was answered: what, and when."""
    with office.registry.engine.connect() as connection:
        own = select(log.c.kind, log.c.at).where(log.c.object == str(consent), log.c.kind != "consent.PENDING")
        return [(row.kind, instant_text(row.at)) for row in connection.execute(own.order_by(log.c.log_index))]


def opened(office: Office, found: Found) -> dict[str, Any]:
    return verified(office.registry.keyring, KIND, found.signed)


def take(office: Office, person: UUID, consent: UUID, steps: Sequence[str]) -> None:
    """An hour later, one step after another; `sweep` is the clock's own."""
    for step in steps:
        office.clock.move(hours=1)
        if step == "sweep":
            office.clock.move(days=30)
            office.registry.do(expire_consents)
        elif step == "leave":
            office.registry.do(lambda transaction: leave(transaction, person))
        else:
            office.registry.do(lambda transaction, s=step: take_step(transaction, consent, s, person=person))


BEGINNINGS = {"give": grant_consent, "ask": ask_consent}
# The steps taken, and the states that the receipts tell of.
LIVES: dict[str, tuple[list[str], list[str]]] = {
    "given": (["give"], ["ACTIVE"]),
    "asked for": (["ask"], []),
    "granted": (["ask", "approve"], ["ACTIVE"]),
    "refused": (["ask", "reject"], ["REJECTED"]),
    "paused": (["give", "pause"], ["ACTIVE", "PAUSED"]),
    "resumed": (["give", "pause", "resume"], ["ACTIVE", "PAUSED", "ACTIVE"]),
    "taken back": (["give", "revoke"], ["ACTIVE", "REVOKED"]),
    "taken back while paused": (["give", "pause", "revoke"], ["ACTIVE", "PAUSED", "REVOKED"]),
    "run out": (["give", "sweep"], ["ACTIVE", "EXPIRED"]),
    "run out while paused": (["give", "pause", "sweep"], ["ACTIVE", "PAUSED", "EXPIRED"]),
    "run out unanswered": (["ask", "sweep"], ["EXPIRED"]),
    "ended by leaving": (["give", "leave"], ["ACTIVE", "REVOKED"]),
    "unanswered at leaving": (["ask", "leave"], ["REJECTED"]),
}


def test_each_step_leaves_one_signed_receipt(office: Office, subtests: pytest.Subtests) -> None:
    for name, (steps, states) in LIVES.items():
        with subtests.test(name):
            person = office.person()
            terms = office.terms(person)
            begin, *others = steps
            consent = office.registry.do(lambda transaction, b=begin, t=terms: BEGINNINGS[b](transaction, t))
            take(office, person, consent.id, others)
            found = receipts_of(office, consent.id)
            events = [opened(office, one)["event"] for one in found]
            assert [event["state"] for event in events] == states
            assert [event["log_index"] for event in events] == [one.log_index for one in found]
            assert [(f"consent.{event['state']}", event["at"]) for event in events] == lines_of(office, consent.id)


@pytest.mark.parametrize(("jurisdiction", "language"), [("cn", "zh-Hans"), ("us", "en")])
def test_a_receipt_holds_every_field_that_the_standard_names(office: Office, jurisdiction: str, language: str) -> None:
    known_by = [identifier("phone", "+86 138 0000 9999")]
    person = office.registry.do(
        lambda transaction: join(
            transaction, known_by, notice_version=NOTICE_VERSION, language=language, jurisdiction=jurisdiction
        )
    )
    terms = office.terms(person, scopes=["admittance", "band"])
    consent = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    take(office, person, consent.id, ["revoke"])
    _, last = receipts_of(office, consent.id)
    assert opened(office, last) == {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": str(consent.id),
        "receipt_id": str(last.log_index),
        "pii_principal_id": str(person),
        "pii_controllers": [{"name": "Good Standing", "role": "controller"}],
        "privacy_notice": {
            "version": NOTICE_VERSION,
            "language": language,
            "sha256": sha256(notice_text(NOTICE_VERSION, language).encode()).hexdigest(),
        },
        "processing": {
            "purpose": "rent_item",
            "context": "deposit_waiver",
            "pii_information": ["admittance", "band"],
            "programme": "sesame",
            "recipients": [{"id": str(office.merchant), "name": "Bicycles of Beijing"}],
            "collection_method": "QUERY",
            "frequency": {"unit": "DAY", "value": 1000},
            "retention_period": {"unit": "DAY", "value": 7},
            "starts_at": "2026-06-15T09:30:00.000000Z",
            "expires_at": "2026-07-15T09:30:00.000000Z",
        },
        "jurisdiction": jurisdiction,
        "withdrawal_method": f"POST /v1/me/consents/{consent.id}/revoke",
        "event": {"state": "REVOKED", "at": "2026-06-15T10:30:00.000000Z", "log_index": last.log_index},
    }


def test_a_receipt_is_never_written_anew(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    consent = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    seen: list[Found] = []
    for step in ("pause", "resume", "revoke"):
        take(office, person, consent.id, [step])
        found = receipts_of(office, consent.id)
        assert found[: len(seen)] == seen
        assert len(found) == len(seen) + (1 if seen else 2)
        seen = found


def test_a_receipt_that_was_changed_or_is_of_another_kind_does_not_verify(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    consent = office.registry.do(lambda transaction: grant_consent(transaction, terms))
    take(office, person, consent.id, ["revoke"])
    given, revoked = (one.signed.split(".") for one in receipts_of(office, consent.id))
    for changed in ([given[0], revoked[1], given[2]], [given[0], given[1], revoked[2]]):
        with pytest.raises(BadInput, match="a signature that does not hold"):
            verified(office.registry.keyring, KIND, ".".join(changed))
    with pytest.raises(BadInput, match="a signature that does not hold"):
        verified(office.registry.keyring, ARTEFACT, ".".join(given))
