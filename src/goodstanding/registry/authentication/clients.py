"""Firms and operators by private_key_jwt (RFC 7523, OpenID Connect Core 9): an assertion signed with their own key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import select

from goodstanding.registry.authentication.callers import Caller, NotAuthenticated, Role
from goodstanding.registry.authentication.single_use import spend
from goodstanding.registry.database.schema import operators, parties
from goodstanding.registry.keys.jwks import ALGORITHMS, PublicKey, imported
from goodstanding.registry.transactions import ReadTransaction, WriteTransaction

# An assertion is made for one request; a longer life would only serve who steals it.
LONGEST = timedelta(minutes=5)
# By how much two clocks may differ.
LEEWAY = timedelta(seconds=30)
LONGEST_TEXT = 4096
LONGEST_ID = 128
# What a text that is no assertion raises: a header that is a list, a depth past all use, a time past all clocks.
_MALFORMED = (JoseError, ValueError, TypeError, AttributeError, RecursionError, OverflowError, OSError)


@dataclass(frozen=True)
class Client:
    """Who proved to be the holder of a client's key, and the assertion that must not be used again."""

    caller: Caller
    assertion: str
    until: datetime


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    jti: str
    iat: float | None = None
    nbf: float | None = None


def client_of(transaction: ReadTransaction, assertion: str, audience: Sequence[str]) -> Client:
    """Whose assertion it is. Raises NotAuthenticated, after the same work whether the client is unknown or wrong."""
    try:
        if len(assertion) > LONGEST_TEXT:
            raise NotAuthenticated
        found = jws.extract_compact(assertion.encode("ascii"))
        header = found.headers()
        claims = msgspec.json.decode(found.payload, type=_Claims)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or "crit" in header:
            raise NotAuthenticated
        caller, jwks = _client(transaction, claims.iss)
        key = _key(jwks, header.get("kid"), algorithm)
        jws.deserialize_compact(assertion, key or _nobodys(ALGORITHMS[algorithm]), [algorithm])
        if key is None or caller is None:
            raise NotAuthenticated
        return Client(caller, f"{claims.iss} {claims.jti}", _checked(claims, audience, transaction.now))
    except _MALFORMED:
        raise NotAuthenticated from None


def enter_client(transaction: WriteTransaction, client: Client) -> Caller:
    """Use the assertion up. Raises NotAuthenticated if it was used before."""
    spend(transaction, "assertion", client.assertion, client.until)
    return client.caller


def _checked(claims: _Claims, audience: Sequence[str], now: datetime) -> datetime:
    """Until when an assertion could be used. Raises NotAuthenticated if it may not be used now and here."""
    named = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    until = datetime.fromtimestamp(claims.exp, UTC)
    since = max(claims.iat or 0, claims.nbf or 0)
    in_time = now - LEEWAY < until <= now + LONGEST + LEEWAY and since <= (now + LEEWAY).timestamp()
    # One audience: an assertion that names others as well could be used by them.
    for_us = len(named) == 1 and named[0] in audience
    if not in_time or not for_us or claims.sub != claims.iss or not 0 < len(claims.jti) <= LONGEST_ID:
        raise NotAuthenticated
    return until + LEEWAY


def _client(transaction: ReadTransaction, named: str) -> tuple[Caller | None, Sequence[Mapping[str, str]]]:
    try:
        id_ = UUID(named)
    except ValueError:
        return None, ()
    party = transaction.connection.execute(select(parties).where(parties.c.id == id_)).one_or_none()
    operator = transaction.connection.execute(select(operators).where(operators.c.id == id_)).one_or_none()
    if party is not None and party.state == "active":
        return Caller("party", id_, frozenset[Role]({party.role}), party.name), party.keys
    if operator is not None and operator.state == "active":
        return Caller("operator", id_, frozenset[Role](operator.roles), operator.name), operator.keys
    return None, ()


def _key(jwks: Sequence[Mapping[str, str]], kid: object, algorithm: str) -> PublicKey | None:
    """The client's key that an assertion names, by its own name or its thumbprint; without one, the only that fits."""
    known = [(jwk["kid"], _known(_items(jwk))) for jwk in jwks]
    fitting = [(name, key) for name, key in known if isinstance(key, ALGORITHMS[algorithm])]
    if kid is not None:
        fitting = [(name, key) for name, key in fitting if kid in (name, key.thumbprint())]
    return fitting[0][1] if len(fitting) == 1 else None


def _items(jwk: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(jwk.items()))


@cache
def _known(items: tuple[tuple[str, str], ...]) -> PublicKey:
    return imported(dict(items))


@cache
def _nobodys(kind: type[PublicKey]) -> PublicKey:
    """A key that nobody has, so that an unknown client costs as much time as a wrong signature."""
    if kind is OKPKey:
        return OKPKey.generate_key("Ed25519", private=True)
    if kind is ECKey:
        return ECKey.generate_key("P-256", private=True)
    return RSAKey.generate_key(2048, private=True)
