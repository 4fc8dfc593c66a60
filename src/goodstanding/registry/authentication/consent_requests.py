"""Consents asked for by OAuth: pushed by a merchant (RFC 9126, RFC 9396), answered by the person, fetched by code.

The merchant does not learn who was asked, nor whether anybody was, until somebody agrees.
"""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Row, select

from goodstanding.errors import BadInput, NotFound
from goodstanding.registry.consent import (
    Consent,
    ConsentTerms,
    Frequency,
    Period,
    Scope,
    ask_consent,
    check_terms,
    find_consent,
    take_step,
)
from goodstanding.registry.consent.consents import check_may_ask
from goodstanding.registry.consent.terms import Fetch, Mode
from goodstanding.registry.database.schema import authorisations, parties
from goodstanding.registry.keys import Keyring, keyed_hash
from goodstanding.registry.parties import find_party
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction
from goodstanding.wording import tr

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
# How long a person has to answer what they were shown, and a merchant to fetch the answer.
REQUEST_LASTS = timedelta(minutes=30)
CODE_LASTS = timedelta(minutes=1)
DETAIL_TYPE = "goodstanding_consent"
_NOBODY = UUID(int=0)
_SECRET = 32

Choice: TypeAlias = Literal["approve", "reject"]


# A time without a zone could mean any moment of a day.
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]


class Detail(Struct, frozen=True, forbid_unknown_fields=True):
    """The consent that is asked for, as an element of `authorization_details` (RFC 9396)."""

    type: Literal["goodstanding_consent"]
    programme: Annotated[str, Meta(max_length=64)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=5)]
    context: Annotated[str, Meta(max_length=64)]
    purpose: Annotated[str, Meta(max_length=64)]
    expires_at: Moment
    frequency: Frequency
    data_life: Period
    starts_at: Moment | None = None
    mode: Mode = "QUERY"
    fetch: Fetch = "PERIODIC"
    threshold: Annotated[int, Meta(ge=0, le=32_000)] | None = None

    def terms(self, person: UUID, party: UUID, now: datetime) -> ConsentTerms:
        """The terms of the consent, of a person and a party."""
        return ConsentTerms(
            person=person,
            party=party,
            programme=self.programme,
            scopes=self.scopes,
            context=self.context,
            purpose=self.purpose,
            starts_at=self.starts_at or now,
            expires_at=self.expires_at,
            frequency=self.frequency,
            data_life=self.data_life,
            mode=self.mode,
            fetch=self.fetch,
            threshold=self.threshold,
        )


@dataclass(frozen=True)
class ConsentRequest:
    """What a person is asked: by which firm, and for what."""

    party: UUID
    name: str
    detail: Detail
    expires_at: datetime
    redirect_uri: str


def push(
    transaction: WriteTransaction,
    party: UUID,
    detail: Detail,
    *,
    redirect_uri: str,
    state: str | None,
    code_challenge: str,
) -> str:
    """Keep what a merchant asks for; gives its request_uri. Raises BadInput, AgainstTheLaw, Conflict, NotFound."""
    found = find_party(transaction, party)
    if redirect_uri not in found.redirects:
        expected = tr("one of the addresses that were registered")
        raise BadInput(
            where="redirect_uri", found=ascii(redirect_uri), expected=expected, do=tr("Register the address first.")
        )
    terms = detail.terms(_NOBODY, party, transaction.now)
    check_terms(terms, transaction.now)
    check_may_ask(found.state, found.contexts, terms.context)
    if swept := transaction.erase(authorisations, authorisations.c.expires_at <= transaction.now):
        transaction.add("authorisations.expired", party, swept)
    secret = secrets.token_urlsafe(_SECRET)
    row = {
        "hash": _hash(transaction.keyring, "request", secret),
        "party_id": party,
        "asked": msgspec.to_builtins(detail),
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": code_challenge,
        "expires_at": transaction.now + REQUEST_LASTS,
    }
    transaction.add("authorisation.asked", party, [transaction.insert(authorisations, row)])
    return REQUEST_URI + secret


