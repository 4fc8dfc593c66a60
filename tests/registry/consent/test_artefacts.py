"""The artefact: a signed text that anybody can check, which says what was agreed to and never changes."""

import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from tests.registry.office import FIRM, START, Office, replace_struct

from goodstanding.errors import BadInput
from goodstanding.registry import Registry
from goodstanding.registry.clock import instant_text
from goodstanding.registry.consent import Consent, ConsentTerms, ask_consent, grant_consent, take_step
from goodstanding.registry.consent.consents import ARTEFACT, artefact_of
from goodstanding.registry.consent.receipts import KIND
from goodstanding.registry.database.schema import consents
from goodstanding.registry.keys import Keys, fresh_keyring, public_keys, verified
from goodstanding.registry.people import NOTICE_VERSION, identifier, join, notice_text


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def opened(artefact: str, keys: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, checked with public keys and without a line of this project's own."""
    header, payload, signature = artefact.split(".")
    said = json.loads(decoded(header))
    (key,) = [key for key in keys if key["kid"] == said["kid"]]
    public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
    public.verify(decoded(signature), f"{header}.{payload}".encode())
    return said, json.loads(decoded(payload))


def granted(office: Office, terms: ConsentTerms) -> Consent:
    return office.registry.do(lambda transaction: grant_consent(transaction, terms))


def text_of(consent: Consent) -> str:
    """The artefact of a consent that was given."""
    assert consent.artefact is not None
    return consent.artefact


def everything(office: Office, person: UUID) -> ConsentTerms:
    """Terms in which no field is as it would be left out."""
    return office.terms(person, scopes=["admittance", "report"], mode="STORE", fetch="ONETIME", threshold=640)


def test_an_artefact_verifies_and_holds_exactly_the_terms_the_party_and_the_notice(office: Office) -> None:
    person = office.person()
    terms = everything(office, person)
    consent = granted(office, terms)
    header, payload = opened(text_of(consent), public_keys(office.registry.keyring))
    assert (header["alg"], header["typ"]) == ("Ed25519", "standing-consent+jws")
    assert payload == {
        "id": str(consent.id),
        "person": str(person),
        "party": {
            "id": str(office.merchant),
            "name": "Bicycles of Beijing",
            "code_kind": "cn_social_credit_code",
            "code": FIRM,
        },
        "programme": "sesame",
        "scopes": ["admittance", "report"],
        "context": "deposit_waiver",
        "purpose": "rent_item",
        "starts_at": "2026-06-15T09:30:00Z",
        "expires_at": "2026-07-15T09:30:00Z",
        "frequency": {"unit": "DAY", "value": 1000},
        "data_life": {"unit": "DAY", "value": 7},
        "mode": "STORE",
        "fetch": "ONETIME",
        "threshold": 640,
        "notice": {
            "version": NOTICE_VERSION,
            "language": "en",
            "sha256": sha256(notice_text(NOTICE_VERSION, "en").encode()).hexdigest(),
        },
        "given_at": instant_text(START),
    }
    assert set(ConsentTerms.__struct_fields__) <= set(payload)
    assert msgspec.convert(payload | {"party": payload["party"]["id"]}, ReadBack) == ReadBack(
        **{name: getattr(terms, name) for name in ConsentTerms.__struct_fields__}
    )
    assert office.registry.do(lambda transaction: artefact_of(transaction, consent)) == payload


class ReadBack(ConsentTerms, frozen=True, forbid_unknown_fields=False):
    """Terms read from an artefact, which holds more."""


def test_an_artefact_names_the_notice_that_its_person_was_shown(office: Office) -> None:
    known_by = [identifier("phone", "+86 138 0000 9999")]
    person = office.registry.do(
        lambda transaction: join(
            transaction, known_by, notice_version=NOTICE_VERSION, language="zh-Hans", jurisdiction="cn"
        )
    )
    _, payload = opened(text_of(granted(office, office.terms(person))), public_keys(office.registry.keyring))
    shown = sha256(notice_text(NOTICE_VERSION, "zh-Hans").encode()).hexdigest()
    assert payload["notice"] == {"version": NOTICE_VERSION, "language": "zh-Hans", "sha256": shown}


def test_a_consent_that_was_asked_for_has_no_artefact_until_its_person_gives_it(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    asked = office.registry.do(lambda transaction: ask_consent(transaction, terms))
    assert asked.artefact is None
    office.clock.move(hours=5)
    given = office.registry.do(lambda transaction: take_step(transaction, asked.id, "approve", person=person))
    _, payload = opened(text_of(given), public_keys(office.registry.keyring))
    assert payload["given_at"] == "2026-06-15T14:30:00.000000Z"


def test_a_refused_consent_never_has_an_artefact(office: Office) -> None:
    person = office.person()
    terms = office.terms(person)
    asked = office.registry.do(lambda transaction: ask_consent(transaction, terms))
    refused = office.registry.do(lambda transaction: take_step(transaction, asked.id, "reject", person=person))
    assert (refused.state, refused.artefact) == ("REJECTED", None)
    with pytest.raises(BadInput):
        office.registry.do(lambda transaction: artefact_of(transaction, refused))


def test_the_artefact_that_is_kept_is_the_one_that_was_told(office: Office) -> None:
    consent = granted(office, office.terms(office.person()))
    with office.registry.engine.connect() as connection:
        assert connection.scalar(select(consents.c.artefact).where(consents.c.id == consent.id)) == consent.artefact


def test_an_artefact_of_which_any_part_is_another_does_not_verify(office: Office) -> None:
    person = office.person()
    consent = granted(office, office.terms(person))
    another = granted(office, office.terms(person, purpose="book_room"))
    ours, theirs = text_of(consent).split("."), text_of(another).split(".")
    for part in (1, 2):
        mixed = ".".join([*ours[:part], theirs[part], *ours[part + 1 :]])
        with pytest.raises(InvalidSignature):
            opened(mixed, public_keys(office.registry.keyring))
        with pytest.raises(BadInput, match="a signature that does not hold"):
            verified(office.registry.keyring, ARTEFACT, mixed)


def test_an_artefact_is_nothing_else_and_of_nobody_else(office: Office) -> None:
    artefact = text_of(granted(office, office.terms(office.person())))
    with pytest.raises(BadInput, match="a signature that does not hold"):
        verified(office.registry.keyring, KIND, artefact)
    with pytest.raises(BadInput, match="a signature that does not hold"):
        verified(fresh_keyring(), ARTEFACT, artefact)


def test_an_artefact_still_verifies_under_a_new_signing_key(office: Office) -> None:
    consent = granted(office, office.terms(office.person()))
    ring = office.registry.keyring.with_new("signing")
    after = Registry(office.registry.engine, Keys(ring), office.clock)
    _, payload = opened(text_of(consent), public_keys(ring))
    assert after.do(lambda transaction: artefact_of(transaction, consent)) == payload


def test_two_consents_of_the_same_terms_are_two(office: Office) -> None:
    terms = office.terms(office.person())
    first, second = granted(office, terms), granted(office, replace_struct(terms))
    assert first.id != second.id
    assert first.artefact != second.artefact
