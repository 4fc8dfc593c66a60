"""Passkeys (WebAuthn): a key in a person's own device, which opens with their finger or PIN and never leaves it."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Row, select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, encode_cbor
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from goodstanding.errors import BadInput, Conflict, NotFound
from goodstanding.registry.authentication.callers import NotAuthenticated
from goodstanding.registry.authentication.single_use import spend
from goodstanding.registry.database import update_rows
from goodstanding.registry.database.schema import passkeys, people
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.people import clean_name
from goodstanding.registry.sealed_columns import open_in, seal_in
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.wording import tr

CHALLENGE_LASTS = timedelta(minutes=5)
MOST_PASSKEYS = 10
_NONCE = 16
_TIME = 8
# What a credential that is no credential makes the library raise.
_MALFORMED = (
    *(WebAuthnException, ValueError, TypeError, AttributeError, LookupError),
    # A depth past all use, and a time past all clocks.
    *(RecursionError, OverflowError, OSError),
)

Credential = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """The site that passkeys are for: its domain, and the origins whose pages may use them."""

    domain: str
    origins: Sequence[str]
    name: str = "Good Standing"


@dataclass(frozen=True)
class Passkey:
    """A person's passkey, by the name they gave it."""

    id: bytes
    label: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Proven:
    """A challenge that was answered by a device: whose it is, and what of it must not be used again."""

    person: UUID
    passkey: bytes
    sign_count: int
    challenge: bytes
    public_key: bytes = b""