def asked_by(transaction: ReadTransaction, request_uri: str) -> ConsentRequest:
    """What is asked under a request_uri. Raises NotFound once it was answered or has run out."""
    row = _waiting(transaction, request_uri)
    name = transaction.connection.scalar(select(parties.c.name).where(parties.c.id == row.party_id)) or ""
    return ConsentRequest(row.party_id, name, msgspec.convert(row.asked, Detail), row.expires_at, row.redirect_uri)


def answer_authorisation(
    transaction: WriteTransaction, request_uri: str, person: UUID, choice: Choice, issuer: str
) -> str:
    """A person agrees or refuses, in one step; gives the address that leads back to the merchant.

    Raises NotFound, and what asking for the consent raises.
    """
    row = _waiting(transaction, request_uri)
    own = authorisations.c.hash == row.hash
    terms = msgspec.convert(row.asked, Detail).terms(person, row.party_id, transaction.now)
    consent = take_step(transaction, ask_consent(transaction, terms).id, choice, person=person)
    if choice == "reject":
        transaction.add("authorisation.refused", row.party_id, transaction.erase(authorisations, own))
        return _led_back(row, issuer, error="access_denied")
    code = secrets.token_urlsafe(_SECRET)
    values = {"code_hash": _hash(transaction.keyring, "code", code), "consent_id": consent.id}
    rows = transaction.update(authorisations, own, expires_at=transaction.now + CODE_LASTS, **values)
    transaction.add("authorisation.agreed", row.party_id, rows)
    return _led_back(row, issuer, code=code)


def refuse_authorisation(transaction: WriteTransaction, request_uri: str, issuer: str) -> str:
    """Somebody refuses without saying who they are: all that is kept is that the request is gone. Raises NotFound."""
    row = _waiting(transaction, request_uri)
    rows = transaction.erase(authorisations, authorisations.c.hash == row.hash)
    transaction.add("authorisation.refused", row.party_id, rows)
    return _led_back(row, issuer, error="access_denied")


def fetch_consent(
    transaction: WriteTransaction, party: UUID, code: str, *, redirect_uri: str, verifier: str
) -> Consent | None:
    """The consent that a code stands for, told to the merchant once; None if anything is wrong.

    The code is used up all the same then, so that nobody can try twice: which is why nothing is raised here.
    """
    own = authorisations.c.code_hash == _hash(transaction.keyring, "code", code)
    row = transaction.connection.execute(select(authorisations).where(own)).one_or_none()
    if row is None:
        return None
    transaction.add("authorisation.fetched", row.party_id, transaction.erase(authorisations, own))
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
    holds = compare_digest(challenge, row.code_challenge.encode())
    if not holds or row.party_id != party or row.redirect_uri != redirect_uri or row.expires_at <= transaction.now:
        return None
    return find_consent(transaction, row.consent_id, party=party)


def _waiting(transaction: ReadTransaction, request_uri: str) -> Row[Any]:
    own = authorisations.c.hash == _hash(transaction.keyring, "request", request_uri.removeprefix(REQUEST_URI))
    waits = authorisations.c.code_hash.is_(None) & (authorisations.c.expires_at > transaction.now)
    row = transaction.connection.execute(select(authorisations).where(own, waits)).one_or_none()
    if row is None:
        expected = tr("a request that waits for an answer")
        raise NotFound(
            where="request_uri", found=tr("none such"), expected=expected, do=tr("Begin again at the merchant's.")
        )
    return row


def _led_back(row: Row[Any], issuer: str, **parameters: str) -> str:
    # `iss` as RFC 9207 asks: the merchant can tell who answers.
    values = {**parameters, "iss": issuer} | ({} if row.state is None else {"state": row.state})
    joint = "&" if urlsplit(row.redirect_uri).query else "?"
    return f"{row.redirect_uri}{joint}{urlencode(values)}"


def _hash(keyring: Keyring, kind: str, secret: str) -> bytes:
    return keyed_hash(keyring, "blinding", "authorisation", kind, secret)