def options_to_add(transaction: ReadTransaction, person: UUID, site: Site) -> dict[str, Any]:
    """What a browser's `navigator.credentials.create` is to be given."""
    known = [
        PublicKeyCredentialDescriptor(one.id)
        for one in passkeys_of(transaction.connection, transaction.keyring, person)
    ]
    options = generate_registration_options(
        rp_id=site.domain,
        rp_name=site.name,
        # The device shows this name; it need not be the person's.
        user_name=site.name,
        user_id=person.bytes,
        challenge=_challenge(transaction.keyring, f"add {person}", transaction.now),
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return msgspec.json.decode(options_to_json(options), type=dict[str, Any])


def options_to_enter(transaction: ReadTransaction, site: Site) -> dict[str, Any]:
    """What a browser's `navigator.credentials.get` is to be given; the device knows whose passkeys it has."""
    options = generate_authentication_options(
        rp_id=site.domain,
        challenge=_challenge(transaction.keyring, "enter", transaction.now),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return msgspec.json.decode(options_to_json(options), type=dict[str, Any])


def prove_new(transaction: ReadTransaction, person: UUID, credential: Credential, site: Site) -> Proven:
    """Check what a device answered to `options_to_add`. Raises BadInput."""
    try:
        challenge = _answered(transaction.keyring, f"add {person}", credential, transaction.now)
        found = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except (*_MALFORMED, NotAuthenticated):
        expected = tr("what the device answered to the options")
        raise BadInput(
            where="credential", found=tr("no valid passkey"), expected=expected, do=tr("Ask for options again.")
        ) from None
    return Proven(person, found.credential_id, found.sign_count, challenge, found.credential_public_key)


def add_passkey(transaction: WriteTransaction, proven: Proven, label: str) -> Passkey:
    """Keep a new passkey under a name. Raises BadInput, Conflict if it is there already, or there are too many."""
    label = clean_name("label", label)
    spend(transaction, "challenge", proven.challenge.hex(), transaction.now + CHALLENGE_LASTS)
    if transaction.connection.scalar(select(passkeys.c.id).where(passkeys.c.id == proven.passkey)) is not None:
        raise Conflict(
            where=tr("passkey"),
            found=tr("one that is there already"),
            expected=tr("a new one"),
            do=tr("Sign in with it."),
        )
    if len(passkeys_of(transaction.connection, transaction.keyring, proven.person)) >= MOST_PASSKEYS:
        expected = tr("at most {most}", most=MOST_PASSKEYS)
        raise Conflict(where=tr("passkey"), found=str(MOST_PASSKEYS), expected=expected, do=tr("Remove one first."))
    row = {
        "id": proven.passkey,
        "person_id": proven.person,
        "public_key": proven.public_key,
        "label": label,
        "added_at": transaction.now,
        "entered": _sealed_entry(transaction.keyring, proven.passkey, proven.sign_count, None),
    }
    transaction.add("passkey.added", proven.person, [transaction.insert(passkeys, row)])
    return Passkey(proven.passkey, label, transaction.now, None)


def prove_entry(transaction: ReadTransaction, credential: Credential, site: Site) -> Proven:
    """Check what a device answered to `options_to_enter`. Raises NotAuthenticated."""
    try:
        challenge = _answered(transaction.keyring, "enter", credential, transaction.now)
        named = base64url_to_bytes(credential["id"])
        query = select(passkeys).join(people, people.c.id == passkeys.c.person_id)
        row = transaction.connection.execute(
            query.where(passkeys.c.id == named, people.c.state == "open")
        ).one_or_none()
        found = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=list(site.origins),
            credential_public_key=_nobodys() if row is None else row.public_key,
            credential_current_sign_count=0 if row is None else _entry(transaction.keyring, row)[0],
            require_user_verification=True,
        )
        if row is None:
            raise NotAuthenticated
    except _MALFORMED:
        raise NotAuthenticated from None
    return Proven(row.person_id, row.id, found.new_sign_count, challenge)


def use_passkey(transaction: WriteTransaction, proven: Proven) -> UUID:
    """Whose passkey it is. Raises NotAuthenticated if the answer was used before, or the passkey was removed."""
    spend(transaction, "challenge", proven.challenge.hex(), transaction.now + CHALLENGE_LASTS)
    own = passkeys.c.id == proven.passkey
    if transaction.connection.scalar(select(passkeys.c.id).where(own)) is None:
        raise NotAuthenticated
    entered = _sealed_entry(transaction.keyring, proven.passkey, proven.sign_count, transaction.now)
    update_rows(transaction.connection, passkeys, own, {"entered": entered}, 1)
    return proven.person


def passkeys_of(connection: Connection, keyring: Keyring, person: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the first added first. One whose last use does not open can be seen, and taken away."""
    query = select(passkeys).where(passkeys.c.person_id == person).order_by(passkeys.c.added_at, passkeys.c.id)
    found: list[Passkey] = []
    for row in connection.execute(query):
        used_at = None
        with suppress(BadInput):
            _, used_at = _entry(keyring, row)
        found.append(Passkey(row.id, row.label, row.added_at, used_at))
    return found


def remove_passkey(transaction: WriteTransaction, person: UUID, passkey: bytes) -> None:
    """Take away a passkey of a person's. Raises NotFound."""
    rows = transaction.erase(passkeys, (passkeys.c.id == passkey) & (passkeys.c.person_id == person))
    if not rows:
        raise NotFound(
            where=tr("passkey"), found=passkey.hex(), expected=tr("a passkey of yours"), do=tr("Check the id.")
        )
    transaction.add("passkey.removed", person, rows)


def _sealed_entry(keyring: Keyring, passkey: bytes, count: int, used_at: datetime | None) -> bytes:
    """How often a passkey signed in by its own count, and when it did last, sealed for its row."""
    return seal_in(keyring, passkeys.c.entered, msgspec.json.encode([count, used_at]).decode(), id=passkey)


def _entry(keyring: Keyring, row: Row[Any]) -> tuple[int, datetime | None]:
    """The same, read. Raises BadInput if it does not open."""
    entry = open_in(keyring, passkeys.c.entered, row.entered, id=row.id)
    return msgspec.json.decode(entry, type=tuple[int, datetime | None])


@cache
def _nobodys() -> bytes:
    """A key that nobody has, so that an unknown passkey costs as much time as a wrong signature."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def _challenge(keyring: Keyring, use: str, now: datetime) -> bytes:
    """A challenge that carries its own end under our key, so that none has to be kept."""
    until = int((now + CHALLENGE_LASTS).timestamp())
    body = secrets.token_bytes(_NONCE) + until.to_bytes(_TIME, "big")
    return body + keyed_hash(keyring, "blinding", "challenge", use, body.hex())


def _answered(keyring: Keyring, use: str, credential: Credential, now: datetime) -> bytes:
    """The challenge that a credential answers. Raises NotAuthenticated unless it is one of ours, for this, in time."""
    client_data = msgspec.json.decode(base64url_to_bytes(credential["response"]["clientDataJSON"]), type=dict[str, Any])
    found = base64url_to_bytes(client_data["challenge"])
    body, sealed = found[: _NONCE + _TIME], found[_NONCE + _TIME :]
    until = datetime.fromtimestamp(int.from_bytes(body[_NONCE:], "big"), UTC)
    if not hmac.compare_digest(sealed, keyed_hash(keyring, "blinding", "challenge", use, body.hex())) or until <= now:
        raise NotAuthenticated
    return found
